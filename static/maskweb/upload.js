// Upload page: one request per file, three at a time, then one question for the state of all photos still open.
"use strict";
(() => {
  const form = document.getElementById("upload");
  if (!form) return;
  const { Row, files } = window.maskweb;
  const section = document.getElementById("uploads");
  const texts = section.dataset;
  const find = (selector) => section.querySelector(selector);
  const AT_ONCE = 3;
  const FIRST_WAIT = 700;
  const LONGEST_WAIT = 5000;
  const SAY_EVERY = 4000;
  const MOST_ASKED = 500;
  const TIMEOUT = 180_000;

  const items = [];
  const queue = [];
  const open = new Map();
  let sending = 0;
  let wait = FIRST_WAIT;
  let pollTimer = 0;
  let drawTimer = 0;
  let saidAt = 0;
  let sayTimer = 0;

  // --- Choosing --------------------------------------------------------------------------------------------------
  function add({ photos, leftOut = 0, isFolder = false }) {
    const entrance = form.elements.entrance.value;
    const rows = document.createDocumentFragment();
    for (const file of photos) {
      const item = { file, entrance, row: new Row(section, file), share: 0, state: "queued" };
      item.row.find("[data-retry]").addEventListener("click", () => retry(item));
      items.push(item);
      rows.append(item.row.element);
      const refusal = refusalOf(file);
      if (refusal) fail(item, refusal, false);
      else queue.push(item);
    }
    find("[data-rows]").append(rows);
    if (items.length) section.hidden = false;
    note(isFolder && !photos.length ? form.dataset.textNone : leftOut ? form.dataset.textLeftOut.replace("{n}", leftOut) : "");
    next();
    draw();
  }

  function refusalOf(file) {
    if (file.size === 0) return form.dataset.textEmpty;
    return file.size > Number(form.dataset.maxBytes) ? form.dataset.textTooLarge : "";
  }

  function note(text) {
    let line = form.querySelector("[data-note]");
    if (!line) {
      line = Object.assign(document.createElement("p"), { className: "hint" });
      line.dataset.note = "";
      line.setAttribute("role", "status");
      form.querySelector("[data-drop]").after(line);
    }
    line.textContent = text;
    line.hidden = !text;
  }

  const inputs = {
    image: form.elements.image,
    folder: form.querySelector("[data-input=folder]"),
    camera: form.querySelector("[data-input=camera]"),
  };
  for (const [name, input] of Object.entries(inputs)) {
    form.querySelector(`[data-pick=${name}]`).addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      add(name === "folder" ? files.fromFolder(input.files) : { photos: [...input.files] });
      input.value = "";
    });
  }
  form.addEventListener("submit", (event) => event.preventDefault());

  const drop = form.querySelector("[data-drop]");
  let leaving = 0;
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    clearTimeout(leaving);
    drop.classList.add("is-over");
    leaving = setTimeout(() => drop.classList.remove("is-over"), 200);
  });
  document.addEventListener("drop", async (event) => {
    event.preventDefault();
    drop.classList.remove("is-over");
    add(await files.fromDrop(event.dataTransfer));
  });

  // --- Sending ---------------------------------------------------------------------------------------------------
  function next() {
    while (sending < AT_ONCE && queue.length) send(queue.shift());
  }

  function send(item) {
    const body = new FormData();
    body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    body.append("entrance", item.entrance);
    body.append("image", item.file, item.file.name);
    const request = new XMLHttpRequest();
    request.open("POST", form.getAttribute("action") || location.pathname);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.timeout = TIMEOUT;
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) progress(item, event.loaded / event.total);
    });
    request.addEventListener("load", () => answered(item, request));
    for (const name of ["error", "timeout", "abort"]) {
      request.addEventListener(name, () => fail(item, texts.textConnection, true));
    }
    request.addEventListener("loadend", () => {
      sending -= 1;
      next();
      draw();
    });
    sending += 1;
    item.state = "sending";
    progress(item, 0);
    request.send(body);
  }

  function progress(item, share) {
    item.share = share;
    item.row.sending(share);
    draw();
  }

  function answered(item, request) {
    const { status, response } = request;
    if (response?.photo) return taken(item, response);
    if (status === 401) return fail(item, response?.detail ?? texts.textServer, true);
    if (status === 403) return fail(item, texts.textReload, true);
    if (status >= 400 && status < 500 && status !== 429 && response?.detail) return fail(item, response.detail, false);
    return fail(item, texts.textServer, true);
  }

  function taken(item, { photo, is_new: isNew, holdup }) {
    item.share = 1;
    item.state = "taken";
    item.row.taken(photo, isNew);
    if (holdup) showHoldup(holdup);
    if (!photo.open) return;
    const others = open.get(photo.id) ?? [];
    open.set(photo.id, [...others, item]);
    wait = FIRST_WAIT;
    poll();
  }

  function fail(item, reason, mayRetry) {
    item.share = 1;
    item.state = mayRetry ? "broken" : "refused";
    item.row.failed(reason, mayRetry);
  }

  function retry(item) {
    if (item.state !== "broken") return;
    item.state = "queued";
    item.share = 0;
    item.row.queued();
    queue.push(item);
    next();
    draw();
  }

  find("[data-retry-all]").addEventListener("click", () => {
    for (const item of items) retry(item);
    find("[data-overall-text]").focus();
  });

  window.addEventListener("beforeunload", (event) => {
    if (sending || queue.length) event.preventDefault();
  });

  // --- Asking for results ----------------------------------------------------------------------------------------
  function poll() {
    if (!pollTimer && open.size && !document.hidden) pollTimer = setTimeout(ask, wait);
  }

  async function ask() {
    const body = new URLSearchParams({
      csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value,
      ids: [...open.keys()].slice(0, MOST_ASKED).join(","),
    });
    try {
      const options = { method: "POST", body, headers: { Accept: "application/json" } };
      const response = await fetch(form.dataset.statusUrl, options);
      const answer = await response.json();
      if (response.ok) learn(body.get("ids").split(","), answer);
      else showHoldup(answer.detail ?? texts.textServer);
    } catch {
      wait = LONGEST_WAIT; // the connection or the server is away: asked again later
    }
    pollTimer = 0;
    poll();
    draw();
  }

  function learn(asked, { photos, holdup }) {
    const known = new Map(photos.map((photo) => [photo.id, photo]));
    let isNews = false;
    for (const id of asked) {
      const photo = known.get(id);
      for (const { row } of open.get(id)) {
        isNews ||= row.kind !== photo?.kind;
        if (photo) row.shows(photo);
        else row.isHidden();
      }
      if (!photo?.open) open.delete(id);
    }
    wait = isNews ? FIRST_WAIT : Math.min(wait * 1.5, LONGEST_WAIT);
    showHoldup(holdup);
  }

  document.addEventListener("visibilitychange", poll);

  function showHoldup(text) {
    const box = document.getElementById("upload-holdup");
    box.hidden = !text;
    if (box.lastElementChild.textContent !== text) box.lastElementChild.textContent = text;
  }

  // --- The whole -------------------------------------------------------------------------------------------------
  function draw() {
    drawTimer ||= setTimeout(drawNow, 100);
  }

  function drawNow() {
    drawTimer = 0;
    const broken = items.filter((item) => item.state === "broken").length;
    const refused = items.filter((item) => item.state === "refused").length;
    const came = items.filter((item) => item.state === "taken");
    const scanned = came.filter(({ row }) => row.kind && !["waiting", "scanning"].includes(row.kind));
    const numbers = [came.length, items.length, scanned.length];
    let text = texts.textOverall.replace(/\{([123])\}/g, (_, place) => numbers[place - 1]);
    if (broken + refused) text += `, ${texts.textFailed.replace("{n}", broken + refused)}`;
    find("[data-overall]").value = items.length ? items.reduce((sum, item) => sum + item.share, 0) / items.length : 0;
    find("[data-overall-text]").textContent = text;
    find("[data-retry-all]").hidden = broken < 2;
    drawTallies(scanned);
    say(text);
  }

  function drawTallies(scanned) {
    const counts = new Map();
    for (const { row } of scanned) counts.set(row.kind, (counts.get(row.kind) ?? 0) + 1);
    const list = find("[data-tallies]");
    const key = JSON.stringify([...counts]);
    if (list.dataset.key === key) return;
    list.dataset.key = key;
    const kinds = [...section.querySelectorAll("template[data-badge]")].map((template) => template.dataset.badge);
    const tallies = kinds.filter((kind) => counts.has(kind)).map((kind) => {
      const tally = document.createElement("li");
      tally.append(items[0].row.badge(kind));
      tally.querySelector(".badge").append(` ${counts.get(kind)}`);
      return tally;
    });
    list.replaceChildren(...tallies);
  }

  function say(text) {
    clearTimeout(sayTimer);
    sayTimer = setTimeout(() => {
      saidAt = Date.now();
      find("[data-announcer]").textContent = text;
    }, Math.max(0, saidAt + SAY_EVERY - Date.now()));
  }
})();
