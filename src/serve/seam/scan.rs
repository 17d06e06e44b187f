//! What is on a card, and what Seam has beside it.
//!
//! A card of this property is known by its record. What a record cannot say is left out, and null where Seam wants a field. On a scan
//! to assign, the credential on the card is given to the user: a card without one stays what it is, for Seam has no call that gives a
//! user a card by its number.

use std::fmt;

use cardbridge_drivers::profiles::CardCredential;
use cardbridge_drivers::record::Record;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::api::LocalApi;
use super::failure::{Kind, of_desk};
use crate::desk::target::Scan;
use crate::desk::{DeskError, IssueError};
use crate::issuance::inspect::{Holds, Seen};
use crate::issuance::journal::{Action, Attempt, AttemptFailure};
use crate::seam::{AcsCredential, Holder, SeamError, Time};

/// Whom a scanned card is given to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    User(Uuid),
    Identity(Uuid),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "acs_user {id}"),
            Self::Identity(id) => write!(f, "user_identity {id}"),
        }
    }
}

impl Subject {
    fn read(text: &str) -> Option<Holder> {
        let (kind, id) = text.split_once(' ')?;
        match kind {
            "acs_user" => Some(Holder::AcsUser(id.to_owned())),
            "user_identity" => Some(Holder::UserIdentity(id.to_owned())),
            _ => None,
        }
    }
}

/// What was found on a card.
enum Found {
    Nothing,
    /// A record of this property, and whether it is still the card of its credential.
    Record {
        record: Box<Record>,
        is_superseded: bool,
    },
    /// A write of this credential was cut short.
    Torn(Option<String>),
    /// Something that says nothing to this desk: its serial number, and what it is.
    Other(String, &'static str),
}

impl LocalApi {
    /// What an attempt to scan leads to.
    pub(super) async fn scanned(
        &self,
        attempt: &Attempt,
        scan: &Scan,
    ) -> Result<Value, AttemptFailure> {
        let found = found(scan).map_err(|error| of_desk(attempt.action, &error))?;
        if attempt.action == Action::ScanToAssign {
            return self.assign(attempt, found).await;
        }
        let failed = |error: SeamError| {
            let message =
                format!("the card was read, and Seam could not be asked about it: {error}");
            Kind::Uncategorized.of(attempt.action, message)
        };
        Ok(match found {
            Found::Nothing => result(&Value::Null, None, &[]),
            Found::Record {
                record,
                is_superseded,
            } => {
                let on_seam = self
                    .on_seam(&record.acs_credential_id)
                    .await
                    .map_err(failed)?;
                let warnings = warnings(&record, is_superseded, on_seam.as_ref());
                result(
                    &on_encoder(&record, is_superseded),
                    on_seam.as_ref(),
                    &warnings,
                )
            }
            Found::Torn(credential) => {
                let on_seam = match credential {
                    Some(id) => self.on_seam(&id).await.map_err(failed)?,
                    None => None,
                };
                let warning = "The card was removed before it was finished: place it on the encoder and encode its credential again.";
                result(
                    &nothing_known(None),
                    on_seam.as_ref(),
                    &[out_of_sync(warning)],
                )
            }
            Found::Other(uid, what) => result(&nothing_known(Some(&uid)), None, &[not_found(what)]),
        })
    }

