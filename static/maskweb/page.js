// Every page: living parts rest while nobody looks, changes are said aloud, menus close, printing.
"use strict";
(() => {
  const announcer = document.createElement("p");
  announcer.className = "visually-hidden";
  announcer.setAttribute("aria-live", "polite");
  document.body.append(announcer);
  let said = textToSay();

  function textToSay() {
    const part = document.querySelector("[data-announce]");
    return part ? (part.dataset.announce || part.textContent).replace(/\s+/g, " ").trim() : "";
  }

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden && event.target.matches("[data-live]")) event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) htmx.trigger(document.body, "back");
  });
  document.addEventListener("htmx:afterSwap", () => {
    const text = textToSay();
    if (text && text !== said) announcer.textContent = said = text;
  });

  for (const menu of document.querySelectorAll("[data-menu]")) {
    document.addEventListener("click", (event) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  }

  for (const element of document.querySelectorAll(".js-only")) element.hidden = false;
  for (const element of document.querySelectorAll(".no-js")) element.hidden = true;
  document.querySelector("[data-print]")?.addEventListener("click", () => window.print());
})();
