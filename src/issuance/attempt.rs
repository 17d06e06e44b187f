//! An action attempt of this desk: what was asked of an encoder through the local API, and what came of it.

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use crate::seam::Holder;

/// What is attempted, and for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Puts a credential onto a card.
    Encode {
        /// The credential.
        acs_credential_id: String,
    },
    /// Reads a card.
    Scan,
    /// Reads a card and assigns the credential on it.
    ScanToAssign {
        /// Whom it is assigned to.
        holder: Holder,
    },
}

/// The type of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ActionType {
    /// [`Action::Encode`]
    Encode,
    /// [`Action::Scan`]
    Scan,
    /// [`Action::ScanToAssign`]
    ScanToAssign,
}

impl Action {
    /// Its type.
    #[must_use]
    pub fn action_type(&self) -> ActionType {
        match self {
            Self::Encode { .. } => ActionType::Encode,
            Self::Scan => ActionType::Scan,
            Self::ScanToAssign { .. } => ActionType::ScanToAssign,
        }
    }
}

impl ActionType {
    /// Seam's `action_type`, which is also the journal's.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Encode => "ENCODE_CREDENTIAL",
            Self::Scan => "SCAN_CREDENTIAL",
            Self::ScanToAssign => "SCAN_TO_ASSIGN_CREDENTIAL",
        }
    }
}

/// One action attempt.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// Its id.
    pub action_attempt_id: Uuid,
    /// What is attempted.
    pub action: Action,
    /// The encoder it is attempted on.
    pub acs_encoder_id: Uuid,
    /// The credential that is encoded, as Seam had it then. It is kept until the attempt has ended.
    pub credential: Option<Value>,
    /// When it was asked for.
    pub begun_at: Timestamp,
    /// How it ended; none while it is pending.
    pub ended: Option<Ended>,
}

impl Attempt {
    /// The credential that is encoded; none where a card is read.
    #[must_use]
    pub fn acs_credential_id(&self) -> Option<&str> {
        match &self.action {
            Action::Encode { acs_credential_id } => Some(acs_credential_id),
            Action::Scan | Action::ScanToAssign { .. } => None,
        }
    }
}

/// The end of an action attempt.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// When.
    pub at: Timestamp,
    /// How: the `result` in Seam's shape, or why there is none.
    pub outcome: Result<Value, AttemptFailure>,
}

/// Why an action attempt failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptFailure {
    /// The `type` of Seam's error.
    pub kind: String,
    /// The sentence beside it.
    pub message: String,
}
