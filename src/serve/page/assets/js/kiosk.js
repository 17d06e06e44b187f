// The kiosk's page: leads one guest through one card, and forgets. Its orders come through the local API.

import { say } from "./aloud.js";
import { courseOf, ofKiosk } from "./course.js";
import { icon } from "./dom.js";
import { local } from "./encoder-choice.js";
import { connect, store, watch } from "./store.js";
import { jobs } from "./snapshot.js";
import { has, loadWords, t } from "./words.js";

/** How long the last sentence stays once the card was taken, or after a failure. */
const FORGET_AFTER = 8000;

const PHASES = { at_encoder: "place", checking: "wait", writing: "wait", reading_back: "wait", sending: "wait", lost: "failed" };
const ICONS = { place: "card", put_back: "card", other_card: "card", wait: "card", done: "done", failed: "failed" };

const main = document.getElementById("kiosk");
const bar = document.getElementById("progress");
/** `/kiosk?encoder=ID` serves one of several encoders; otherwise it is the first of this machine. */
const wanted = new URLSearchParams(location.search).get("encoder");

let ticket;
let lost = false;
let forgetting;
let shown;

await loadWords();

function encoder() {
  const encoders = store.snapshot?.encoders ?? [];
  return wanted ? encoders.find((one) => one.acs_encoder_id === wanted || one.name === wanted) : (local(store.snapshot)[0] ?? encoders[0]);
}

function course() {
  if (store.link !== "open" || !encoder() || encoder().stuck) return { phase: "closed" };
  if (!ticket) return { phase: "idle" };
  return courseOf({ snapshot: store.snapshot, ends: store.ends, ticket, lost }) ?? { phase: "wait" };
}

function draw(what) {
  const other = store.snapshot && encoder() && ofKiosk(store.snapshot, encoder().acs_encoder_id);
  if (other && other.ticket !== ticket) {
    clearTimeout(forgetting);
    forgetting = undefined;
    ticket = other.ticket;
  }
  lost = what === "snapshot" && !jobs(store.snapshot).some((job) => job.ticket === ticket);
  const { phase, job } = course();
  const of = PHASES[phase] ?? phase;
  if (of === "failed" || (of === "done" && !encoder().card)) forgetting ??= setTimeout(forget, FORGET_AFTER);
  bar.hidden = of !== "wait" || !job?.progress;
  [bar.value, bar.max] = job?.progress ?? [0, 1];
  if (of === shown) return;
  shown = of;
  main.dataset.phase = of;
  main.querySelector(".icon")?.remove();
  if (ICONS[of]) main.prepend(icon(ICONS[of]));
  const title = t(`kiosk.${of}`);
  const more = has(`kiosk.${of}.say`) ? t(`kiosk.${of}.say`) : "";
  document.getElementById("title").textContent = document.title = title;
  document.getElementById("say").textContent = more;
  bar.setAttribute("aria-label", title);
  say([title, more]);
}

function forget() {
  ticket = forgetting = undefined;
  store.ends.clear();
  draw();
}

watch(draw);
// Its encoder is kept for it.
connect(`/events?kiosk=${encodeURIComponent(wanted ?? "first")}`);
draw();
