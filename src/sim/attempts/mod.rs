//! Action attempts: work that is taken at once and ends a little later.
//!
//! An attempt is decided when it falls due, not when it is asked for, so two encodes of one credential cannot both succeed.
//! No task runs for it: [`settle`] is called before every call, and finishes what is due by then.

mod assign;
mod encode;
mod scan;

use jiff::SignedDuration;
use serde_json::{Value, json};
use uuid::Uuid;

use super::envelope::ApiError;
use super::moment::Moment;
use super::state::{Row, State};

/// How long a simulated encoder takes over a card.
const CARD_TIME: SignedDuration = SignedDuration::from_millis(200);

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
                ("no_credential_on_encoder", "No card was on the encoder.")
            }
            Self::EncodingInterrupted => (
                "encoding_interrupted",
                "The card was removed before the encoder was done with it.",
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
    let due = now.after(CARD_TIME);
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
        } => encode::encode(state, acs_encoder_id, acs_credential_id, now),
        Task::Scan { acs_encoder_id } => scan::scan(state, acs_encoder_id, now),
        Task::ScanToAssign {
            acs_encoder_id,
            acs_user_id,
        } => scan::scan_to_assign(state, acs_encoder_id, acs_user_id, now),
        Task::AssignCard {
            access_method_id,
            card_number,
        } => assign::assign_card(state, access_method_id, &card_number, now),
    }
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
