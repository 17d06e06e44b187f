// The big state, readable across the room: what to do now, for whom, how far it is, what came of it.

import { say, sayAloud } from "./aloud.js";
import { cardInWords } from "./card.js";
import { isCancellable } from "./course.js";
import { button, h, icon, name, names, plain } from "./dom.js";
import { chooseEncoder, encoderFor, local } from "./encoder-choice.js";
import { failureActions, guestActions } from "./guest-actions.js";
import { cancel, forget, isPulled, now } from "./now.js";
import { stay } from "./picker.js";
import { changed, store } from "./store.js";
import { dayAndTime } from "./times.js";
import { explain, has, sentence, t } from "./words.js";

const ICONS = { place: "card", at_encoder: "card", put_back: "card", other_card: "card", remove_first: "card", checking: "card", writing: "card", reading_back: "card", sending: "card", done: "done", failed: "failed", lost: "failed", away: "failed" };

/** What is over stays true without an agent; everything else would ask for a card that nothing is done with. */
const OVER = ["done", "failed", "lost"];

let shown;

/** What the page is at, unless whom it needs for that is away. */
function seen() {
  const state = now();
  const { link, snapshot } = store;
  if ((link === "gone" || link === "denied") && !OVER.includes(state.phase) && !(state.phase === "idle" && state.guest)) return { phase: "away", link };
  // No card is asked for while Seam does not say what goes onto it.
  const asks = state.job?.step === "preparing" && state.kind !== "wipe" && state.kind !== "scan";
  return asks && snapshot?.seam?.reachable === false ? { ...state, phase: "no_seam" } : state;
}

/** Draws the big state in `place`, if it has changed. */
export function drawBig(place, { back }) {
  const state = seen();
  const key = JSON.stringify([state.phase, state.kind, state.link, state.guest, state.error, state.unreported, state.job?.ticket, state.end?.issuance?.card_number, state.phase === "idle" && [store.snapshot?.encoders, store.link], encoderChoices()]);
  if (key === shown) return progress(place, state);
  const before = place.dataset.phase;
  shown = key;
  place.dataset.phase = state.phase;
  document.title = `${state.phase === "idle" ? "" : `${title(state)} – `}${plain(store.snapshot?.property?.name) || "cardbridge"}`;
  const hadFocus = place.contains(document.activeElement);
  place.replaceChildren(...(state.phase === "idle" ? idle(state) : course(state, back)).filter(Boolean));
  progress(place, state);
  if (before !== state.phase) announce(place, state, hadFocus, back);
}

/** A failure of what was ordered here has its first harmless button below the hand; everything else leaves the hand where it types. */
function announce(place, state, hadFocus, back) {
  if (state.phase === "idle") return hadFocus && back();
  const { what, now: next } = state.error ? explain(state.error) : {};
  if (state.phase === "failed" || state.phase === "other_card" || state.phase === "lost" || state.phase === "away") sayAloud([title(state), what, next]);
  else say([title(state), forWhom(state)]);
  const harmless = state.phase === "failed" && state.order && place.querySelector("button.main");
  if (harmless) harmless.focus({ preventScroll: true });
  else if (hadFocus) back();
}

function title({ phase, kind, error, link }) {
  if (link === "denied") return t("link.denied");
  if (phase === "failed" && error) return explain(error).what;
  const own = `big.${phase}.${kind}`;
  return t(has(own) ? own : `big.${phase}`);
}

const forWhom = ({ guest }) => guest && [plain(guest.name), guest.rooms?.map((room) => plain(room)).join(", ")].filter(Boolean).join(", ");

function idle({ guest }) {
  if (guest) return looked(guest);
  const { snapshot, link } = store;
  if (!snapshot) return [h("h2", {}, t(link === "denied" ? "link.denied" : "link.connecting"))];
  if (snapshot.encoders.length === 0) {
    return [icon("failed"), h("h2", {}, t(snapshot.service_lost ? "big.no_service" : "big.no_encoder")), h("p", { class: "say" }, t("big.no_encoder.say"))];
  }
  const encoder = encoderFor(snapshot);
  return [
    h("h2", {}, t("big.idle")),
    h("p", { class: "say" }, t("big.idle.say")),
    choice(),
    ...(encoder ? [encoder] : local(snapshot).slice(0, 3)).map((one) => h("p", { class: "on-reader" }, name(one.name), h("span", {}, cardInWords(one)))),
  ];
}

