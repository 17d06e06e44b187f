//! An error in the words of an event.

use serde::Serialize;

use crate::desk::action::{Action, offered};
use crate::desk::error::{DeskError, IssueError};
use crate::encoder::EncoderError;
use crate::issuance::journal::JournalError;
use crate::issuance::refusal::Refusal;

/// An error in the words of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The word that never changes.
    pub code: &'static str,
    /// What happened.
    pub message: String,
    /// What can be offered.
    #[serde(skip_serializing_if = "<[Action]>::is_empty")]
    pub actions: &'static [Action],
}

impl Problem {
    /// One after which there is nothing to be offered.
    #[must_use]
    pub fn new(code: &'static str, message: String) -> Self {
        Self {
            code,
            message,
            actions: &[],
        }
    }
}

impl From<&EncoderError> for Problem {
    fn from(error: &EncoderError) -> Self {
        Self {
            actions: offered(error.code()),
            ..Self::new(error.code(), error.to_string())
        }
    }
}

impl From<&JournalError> for Problem {
    fn from(error: &JournalError) -> Self {
        Self {
            actions: offered(error.code()),
            ..Self::new(error.code(), error.to_string())
        }
    }
}

impl From<&Refusal> for Problem {
    fn from(refusal: &Refusal) -> Self {
        Self {
            actions: offered(refusal.code()),
            ..Self::new(refusal.code(), refusal.to_string())
        }
    }
}

impl From<&IssueError> for Problem {
    fn from(error: &IssueError) -> Self {
        Self {
            actions: error.actions(),
            ..Self::new(error.code(), error.to_string())
        }
    }
}

impl From<&DeskError> for Problem {
    fn from(error: &DeskError) -> Self {
        Self {
            actions: error.actions(),
            ..Self::new(error.code(), error.to_string())
        }
    }
}
