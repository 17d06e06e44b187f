// The tray of simulated cards: one line with the cards to place and remove by hand. Only there where the encoders are simulated.

import { ApiError, get, post } from "./api.js";
import { sayAloud } from "./aloud.js";
import { button, h, plain } from "./dom.js";
import { encoderFor } from "./encoder-choice.js";
import { store, watch } from "./store.js";
import { explain, t } from "./words.js";

/** In the middle of a write, for every type of card. */
const HALF_WAY = 6;

let place;
let tray;

export function makeTray(element) {
  place = element;
  watch((what, data) => {
    const there = Boolean(store.snapshot?.simulated);
    if (place.hidden === there) place.hidden = !there;
    if (!there) return;
    if (what === "snapshot" || what === "encoder" || /^card_(placed|removed)/.test(data?.event ?? "")) load();
  });
}

async function load() {
  try {
    tray = await get("/simulated/cards");
    draw();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}

async function act(path, order) {
  try {
    await post(`/simulated/cards/${path}`, order);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { what, now } = explain(error.error);
    sayAloud([what, now]);
  }
  await load();
}

/** The encoder that a card is placed on: the chosen one, else the first without a card. */
function target() {
  const chosen = encoderFor(store.snapshot)?.acs_encoder_id;
  const { encoders } = tray;
  return encoders.find((one) => one.acs_encoder_id === chosen) ?? encoders.find((one) => !one.card_uid) ?? encoders[0];
}

function draw() {
  const { types, encoders, cards } = tray;
  const focused = document.activeElement?.dataset?.tray;
  place.replaceChildren(
    h("span", { class: "tray-title" }, t("tray.title")),
    ...cards.map((card) => chip(card, encoders.find((one) => one.card_uid === card.card_uid))),
    h(
      "select",
      { "aria-label": t("tray.another"), "data-tray": "another", onchange: ({ target: { value } }) => value && act("place", { acs_encoder_id: target()?.acs_encoder_id, card_type: value }) },
      h("option", { value: "" }, t("tray.another")),
      ...types.map((type) => h("option", { value: type }, called(type))),
    ),
    button(t("tray.half"), () => act("remove", { acs_encoder_id: (encoders.find((one) => one.card_uid) ?? target())?.acs_encoder_id, after_writes: HALF_WAY }), { "data-tray": "half", title: t("tray.half.say") }),
  );
  if (focused) place.querySelector(`[data-tray="${CSS.escape(focused)}"]`)?.focus();
}

/** A card: pressed while it is on an encoder. */
function chip({ card_uid: uid, card_type: type }, on) {
  const move = () => (on ? act("remove", { acs_encoder_id: on.acs_encoder_id }) : act("place", { acs_encoder_id: target()?.acs_encoder_id, card_uid: uid }));
  return button([called(type), " ", h("small", {}, `…${plain(uid).slice(-4)}`)], move, {
    class: "chip",
    "data-tray": uid,
    "aria-pressed": String(Boolean(on)),
    title: on ? t("tray.remove", { encoder: on.name }) : t("tray.place"),
  });
}

/** A type of card as it is printed on its box. */
function called(type) {
  const words = { ntag: "NTAG", desfire: "DESFire", ultralight: "Ultralight", classic: "Classic", ev: "EV", mini: "Mini" };
  return plain(type).replaceAll("-", " ").replace(/[a-z]+/g, (word) => words[word] ?? word.toUpperCase());
}
