//! Why a card did not become a good one: what happened, and what to do now.

use cardbridge_drivers::contract::DriverError;
use thiserror::Error;

use super::intake::IntakeError;
use super::issuance::Issuance;
use super::journal::JournalError;
use super::refusal::Refusal;
use crate::seam::SeamError;

/// Why a card did not become a good one.
#[derive(Debug, Error)]
pub enum IssueError {
    /// Refused; nothing has changed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The API refused or is unreachable; nothing has changed.
    #[error(transparent)]
    Api(#[from] SeamError),
    /// No credential waits for a card; nothing has changed.
    #[error("no credential is waiting for a card")]
    NothingWaiting,
    /// The journal failed. The card may be half-way; presenting it again finishes it.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The card could not be looked at; nothing has changed.
    #[error(transparent)]
    Unreadable(DriverError),
    /// Writing stopped. The journal knows; presenting the card again finishes it.
    #[error("the card was not finished: {cause}")]
    Interrupted {
        /// What stopped it.
        cause: DriverError,
        /// The issuance as it stands in the journal.
        issuance: Box<Issuance>,
    },
    /// Every command succeeded, yet the card does not hold what was written.
    #[error("the card was written but does not hold what was written")]
    NotVerified {
        /// The issuance as it stands in the journal.
        issuance: Box<Issuance>,
    },
}

impl IssueError {
    /// What the person at the desk should do now.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Refused(refusal) => refusal.hint(),
            Self::Api(error) => error.hint().to_owned(),
            Self::NothingWaiting => {
                "create a card credential in Seam, or name one with --credential".to_owned()
            }
            Self::Journal(error) => error.hint().to_owned(),
            Self::Unreadable(error) => error.hint(),
            Self::Interrupted { cause, issuance } => {
                format!(
                    "put card {} back: it will be finished. ({})",
                    issuance.card_uid,
                    cause.hint()
                )
            }
            Self::NotVerified { issuance } => format!(
                "put card {} back to try again; if it happens again the card is worn out: take another one with --reissue",
                issuance.card_uid
            ),
        }
    }
}

impl From<IntakeError> for IssueError {
    fn from(error: IntakeError) -> Self {
        match error {
            IntakeError::Api(error) => Self::Api(error),
            IntakeError::Journal(error) => Self::Journal(error),
        }
    }
}
