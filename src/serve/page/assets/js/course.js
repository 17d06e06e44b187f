// How far a job is, in the words of the big state. Pure.

import { jobs } from "./snapshot.js";

/** The phases in which a job has written nothing that has to be finished: it may be cancelled. */
const CANCELLABLE = ["sending", "remove_first", "place", "checking"];

/** The agent says it of a job; before there is one, it is the phase. */
export const isCancellable = ({ phase, job }) => job?.cancellable ?? CANCELLABLE.includes(phase);

/** Where the job of this ticket is; undefined where that is not known yet. `lost`: a newer snapshot had nothing of it. */
export function courseOf({ snapshot, ends, ticket, lost, cancelling }) {
  const job = jobs(snapshot).find((one) => one.ticket === ticket);
  const end = ends.get(ticket);
  if (job && !end?.ending) return { phase: phaseOf(job), kind: job.kind, job, encoder: job.encoder, end };
  if (!end?.ending) return lost ? { phase: "lost" } : undefined;
  const about = { kind: end.kind, end, error: end.error };
  if (end.ending === "done") return { phase: "done", ...about };
  // The card is good; what is missing is its report, which is sent again.
  if (end.issuance && end.error?.code === "unreported") return { phase: "done", ...about, unreported: true };
  // `left`: the card stays unfinished, and is marked beside its guest.
  if (end.ending === "cancelled" || end.ending === "left") return cancelling ? { phase: "idle" } : { phase: "failed", ...about, error: { code: "cancelled_by_another", actions: ["retry"] } };
  return { phase: "failed", ...about };
}

function phaseOf(job) {
  const card = job.encoder?.card;
  const begun = Boolean(job.issuance_id ?? job.progress);
  switch (job.step) {
    case "preparing":
      return card ? "checking" : "place";
    case "waiting_for_card":
      if (!begun || !job.card_uid) return "place";
      return card?.card_uid && card.card_uid !== job.card_uid ? "other_card" : "put_back";
    case "writing":
    case "wiping":
      return "writing";
    case "reading_back":
      return "reading_back";
    case "at_encoder":
      return "at_encoder";
    case "reporting":
      return "done";
    default:
      return "checking";
  }
}

/** A job under way that this page shows without having ordered it: one of this browser, or a card that the agent goes on with by itself on this encoder. */
export function worthShowing(snapshot, encoderId, isOurs) {
  return jobs(snapshot).find((job) => {
    if (isOurs(job.ticket)) return true;
    return job.ordered_by === "program" && job.issuance_id && (!encoderId || job.encoder?.acs_encoder_id === encoderId);
  });
}

/** A job of the local API on this encoder: what a kiosk leads its guest through. */
export function ofKiosk(snapshot, encoderId) {
  return jobs(snapshot).find((job) => job.ordered_by === "local_api" && job.kind !== "scan" && job.encoder?.acs_encoder_id === encoderId);
}
