// What the agent's events make of a snapshot. Pure: the shared worker and the page apply them alike.

/** The snapshot after an event of this type. */
export function apply(snapshot, type, data) {
  switch (type) {
    case "snapshot":
      return data;
    case "state":
      return { ...data, encoders: snapshot?.encoders ?? [] };
    case "encoder": {
      const others = (snapshot?.encoders ?? []).filter((one) => one.acs_encoder_id !== data.acs_encoder_id);
      const encoders = [...others, data].sort((one, other) => (one.name < other.name ? -1 : 1));
      return { ...snapshot, encoders };
    }
    case "encoder_removed": {
      const encoders = (snapshot?.encoders ?? []).filter((one) => one.acs_encoder_id !== data.acs_encoder_id);
      return { ...snapshot, encoders };
    }
    default:
      return snapshot;
  }
}

/** All jobs under way, each with its encoder, if it has one. */
export function jobs(snapshot) {
  const at = (snapshot?.encoders ?? []).filter((one) => one.job).map((encoder) => ({ ...encoder.job, encoder }));
  return [...at, ...(snapshot?.waiting ?? [])];
}
