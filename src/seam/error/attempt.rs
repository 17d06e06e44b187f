//! Why an action attempt did not end well.

use std::time::Duration;

use thiserror::Error;

use crate::seam::action_attempts::{ActionAttemptFailure, ActionAttemptStatus};

/// Why an action attempt did not end well.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AttemptError {
    /// It failed.
    #[error("action attempt {action_attempt_id}: {}: {}", failure.error_type, failure.message)]
    Failed {
        /// Id of the action attempt, a UUID.
        action_attempt_id: String,
        /// Why.
        failure: ActionAttemptFailure,
    },
    /// It failed, and the API does not say why.
    #[error("action attempt {action_attempt_id} failed without a reason")]
    FailedSilently {
        /// Id of the action attempt, a UUID.
        action_attempt_id: String,
    },
    /// It had not ended when the time was over.
    #[error("action attempt {action_attempt_id} is still {status} after {} s", after.as_secs_f32())]
    NotEnded {
        /// Id of the action attempt, a UUID.
        action_attempt_id: String,
        /// How far it was.
        status: ActionAttemptStatus,
        /// How long it was waited for.
        after: Duration,
    },
}

impl AttemptError {
    /// The word by which scripts know it. It never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotEnded { .. } => "action_attempt_not_ended",
            Self::Failed { .. } | Self::FailedSilently { .. } => "action_attempt_failed",
        }
    }
}
