// The shared worker: all tabs of the page have one stream of events between them, since a browser keeps only six connections to a host.

import { apply } from "./snapshot.js";
import { listen } from "./source.js";

const tabs = new Set();
let snapshot;
let link;

listen((type, data) => {
  snapshot = apply(snapshot, type, data);
  link = type === "gone" || type === "denied" ? type : "open";
  for (const tab of tabs) tab.postMessage({ type, data });
});

self.onconnect = ({ ports: [tab] }) => {
  tabs.add(tab);
  tab.onmessage = () => tabs.delete(tab);
  if (snapshot) tab.postMessage({ type: "snapshot", data: snapshot });
  if (link && link !== "open") tab.postMessage({ type: link });
};
