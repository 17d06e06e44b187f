// One stream of events from the agent, for as long as it takes: a lost one is opened again.

const TYPES = ["snapshot", "encoder", "encoder_removed", "state", "happened"];
const AGAIN_AFTER = 1000;

/** Calls `say(type, data)` for each event, and with `gone` or `denied` when there is no stream. */
export function listen(say) {
  const open = () => {
    const source = new EventSource("/events");
    for (const type of TYPES) source.addEventListener(type, (event) => say(type, JSON.parse(event.data)));
    source.onerror = async () => {
      source.close();
      say((await isDenied()) ? "denied" : "gone");
      setTimeout(open, AGAIN_AFTER);
    };
  };
  open();
}

/** An EventSource does not say why it failed. */
async function isDenied() {
  try {
    const { status } = await fetch("/desk/snapshot", { method: "HEAD", cache: "no-store" });
    return status === 401 || status === 403;
  } catch {
    return false;
  }
}
