// What is said to those who listen instead of looking.

import { explain, sentence } from "./words.js";

const said = document.getElementById("said");
const alarm = document.getElementById("alarm");

/** Says it when there is a pause. */
export function say(parts) {
  said.textContent = parts.filter(Boolean).map(sentence).join(" ");
  alarm.textContent = "";
}

/** Says it at once. */
export function sayAloud(parts) {
  alarm.textContent = [...new Set(parts.filter(Boolean))].map(sentence).join(" ");
  said.textContent = "";
}

/** Says what was refused, and has it shown. */
export function refused({ error }, show) {
  const { what, now } = explain(error);
  sayAloud([what, now]);
  return show({ title: what, text: now });
}
