//! Action attempts: work that is taken at once and ends a little later.
//!
//! An attempt is decided when it falls due, not when it is asked for, so two encodes of one credential cannot both succeed.
//! No task runs for it: [`settle`] is called before every call, and finishes what is due by then.

use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

use super::envelope::ApiError;
use super::issue::{issue, issue_method, may_be_issued};
use super::model::{Credential, Mode, NextEncode, NextScan, WarningCode};
use super::moment::Moment;
use super::state::{Row, State};

/// How long a simulated encoder takes over a card.
const CARD_TIME: Duration = Duration::from_millis(200);

/// Why an attempt failed, in Seam's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    UncategorizedError,
    ActionAttemptExpired,
    NoCredentialOnEncoder,
    EncodingInterrupted,
    CredentialCannotBeReissued,
    CredentialDeleted,
    CredentialNotFound,
}

impl Failure {
    fn view(self) -> Value {
        let (kind, message) = match self {
            Self::UncategorizedError => ("uncategorized_error", "The card could not be processed."),
            Self::ActionAttemptExpired => (
                "action_attempt_expired",
                "The action attempt was not finished in time.",
            ),
            Self::NoCredentialOnEncoder => {
                ("no_credential_on_encoder", "No card lay on the encoder.")
            }
            Self::EncodingInterrupted => (
                "encoding_interrupted",
                "The card was lifted before the encoder was done with it.",
            ),
            Self::CredentialCannotBeReissued => (
                "credential_cannot_be_reissued",
                "The credential is issued already and cannot be issued again.",
            ),
            Self::CredentialDeleted => ("credential_deleted", "The credential was deleted."),
            Self::CredentialNotFound => (
                "credential_not_found",
                "The access system knows no card with this number.",
            ),
        };
        json!({"type": kind, "message": message})
    }
}

/// What is to be done.
#[derive(Debug, Clone)]
pub(super) enum Task {
    Encode {
        acs_encoder_id: Uuid,
        acs_credential_id: Uuid,
    },
    Scan {
        acs_encoder_id: Uuid,
    },
    ScanToAssign {
        acs_encoder_id: Uuid,
        acs_user_id: Uuid,
    },
    AssignCard {
        access_method_id: Uuid,
        card_number: String,
    },
}

impl Task {
    fn action_type(&self) -> &'static str {
        match self {
            Self::Encode { .. } => "ENCODE_CREDENTIAL",
            Self::Scan { .. } => "SCAN_CREDENTIAL",
            Self::ScanToAssign { .. } => "SCAN_TO_ASSIGN_CREDENTIAL",
            Self::AssignCard { .. } => "ASSIGN_CREDENTIAL",
        }
    }
}

/// One attempt.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) action_attempt_id: Uuid,
    task: Task,
    due: Moment,
    outcome: Option<Result<Value, Failure>>,
}

impl Row for Attempt {
    const NOT_FOUND: &'static str = "action_attempt_not_found";
    fn id(&self) -> Uuid {
        self.action_attempt_id
    }
}

impl Attempt {
    pub(super) fn view(&self) -> Value {
        let (status, result, error) = match &self.outcome {
            None => ("pending", Value::Null, Value::Null),
            Some(Ok(result)) => ("success", result.clone(), Value::Null),
            Some(Err(failure)) => ("error", Value::Null, failure.view()),
        };
        json!({
            "action_attempt_id": self.action_attempt_id,
            "action_type": self.task.action_type(),
            "status": status,
            "result": result,
            "error": error,
        })
    }
}

/// Takes a task on; its attempt is pending.
pub(super) fn begin(state: &mut State, task: Task, now: Moment) -> Value {
    let due = now.0.checked_add(CARD_TIME).map_or(now, Moment);
    let attempt = Attempt {
        action_attempt_id: Uuid::new_v4(),
        task,
        due,
        outcome: None,
    };
    let view = attempt.view();
    state.attempts.insert(attempt);
    view
}

/// Finishes every attempt that is due, in the order in which they fell due.
pub(super) fn settle(state: &mut State, now: Moment) {
    let due: Vec<(Uuid, Task, Moment)> = state
        .attempts
        .iter()
        .filter(|attempt| attempt.outcome.is_none() && attempt.due <= now)
        .map(|attempt| (attempt.action_attempt_id, attempt.task.clone(), attempt.due))
        .collect();
    for (id, task, due) in due {
        let outcome = carry_out(state, task, due);
        if let Some(attempt) = state.attempts.get_mut(id) {
            attempt.outcome = Some(outcome);
        }
    }
}

