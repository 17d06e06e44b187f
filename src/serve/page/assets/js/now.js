// What this page is at: the guest that is looked at, the job that is followed, the order that waits for a card to be removed.

import { ApiError, post } from "./api.js";
import { courseOf, isCancellable, worthShowing } from "./course.js";
import { encoderFor, local } from "./encoder-choice.js";
import { guestOf, idOf } from "./guests.js";
import { disown, isCancelled, isOurs, keep, keepCancelled, watchOthers, whose } from "./ours.js";
import { jobs } from "./snapshot.js";
import { changed, store, watch } from "./store.js";

/** How long a job that is done is shown where its card is not seen: an encoder of Seam's does not say what is on it. */
const LINGER = 6000;

const followed = {};
let guest;
let waiting;
let refusal;
let linger;
/** The finished card was seen on its encoder. */
let lay = false;

/** `ticket` is the job's, `guest` and `order` what it was ordered with, `seen` that it was under way, `lost` that it is not any more, `cancelling` that this page asked for its end. */
function follow({ ticket, guest: of, order: sent, seen = false }) {
  Object.assign(followed, { ticket, guest: of, order: sent, seen, lost: false, cancelling: false, course: undefined });
}

/** What the big state shows. */
export function now() {
  const { snapshot } = store;
  if (waiting) return { phase: waiting.sent ? "sending" : "remove_first", guest: waiting.guest, kind: "encode" };
  if (refusal) return { phase: "failed", ...refusal };
  if (followed.ticket) {
    // Between the last of a job and its end there is nothing new to show.
    const ours = followed.order || isOurs(followed.ticket);
    const cancelling = !ours || followed.cancelling || isCancelled(followed.ticket);
    const course = courseOf({ snapshot, ends: store.ends, ...followed, cancelling }) ?? followed.course ?? { phase: "sending" };
    followed.course = course;
    if (course.phase !== "idle") return { ...course, guest: guestOfJob(course), order: followed.order };
  }
  return { phase: "idle", guest };
}

function guestOfJob({ job, end }) {
  const id = job?.acs_credential_id ?? end?.issuance?.acs_credential_id ?? end?.tried;
  const known = guestOf(id) ?? (job?.display_name ? { name: job.display_name, rooms: [] } : undefined);
  // A name that was there is not taken away again.
  followed.guest ??= whose(followed.ticket) ?? known;
  return followed.guest;
}

export function isBusy() {
  const { phase } = now();
  return !["idle", "done", "failed", "lost"].includes(phase);
}

/** The card is being written, or is still to be finished: nothing else can be begun. */
export function isWriting() {
  return isBusy() && !isCancellable(now());
}

/** The card that was being written is awaited again. */
export const isPulled = () => ["put_back", "other_card"].includes(now().phase);

/**
 * Shows a guest, instead of what is over. A finished card that is still on the encoder is only given up for a guest who is `picked`, and nothing
 * is for one that the list brought by itself.
 */
export function lookAt(next, picked, byHand = true) {
  guest = next;
  if (!byHand) return changed("now");
  const { phase } = now();
  const stays = phase === "done" && !picked && cardOfOutcome();
  if (!isBusy() && phase !== "idle" && !stays) forget();
  changed("now");
}

/** Forgets what is over. */
export function forget() {
  clearTimeout(linger);
  linger = undefined;
  lay = false;
  refusal = undefined;
  follow({});
  changed("now");
}

/**
 * Sends an order to the agent and follows its job. `path` and `body` are the request's; `of` is the guest it is for.
 * A finished card that is still on the encoder has to be removed first.
 */
export async function order(path, body, of, anotherCard = false) {
  if (waiting?.sent) return;
  // Another guest was meant: what has written nothing makes way.
  if (isBusy()) {
    if (await cancel()) return;
    if (followed.ticket) await over(followed.ticket);
  }
  const encoder = encoderFor(store.snapshot);
  const there = anotherCard || (now().phase === "done" && cardOfOutcome());
  const sent = { path, body: { acs_encoder_id: encoder?.acs_encoder_id, ...body }, guest: of };
  forget();
  // What is looked at next is the next guest.
  guest = undefined;
  waiting = { ...sent, sent: false };
  changed("ordered");
  if (there && (anotherCard || path === "/desk/encode") && !isFree()) return changed("now");
  await send();
}

async function send() {
  const sent = waiting;
  waiting.sent = true;
  changed("now");
  try {
    const { ticket } = await post(sent.path, sent.body);
    follow({ ticket, guest: sent.guest, order: sent });
    keep(ticket, sent.guest);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    refusal = { error: error.error, guest: sent.guest, order: sent, kind: "encode" };
  } finally {
    if (waiting === sent) waiting = undefined;
    see();
    changed("now");
  }
}

