// The tray of simulated cards: placing, removing and swapping them by hand. Only there where the encoders are simulated.

import { ApiError, get, post } from "./api.js";
import { sayAloud } from "./aloud.js";
import { button, h, name, plain } from "./dom.js";
import { store, watch } from "./store.js";
import { explain, t } from "./words.js";

/** In the middle of a write, for every type of card. */
const HALF_WAY = 6;

let place;
let body;
let lastType;

export function makeTray(element) {
  place = element;
  watch((what, data) => {
    const there = Boolean(store.snapshot?.simulated);
    if (place.hidden === there) place.hidden = !there;
    if (!there) return;
    if (!body) build();
    if (what === "snapshot" || /^(card_|encoder_|job_ended)/.test(data?.event ?? "")) load();
  });
}

function build() {
  body = h("div", { class: "tray-body" });
  place.append(h("details", { open: true }, h("summary", {}, t("tray.title")), body));
}

async function load() {
  try {
    draw(await get("/simulated/cards"));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}

async function act(path, order) {
  try {
    await post(path, order);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { what, now } = explain(error.error);
    sayAloud([what, now]);
  }
  await load();
}

function draw({ types, encoders, cards }) {
  const focused = document.activeElement?.dataset?.tray;
  const beside = cards.filter((card) => !card.encoder);
  body.replaceChildren(
    ...encoders.map((encoder) => onEncoder(encoder, cards, types)),
    beside.length > 0 ? h("p", { class: "cards" }, ...beside.map((card) => chip(card, encoders))) : "",
  );
  if (focused) body.querySelector(`[data-tray="${CSS.escape(focused)}"]`)?.focus();
}

function onEncoder({ acs_encoder_id, name: of, card_uid: uid }, cards, types) {
  const card = cards.find((one) => one.card_uid === uid);
  const at = { acs_encoder_id };
  const type = h(
    "select",
    { "aria-label": t("tray.type"), "data-tray": `type-${acs_encoder_id}`, onchange: ({ target }) => (lastType = target.value) },
    ...types.map((one) => h("option", { value: one, selected: one === lastType }, one)),
  );
  return h(
    "p",
    { class: "tray-encoder" },
    h("span", { class: "tray-name" }, name(of, 40)),
    uid
      ? [
          h("span", { class: "chip there" }, plain(card?.card_type), " ", h("span", { class: "number" }, plain(uid))),
          button(t("tray.remove"), () => act("/simulated/cards/remove", at), { "data-tray": `remove-${acs_encoder_id}` }),
        ]
      : [
          type,
          button(t("tray.place"), () => act("/simulated/cards/place", { ...at, card_type: type.value }), { "data-tray": `place-${acs_encoder_id}` }),
        ],
    button(t("tray.half"), () => act("/simulated/cards/remove", { ...at, after_writes: HALF_WAY }), { "data-tray": `half-${acs_encoder_id}`, title: t("tray.half.say") }),
  );
}

/** A card beside the encoders: pressed, it is placed again. */
function chip({ card_uid: uid, card_type: of }, encoders) {
  const free = encoders.find((encoder) => !encoder.card_uid) ?? encoders[0];
  return button([plain(of), " ", h("span", { class: "number" }, plain(uid))], () => act("/simulated/cards/place", { acs_encoder_id: free?.acs_encoder_id, card_uid: uid }), { class: "chip", "data-tray": `card-${uid}`, title: t("tray.again") });
}
