// Elements made by hand. Text goes in as text only: nothing here parses markup.

/** An element with its attributes, handlers (`onclick`) and children. */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(2).filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

/** A drawing of the page, by its name. */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2028\u2029\u2060-\u206f\ufeff]+/g;

/** A name from outside as one short line, without characters that steer the text around it. */
export function plain(text, longest = 80) {
  // Only so much is looked at, so that a name of megabytes costs nothing.
  const line = String(text ?? "").slice(0, 4 * longest).replace(UNSEEN, " ").replace(/\s+/g, " ").trim();
  const letters = Array.from(line.replace(/(\p{M}{3})\p{M}+/gu, "$1"));
  return letters.length > longest ? `${letters.slice(0, longest - 1).join("").trimEnd()}…` : letters.join("");
}

/** The same, in an element that keeps its direction to itself. */
export function name(text, longest) {
  return h("bdi", {}, plain(text, longest));
}

/** Several names in a row. */
export function names(list, most = 6) {
  const shown = (list ?? []).slice(0, most).flatMap((one, at) => [at > 0 ? ", " : null, name(one, 40)]);
  const more = (list?.length ?? 0) - most;
  return h("span", {}, ...shown, more > 0 ? ` +${more}` : null);
}

export function button(text, onclick, attributes = {}) {
  return h("button", { type: "button", onclick, ...attributes }, text);
}
