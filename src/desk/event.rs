//! An event of the desk, and its JSON: one object, whose words are in `docs/json.md`.

use cardbridge_drivers::contract::Uid;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::desk::encoder_info::EncoderInfo;
use crate::desk::notice::{Creation, GivenUp, Notice};
use crate::desk::problem::Problem;
use crate::desk::ticket::TicketId;
use crate::encoder::{EncoderEvent, EncoderName};

/// One thing that happened at the desk.
#[derive(Debug, Clone)]
pub struct DeskEvent {
    /// Its place among all events of this desk; the next one has the next number.
    pub number: u64,
    /// The command that it belongs to.
    pub ticket: Option<TicketId>,
    /// What happened.
    pub notice: Notice,
    /// The card and the credential that it is about, where the notice does not say so itself.
    pub about: About,
}

/// A card, and the credential that was to go onto it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct About {
    /// The card, in lower-case hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card_uid: Option<String>,
    /// The credential.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acs_credential_id: Option<String>,
}

impl Serialize for DeskEvent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut line = line(&self.notice, &self.about).with("number", &self.number);
        if let Some(ticket) = self.ticket {
            line.insert("ticket".to_owned(), json!(ticket));
        }
        line.serialize(serializer)
    }
}

type Line = Map<String, Value>;

/// The JSON of a notice.
fn line(notice: &Notice, about: &About) -> Line {
    match notice {
        Notice::Claimed(issuance)
        | Notice::Written(issuance)
        | Notice::FinishedElsewhere(issuance)
        | Notice::Reported(issuance) => named("issuance", issuance),
        Notice::AskedSeam(encode) | Notice::SeamHasEncoded(encode) => named("issuance", encode),
        Notice::Committing(_) => Line::new(),
        Notice::Wiped(issuance) => named("wiped", issuance),
        Notice::Invalidated(issuance) => named("invalidation_reported", issuance),
        Notice::Finishing(issuance) => named("finishing", issuance),
        Notice::Overwriting { card_uid, lost } => named(
            "overwriting",
            &json!({"card_uid": card_uid.to_string(), "lost": lost}),
        ),
        Notice::HoldsAnotherEnd {
            issuance,
            on_card,
            in_seam,
        } => named("holds_another_end", issuance)
            .with("on_card", &on_card.map(|time| time.to_string()))
            .with("in_seam", &in_seam.map(|time| time.to_string())),
        Notice::GivenUp { issuance, why } => named("given_up", issuance).with(
            "why",
            &match why {
                GivenUp::NotFound => "credential_not_found",
                GivenUp::Refused(_) => "refused",
                GivenUp::Superseded => "superseded",
                GivenUp::Elsewhere(_) => "elsewhere",
            },
        ),
        Notice::NotReported(waiting) => {
            named("not_reported", &waiting.issuance).with("last_error", &waiting.last_error)
        }
        Notice::NotIssued { encoder, error } => match error.issuance() {
            Some(issuance) => named("not_issued", issuance),
            None => named("not_issued", about),
        }
        .with("encoder", &encoder.to_string())
        .with("error", &Problem::from(&**error)),
        Notice::Writing {
            issuance_id,
            progress,
        } => named(
            "progress",
            &json!({"issuance_id": issuance_id, "done": progress.done, "total": progress.total}),
        ),
        Notice::NotNoted { issuance, error } => {
            named("not_noted", issuance).with("problem", &error.to_string())
        }
        Notice::JournalTrouble(error) => {
            nothing("journal_trouble").with("error", &Problem::from(&**error))
        }
        Notice::LeftOut(odd) => named(
            "left_out",
            &json!({"id": odd.id, "at": odd.at, "problem": odd.problem}),
        ),
        Notice::PassedOver {
            acs_credential_id,
            refusal,
            ..
        } => named(
            "passed_over",
            &json!({"acs_credential_id": acs_credential_id, "problem": refusal.to_string()}),
        ),
        Notice::ClockOff(ahead) => nothing("clock_off").with("seconds_ahead", &ahead.as_secs()),
        Notice::Unreported { count, last_error } => nothing("unreported")
            .with("count", count)
            .with("last_error", last_error),
        Notice::Guests {
            revision, waiting, ..
        } => nothing("guests")
            .with("revision", revision)
            .with("waiting", waiting),
        Notice::Api(answering) => nothing("seam")
            .with("reachable", &answering.is_reachable)
            .with("since", &answering.since),
        Notice::Creation(creation) => created(creation),
        Notice::CardPlaced(_)
        | Notice::Looked { .. }
        | Notice::Tried { .. }
        | Notice::LeftAlone(_)
        | Notice::Listed { .. }
        | Notice::Unlisted(_)
        | Notice::Encoder(_) => at_encoder(notice),
        Notice::JobBegan { .. }
        | Notice::JobHasCard(_)
        | Notice::JobCommitted
        | Notice::CardAwaited { .. }
        | Notice::OtherCard { .. }
        | Notice::JobEnded { .. } => of_job(notice),
    }
}

