// Upload page: one row per file. A row knows how to show its state, nothing about sending.
"use strict";
window.maskweb = window.maskweb || {};
(() => {
  class Row {
    constructor(section, file) {
      this.section = section;
      this.texts = section.dataset;
      this.element = section.querySelector("template[data-row]").content.firstElementChild.cloneNode(true);
      this.bar = this.find("progress");
      this.state = this.find(".upload-state");
      this.kind = "";
      this.find(".upload-name").textContent = file.name;
      this.find(".upload-name").title = file.webkitRelativePath || file.name;
      this.bar.setAttribute("aria-label", this.texts.textProgress.replace("{n}", file.name));
      for (const name of this.element.querySelectorAll("[data-name]")) name.textContent = ` ${file.name}`;
      this.queued();
    }

    find(selector) {
      return this.element.querySelector(selector);
    }

    queued() {
      this.element.classList.remove("is-failed");
      this.find("[data-retry]").hidden = true;
      this.bar.hidden = false;
      this.bar.value = 0;
      this.state.textContent = this.texts.textQueued;
    }

    sending(share) {
      this.bar.value = share;
      const text = share < 1 ? this.texts.textSending : this.texts.textChecking;
      this.state.textContent = text.replace("{n}", Math.floor(share * 100));
    }

    failed(reason, mayRetry) {
      this.element.classList.add("is-failed");
      this.bar.hidden = true;
      this.state.textContent = reason;
      this.find("[data-retry]").hidden = !mayRetry;
    }

    taken(photo, isNew) {
      this.before = isNew ? "" : `${this.texts.textAlready} `;
      this.bar.hidden = true;
      const link = this.find("[data-open]");
      link.href = photo.url;
      link.hidden = false;
      const thumbnail = new Image(56, 56);
      thumbnail.alt = "";
      thumbnail.loading = "lazy";
      thumbnail.src = photo.thumbnail;
      this.find(".upload-thumb").replaceChildren(thumbnail);
      this.shows(photo);
    }

    shows(photo) {
      if (this.kind === photo.kind) return;
      this.kind = photo.kind;
      this.state.textContent = this.before + photo.text;
      this.find(".upload-badge").replaceChildren(this.badge(photo.kind));
      this.element.classList.toggle("is-failed", photo.kind === "failed");
    }

    badge(kind) {
      return this.section.querySelector(`template[data-badge="${kind}"]`).content.cloneNode(true);
    }

    isHidden() {
      this.state.textContent = this.texts.textHidden;
      this.find(".upload-badge").replaceChildren();
      this.kind = "";
    }
  }

  window.maskweb.Row = Row;
})();
