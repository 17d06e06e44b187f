// What others have ordered, while the big state shows what was ordered here.

import { h, name, plain } from "./dom.js";
import { guestOf } from "./guests.js";
import { now } from "./now.js";
import { isOurs } from "./ours.js";
import { jobs } from "./snapshot.js";
import { store } from "./store.js";
import { explain, t } from "./words.js";

/** How long it is said that something went wrong elsewhere. */
const SHORTLY = 60_000;

export function drawBeside(place) {
  const { job, end } = now();
  const others = jobs(store.snapshot).filter((one) => one.ticket !== job?.ticket && one.kind !== "scan" && (one.kind !== "serve" || one.issuance_id));
  const failures = [...store.ends].filter(([ticket, one]) => one !== end && one.ending === "failed" && one.kind !== "scan" && !isOurs(ticket) && Date.now() - one.at < SHORTLY);
  place.replaceChildren(
    ...others.map((one) => {
      const [done, total] = one.progress ?? [];
      return line(one.encoder?.name, [t(`encoder.job.${one.kind}`), guestOf(one.acs_credential_id)?.name ?? one.display_name, total ? `${Math.round((100 * done) / total)} %` : ""]);
    }),
    ...failures.map(([, one]) => line(one.encoder, [guestOf(one.issuance?.acs_credential_id ?? one.tried)?.name, one.error && explain(one.error).what])),
  );
}

const line = (encoder, words) => h("p", { class: "other" }, encoder ? name(encoder, 40) : t("encoders.any"), h("span", {}, words.filter(Boolean).map((word) => plain(word)).join(" · ")));
