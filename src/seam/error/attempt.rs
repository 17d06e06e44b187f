//! Why an action attempt did not end well.

use std::time::Duration;

use thiserror::Error;

use crate::seam::action_attempts::{ActionAttempt, ActionAttemptFailure, ActionAttemptStatus};

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
    /// The error for an attempt that failed.
    #[must_use]
    pub fn of_failed(attempt: ActionAttempt) -> Self {
        let action_attempt_id = attempt.action_attempt_id;
        match attempt.error {
            Some(failure) => Self::Failed {
                action_attempt_id,
                failure,
            },
            None => Self::FailedSilently { action_attempt_id },
        }
    }

    /// The error for an attempt that was waited for `after`, and has not ended.
    #[must_use]
    pub fn not_ended(attempt: ActionAttempt, after: Duration) -> Self {
        Self::NotEnded {
            action_attempt_id: attempt.action_attempt_id,
            status: attempt.status,
            after,
        }
    }

    /// The word by which scripts know it. It never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotEnded { .. } => "action_attempt_not_ended",
            Self::Failed { .. } | Self::FailedSilently { .. } => "action_attempt_failed",
        }
    }
}
