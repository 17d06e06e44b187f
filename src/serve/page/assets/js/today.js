// What was done: the history with its search, what is still to be reported, and the same as a file.

import { ApiError, get } from "./api.js";
import { button, h, name, names, plain } from "./dom.js";
import { guestOf } from "./guests.js";
import { store } from "./store.js";
import { day, dayInWords, time } from "./times.js";
import { explain, has, shortLanguage, t } from "./words.js";

const AT_ONCE = 100;

let field;
let list;
let more;
let count;
let asked = 0;
let before;

export function makeToday(place) {
  field = h("input", { type: "search", id: "search", autocomplete: "off", placeholder: t("today.search"), maxlength: "200" });
  field.addEventListener("input", () => loadToday());
  list = h("div", { class: "history" });
  count = h("p", { class: "unreported" });
  more = button(t("today.more"), () => loadToday(true), { hidden: true });
  place.replaceChildren(
    h("div", { class: "title" }, h("h2", {}, t("nav.today")), h("a", { href: `/desk/history.csv?language=${shortLanguage()}`, download: "", class: "button" }, t("today.csv"))),
    count,
    h("label", { class: "hidden", for: "search" }, t("today.search")),
    field,
    list,
    more,
  );
  drawUnreported();
}

export function drawUnreported() {
  if (!count) return;
  const { unreported = 0, unreported_reason: reason } = store.snapshot ?? {};
  count.hidden = unreported === 0;
  count.textContent = unreported > 0 ? [t("today.unreported", { count: unreported }), reason && t("today.unreported.say")].filter(Boolean).join(" ") : "";
}

/** Asks for the latest, or for what came before what is shown. */
export async function loadToday(further = false) {
  const turn = (asked += 1);
  try {
    const answer = await get("/desk/history", { search: field.value.trim(), before: further ? before : undefined, limit: AT_ONCE });
    if (turn !== asked) return;
    const rows = answer.issuances ?? answer.history ?? [];
    before = answer.before ?? rows.at(-1)?.issuance_id;
    more.hidden = rows.length < AT_ONCE;
    if (!further) list.replaceChildren(), (lastDay = undefined);
    list.append(...rows.flatMap(entry));
    if (!further && rows.length === 0) list.append(h("p", { class: "empty" }, t(field.value.trim() ? "today.none_found" : "today.empty")));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (turn === asked) list.replaceChildren(h("p", { class: "mark" }, explain(error.error).what));
  }
}

let lastDay;

/** When an issuance was begun: its id begins with that time (RFC 9562, version 7). */
const begun = (id) => (id ? new Date(parseInt(id.replaceAll("-", "").slice(0, 12), 16)).toISOString() : undefined);

function entry(issuance) {
  const at = issuance.written_at ?? begun(issuance.issuance_id);
  const guest = guestOf(issuance.acs_credential_id);
  const who = issuance.name ?? guest?.name ?? issuance.display_name;
  const rooms = issuance.rooms ?? guest?.rooms ?? [];
  const state = has(`state.${issuance.state}`) ? t(`state.${issuance.state}`) : plain(issuance.state);
  const row = h(
    "article",
    { class: `entry state-${plain(issuance.state).replaceAll(" ", "_")}` },
    h("span", { class: "at" }, at ? time(at) : ""),
    h("span", { class: "who" }, who ? name(who) : h("span", { class: "gone" }, t("today.no_name")), h("span", { class: "stay" }, rooms.length > 0 ? [names(rooms, 3), " · "] : null, h("span", { class: "number" }, plain(issuance.card_number ?? issuance.card_uid)))),
    h("span", { class: "state" }, state),
  );
  const onDay = at ? day(at) : undefined;
  if (!onDay || onDay === lastDay) return [row];
  lastDay = onDay;
  return [h("h3", { class: "heading" }, dayInWords(at)), row];
}
