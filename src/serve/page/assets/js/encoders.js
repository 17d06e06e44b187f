// The encoders of this desk: what they are, what is on them now, what their cards open; reading and wiping.

import { ApiError, post } from "./api.js";
import { say, sayAloud } from "./aloud.js";
import { cardInWords } from "./card.js";
import { ask } from "./dialog.js";
import { button, h, name, names, plain } from "./dom.js";
import { guestOf } from "./guests.js";
import { isBusy, order } from "./now.js";
import { store, watch } from "./store.js";
import { dayAndTime } from "./times.js";
import { explain, has, sentence, t } from "./words.js";

/** What was read last, by encoder: shown until the card is another. */
const readings = new Map();

// A card that was written since is not what was read.
watch((what, data) => {
  if (what === "ordered" || data?.event === "issuance") readings.clear();
});

let shown;

export function drawEncoders(place) {
  const encoders = store.snapshot?.encoders ?? [];
  const key = JSON.stringify([encoders.map(({ job, ...rest }) => [rest, job?.step, job?.kind]), [...readings], isBusy()]);
  if (key === shown) return;
  shown = key;
  const focused = document.activeElement?.id;
  place.replaceChildren(
    h("h2", {}, t("nav.encoders")),
    ...(encoders.length > 0 ? encoders.map(encoderCard) : [h("p", {}, t("big.no_encoder.say"))]),
  );
  if (focused) document.getElementById(focused)?.focus();
}

function encoderCard(encoder) {
  const { acs_encoder_id: id, card, model, opens, kind, job } = encoder;
  const reading = readings.get(id);
  const same = reading && (!reading.card_uid || !card || reading.card_uid === card.card_uid);
  return h(
    "article",
    { class: "encoder" },
    h("h3", {}, name(encoder.name, 60)),
    h("p", { class: "model" }, [model && plain(model, 60), t(kind === "seam" ? "encoder.at_seam" : "encoder.here"), job && t(`encoder.job.${job.kind}`)].filter(Boolean).join(" · ")),
    h("p", { class: "on-reader" }, same && card && reading.verdict === "superseded" ? t("verdict.superseded") : cardInWords(encoder)),
    opens && has(`opens.${opens}`) ? h("p", { class: "opens" }, t(`opens.${opens}`)) : null,
    same ? readingList(reading) : null,
    h(
      "p",
      { class: "actions" },
      button(t("action.read"), () => read(encoder), { id: `read-${id}`, disabled: isBusy() }),
      button(t("action.wipe"), () => wipe(encoder), { id: `wipe-${id}`, disabled: isBusy() || !card?.card_uid || card.contents === "blank" }),
    ),
  );
}

async function read(encoder) {
  try {
    const { scan } = await post("/desk/scan", { acs_encoder_id: encoder.acs_encoder_id });
    readings.set(encoder.acs_encoder_id, scan);
    say([t("read.done"), verdict(scan)]);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.error.code !== "cancelled") {
      const { what, now } = explain(error.error);
      sayAloud([what, now]);
      readings.set(encoder.acs_encoder_id, { problem: { what, now } });
    }
  }
  drawEncoders(document.getElementById("encoders"));
}

const verdict = ({ verdict: word, reason }) => (has(`verdict.${word}`) ? t(`verdict.${word}`) : plain(reason, 120));

function readingList(reading) {
  if (reading.problem) return h("p", { class: "mark" }, h("strong", {}, sentence(reading.problem.what)), " ", reading.problem.now);
  const lines = [
    ["read.verdict", verdict(reading)],
    ["read.whose", reading.display_name ?? guestOf(reading.acs_credential_id)?.name],
    ["fact.number", reading.card_number],
    ["fact.doors", reading.entrances && names(reading.entrances, 8)],
    ["fact.until", reading.ends_at && dayAndTime(reading.ends_at)],
    ["read.card", [reading.known_as, reading.card_uid].filter(Boolean).join(" · ")],
    ["read.writable", t(!reading.writable?.possible ? "read.no" : reading.writable.needs_overwrite ? "read.overwrite" : "read.yes")],
  ];
  const there = lines.filter(([, value]) => value);
  return h("dl", { class: "facts" }, ...there.map(([key, value]) => h("div", {}, h("dt", {}, t(key)), h("dd", {}, typeof value === "string" ? name(value, 120) : value))));
}

async function wipe(encoder) {
  const { card } = encoder;
  const valid = card.verified && !(card.ends_at && Date.parse(card.ends_at) < Date.now());
  const text = [cardInWords(encoder), t(valid ? "wipe.valid" : "wipe.text")];
  if (!(await ask({ title: t("wipe.title"), text, yes: t("action.wipe"), danger: true }))) return;
  readings.delete(encoder.acs_encoder_id);
  await order("/desk/wipe", { acs_encoder_id: encoder.acs_encoder_id, card_uid: card.card_uid, valid }, guestOf(card.acs_credential_id));
}
