//! What happens at the encoders, in words for the person at the desk.

use std::io::IsTerminal;

use jiff::SignedDuration;

use super::style::mark;
use super::{Failure, printable, wrap};
use crate::desk::IssueError;
use crate::desk::notice::{Creation, GivenUp, Notice};
use crate::encoder::{EncoderEvent, EncoderName};
use crate::issuance::entry::Issuance;
use crate::issuance::state::State;
use crate::issuance::time::local_of;
use crate::report::Waiting;
use crate::seam::Time;
use crate::text::Hint;

/// One line, and a second one where there is something to do; `None` for what need not be read.
pub(super) fn words(notice: &Notice) -> Option<String> {
    match notice {
        Notice::Claimed(issuance) => Some(printable(&format!(
            "{}: writing {} on {} {}",
            issuance.encoder,
            named(issuance),
            issuance.card_type,
            issuance.card_uid
        ))),
        Notice::Overwriting { card_uid, lost } => {
            Some(printable(&format!("card {card_uid}: overwriting {lost}")))
        }
        Notice::Writing { .. }
        | Notice::Committing(_)
        | Notice::JobBegan { .. }
        | Notice::JobHasCard(_)
        | Notice::JobCommitted
        | Notice::JobEnded { .. }
        | Notice::Unreported { .. }
        | Notice::Guests { .. }
        | Notice::Api(_)
        | Notice::CardPlaced(_)
        | Notice::Looked { .. }
        | Notice::Tried { .. } => None,
        Notice::Finishing(issuance) => Some(two_parts(
            &format!("stopping; card {} is finished first", issuance.card_uid),
            Some("leave it on the encoder; the same signal again ends at once"),
        )),
        Notice::Written(issuance) => Some(format!(
            "{}{}: card {} is written and verified; you can remove the card",
            mark(std::io::stderr().is_terminal()),
            printable(&named(issuance)),
            issuance.card_uid
        )),
        Notice::HoldsAnotherEnd {
            issuance,
            on_card,
            in_seam,
        } => Some(another_end(issuance, on_card.as_ref(), in_seam.as_ref())),
        Notice::Reported(issuance) => Some(printable(&format!(
            "{} is reported as issued",
            named(issuance)
        ))),
        Notice::Wiped(issuance) => Some(printable(&format!(
            "card {} is wiped: {} is no longer on it",
            issuance.card_uid,
            named(issuance)
        ))),
        Notice::Invalidated(issuance) => Some(printable(&format!(
            "{} is reported as no longer on card {}",
            named(issuance),
            issuance.card_uid
        ))),
        Notice::NotReported(waiting) => Some(not_reported(waiting)),
        Notice::NotIssued { encoder, error } => Some(not_issued(encoder, error)),
        Notice::Creation(creation) => Some(created(creation)),
        Notice::GivenUp { issuance, why } => Some(given_up(issuance, why)),
        Notice::LeftOut(odd) => Some(two_parts(
            &format!("left out of the queue: {odd}"),
            Some("give this message to Seam's support; the other credentials are issued"),
        )),
        Notice::PassedOver {
            acs_credential_id,
            display_name,
            refusal,
        } => Some(two_parts(
            &format!(
                "{display_name} (credential {acs_credential_id}) has waited longer and still waits: {refusal}"
            ),
            Some(&refusal.hint()),
        )),
        Notice::NotNoted { issuance, error } => Some(two_parts(
            &format!(
                "card {} is done, but that cannot be recorded yet and is tried again: {error}",
                issuance.card_uid
            ),
            Some(&error.hint()),
        )),
        Notice::JournalTrouble(error) => Some(two_parts(&error.to_string(), Some(&error.hint()))),
        Notice::ClockOff(ahead) => Some(two_parts(
            &format!("{}; Seam's decides what has ended", clock_off(*ahead)),
            Some(
                "set the clock of this machine: receivers refuse reports that are signed at a wrong time",
            ),
        )),
        Notice::Encoder(_)
        | Notice::Listed { .. }
        | Notice::Unlisted(_)
        | Notice::LeftAlone(_)
        | Notice::AskedSeam(_)
        | Notice::SeamHasEncoded(_) => at_encoder(notice),
        Notice::OtherCard { .. } | Notice::CardAwaited { .. } | Notice::FinishedElsewhere(_) => {
            awaited(notice)
        }
    }
}

fn not_reported(waiting: &Waiting) -> String {
    let last_error = waiting.last_error.as_deref();
    printable(&format!(
        "{} is not reported yet: {}",
        named(&waiting.issuance),
        last_error.unwrap_or("no report receiver is configured")
    ))
}

fn not_issued(encoder: &EncoderName, error: &IssueError) -> String {
    let failure = Failure::from(error);
    two_parts(&format!("{encoder}: {}", failure.what()), failure.hint())
}

/// What a job waits for.
fn awaited(notice: &Notice) -> Option<String> {
    match notice {
        Notice::OtherCard {
            card_uid, awaited, ..
        } => Some(format!(
            "this is card {card_uid}, which is left as it is; place card {awaited} on the encoder"
        )),
        Notice::FinishedElsewhere(issuance) => Some(format!(
            "card {} was finished on another encoder",
            issuance.card_uid
        )),
        Notice::CardAwaited {
            card_uid: Some(uid),
            because,
            ..
        } => {
            let because = because.iter().map(|problem| printable(&problem.message));
            let place = format!(
                "place card {uid} on the encoder again and leave it there: it will be finished"
            );
            Some(because.chain([place]).collect::<Vec<_>>().join("\n"))
        }
        _ => None,
    }
}

