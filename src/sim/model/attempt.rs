//! Action attempts: what was asked for, and what came of it.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::rpc::Refusal;
use crate::sim::table::Row;
use crate::sim::time::Time;

/// Why an attempt failed, in Seam's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sim) enum Failure {
    UncategorizedError,
    ActionAttemptExpired,
    NoCredentialOnEncoder,
    EncodingInterrupted,
    CredentialCannotBeReissued,
    CredentialDeleted,
    CredentialNotFound,
}

impl Failure {
    /// The object was deleted while the attempt ran.
    pub(in crate::sim) fn gone(_: Refusal) -> Self {
        Self::CredentialDeleted
    }

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
pub(in crate::sim) enum Task {
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
pub(in crate::sim) struct Attempt {
    pub(in crate::sim) action_attempt_id: Uuid,
    pub(in crate::sim) task: Task,
    pub(in crate::sim) due: Time,
    pub(in crate::sim) outcome: Option<Result<Value, Failure>>,
}

impl Row for Attempt {
    const NOT_FOUND: &'static str = "action_attempt_not_found";
    fn id(&self) -> Uuid {
        self.action_attempt_id
    }
}

impl Attempt {
    pub(in crate::sim) fn view(&self) -> Value {
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
