// What the agent's events make of a snapshot. Pure: the shared worker and the page apply them alike.

/** The snapshot after an event of this type. */
export function apply(snapshot, type, data) {
  switch (type) {
    case "snapshot":
      return { ...data, encoders: sorted(data.encoders) };
    case "state":
      return { ...data, encoders: snapshot?.encoders ?? [] };
    case "encoder": {
      const others = (snapshot?.encoders ?? []).filter((one) => one.acs_encoder_id !== data.acs_encoder_id);
      return { ...snapshot, encoders: sorted([...others, data]) };
    }
    case "encoder_removed": {
      const encoders = (snapshot?.encoders ?? []).filter((one) => one.acs_encoder_id !== data.acs_encoder_id);
      return { ...snapshot, encoders };
    }
    default:
      return snapshot;
  }
}

/** Those of this machine first. */
function sorted(encoders = []) {
  const key = ({ kind, name }) => `${kind === "seam" ? 1 : 0}${name}`;
  return [...encoders].sort((one, other) => (key(one) < key(other) ? -1 : 1));
}

/** All jobs under way, each with its encoder, if it has one. */
export function jobs(snapshot) {
  const at = (snapshot?.encoders ?? []).filter((one) => one.job).map((encoder) => ({ ...encoder.job, encoder }));
  return [...at, ...(snapshot?.waiting ?? [])];
}