fn carry_out(state: &mut State, task: Task, now: Moment) -> Result<Value, Failure> {
    match task {
        Task::Encode {
            acs_encoder_id,
            acs_credential_id,
        } => encode(state, acs_encoder_id, acs_credential_id, now),
        Task::Scan { acs_encoder_id } => scan(state, acs_encoder_id, now),
        Task::ScanToAssign {
            acs_encoder_id,
            acs_user_id,
        } => scan_to_assign(state, acs_encoder_id, acs_user_id, now),
        Task::AssignCard {
            access_method_id,
            card_number,
        } => assign_card(state, access_method_id, &card_number, now),
    }
}

fn encode(
    state: &mut State,
    acs_encoder_id: Uuid,
    acs_credential_id: Uuid,
    now: Moment,
) -> Result<Value, Failure> {
    let encoder = state
        .encoders
        .get_mut(acs_encoder_id)
        .ok_or(Failure::UncategorizedError)?;
    let planned = encoder.next_encode.take_if(|next| match next {
        NextEncode::Succeeds | NextEncode::Fails(_, None) => true,
        NextEncode::Fails(_, Some(only)) => *only == acs_credential_id,
    });
    if let Some(NextEncode::Fails(failure, _)) = planned {
        return Err(failure);
    }
    let credential = state
        .credentials
        .get(acs_credential_id)
        .ok_or(Failure::CredentialDeleted)?;
    if credential.warns(WarningCode::BeingDeleted) {
        return Err(Failure::CredentialDeleted);
    }
    if !may_be_issued(credential) {
        return Err(Failure::CredentialCannotBeReissued);
    }
    if !credential.errors.is_empty() || credential.ends_at.is_some_and(|end| end <= now) {
        return Err(Failure::UncategorizedError);
    }
    let card_number = vendor_card_number();
    issue(state, acs_credential_id, &card_number, now).map_err(gone)?;
    if let Some(encoder) = state.encoders.get_mut(acs_encoder_id) {
        encoder.card_on_encoder = Some(acs_credential_id);
    }
    if let Some(metadata) = state
        .credentials
        .get_mut(acs_credential_id)
        .and_then(|credential| credential.visionline_metadata.as_mut())
    {
        metadata.card_id = Some(card_number);
    }
    let credential = state
        .credentials
        .get(acs_credential_id)
        .ok_or(Failure::CredentialDeleted)?;
    Ok(credential.view(state))
}

/// What a scan met.
enum Met {
    Known(Uuid, Sync),
    Unknown,
    Empty,
}

#[derive(PartialEq)]
enum Sync {
    Same,
    Differs,
}

fn look_at_card(state: &mut State, acs_encoder_id: Uuid) -> Result<Met, Failure> {
    let encoder = state
        .encoders
        .get_mut(acs_encoder_id)
        .ok_or(Failure::UncategorizedError)?;
    let lies_here = encoder.card_on_encoder;
    let (credential, sync) = match encoder.next_scan.take() {
        Some(NextScan::Fails(failure)) => return Err(failure),
        Some(NextScan::FindsUnknownCard) => return Ok(Met::Unknown),
        Some(NextScan::FindsEmptyCard) => return Ok(Met::Empty),
        Some(NextScan::FindsOutOfSync(named)) => (named.or(lies_here), Sync::Differs),
        Some(NextScan::Finds(named)) => (named.or(lies_here), Sync::Same),
        None => (lies_here, Sync::Same),
    };
    match credential {
        None => Err(Failure::NoCredentialOnEncoder),
        Some(id) if state.credentials.get(id).is_some() => Ok(Met::Known(id, sync)),
        Some(_) => Ok(Met::Unknown),
    }
}

fn scan(state: &mut State, acs_encoder_id: Uuid, now: Moment) -> Result<Value, Failure> {
    let warning =
        |code: &str, message: &str| json!([{"warning_code": code, "warning_message": message}]);
    let found = match look_at_card(state, acs_encoder_id)? {
        Met::Empty => {
            json!({"acs_credential_on_encoder": null, "acs_credential_on_seam": null, "warnings": []})
        }
        Met::Unknown => json!({
            "acs_credential_on_encoder": on_encoder(&vendor_card_number(), None, now),
            "acs_credential_on_seam": null,
            "warnings": warning("acs_credential_on_seam_not_found", "Seam knows no credential for the card on the encoder."),
        }),
        Met::Known(id, sync) => {
            let credential = state
                .credentials
                .get(id)
                .ok_or(Failure::CredentialDeleted)?;
            let card_number = credential
                .card_number
                .clone()
                .unwrap_or_else(vendor_card_number);
            let mut card = on_encoder(&card_number, Some(credential), now);
            let warnings = if sync == Sync::Differs {
                card["ends_at"] = json!(credential.starts_at.unwrap_or(credential.created_at));
                warning(
                    "acs_credential_on_encoder_out_of_sync",
                    "The card on the encoder does not hold the latest state of its credential.",
                )
            } else {
                json!([])
            };
            json!({"acs_credential_on_encoder": card, "acs_credential_on_seam": credential.view(state), "warnings": warnings})
        }
    };
    Ok(found)
}

