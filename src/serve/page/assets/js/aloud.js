// What is said to those who listen instead of looking.

const said = document.getElementById("said");
const alarm = document.getElementById("alarm");

/** Says it when there is a pause. */
export function say(parts) {
  said.textContent = parts.filter(Boolean).join(". ");
  alarm.textContent = "";
}

/** Says it at once. */
export function sayAloud(parts) {
  alarm.textContent = [...new Set(parts.filter(Boolean))].join(". ");
  said.textContent = "";
}
