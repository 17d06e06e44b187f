//! `cardbridge run --json`: what happens, each step one object on a line of its own. `docs/json.md` tells what they mean.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::Failure;
use super::trail::Trail;
use crate::desk::notice::{GivenUp, Notice};
use crate::encoder::EncoderEvent;
use crate::text::Hint;

/// The line for a notice; `None` for what is no step.
pub(super) fn step(notice: &Notice, trail: &Trail) -> Option<Value> {
    Some(match notice {
        Notice::Claimed(issuance) | Notice::Written(issuance) | Notice::Reported(issuance) => {
            event("issuance", issuance)
        }
        Notice::Wiped(issuance) => event("wiped", issuance),
        Notice::Invalidated(issuance) => event("invalidation_reported", issuance),
        Notice::Overwriting { card_uid, lost } => event(
            "overwriting",
            &json!({"card_uid": card_uid.to_string(), "lost": lost}),
        ),
        Notice::HoldsAnotherEnd {
            issuance,
            on_card,
            in_seam,
        } => {
            let mut line = event("holds_another_end", issuance);
            line["on_card"] = json!(on_card.map(|time| time.to_string()));
            line["in_seam"] = json!(in_seam.map(|time| time.to_string()));
            line
        }
        Notice::Finishing(issuance) => event("finishing", issuance),
        Notice::GivenUp { issuance, why } => {
            let mut line = event("given_up", issuance);
            line["why"] = json!(match why {
                GivenUp::NotFound => "credential_not_found",
                GivenUp::Refused(_) => "refused",
                GivenUp::Superseded => "superseded",
            });
            line
        }
        Notice::NotReported(waiting) => {
            let mut line = event("not_reported", &waiting.issuance);
            line["last_error"] = json!(waiting.last_error);
            line
        }
        Notice::NotIssued { encoder, error } => {
            let failure = Failure::from(&**error).about(trail.on(encoder));
            let mut line = event("not_issued", &failure.to_json());
            line["encoder"] = json!(encoder.to_string());
            line
        }
        Notice::CardPlaced(encoder) => at("card_placed", encoder),
        Notice::Looked {
            encoder,
            card_uid,
            card_type,
        } => {
            let mut line = at("card_read", encoder);
            line["card_uid"] = json!(card_uid.to_string());
            line["card_type"] = json!(card_type);
            line
        }
        Notice::Encoder(happened) => return of_encoder(happened),
        Notice::NotNoted { issuance, error } => {
            let mut line = event("not_noted", issuance);
            line["problem"] = json!(error.to_string());
            line["hint"] = json!(error.hint());
            line
        }
        Notice::JournalTrouble(error) => {
            event("journal_trouble", &Failure::from(&**error).to_json())
        }
        Notice::LeftOut(odd) => event(
            "left_out",
            &json!({"id": odd.id, "at": odd.at, "problem": odd.problem}),
        ),
        Notice::LeftAlone(encoder) => at("left_alone", encoder),
        Notice::PassedOver {
            acs_credential_id,
            refusal,
            ..
        } => event(
            "passed_over",
            &json!({"acs_credential_id": acs_credential_id, "problem": refusal.to_string(), "hint": refusal.hint()}),
        ),
        Notice::ClockOff(ahead) => event("clock_off", &json!({"seconds_ahead": ahead.as_secs()})),
        // `encode --create` alone makes credentials.
        Notice::Writing { .. } | Notice::Tried { .. } | Notice::Creation(_) => return None,
    })
}

fn of_encoder(happened: &EncoderEvent) -> Option<Value> {
    Some(match happened {
        EncoderEvent::Added(encoder) => at("encoder_added", encoder),
        EncoderEvent::Removed(encoder) => at("encoder_removed", encoder),
        EncoderEvent::CardLifted(encoder) => at("card_removed", encoder),
        EncoderEvent::CardUnreadable(encoder, error) => {
            let mut line = event("card_unreadable", &Failure::from(error.clone()).to_json());
            line["encoder"] = json!(encoder.to_string());
            line
        }
        EncoderEvent::Stuck(encoder) => at("encoder_stuck", encoder),
        EncoderEvent::ServiceLost => event("service_lost", &json!({})),
        EncoderEvent::ServiceBack => event("service_back", &json!({})),
        EncoderEvent::CardPlaced(_) => return None,
    })
}

fn at(name: &str, encoder: &impl ToString) -> Value {
    event(name, &json!({"encoder": encoder.to_string()}))
}

/// A line: its name, and what else there is to say.
pub(super) fn event(name: &str, what: &impl Serialize) -> Value {
    let mut line = match serde_json::to_value(what) {
        Ok(Value::Object(fields)) => fields,
        // Everything that is told is an object.
        Ok(_) | Err(_) => Map::new(),
    };
    line.insert("event".to_owned(), json!(name));
    Value::Object(line)
}
