// One question at a time, over the page.

import { button, h } from "./dom.js";
import { t } from "./words.js";

const dialog = document.getElementById("dialog");

/** Asks, and gives what `value()` is after the yes; undefined after a no. */
export function ask({ title, text, body = [], yes, danger = false, value = () => true }) {
  return new Promise((resolve) => {
    const form = h(
      "form",
      { method: "dialog", onsubmit: (event) => (event.preventDefault(), close(value())) },
      h("h2", { id: "dialog-title" }, title),
      ...[text].flat().filter(Boolean).map((line) => h("p", {}, line)),
      ...body,
      h("p", { class: "actions" }, h("button", { type: "submit", class: danger ? "main danger" : "main" }, yes), button(t("action.no"), () => close())),
    );
    const back = document.activeElement;
    function close(answer) {
      dialog.oncancel = null;
      dialog.close();
      dialog.replaceChildren();
      back?.focus?.();
      resolve(answer);
    }
    dialog.oncancel = (event) => (event.preventDefault(), close());
    dialog.setAttribute("aria-labelledby", "dialog-title");
    dialog.replaceChildren(form);
    dialog.showModal();
    // One Enter too many destroys nothing.
    (form.querySelector("input") ?? form.querySelector(danger ? "button[type=button]" : "button")).focus();
  });
}

export const isAsking = () => dialog.open;
