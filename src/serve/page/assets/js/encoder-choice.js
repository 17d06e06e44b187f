// Which encoder this desk uses: remembered by the browser; without a choice, the only one at the desk, or the first there that gets a card.

const KEY = "acs_encoder_id";

let chosen = read();

function read() {
  try {
    return localStorage.getItem(KEY) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Those on this machine: the others are driven through Seam. */
export const local = (snapshot) => (snapshot?.encoders ?? []).filter((one) => one.kind !== "seam");

/** The encoder that was chosen, as long as it is there; the only one, where there is only one. */
export function encoderFor(snapshot) {
  const encoders = snapshot?.encoders ?? [];
  const here = local(snapshot);
  const only = here.length === 1 ? here[0] : encoders.length === 1 ? encoders[0] : undefined;
  return encoders.find((one) => one.acs_encoder_id === chosen) ?? only;
}

export function chooseEncoder(id) {
  chosen = id || undefined;
  try {
    if (chosen) localStorage.setItem(KEY, chosen);
    else localStorage.removeItem(KEY);
  } catch {
    // A browser that keeps nothing forgets the choice with the page.
  }
}