    /// Seam's credential; none where Seam has none.
    async fn on_seam(&self, id: &str) -> Result<Option<AcsCredential>, SeamError> {
        match self.agent().queue().fetch(id).await {
            Ok(credential) => Ok(Some(credential)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Gives the credential that is on the card to a user.
    async fn assign(&self, attempt: &Attempt, found: Found) -> Result<Value, AttemptFailure> {
        let failed = |kind: Kind, message: String| Err(kind.of(attempt.action, message));
        let record = match found {
            Found::Record {
                record,
                is_superseded: false,
            } => record,
            Found::Nothing => {
                return failed(Kind::NoCard, "the card on the encoder is blank".to_owned());
            }
            Found::Record { .. } => {
                let message = "the card is superseded: its credential is on another card";
                return failed(Kind::Uncategorized, message.to_owned());
            }
            Found::Torn(_) => {
                let message = "the card is not finished: encode its credential first";
                return failed(Kind::Uncategorized, message.to_owned());
            }
            Found::Other(uid, what) => {
                let message = format!(
                    "card {uid} holds no credential of this property ({what}), and Seam gives no user a card by its number"
                );
                return failed(Kind::Uncategorized, message);
            }
        };
        let id = &record.acs_credential_id;
        let holder = attempt.subject.as_deref().and_then(Subject::read);
        let Some(holder) = holder else {
            return failed(Kind::Uncategorized, "it is not known to whom".to_owned());
        };
        let assigned = async {
            self.client.credentials().assign(id, &holder).await?;
            self.agent().queue().fetch(id).await
        };
        match assigned.await {
            Ok(credential) => {
                let mut credential = json!(credential);
                credential["card_number"] = json!(record.card_number);
                Ok(credential)
            }
            Err(error) => failed(Kind::Uncategorized, error.to_string()),
        }
    }
}

/// What a scan found on the card.
fn found(scan: &Scan) -> Result<Found, DeskError> {
    let Some(sight) = &scan.sight else {
        let encoder = scan.encoder.clone();
        let what = "show what is on a card in full";
        return Err(DeskError::Unsupported { encoder, what });
    };
    let look = match &sight.seen {
        Ok(Seen::Known(look)) => look,
        Ok(Seen::Unknown(card)) => {
            let what = "a card of a type that this desk does not know";
            return Ok(Found::Other(card.uid.to_string(), what));
        }
        Err(error) => return Err(IssueError::Unreadable(error.clone()).into()),
    };
    let uid = || look.inspection().uid.to_string();
    Ok(match &look.holds {
        Holds::Nothing => Found::Nothing,
        Holds::Verified(record) | Holds::Beside(record) => Found::Record {
            record: record.clone(),
            is_superseded: scan.on_record.superseded.is_some(),
        },
        Holds::Torn => {
            let begun = scan.on_record.begun.as_ref();
            Found::Torn(begun.map(|begun| begun.acs_credential_id.clone()))
        }
        Holds::Foreign => Found::Other(uid(), "data that is not of this desk"),
        Holds::Unverified(_) => Found::Other(uid(), "a record that cannot be trusted"),
    })
}

/// A record as Seam shows what an encoder found.
fn on_encoder(record: &Record, is_superseded: bool) -> Value {
    let time = |seconds: Option<i64>| seconds.map(|at| Time::from_second(at).to_string());
    let mut card = json!({
        "card_number": record.card_number,
        "created_at": time(Some(record.written_at)),
        "starts_at": time(record.starts_at),
        "ends_at": time(record.ends_at),
        "is_issued": !is_superseded,
    });
    let said = serde_json::to_value(CardCredential::from(record)).unwrap_or_default();
    if let Some(Value::Object(said)) = said.get("visionline_metadata") {
        let mut metadata: Map<String, Value> = [
            "card_id",
            "guest_acs_entrance_ids",
            "common_acs_entrance_ids",
        ]
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), said.get(name)?.clone())))
        .collect();
        metadata.insert("overridden".to_owned(), json!(is_superseded));
        card["visionline_metadata"] = Value::Object(metadata);
    }
    card
}

/// A card that holds something of which nothing else is known.
fn nothing_known(card_number: Option<&str>) -> Value {
    json!({
        "card_number": card_number,
        "created_at": null,
        "starts_at": null,
        "ends_at": null,
        "is_issued": null,
    })
}

fn warnings(record: &Record, is_superseded: bool, on_seam: Option<&AcsCredential>) -> Vec<Value> {
    let Some(on_seam) = on_seam else {
        return vec![not_found("the credential that the card holds")];
    };
    if is_superseded {
        let message = "The credential was issued again on another card: this one is to be wiped.";
        return vec![out_of_sync(message)];
    }
    let differs =
        |on_card: Option<i64>, in_seam: Option<Time>| on_card != in_seam.map(Time::as_second);
    let starts = on_seam
        .starts_at_time()
        .is_ok_and(|time| differs(record.starts_at, time));
    let ends = on_seam
        .ends_at_time()
        .is_ok_and(|time| differs(record.ends_at, time));
    let number = on_seam.card_number.value();
    let number = number.is_some_and(|number| !number.eq_ignore_ascii_case(&record.card_number));
    let differences = [(starts, "start"), (ends, "end"), (number, "card number")];
    let names: Vec<&str> = differences
        .into_iter()
        .filter_map(|(differs, name)| differs.then_some(name))
        .collect();
    if names.is_empty() {
        return Vec::new();
    }
    let names = names.join(", ");
    vec![out_of_sync(&format!("The card and Seam differ: {names}."))]
}

fn result(on_encoder: &Value, on_seam: Option<&AcsCredential>, warnings: &[Value]) -> Value {
    json!({
        "acs_credential_on_encoder": on_encoder,
        "acs_credential_on_seam": on_seam,
        "warnings": warnings,
    })
}

fn out_of_sync(message: &str) -> Value {
    warning("acs_credential_on_encoder_out_of_sync", message)
}

/// Seam has nothing for what is on the card.
fn not_found(what: &str) -> Value {
    let message = format!("Seam has no credential for this card: {what}.");
    warning("acs_credential_on_seam_not_found", &message)
}

fn warning(code: &str, message: &str) -> Value {
    json!({"warning_code": code, "warning_message": message})
}
