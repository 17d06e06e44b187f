// The desk's page: puts its parts together.

import { drawBeside } from "./beside.js";
import { drawBig } from "./big.js";
import { drawEncoders } from "./encoders.js";
import { encode } from "./guest-actions.js";
import { isOver, loadGuests } from "./guests.js";
import { listenToKeys } from "./keyboard.js";
import { drawNotices } from "./notices.js";
import { isBusy, isPulled, isWriting, lookAt, now } from "./now.js";
import { picker } from "./picker.js";
import { connect, store, watch } from "./store.js";
import { setZone } from "./times.js";
import { drawUnreported, loadToday, makeToday } from "./today.js";
import { makeTray } from "./tray.js";
import { loadWords, t } from "./words.js";
import { plain } from "./dom.js";

const VIEWS = ["guests", "encoders", "today"];
const element = (id) => document.getElementById(id);

await loadWords();

const find = element("find");

let hinted;

/** A word beside the search field, until the next letter is typed. */
function hint(word) {
  hinted = word;
  element("hint").textContent = word ? t(word) : "";
}
find.addEventListener("input", () => hint());

const guests = picker((guest, how) => {
  if (how === "loaded") return lookAt(guest, false, false);
  hint();
  if (how !== "taken") lookAt(guest, how !== "typed");
  // Where there is one column, who is looked at may be out of sight.
  if (how === "clicked") draw(), element("big").scrollIntoView({ block: "nearest" });
  if (how === "asked") hint("guests.which");
  if (how !== "taken") return undefined;
  if (isPulled()) return hint("cancel.put_back");
  if (isWriting()) return hint("now.busy");
  if (guest.done || isOver(guest)) {
    lookAt(guest, true);
    draw();
    return element("big").querySelector("button")?.focus();
  }
  return encode(guest);
});

makeToday(element("today"));
makeTray(element("tray"));
listenToKeys(find, {
  showGuests: () => (location.hash = "#guests"),
  clear: () => (hint(), guests.clear(), lookAt()),
  hasText: guests.hasText,
  hint,
});

/** Shows the view that the address names. */
function route() {
  const view = VIEWS.includes(location.hash.slice(1)) ? location.hash.slice(1) : "guests";
  document.body.dataset.view = view;
  for (const one of VIEWS) {
    element(one).hidden = one !== view;
    const link = document.querySelector(`#views a[href="#${one}"]`);
    if (one === view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (view === "guests") find.focus(), guests.show();
  if (view === "today") loadToday();
}

let revision;
let loading;
let anew = false;

/** Asks for the guests again when the queue has changed; one request at a time. */
async function refreshGuests(force) {
  const current = store.snapshot?.queue?.revision;
  if (!force && current === revision) return;
  if (loading) {
    anew = true;
    return;
  }
  loading = true;
  anew = false;
  try {
    await loadGuests();
    revision = current;
    guests.show();
    soon();
  } catch {
    // The notices say that the agent is gone; with the next snapshot it is asked again.
  }
  loading = false;
  if (store.link === "open" && (anew || store.snapshot?.queue?.revision !== revision)) refreshGuests(anew);
}

/** Another version of the agent brings another page. */
let version;
function reloadWhenOld() {
  version ??= store.snapshot?.version;
  if (store.snapshot?.version !== version && !isBusy()) location.reload();
}

let asked = false;
function draw() {
  asked = false;
  const property = store.snapshot?.property;
  if (setZone(property?.time_zone)) refreshGuests(true);
  element("property").textContent = plain(property?.name, 60) || "cardbridge";
  document.body.classList.toggle("away", store.link === "gone" || store.link === "denied");
  if (hinted !== "guests.which" && !isWriting() && !isPulled()) hint();
  drawNotices(element("notices"));
  drawBig(element("big"), { back: () => (location.hash === "" || location.hash === "#guests" ? find.focus() : undefined) });
  drawBeside(element("beside"));
  drawEncoders(element("encoders"));
  drawUnreported();
  find.setAttribute("aria-busy", String(now().phase === "sending"));
}

function soon() {
  if (!asked) requestAnimationFrame(draw);
  asked = true;
}

watch((what, data) => {
  soon();
  if (data?.event === "job_ended") hint();
  // What is typed next is the next one's name.
  if (what === "ordered") hint(), guests.clear();
  if (what === "snapshot") refreshGuests(true), reloadWhenOld();
  if (what === "state") refreshGuests();
  if (data?.event === "job_ended" && location.hash === "#today") loadToday();
  if (data?.event === "job_ended" && data.ending === "done") refreshGuests(true);
});

addEventListener("hashchange", route);
// Times like "5 minutes ago" grow, and days change.
setInterval(() => (guests.refresh(), soon()), 60_000);

connect();
route();
draw();
document.body.classList.add("ready");