/** Ready when a job has ended. */
function over(ticket) {
  return new Promise((resolve) => {
    const look = () => {
      if (!store.ends.get(ticket)?.ending && store.link === "open") return;
      unwatch();
      resolve();
    };
    const unwatch = watch(look);
    look();
  });
}

/** Sends the order of what failed once more, with more allowed. */
export function again(allowed = {}, anotherCard = false) {
  const { order: last, guest: of, end } = now();
  const id = end?.issuance?.acs_credential_id ?? end?.tried;
  const sent = last ?? { path: "/desk/encode", body: { acs_credential_id: id } };
  return order(sent.path, { ...sent.body, allowed: { ...sent.body.allowed, ...allowed } }, of, anotherCard);
}

/** Ends what is under way, as long as nothing was written. Gives the code of what hindered it. */
export async function cancel() {
  const state = now();
  if (waiting && !waiting.sent) {
    waiting = undefined;
    return void changed("now");
  }
  if (!isBusy()) return forget();
  if (!isCancellable(state)) return isPulled() ? "put_back" : "too_late";
  const { ticket } = followed;
  if (!ticket) return undefined;
  followed.cancelling = true;
  if (isOurs(ticket)) keepCancelled(ticket);
  try {
    await post("/desk/cancel", { ticket });
  } catch ({ error }) {
    followed.cancelling = false;
    if (error?.code === "ordered_by_another") {
      disown(ticket);
      forget();
    }
    return error?.code;
  }
  return undefined;
}

/** The card of the job that is over, where it is still on its encoder. */
function cardOfOutcome() {
  const end = store.ends.get(followed.ticket);
  const uid = end?.issuance?.card_uid ?? end?.card_uid;
  return uid && (store.snapshot?.encoders ?? []).some(({ card }) => card?.card_uid === uid);
}

/** Whether there is no card where the next one is to be placed. */
function isFree() {
  const encoder = encoderFor(store.snapshot);
  return encoder ? !encoder.card : !local(store.snapshot).some(({ card }) => card);
}

/** Looks at what has changed: is there another job to follow, is an order free to go? */
function see(what) {
  const { snapshot } = store;
  const underWay = jobs(snapshot).some(({ ticket }) => ticket === followed.ticket);
  if (underWay) followed.seen = true;
  // The agent was started again under the job.
  if (what === "snapshot" && followed.seen && !underWay && !store.ends.get(followed.ticket)?.ending) followed.lost = true;
  if (waiting) {
    if (!waiting.sent && isFree()) send();
    return;
  }
  const { phase } = now();
  // What went wrong here stays until it is closed, whatever goes on elsewhere.
  const free = !followed.ticket || phase === "idle" || phase === "done" || phase === "lost";
  const other = free && worthShowing(snapshot, encoderFor(snapshot)?.acs_encoder_id, isOurs);
  if (other && other.ticket !== followed.ticket) {
    forget();
    follow({ ticket: other.ticket, seen: true });
  }
  stayOrGo();
}

/** What may be done with a card on the encoder, and with no other. */
const OF_CARD = ["overwrite", "wipe", "wipe_valid", "wipe_beside"];

/** What is done is shown until its card is removed; so is a question about a card. */
function stayOrGo() {
  const { phase, error, guest: of } = now();
  if (phase === "failed" && error?.actions?.some((action) => OF_CARD.includes(action))) {
    if (cardOfOutcome()) lay = true;
    else if (lay) {
      forget();
      if (followed.ticket === undefined) guest = of;
    }
    return;
  }
  if (phase !== "done") return;
  if (cardOfOutcome()) {
    lay = true;
    clearTimeout(linger);
    linger = undefined;
  } else if (store.ends.get(followed.ticket)?.ending && store.link === "open") {
    if (lay) forget();
    else linger ??= setTimeout(forget, LINGER);
  }
}

/** Whether an encoder of this name is the one of this page. */
function isHere(name) {
  const encoder = encoderFor(store.snapshot);
  return !encoder || encoder.name === name;
}

watchOthers(() => changed("others"));

watch((what, data) => {
  if (what === "now" || what === "ordered" || what === "gone" || what === "denied") return;
  // What the agent did by itself with a card, and did not bring to an end.
  const end = data?.event === "job_ended" && data.error && store.ends.get(data.ticket);
  if (end && !isBusy() && end.kind === "serve" && isHere(end.encoder)) {
    forget();
    follow({ ticket: data.ticket, seen: true });
  }
  see(what);
});

export const sameGuest = (one, other) => Boolean(one && other && idOf(one) === idOf(other));
