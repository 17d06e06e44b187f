// What can be done for a guest, and after something went wrong: the buttons, and what they order.

import { ApiError, post } from "./api.js";
import { refused } from "./aloud.js";
import { cardInWords } from "./card.js";
import { ask } from "./dialog.js";
import { button, h } from "./dom.js";
import { guestOf, isOver, loadGuests } from "./guests.js";
import { firstCredential } from "./new-credential.js";
import { again, lookAt, now, order } from "./now.js";
import { store } from "./store.js";
import { clock, day, moment } from "./times.js";
import { explain, has, t } from "./words.js";

/** What names the guest's card in an order. */
const subject = (guest) => (guest.acs_credential_id ? { acs_credential_id: guest.acs_credential_id } : { access_method_id: guest.access_method_id });

export function encode(guest) {
  if (guest.isNew) return firstCredential(guest);
  return order("/desk/encode", subject(guest), guest);
}

/** A second key is a credential of its own, for the same guest and stay. */
function secondKey(guest) {
  return order("/desk/encode", { like: guest.acs_credential_id }, guest);
}

async function reissue(guest) {
  const text = [t("reissue.text", { name: guest.name }), t("reissue.place")];
  if (await ask({ title: t("reissue.title"), text, yes: t("action.reissue"), danger: true })) {
    return order("/desk/encode", { ...subject(guest), allowed: { reissue: true } }, guest);
  }
  return undefined;
}

/** Extends the stay at Seam; the card still has the old end, so a new one is offered. */
async function extend(guest) {
  const end = guest.ends_at ?? new Date().toISOString();
  const onDay = h("input", { type: "date", required: true, value: day(Date.parse(end) + 86_400_000), min: day(Date.now()) });
  const atTime = h("input", { type: "time", required: true, value: clock(end) });
  const ends = await ask({
    title: t("extend.title", { name: guest.name }),
    body: [h("label", {}, t("extend.day"), onDay), h("label", {}, t("extend.time"), atTime)],
    yes: t("action.extend"),
    value: () => moment(onDay.value, atTime.value),
  });
  if (!ends) return;
  try {
    await post("/desk/extend", { acs_credential_id: guest.acs_credential_id, ends_at: ends });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    await refused(error, (texts) => ask({ ...texts, yes: t("action.close") }));
    return;
  }
  await loadGuests().catch(() => {});
  // The same card may be written again, and so may another one in its place.
  const extended = { ...guest, ends_at: ends, mark: undefined, done: false };
  lookAt(extended, true);
  if (guest.done && (await ask({ title: t("extended.title"), text: t("extended.text"), yes: t("action.new_card") }))) {
    await order("/desk/encode", { ...subject(guest), allowed: { reissue: true } }, extended);
  }
}

/** Another credential in place of the guest's, which stops working. */
async function newCredential(guest) {
  const text = [t("reissue.text", { name: guest.name }), t("reissue.place")];
  if (await ask({ title: t("replace.title"), text, yes: t("action.new_credential"), danger: true })) {
    return order("/desk/encode", { replace: guest.acs_credential_id }, guest);
  }
  return undefined;
}

/** The buttons of a guest who is looked at. */
export function guestActions(guest) {
  if (guest.isNew) return [button([t("action.new_credential"), " ", h("kbd", {}, "Enter")], () => encode(guest), { class: "main" })];
  const own = Boolean(guest.acs_credential_id);
  const unfinished = guest.section === 0;
  if (isOver(guest) && own && !unfinished) return [button([t("action.extend"), " ", h("kbd", {}, "Enter")], () => extend(guest), { class: "main" })];
  return [
    guest.done ? null : button([t(unfinished ? "action.finish" : "action.encode"), " ", h("kbd", {}, "Enter")], () => encode(guest), { class: "main" }),
    own && !unfinished && button(t("action.second_key"), () => secondKey(guest), { class: guest.done ? "main" : "" }),
    guest.done && button(t("action.reissue"), () => reissue(guest)),
    own && button(t("action.extend"), () => extend(guest)),
    own && (guest.done || guest.mark?.code === "credential_has_errors") && button(t("action.new_credential"), () => newCredential(guest)),
  ];
}

/** What may cost a guest a card: never the first button, and never done without a question. */
const GRAVE = ["overwrite", "reissue", "new_credential", "wipe", "wipe_valid", "wipe_beside"];

/** What sends the same order once more. */
const AGAIN = ["retry", "place_same_card", "another_card"];

/** What takes a card that was on an encoder. */
const OF_CARD = ["overwrite", "wipe", "wipe_valid", "wipe_beside"];

/** What is done for a guest. */
const OF_GUEST = ["extend", "second_key", "new_credential"];

/** The buttons after a failure: what the agent says would help, what costs nothing first. */
export function failureActions({ error, guest, order: last, kind, end }) {
  const of = guest?.acs_credential_id ? guest : ordered(end);
  const can = (action) => (OF_CARD.includes(action) ? end?.card_uid : OF_GUEST.includes(action) ? of : true);
  const offered = (error?.actions ?? []).filter((action) => has(`action.${action}`) && can(action));
  const again = last && kind !== "scan" && !offered.some((action) => AGAIN.includes(action)) ? ["retry"] : [];
  const all = [...offered.filter((action) => !GRAVE.includes(action)), ...again, ...offered.filter((action) => GRAVE.includes(action))];
  return all.map((action, at) => {
    const main = at === 0 && !GRAVE.includes(action);
    return button([t(`action.${action}`), main && [" ", h("kbd", {}, "Enter")]].flat(), () => act(action, of ?? guest, end), { class: main ? "main" : "" });
  });
}

/** The guest of an order that came from elsewhere, as far as is known. */
function ordered(end) {
  const id = end?.issuance?.acs_credential_id ?? end?.tried;
  return guestOf(id) ?? (id && { acs_credential_id: id, name: t("guests.this"), rooms: [] });
}

async function act(action, guest, end) {
  if (action === "another_card") return again({}, true);
  if (AGAIN.includes(action)) return again();
  if (action === "extend") return extend(guest);
  if (action === "second_key") return secondKey(guest);
  if (action === "new_credential") return newCredential(guest);
  const { what } = explain(now().error);
  const there = store.snapshot?.encoders.find(({ card }) => card?.card_uid && card.card_uid === end?.card_uid);
  const whose = there && cardInWords(there);
  const kind = action.startsWith("wipe") ? "wipe" : action;
  const text = { overwrite: [what, whose, t("overwrite.text")], reissue: t("reissue.text", { name: guest?.name ?? t("guests.this") }), wipe: [what, whose, t("wipe.text")] }[kind];
  if (!(await ask({ title: t(`${kind}.title`), text, yes: t(`action.${action}`), danger: true }))) return undefined;
  // The card left while it was asked about.
  if (now().end !== end) return undefined;
  // What was asked about this card is no answer about another.
  if (kind === "overwrite") return again({ overwrite: end.card_uid });
  if (kind !== "wipe") return again({ [action]: true });
  const encoder = store.snapshot?.encoders.find((one) => one.name === end.encoder);
  return order("/desk/wipe", { acs_encoder_id: encoder?.acs_encoder_id, card_uid: end.card_uid, valid: action === "wipe_valid", beside: action === "wipe_beside" });
}