/** A guest who is looked at, and what can be done for them. */
function looked(guest) {
  const mark = guest.mark && explain(guest.mark);
  return [
    h("p", { class: "room-large" }, guest.rooms.length > 0 ? names(guest.rooms, 3) : ""),
    h("h2", {}, name(guest.name)),
    h("p", { class: "say" }, stay(guest)),
    mark ? h("p", { class: "mark" }, h("strong", {}, sentence(mark.what)), " ", mark.now) : null,
    facts([
      ["fact.doors", !guest.isNew && names([...guest.rooms, ...(guest.doors ?? [])], 8)],
      ["fact.system", guest.system && name(guest.system)],
      ["fact.waiting", guest.waiting_since && !guest.done && dayAndTime(guest.waiting_since)],
    ]),
    choice(),
    h("p", { class: "actions" }, ...guestActions(guest)),
  ];
}

function course(state, back) {
  const { phase, guest, end, error, encoder } = state;
  const { now: next, detail } = error && phase === "failed" ? explain(error) : {};
  if (phase === "away") return [icon(ICONS.away), h("h2", {}, title(state)), h("p", { class: "say" }, t(state.link === "denied" ? "link.denied.say" : "big.away.say"))];
  const later = isPulled() && isCancellable(state);
  const issuance = end?.issuance;
  return [
    icon(ICONS[phase]),
    h("h2", {}, title(state)),
    guest && phase !== "failed" ? h("p", { class: "whom" }, name(guest.name), guest.rooms?.length > 0 ? h("span", { class: "room-large" }, names(guest.rooms, 2)) : null) : null,
    guest && phase === "failed" ? h("p", { class: "whom" }, name(guest.name), guest.rooms?.length > 0 ? [" · ", names(guest.rooms, 2)] : null) : null,
    next || has(`big.${phase}.say`) ? h("p", { class: "say" }, next ?? t(`big.${phase}.say`), later ? ` ${t("big.later")}` : null) : null,
    ["writing", "reading_back", "put_back", "other_card"].includes(phase) ? h("progress", { "aria-label": t("big.progress") }) : null,
    ["place", "at_encoder", "checking"].includes(phase) && encoder ? h("p", { class: "where" }, t("big.at", { encoder: encoder.name })) : null,
    phase === "done" && state.unreported ? h("p", { class: "say" }, t("big.unreported")) : null,
    phase === "done" && issuance ? doneFacts(issuance, guest, encoder) : null,
    phase === "failed" ? choice() : null,
    h(
      "p",
      { class: "actions" },
      ...(phase === "failed" ? failureActions(state) : []),
      isCancellable(state) && !["failed", "done", "lost"].includes(phase) ? button([t(later ? "action.later" : "action.cancel"), " ", h("kbd", {}, "Esc")], cancel) : null,
      ["failed", "done", "lost"].includes(phase) ? button([t("action.close"), " ", h("kbd", {}, "Esc")], () => (forget(), back())) : null,
    ),
    detail ? h("details", {}, h("summary", {}, t("error.detail")), detail) : null,
  ];
}

function doneFacts(issuance, guest, encoder) {
  const reading = encoder?.card?.reading;
  const doors = guest ? [...guest.rooms, ...(guest.doors ?? [])] : reading?.entrances;
  const until = guest?.ends_at ?? reading?.ends_at ?? encoder?.card?.ends_at;
  return facts([
    ["fact.number", h("span", { class: "number" }, plain(issuance.card_number))],
    ["fact.doors", doors?.length > 0 && names(doors, 6)],
    ["fact.until", until ? dayAndTime(until) : t("stay.open")],
  ]);
}

function facts(list) {
  const there = list.filter(([, value]) => value);
  return there.length > 0 && h("dl", { class: "facts" }, ...there.map(([key, value]) => h("div", {}, h("dt", {}, t(key)), h("dd", {}, value))));
}

/** The encoders to choose from, where there are several. */
function choice() {
  const encoders = store.snapshot?.encoders ?? [];
  if (encoders.length < 2) return null;
  const chosen = encoderFor(store.snapshot)?.acs_encoder_id;
  const several = local(store.snapshot).length > 1 || !chosen;
  const any = several && h("option", { value: "", selected: !chosen }, t("encoders.any"));
  const each = encoders.map((one) => h("option", { value: one.acs_encoder_id, selected: one.acs_encoder_id === chosen }, plain(one.name, 50)));
  const onchange = ({ target }) => (chooseEncoder(target.value), changed("now"));
  return h("label", { class: "choice" }, t("encoders.use"), h("select", { onchange }, any, each));
}

const encoderChoices = () => [encoderFor(store.snapshot)?.acs_encoder_id, store.snapshot?.encoders?.length];

/** Moves the bar in place, so that it is not announced again and again. */
function progress(place, { job, phase }) {
  const bar = place.querySelector("progress");
  if (!bar) return;
  const [done, total] = job?.progress ?? [0, 1];
  bar.max = total;
  bar.value = phase === "reading_back" ? total : done;
  bar.textContent = `${done}/${total}`;
}
