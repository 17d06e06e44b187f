//! Why a card was not wiped.

use cardbridge_drivers::contract::{DriverError, Others, Uid};
use thiserror::Error;

use crate::issuance::journal::JournalError;

/// Why a card was not wiped.
#[derive(Debug, Error)]
pub enum WipeError {
    /// No driver knows the card; nothing has changed.
    #[error("this card is of a type that cardbridge does not know")]
    UnknownCard,
    /// It holds data of others; nothing has changed.
    #[error("the card holds data that is not ours{}, and was left as it is", in_brackets(.0))]
    Foreign(Vec<Others>),
    /// It is under keys that this desk does not know; nothing has changed.
    #[error("the card is protected by keys that this desk does not have")]
    UnknownKeys,
    /// Its record is still valid, and it was not allowed to be lost; nothing has changed.
    #[error("the card holds credential {acs_credential_id}, which is still valid")]
    Valid {
        /// The card.
        card_uid: Uid,
        /// The credential.
        acs_credential_id: String,
    },
    /// Something of others is beside our record, and it was not allowed to be lost; nothing has changed.
    #[error("the card holds a valid credential of ours ({acs_credential_id}), with {} beside it: {}", Others::beside(.others), lost(.others))]
    Beside {
        /// The card.
        card_uid: Uid,
        /// The credential.
        acs_credential_id: String,
        /// What is beside it.
        others: Vec<Others>,
    },
    /// The card could not be looked at; nothing has changed.
    #[error(transparent)]
    Unreadable(DriverError),
    /// The journal failed. What the card was for is still `wiping` there, if the wipe had begun.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Wiping stopped. Placing the card again goes on.
    #[error("card {card_uid} was not wiped to the end: {cause}")]
    Interrupted {
        /// The card.
        card_uid: Uid,
        /// What stopped it.
        cause: DriverError,
    },
    /// Every command succeeded, yet the card is not blank.
    #[error("card {card_uid} was wiped but is not blank")]
    NotBlank {
        /// The card.
        card_uid: Uid,
    },
}

impl WipeError {
    /// The word by which scripts know it. It never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownCard => "card_unknown",
            Self::Foreign(_) => "card_foreign",
            Self::UnknownKeys => "card_keys_unknown",
            Self::Valid { .. } => "card_holds_another",
            Self::Beside { .. } => "card_holds_more",
            Self::Unreadable(error) => error.code(),
            Self::Journal(error) => error.code(),
            Self::Interrupted { .. } => "card_not_wiped",
            Self::NotBlank { .. } => "card_not_blank",
        }
    }
}

fn lost(others: &[Others]) -> String {
    Others::phrase(others).unwrap_or_else(|| Others::beside(others).to_owned())
}

fn in_brackets(others: &[Others]) -> String {
    Others::phrase(others).map_or_else(String::new, |phrase| format!(" ({phrase})"))
}
