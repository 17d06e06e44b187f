// How far a job is, in the words of the big state. Pure.

import { jobs } from "./snapshot.js";

/** The phases in which a job has written nothing that has to be finished: it may be cancelled. */
const CANCELLABLE = ["sending", "remove_first", "place", "checking"];

/** The agent says it of a job; before there is one, it is the phase. */
export const isCancellable = ({ phase, job }) => job?.cancellable ?? CANCELLABLE.includes(phase);

/** Where the job of this ticket is; undefined where that is not known yet. `lost`: a newer snapshot had nothing of it. */
export function courseOf({ snapshot, ends, ticket, lost }) {
  const job = jobs(snapshot).find((one) => one.ticket === ticket);
  const end = ends.get(ticket);
  if (job && !end?.ending) return { phase: phaseOf(job), kind: job.kind, job, encoder: job.encoder, end };
  if (!end?.ending) return lost ? { phase: "lost" } : undefined;
  const about = { kind: end.kind, end, error: end.error };
  if (end.ending === "done") return { phase: "done", ...about };
  // The card is good; what is missing is its report, which is sent again.
  if (end.issuance && end.error?.code === "unreported") return { phase: "done", ...about, unreported: true };
  // `left`: the card stays unfinished, and is marked beside its guest.
  if (end.ending === "cancelled" || end.ending === "left") return { phase: "idle" };
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

/** A job under way that is worth showing although this page did not order it, on this encoder or on any. */
export function worthShowing(snapshot, encoderId) {
  const here = jobs(snapshot).filter((job) => !encoderId || !job.encoder || job.encoder.acs_encoder_id === encoderId);
  return here.find((job) => {
    if (job.kind === "serve") return Boolean(job.issuance_id);
    return job.kind !== "scan" || job.step === "waiting_for_card";
  });
}
