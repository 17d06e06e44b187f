// What goes on at the other encoders, while the big state shows one.

import { h, name, plain } from "./dom.js";
import { now } from "./now.js";
import { jobs } from "./snapshot.js";
import { store } from "./store.js";
import { t } from "./words.js";

export function drawBeside(place) {
  const { job } = now();
  const others = jobs(store.snapshot).filter((one) => one.ticket !== job?.ticket && one.encoder && one.kind !== "scan" && (one.kind !== "serve" || one.issuance_id));
  place.replaceChildren(
    ...others.map((one) => {
      const [done, total] = one.progress ?? [];
      return h("p", { class: "other" }, name(one.encoder.name, 40), h("span", {}, [t(`encoder.job.${one.kind}`), one.display_name && plain(one.display_name), total ? `${Math.round((100 * done) / total)} %` : ""].filter(Boolean).join(" · ")));
    }),
  );
}