/// What happens on an encoder.
fn at_encoder(notice: &Notice) -> Line {
    match notice {
        Notice::CardPlaced(encoder) => at("card_placed", encoder),
        Notice::LeftAlone(encoder) => at("left_alone", encoder),
        Notice::Listed {
            encoder,
            is_new: true,
        } => listed("encoder_added", encoder),
        Notice::Listed { encoder, .. } => listed("encoder_changed", encoder),
        Notice::Unlisted(encoder) => listed("encoder_removed", encoder),
        Notice::Looked {
            encoder,
            card_uid,
            card_type,
            contents,
        } => named("card_read", contents)
            .with("encoder", &encoder.to_string())
            .with("card_uid", &card_uid.to_string())
            .with("card_type", card_type),
        Notice::Tried {
            encoder,
            acs_credential_id,
        } => at("credential_tried", encoder).with("acs_credential_id", acs_credential_id),
        Notice::Encoder(event) => match &**event {
            EncoderEvent::Added(encoder) => at("encoder_added", encoder),
            EncoderEvent::Removed(encoder) => at("encoder_removed", encoder),
            EncoderEvent::CardRemoved(encoder) => at("card_removed", encoder),
            EncoderEvent::CardUnreadable(encoder, error) => {
                at("card_unreadable", encoder).with("error", &Problem::from(error))
            }
            EncoderEvent::Stuck(encoder) => at("encoder_stuck", encoder),
            EncoderEvent::ServiceLost => nothing("service_lost"),
            EncoderEvent::ServiceBack => nothing("service_back"),
            EncoderEvent::CardPlaced(card) => at("card_placed", card.encoder()),
            EncoderEvent::CardTaken(card) => at("card_taken", card.encoder()),
        },
        _ => Line::new(),
    }
}

/// How a job goes on.
fn of_job(notice: &Notice) -> Line {
    let name = |encoder: &Option<EncoderName>| encoder.as_ref().map(ToString::to_string);
    match notice {
        Notice::JobBegan {
            kind,
            orderer,
            encoder,
        } => nothing("job_began")
            .with("kind", kind)
            .with("ordered_by", orderer)
            .with("encoder", &name(encoder)),
        Notice::JobHasCard(encoder) => at("job_has_card", encoder),
        Notice::JobCommitted => nothing("job_committed"),
        Notice::CardAwaited {
            encoder,
            card_uid,
            because,
        } => {
            let line = nothing("card_awaited")
                .with("encoder", &name(encoder))
                .with("card_uid", &card_uid.map(|uid: Uid| uid.to_string()));
            match because {
                Some(problem) => line.with("error", problem),
                None => line,
            }
        }
        Notice::OtherCard {
            encoder,
            card_uid,
            awaited,
        } => at("other_card", encoder)
            .with("card_uid", &card_uid.to_string())
            .with("awaited", &awaited.to_string()),
        Notice::JobEnded { ending, error } => {
            let line = nothing("job_ended").with("ending", ending);
            match error {
                Some(error) => line.with("error", &Problem::from(&**error)),
                None => line,
            }
        }
        _ => Line::new(),
    }
}

fn created(creation: &Creation) -> Line {
    let of = |name, id: &str| nothing(name).with("acs_credential_id", &id);
    match creation {
        Creation::Created(id) => of("credential_created", id),
        Creation::FoundAgain(id) => of("credential_found_again", id),
        Creation::TakenBack(id) => of("credential_deleted", id),
        Creation::NotTakenBack {
            acs_credential_id,
            error,
        } => of("credential_not_deleted", acs_credential_id).with("problem", error),
    }
}

fn nothing(name: &str) -> Line {
    Line::new().with("event", &name)
}

fn at(name: &str, encoder: &EncoderName) -> Line {
    nothing(name).with("encoder", &encoder.to_string())
}

/// An encoder of another kind than a reader of this machine.
fn listed(name: &str, encoder: &EncoderInfo) -> Line {
    at(name, &encoder.name)
        .with("acs_encoder_id", &encoder.acs_encoder_id)
        .with("kind", &encoder.kind)
        .with("opens", &encoder.opens)
        .with("error", &encoder.problem)
}

/// A line: its name, and what else there is to say, which is an object.
fn named(name: &str, what: &impl Serialize) -> Line {
    let line = match serde_json::to_value(what) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) | Err(_) => Line::new(),
    };
    line.with("event", &name)
}

trait With {
    /// The same with one more field.
    fn with(self, name: &str, value: &impl Serialize) -> Self;
}

impl With for Line {
    fn with(mut self, name: &str, value: &impl Serialize) -> Self {
        let value = serde_json::to_value(value).unwrap_or(Value::Null);
        self.insert(name.to_owned(), value);
        self
    }
}
