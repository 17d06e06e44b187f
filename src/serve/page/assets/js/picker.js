// The search field and the list below it: letters narrow it, arrows move in it, Enter takes the guest.

import { get } from "./api.js";
import { button, h, name, names, plain } from "./dom.js";
import { isCertain, ranked } from "./finding.js";
import { SECTIONS, find, idOf, isComplete, remember } from "./guests.js";
import { ago, dayInWords, isZoned, time } from "./times.js";
import { windowed } from "./window.js";
import { explain, t } from "./words.js";

/** In place of a guest: the row below those who were found, which searches at Seam. */
const SEAM = {};

/** Most guests wait for less. */
const LONG = 2 * 86_400_000;

/**
 * `choose(guest, how)` is called with the guest that is looked at; `how` is `typed`, `picked`, `clicked`, or `taken` with Enter; `asked` where Enter did
 * not say who is meant, and `loaded` where the list has changed by itself.
 */
export function picker(choose) {
  const field = document.getElementById("find");
  const frame = document.getElementById("list");
  const nothing = document.getElementById("nothing");
  let rows = [];
  /** A guest, or SEAM. */
  let chosen;
  /** Chosen by arrow keys, a click, or an Enter before: the next Enter means this one. */
  let picked = false;
  /** The list has put this one in the place of another one, which is gone from it. */
  let replaced = false;
  let foundFor;
  field.placeholder = t("guests.find");

  let total = 0;

  const view = windowed(frame, document.getElementById("rows"), (row, at) => (row.heading ? heading(row) : row.guest === SEAM ? search(row, at) : option(row, at)));

  function heading({ heading: key, count }) {
    return h("div", { class: "row heading", "aria-hidden": "true" }, t(`guests.${key}`), count !== undefined && h("span", { class: "count" }, isComplete() ? String(count) : `${count} …`));
  }

  function search({ place }, at) {
    return h("div", { class: "row search", ...about(SEAM, place, at), onclick: () => take(at, "taken") }, t("guests.search_seam"));
  }

  /** What an option says of itself to those who do not see the list. */
  function about(guest, place, at) {
    return { role: "option", id: `guest-${at}`, "aria-selected": String(guest === chosen), "aria-setsize": String(total), "aria-posinset": String(place) };
  }

  function option({ guest, place }, at) {
    const mark = guest.mark && explain(guest.mark).what;
    return h(
      "div",
      {
        class: `row guest${guest.done ? " done" : ""}${mark ? " marked" : ""}`,
        ...about(guest, place, at),
        onclick: () => take(at, "clicked"),
        ondblclick: () => take(at, "taken"),
      },
      h("span", { class: "room" }, guest.rooms.length > 0 ? names(guest.rooms, 1) : "–"),
      h("span", { class: "who" }, name(guest.name), h("span", { class: "stay" }, [mark ?? stay(guest), guest.apart ?? (guest.isNew && plain(guest.system))].filter(Boolean).join(" · "))),
      h("span", { class: "when" }, guest.done ? t("guests.is_done") : waits(guest)),
    );
  }

  /** Shows what fits the text; `byHand` when the text has just been typed. */
  function show(byHand = false) {
    const text = field.value.trim();
    const asked = foundFor !== undefined && foundFor.text === text;
    const found = asked ? foundFor.guests : find(text);
    rows = text ? found.map((guest) => ({ guest })) : withHeadings(found);
    if (!isComplete() && rows.length > 0) rows.unshift({ heading: "loading" });
    if (text && !asked && found.length > 0) rows.push({ guest: SEAM });
    const before = chosen;
    const isSame = (guest) => guest && before && (guest === before || (guest !== SEAM && idOf(guest) === idOf(before)));
    // Who was picked stays; of what was typed, the best stays, which may be another one once there are more names.
    const first = text ? found[0] : undefined;
    chosen = text && !picked ? first : (rows.find(({ guest }) => isSame(guest))?.guest ?? first);
    if (!isSame(chosen)) [picked, replaced] = [false, !byHand && before !== undefined];
    total = 0;
    for (const row of rows) if (row.guest) row.place = total += 1;
    view.show(rows);
    point();
    frame.hidden = rows.length === 0;
    nothing.hidden = rows.length > 0;
    if (rows.length === 0) explainNothing();
    // Who is chosen is who is looked at, also where the list has only now got them.
    if (text && chosen !== before && chosen !== SEAM) choose(chosen, byHand ? "typed" : "loaded");
  }

  /** Whether Enter takes who is chosen: nobody else can be meant. */
  function isMeant() {
    const guests = rows.flatMap(({ guest }) => (guest && guest !== SEAM ? [guest] : []));
    return picked || (!replaced && isComplete() && guests[0] === chosen && isCertain(guests, field.value));
  }

  function enter() {
    const meant = isMeant();
    picked = true;
    choose(chosen, meant ? "taken" : "asked");
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
    rows = [];
    frame.hidden = true;
    nothing.hidden = false;
    nothing.replaceChildren(h("p", {}, t("guests.searching")));
    try {
      foundFor = { text, guests: ranked(remember(await get("/desk/search", { text })), text, true) };
      if (field.value.trim() === text) show(true);
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
    picked = true;
    point();
    if (chosen === SEAM) return how === "taken" ? askSeam() : choose(undefined, how);
    if (chosen) choose(chosen, how);
  }

  function move(by) {
    const at = rows.findIndex(({ guest }) => guest && guest === chosen);
    const next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by));
    const step = by < 0 ? -1 : 1;
    take(towards(next, step) ?? towards(next, -step), "picked");
  }

  /** The first row from here that is no heading. */
  function towards(from, step) {
    for (let at = from; rows[at]; at += step) if (rows[at].guest) return at;
    return undefined;
  }

  field.addEventListener("input", () => {
    frame.scrollTop = 0;
    chosen = undefined;
    show(true);
    if (!chosen) choose(undefined, "typed");
  });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    // A key that is held down says nothing a second time.
    if (event.key === "Enter" && event.repeat) return event.preventDefault();
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: view.page(), PageUp: -view.page() }[event.key];
    if (by) move(by);
    else if (event.key === "Enter" && chosen === SEAM) askSeam();
    else if (event.key === "Enter" && chosen) enter();
    else if (event.key === "Enter" && field.value.trim() && foundFor?.text !== field.value.trim()) askSeam();
    else return;
    event.preventDefault();
  });

  return {
    show: () => show(),
    focus: () => field.focus(),
    /** The guest was taken: what is typed next is the next one's name. */
    clear() {
      field.value = "";
      chosen = undefined;
      // Who had no credential may have one now.
      foundFor = undefined;
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
export function stay({ starts_at: from, ends_at: until, isNew }) {
  if (isNew) return t("guests.no_credential");
  // Until Seam has said where the property is, a time would be another one.
  if (!isZoned() && !isComplete()) return "";
  const begins = from && Date.parse(from) > Date.now() ? t("stay.from", { day: dayInWords(from), time: time(from) }) : undefined;
  const ends = until ? t("stay.until", { day: dayInWords(until), time: time(until) }) : t("stay.open");
  return [begins, ends].filter(Boolean).join(" ");
}
