// What is said to those who listen instead of looking.

import { sentence } from "./words.js";

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
