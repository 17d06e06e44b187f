// One stream of events from the agent, for as long as it takes: a lost one is opened again.

const TYPES = ["snapshot", "encoder", "encoder_removed", "state", "happened"];
const AGAIN_AFTER = 1000;

/** The agent says every five seconds that it is there: one that says nothing for longer than this hangs. */
const SILENT_AFTER = 12_000;

/** How long an answer to a question of this file may take. */
const PATIENCE = 5000;

/** Calls `say(type, data)` for each event, and with `gone` or `denied` when there is no stream. */
export function listen(say, path = "/events") {
  const open = () => {
    const source = new EventSource(path);
    let silence;
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(() => lost("gone"), SILENT_AFTER);
    };
    const lost = (why) => {
      clearTimeout(silence);
      source.close();
      say(why);
      setTimeout(open, AGAIN_AFTER);
    };
    for (const type of TYPES) source.addEventListener(type, (event) => (heard(), say(type, JSON.parse(event.data))));
    source.addEventListener("alive", heard);
    source.onerror = async () => {
      // It is not tried again by itself while that is asked.
      clearTimeout(silence);
      source.close();
      lost((await isDenied()) ? "denied" : "gone");
    };
    heard();
  };
  open();
}

/** An EventSource does not say why it failed. */
async function isDenied() {
  try {
    const { status } = await fetch("/desk/snapshot", { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    return status === 401 || status === 403;
  } catch {
    return false;
  }
}
