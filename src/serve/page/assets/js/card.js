// What is on an encoder, in one line.

import { plain } from "./dom.js";
import { guestOf } from "./guests.js";
import { dayAndTime } from "./times.js";
import { explain, t } from "./words.js";

/** `Room 101, valid until tomorrow, 12:00, genuine`, or what else there is to say: nothing of an encoder that does not tell. */
export function cardInWords({ card, problem, stuck, online, kind }) {
  if (stuck) return t("encoder.stuck");
  if (online === false) return t("encoder.offline");
  if (problem) return explain(problem).what;
  if (!card) return kind === "seam" ? "" : t("card.none");
  if (!card.contents) return t("card.reading");
  const reading = card.reading ?? {};
  if (card.superseded) return t("verdict.superseded");
  if (card.contents === "record" && !card.verified) return t("verdict.not_genuine");
  if (card.contents !== "record") return t(`verdict.${card.contents}`);
  const guest = guestOf(card.acs_credential_id);
  const whose = guest?.rooms?.[0] ?? reading.display_name ?? guest?.name;
  const ends = reading.ends_at ?? card.ends_at;
  const over = ends && Date.parse(ends) < Date.now();
  return [
    whose && plain(whose),
    ends ? t(over ? "card.ended" : "card.until", { when: dayAndTime(ends) }) : t("card.open"),
    t("card.genuine"),
  ]
    .filter(Boolean)
    .join(", ");
}
