//! What a scan leads to: what is on the card, and the credential on Seam beside it.
//!
//! A scan to assign gives the credential on the card to the user. A card without one stays what it is: Seam has no call that assigns a
//! card by its number.

use cardbridge_drivers::record::Record;
use serde_json::{Value, json};

use super::api::LocalApi;
use super::failure::{Kind, of_desk};
use super::scan_view::{not_found, nothing_known, on_encoder, out_of_sync, result, warnings};
use crate::desk::target::Scan;
use crate::desk::{DeskError, IssueError};
use crate::issuance::attempt::{Action, ActionType, Attempt, AttemptFailure};
use crate::issuance::inspect::{Holds, Seen};
use crate::seam::{AcsCredential, Holder, SeamError};

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
        let action = attempt.action.action_type();
        let found = found(scan).map_err(|error| of_desk(action, &error))?;
        if let Action::ScanToAssign { holder } = &attempt.action {
            return self.assign(holder, found).await;
        }
        let failed = |error: SeamError| {
            let message =
                format!("the card was read, and Seam could not be asked about it: {error}");
            Kind::Uncategorized.of(action, message)
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

    /// Assigns the credential that is on the card.
    async fn assign(&self, holder: &Holder, found: Found) -> Result<Value, AttemptFailure> {
        let failed = |kind: Kind, message: String| Err(kind.of(ActionType::ScanToAssign, message));
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
        let assigned = async {
            self.client.credentials().assign(id, holder).await?;
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
