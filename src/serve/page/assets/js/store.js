// What the page knows of the desk: the agent's snapshot, the ends of jobs, and whether the agent answers.

import { agentIsHeard } from "./api.js";
import { apply } from "./snapshot.js";
import { listen } from "./source.js";

/** So many jobs that are over are remembered. */
const ENDS = 50;

const watchers = new Set();

export const store = {
  snapshot: undefined,
  /** `connecting`, `open`, `gone` or `denied`. */
  link: "connecting",
  goneSince: undefined,
  /** What became of jobs, by ticket: the issuance, how it ended, what went wrong. */
  ends: new Map(),
};

/** Calls the watcher whenever something has changed, until what is given back is called. */
export function watch(watcher) {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

export function changed(what, data) {
  for (const watcher of watchers) watcher(what, data);
}

/** Begins to listen: through the shared worker where the browser has one, unless the page has a stream of its own. */
export function connect(own) {
  if (own || !("SharedWorker" in window)) return listen(take, own);
  const policy = window.trustedTypes?.createPolicy("worker", { createScriptURL: (url) => url });
  const url = "/page/js/worker.js";
  const { port } = new SharedWorker(policy?.createScriptURL(url) ?? url, { type: "module" });
  port.onmessage = ({ data: { type, data } }) => take(type, data);
  addEventListener("pagehide", ({ persisted }) => persisted || port.postMessage("bye"));
}

function take(type, data) {
  agentIsHeard(type !== "gone");
  if (type === "gone" || type === "denied") {
    if (store.link === "open") store.goneSince = Date.now();
    store.link = type;
    return changed(type);
  }
  store.link = "open";
  store.goneSince = undefined;
  if (type === "happened") note(data);
  store.snapshot = apply(store.snapshot, type, data);
  changed(type, data);
}

function note(event) {
  if (!event.ticket) return;
  const end = store.ends.get(event.ticket) ?? {};
  if (event.event === "job_began") Object.assign(end, { kind: event.kind, ordered_by: event.ordered_by });
  if (event.event === "issuance" && event.written_at) end.issuance = event;
  if (event.event === "credential_tried") end.tried = event.acs_credential_id;
  if (event.card_uid) end.card_uid = event.card_uid;
  if (event.encoder) end.encoder = event.encoder;
  if (event.error && event.event === "not_issued") end.error = event.error;
  if (event.event === "job_ended") {
    end.ending = event.ending;
    end.error = event.error ?? (event.ending === "failed" ? end.error : undefined);
    end.at = Date.now();
  }
  store.ends.delete(event.ticket);
  store.ends.set(event.ticket, end);
  if (store.ends.size > ENDS) store.ends.delete(store.ends.keys().next().value);
}
