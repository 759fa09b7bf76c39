// The photo page: a face in the list and its box on the picture light up together. Works on parts htmx swaps in, too.
"use strict";
(() => {
  const faceOf = (target) => target.closest?.("[data-face]")?.dataset.face;

  function light(face) {
    for (const boxes of document.querySelectorAll(".boxes")) boxes.classList.toggle("has-lit", Boolean(face));
    for (const element of document.querySelectorAll("[data-face]")) {
      element.classList.toggle("is-lit", element.dataset.face === face);
    }
  }

  const focused = () => faceOf(document.activeElement);
  document.addEventListener("pointerover", (event) => light(faceOf(event.target) ?? focused()));
  document.addEventListener("focusin", (event) => light(faceOf(event.target)));
  document.addEventListener("focusout", () => light(undefined));
  document.addEventListener("click", (event) => {
    const box = event.target.closest?.(".box");
    if (box) document.getElementById(`face-${box.dataset.face}`)?.focus();
  });
})();
