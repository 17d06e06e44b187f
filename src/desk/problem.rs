//! An error in the words of an event.

use serde::Serialize;

use crate::encoder::EncoderError;
use crate::issuance::journal::JournalError;

/// An error in the words of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The word that never changes.
    pub code: &'static str,
    /// What happened.
    pub message: String,
}

impl From<&EncoderError> for Problem {
    fn from(error: &EncoderError) -> Self {
        Self {
            code: error.code(),
            message: error.to_string(),
        }
    }
}

impl From<&JournalError> for Problem {
    fn from(error: &JournalError) -> Self {
        Self {
            code: error.code(),
            message: error.to_string(),
        }
    }
}
