// A list of any length of which only the rows in sight are elements.

import { h } from "./dom.js";

const BEYOND = 6;

/** Shows `rows` in `frame` by `draw(row, at)`; every row is as tall as `--row`. */
export function windowed(frame, list, draw) {
  let rows = [];
  let drawn = new Map();
  let asked = false;
  let row = 0;

  function measure() {
    const probe = h("div", { class: "row", "aria-hidden": "true" });
    list.append(probe);
    row = probe.offsetHeight || 60;
    probe.remove();
    return row;
  }

  function paint() {
    asked = false;
    const first = Math.max(0, Math.floor(frame.scrollTop / row) - BEYOND);
    const last = Math.min(rows.length, Math.ceil((frame.scrollTop + frame.clientHeight) / row) + BEYOND);
    const keep = new Map();
    for (let at = first; at < last; at += 1) {
      const old = drawn.get(at);
      const element = old?.row === rows[at] ? old.element : draw(rows[at], at);
      element.style.transform = `translateY(${at * row}px)`;
      keep.set(at, { row: rows[at], element });
    }
    drawn = keep;
    const elements = [...keep.values()].map(({ element }) => element);
    if (elements.length !== list.childElementCount || elements.some((element, at) => element !== list.children[at])) {
      list.replaceChildren(...elements);
    }
  }

  const ask = () => {
    if (!asked) requestAnimationFrame(paint);
    asked = true;
  };
  frame.addEventListener("scroll", ask, { passive: true });
  new ResizeObserver(() => {
    measure();
    list.style.height = `${rows.length * row}px`;
    ask();
  }).observe(frame);

  return {
    /** Shows other rows; all of them are drawn again. */
    show(next) {
      rows = next;
      drawn = new Map();
      if (!row) measure();
      list.style.height = `${rows.length * row}px`;
      paint();
    },
    /** Draws all rows again. */
    refresh() {
      drawn = new Map();
      paint();
    },
    /** Scrolls as little as it takes to see a row. */
    reveal(at) {
      const top = at * row;
      if (top < frame.scrollTop) frame.scrollTop = Math.max(0, top - row);
      if (top + row > frame.scrollTop + frame.clientHeight) frame.scrollTop = top + row - frame.clientHeight;
      paint();
    },
    page: () => Math.max(1, Math.floor(frame.clientHeight / row) - 1),
  };
}
