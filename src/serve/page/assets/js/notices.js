// The lines above everything: the agent is gone, Seam is away, reports wait.

import { h, plain } from "./dom.js";
import { store } from "./store.js";
import { ago, time } from "./times.js";
import { sentence, t } from "./words.js";

let shown = "";

export function drawNotices(place) {
  const lines = all();
  const key = JSON.stringify(lines);
  if (key === shown) return;
  shown = key;
  place.replaceChildren(...lines.map(([kind, what, more, detail]) => h("p", { class: `notice ${kind}` }, h("strong", {}, more ? sentence(what) : what), " ", more ?? "", detail && [" ", h("details", {}, h("summary", {}, t("error.detail")), detail)])));
}

/** The time of day, and how long ago that is, once it is. */
const since = (at) => (Date.now() - Date.parse(at) > 90_000 ? `${time(at)} (${ago(at)})` : time(at));

function all() {
  const { snapshot, link, goneSince } = store;
  if (link === "denied") return [["bad", t("link.denied"), t("link.denied.say")]];
  if (link === "gone") return [["bad", t("link.gone", { since: goneSince ? time(goneSince) : "–" }), t("link.gone.say")]];
  const lines = [];
  const seam = snapshot?.seam;
  if (seam && seam.reachable === false) {
    lines.push(["bad", t("seam.away", { since: seam.since ? since(seam.since) : "–" }), t("seam.away.say")]);
  }
  if (snapshot?.service_lost) lines.push(["bad", t("big.no_service"), t("service.say")]);
  if (snapshot?.unreported > 0) {
    const reason = plain(snapshot.unreported_reason, 200);
    lines.push(["", t("today.unreported", { count: snapshot.unreported }), reason && t("today.unreported.say"), reason]);
  }
  return lines;
}