/// A card as the encoder reads it.
fn on_encoder(card_number: &str, credential: Option<&Credential>, now: Moment) -> Value {
    let mut card = json!({
        "card_number": card_number,
        "created_at": credential.map_or(now, |credential| credential.created_at),
        "starts_at": credential.and_then(|credential| credential.starts_at),
        "ends_at": credential.and_then(|credential| credential.ends_at),
        "is_issued": credential.is_none_or(Credential::is_issued),
    });
    if let Some(metadata) =
        credential.and_then(|credential| credential.visionline_metadata.as_ref())
    {
        card["visionline_metadata"] = json!({
            "card_format": "rfid48",
            "card_id": metadata.card_id.as_deref().unwrap_or(card_number),
            "cancelled": false,
            "discarded": false,
            "expired": credential.and_then(|credential| credential.ends_at).is_some_and(|end| end <= now),
            "overridden": metadata.is_valid == Some(false),
            "overwritten": false,
            "pending_auto_update": false,
            "number_of_issued_cards": 1,
            "guest_acs_entrance_ids": metadata.guest_acs_entrance_ids.as_deref().unwrap_or_default(),
            "common_acs_entrance_ids": metadata.common_acs_entrance_ids.as_deref().unwrap_or_default(),
        });
    }
    card
}

/// Gives the scanned card to a user; a card that Seam does not know yet becomes a credential of the user.
fn scan_to_assign(
    state: &mut State,
    acs_encoder_id: Uuid,
    acs_user_id: Uuid,
    now: Moment,
) -> Result<Value, Failure> {
    let acs_system_id = state
        .users
        .get(acs_user_id)
        .ok_or(Failure::UncategorizedError)?
        .acs_system_id;
    let id = match look_at_card(state, acs_encoder_id)? {
        Met::Empty => return Err(Failure::NoCredentialOnEncoder),
        Met::Known(id, _) => id,
        Met::Unknown => {
            let credential = Credential::new(acs_system_id, Mode::Card, now);
            let id = credential.acs_credential_id;
            state.credentials.insert(credential);
            issue(state, id, &vendor_card_number(), now).map_err(gone)?;
            id
        }
    };
    let credential = state
        .credentials
        .get_mut(id)
        .ok_or(Failure::CredentialDeleted)?;
    if credential.acs_system_id != acs_system_id {
        return Err(Failure::UncategorizedError);
    }
    credential.acs_user_id = Some(acs_user_id);
    let credential = state
        .credentials
        .get(id)
        .ok_or(Failure::CredentialDeleted)?;
    Ok(credential.view(state))
}

fn assign_card(
    state: &mut State,
    access_method_id: Uuid,
    card_number: &str,
    now: Moment,
) -> Result<Value, Failure> {
    if !state.registered_card_numbers.contains(card_number) {
        return Err(Failure::CredentialNotFound);
    }
    let method = state
        .methods
        .get(access_method_id)
        .ok_or(Failure::UncategorizedError)?;
    let carrier = method
        .acs_credential_id
        .filter(|id| state.credentials.get(*id).is_some());
    if method.issued_at.is_some()
        && !carrier
            .and_then(|id| state.credentials.get(id))
            .is_some_and(may_be_issued)
    {
        return Err(Failure::UncategorizedError);
    }
    match carrier {
        Some(id) => issue(state, id, card_number, now),
        None => issue_method(state, access_method_id, now),
    }
    .map_err(gone)?;
    let method = state
        .methods
        .get(access_method_id)
        .ok_or(Failure::UncategorizedError)?;
    Ok(method.view(state))
}

/// A card number such as the docs show for a card that the vendor's encoder wrote.
fn vendor_card_number() -> String {
    let id = Uuid::new_v4().simple().to_string();
    id.get(..16).unwrap_or(&id).to_owned()
}

/// The object was deleted while the attempt ran.
fn gone(_: ApiError) -> Failure {
    Failure::CredentialDeleted
}