fn another_end(issuance: &Issuance, on_card: Option<&Time>, in_seam: Option<&Time>) -> String {
    let until = |end: Option<&Time>| {
        end.map_or_else(
            || "without an end".to_owned(),
            |end| format!("until {}", local_of(*end)),
        )
    };
    two_parts(
        &format!(
            "card {} is valid {}, as when it was begun; the stay has changed since: Seam has it {}",
            issuance.card_uid,
            until(on_card),
            until(in_seam)
        ),
        Some(&format!(
            "write the card again: `cardbridge encode --credential {} --reissue`",
            issuance.acs_credential_id
        )),
    )
}

/// How far a clock that is ahead of Seam's, or behind it, is off.
pub(super) fn clock_off(ahead: SignedDuration) -> String {
    let direction = if ahead.is_positive() {
        "ahead of"
    } else {
        "behind"
    };
    let seconds = ahead.unsigned_abs().as_secs();
    let amount = match seconds {
        ..120 => format!("{seconds} seconds"),
        120..7_200 => format!("{} minutes", seconds / 60),
        7_200..172_800 => format!("{} hours", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    };
    format!("this machine's clock is {amount} {direction} Seam's")
}

fn created(creation: &Creation) -> String {
    match creation {
        Creation::Created(id) => printable(&format!("created credential {id}")),
        Creation::FoundAgain(id) => printable(&format!(
            "using credential {id}, which an earlier try has created"
        )),
        Creation::TakenBack(id) => {
            printable(&format!("deleted credential {id}, which is not needed"))
        }
        Creation::NotTakenBack {
            acs_credential_id: id,
            error,
        } => two_parts(
            &format!("credential {id} is not needed, but could not be deleted: {error}"),
            Some(&format!(
                "run the same command again, which then uses it, or delete it with `cardbridge credentials delete {id}`"
            )),
        ),
    }
}

fn given_up(issuance: &Issuance, why: &GivenUp) -> String {
    if issuance.state() == State::Claiming {
        return printable(&format!(
            "credential {} is no longer going onto card {}; nothing was written to it",
            issuance.acs_credential_id, issuance.card_uid
        ));
    }
    let begun = format!(
        "credential {} was begun on card {} and is given up",
        issuance.acs_credential_id, issuance.card_uid
    );
    match why {
        GivenUp::NotFound => two_parts(
            &format!("{begun}: Seam no longer has it"),
            Some("the card can be used for another credential"),
        ),
        GivenUp::Refused(reason) => two_parts(
            &format!("{begun}: {reason}"),
            Some("the card can be used for another credential"),
        ),
        GivenUp::Superseded => two_parts(&format!("{begun}, as asked"), None),
        GivenUp::Elsewhere(desk) => two_parts(&format!("{begun} by {desk}"), None),
    }
}

/// What happens to encoders, and on those of Seam's.
fn at_encoder(notice: &Notice) -> Option<String> {
    match notice {
        Notice::Encoder(event) => encoder(event),
        Notice::Listed { encoder, .. } => {
            let (name, problem) = (&encoder.name, &encoder.problem);
            Some(printable(&match problem {
                None => format!("{name} is there; Seam drives it"),
                Some(problem) => format!("{name}: {}", problem.message),
            }))
        }
        Notice::LeftAlone(encoder) => Some(two_parts(
            &format!("{encoder}: this card is left alone, because nothing was begun on it"),
            Some(
                "to encode waiting credentials on such cards, start `cardbridge run --auto`, or set auto = true in section [run]",
            ),
        )),
        Notice::Unlisted(encoder) => Some(printable(&format!("{} is gone", encoder.name))),
        Notice::AskedSeam(encode) if encode.action_attempt_id.is_some() => {
            let name = encode.display_name.as_deref();
            Some(printable(&format!(
                "{}: place a card on it for {}, and leave it there until it is written",
                encode.encoder,
                name.unwrap_or("the credential"),
            )))
        }
        _ => None,
    }
}

fn encoder(event: &EncoderEvent) -> Option<String> {
    match event {
        EncoderEvent::Added(name) => Some(format!("{name} is there")),
        EncoderEvent::Removed(name) => Some(format!("{name} is gone")),
        EncoderEvent::CardPlaced(_) | EncoderEvent::CardTaken(_) | EncoderEvent::CardRemoved(_) => {
            None
        }
        EncoderEvent::CardUnreadable(name, error) => {
            Some(two_parts(&format!("{name}: {error}"), Some(&error.hint())))
        }
        EncoderEvent::Stuck(name) => Some(two_parts(
            &format!("{name} does not answer"),
            Some("remove the card; if that does not help, unplug the encoder"),
        )),
        EncoderEvent::ServiceLost => Some(two_parts(
            "the PC/SC service does not answer; reconnecting",
            Some("run `cardbridge doctor`"),
        )),
        EncoderEvent::ServiceBack => Some("the PC/SC service is back".to_owned()),
    }
}

fn two_parts(what: &str, hint: Option<&str>) -> String {
    let width = wrap::stderr_width();
    let what = wrap::wrapped(&printable(what), width, 0, 2);
    match hint {
        Some(hint) => format!(
            "{what}\n  fix: {}",
            wrap::wrapped(&printable(hint), width, 7, 7)
        ),
        None => what,
    }
}

/// A credential as a person knows it, with the id that Seam knows it by.
pub(super) fn named(issuance: &Issuance) -> String {
    match &issuance.display_name {
        Some(name) => format!("{name} (credential {})", issuance.acs_credential_id),
        None => format!("credential {}", issuance.acs_credential_id),
    }
}

/// A number of cards, in words.
pub(super) fn count_of_cards(count: usize) -> String {
    if count == 1 {
        "1 card".to_owned()
    } else {
        format!("{count} cards")
    }
}
