// Which encoder this desk uses: remembered by the browser; without a choice, the first that gets a card.

const KEY = "acs_encoder_id";

let chosen = read();

function read() {
  try {
    return localStorage.getItem(KEY) ?? undefined;
  } catch {
    return undefined;
  }
}

/** The encoder that was chosen, as long as it is there; the only one, where there is only one. */
export function encoderFor(snapshot) {
  const encoders = snapshot?.encoders ?? [];
  if (encoders.length === 1) return encoders[0];
  return encoders.find((one) => one.acs_encoder_id === chosen);
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
