// What can be done for a guest, and after something went wrong: the buttons, and what they order.

import { ApiError, post } from "./api.js";
import { sayAloud } from "./aloud.js";
import { ask } from "./dialog.js";
import { button, h, plain } from "./dom.js";
import { loadGuests } from "./guests.js";
import { again, lookAt, now, order } from "./now.js";
import { clock, day, moment } from "./times.js";
import { explain, has, t } from "./words.js";

/** What names the guest's card in an order. */
const subject = (guest) => (guest.acs_credential_id ? { acs_credential_id: guest.acs_credential_id } : { access_method_id: guest.access_method_id });

export function encode(guest) {
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
    const { what, now: next } = explain(error.error);
    sayAloud([what, next]);
    await ask({ title: what, text: next, yes: t("action.close") });
    return;
  }
  await loadGuests().catch(() => {});
  const extended = { ...guest, ends_at: ends, mark: undefined };
  lookAt(extended, true);
  if (guest.done && (await ask({ title: t("extended.title"), text: t("extended.text"), yes: t("action.new_card") }))) {
    await order("/desk/encode", { ...subject(guest), allowed: { reissue: true } }, extended);
  }
}

const all = { second_key: secondKey, reissue, extend };

/** The buttons of a guest who is looked at. */
export function guestActions(guest) {
  const own = Boolean(guest.acs_credential_id);
  return [
    guest.done ? null : button([t("action.encode"), " ", h("kbd", {}, "Enter")], () => encode(guest), { class: "main" }),
    own && button(t("action.second_key"), () => secondKey(guest), { class: guest.done ? "main" : "" }),
    guest.done && button(t("action.reissue"), () => reissue(guest)),
    own && button(t("action.extend"), () => extend(guest)),
  ];
}

/** What may cost a guest a card: never the first button, and never done without a question. */
const GRAVE = ["overwrite", "reissue"];

/** The buttons after a failure: what the agent says would help, and to try again. */
export function failureActions({ error, guest, order: last, kind }) {
  const offered = (error?.actions ?? []).filter((action) => has(`action.${action}`) && action !== "retry");
  const safe = offered.filter((action) => !GRAVE.includes(action));
  const retry = last && kind !== "scan" ? ["retry"] : [];
  const order = [...safe, ...retry, ...offered.filter((action) => GRAVE.includes(action))];
  return order.map((action, at) => button(t(`action.${action}`), () => act(action, guest), { class: at === 0 && !GRAVE.includes(action) ? "main" : "" }));
}

async function act(action, guest) {
  if (action === "retry") return again();
  if (action === "overwrite") {
    const { what } = explain(now().error);
    return (await ask({ title: t("overwrite.title"), text: [what, t("overwrite.text")], yes: t("action.overwrite"), danger: true })) && again({ overwrite: true });
  }
  if (action === "reissue") {
    const text = t("reissue.text", { name: plain(guest?.name) });
    return (await ask({ title: t("reissue.title"), text, yes: t("action.reissue"), danger: true })) && again({ reissue: true });
  }
  return guest && all[action]?.(guest);
}

