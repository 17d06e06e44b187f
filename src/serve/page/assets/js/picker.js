// The search field and the list below it: letters narrow it, arrows move in it, Enter takes the guest.

import { get } from "./api.js";
import { button, h, name, names } from "./dom.js";
import { SECTIONS, find, idOf, isComplete, remember } from "./guests.js";
import { ago, dayInWords, time } from "./times.js";
import { windowed } from "./window.js";
import { explain, t } from "./words.js";

/** Most guests wait for less. */
const LONG = 2 * 86_400_000;

/** `choose(guest, how)` is called with the guest that is looked at; `how` is `typed`, `picked`, or `taken` with Enter. */
export function picker(choose) {
  const field = document.getElementById("find");
  const frame = document.getElementById("list");
  const nothing = document.getElementById("nothing");
  let rows = [];
  let chosen;
  let foundFor;
  field.placeholder = t("guests.find");

  let total = 0;

  const view = windowed(frame, document.getElementById("rows"), (row, at) => (row.heading ? heading(row) : option(row, at)));

  function heading({ heading: key, count }) {
    return h("div", { class: "row heading", "aria-hidden": "true" }, t(`guests.${key}`), h("span", { class: "count" }, String(count)));
  }

  function option({ guest, place }, at) {
    const selected = guest === chosen;
    const mark = guest.mark && explain(guest.mark).what;
    return h(
      "div",
      {
        class: `row guest${guest.done ? " done" : ""}${mark ? " marked" : ""}`,
        role: "option",
        id: `guest-${at}`,
        "aria-selected": String(selected),
        "aria-setsize": String(total),
        "aria-posinset": String(place),
        onclick: () => take(at, "picked"),
        ondblclick: () => take(at, "taken"),
      },
      h("span", { class: "room" }, guest.rooms.length > 0 ? names(guest.rooms, 1) : "–"),
      h("span", { class: "who" }, name(guest.name), h("span", { class: "stay" }, [mark ?? stay(guest), guest.apart].filter(Boolean).join(" · "))),
      h("span", { class: "when" }, guest.done ? t("guests.is_done") : waits(guest)),
    );
  }

  function show() {
    const found = foundFor !== undefined && foundFor.text === field.value.trim() ? foundFor.guests : find(field.value);
    rows = field.value.trim() ? found.map((guest) => ({ guest })) : withHeadings(found);
    if (field.value.trim()) chosen = found[0];
    else if (!rows.some(({ guest }) => guest === chosen)) chosen = rows.find(({ guest }) => guest && idOf(guest) === (chosen && idOf(chosen)))?.guest;
    total = 0;
    for (const row of rows) if (row.guest) row.place = total += 1;
    view.show(rows);
    point();
    frame.hidden = rows.length === 0;
    nothing.hidden = rows.length > 0;
    if (rows.length === 0) explainNothing();
  }

  function explainNothing() {
    const text = field.value.trim();
    if (!text) return nothing.replaceChildren(h("p", {}, t(isComplete() ? "guests.none_waiting" : "guests.loading")));
    const asked = foundFor?.text === text;
    nothing.replaceChildren(
      h("p", {}, t(asked ? "guests.none_at_seam" : "guests.none_found", { text })),
      ...(asked ? [] : [button(t("guests.search_seam"), askSeam, { class: "main" })]),
    );
  }

  async function askSeam() {
    const text = field.value.trim();
    nothing.replaceChildren(h("p", {}, t("guests.searching")));
    try {
      const { guests = [] } = await get("/desk/search", { text });
      foundFor = { text, guests: remember(guests) };
      if (field.value.trim() === text) show(), choose(chosen, "typed");
    } catch ({ error }) {
      const { what, now } = explain(error);
      nothing.replaceChildren(h("p", {}, what), now ? h("p", {}, now) : null, button(t("guests.search_seam"), askSeam));
    }
  }

  /** Tells assistive technology which row is chosen; the focus stays in the field. */
  function point() {
    const at = rows.findIndex(({ guest }) => guest && guest === chosen);
    if (at < 0) return field.removeAttribute("aria-activedescendant");
    view.reveal(at);
    view.refresh();
    field.setAttribute("aria-activedescendant", `guest-${at}`);
  }

  function take(at, how) {
    chosen = rows[at]?.guest;
    point();
    if (chosen) choose(chosen, how);
  }

  function move(by) {
    const at = rows.findIndex(({ guest }) => guest && guest === chosen);
    let next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by));
    const step = by < 0 ? -1 : 1;
    while (rows[next]?.heading) next += rows[next + step] ? step : -step;
    take(next, "picked");
  }

  field.addEventListener("input", () => {
    frame.scrollTop = 0;
    show();
    choose(field.value.trim() ? chosen : undefined, "typed");
  });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: view.page(), PageUp: -view.page() }[event.key];
    if (by) move(by);
    else if (event.key === "Enter" && chosen) choose(chosen, "taken");
    else if (event.key === "Enter" && field.value.trim() && foundFor?.text !== field.value.trim()) askSeam();
    else return;
    event.preventDefault();
  });

  return {
    show,
    focus: () => field.focus(),
    /** The guest was taken: what is typed next is the next one's name. */
    clear() {
      field.value = "";
      chosen = undefined;
      show();
    },
    hasText: () => field.value !== "",
    refresh: () => view.refresh(),
  };
}

function withHeadings(guests) {
  const sections = SECTIONS.map(() => []);
  for (const guest of guests) sections[guest.section].push(guest);
  return sections.flatMap((of, section) => {
    const heading = SECTIONS[section];
    return of.length > 0 ? [{ heading, count: of.length }, ...of.map((guest) => ({ guest }))] : [];
  });
}

/** Since when, for those who have waited long. */
const waits = ({ waiting_since: since }) => (since && Date.now() - Date.parse(since) > LONG ? ago(since) : "");

/** The stay in one line: from when, if that is not over, and until when. */
export function stay({ starts_at: from, ends_at: until }) {
  const begins = from && Date.parse(from) > Date.now() ? t("stay.from", { day: dayInWords(from), time: time(from) }) : undefined;
  const ends = until ? t("stay.until", { day: dayInWords(until), time: time(until) }) : t("stay.open");
  return [begins, ends].filter(Boolean).join(" ");
}
