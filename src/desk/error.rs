//! Why a card did not become a good one.

use std::sync::Arc;
use std::time::Duration;

use cardbridge_drivers::contract::DriverError;
use jiff::Timestamp;
use thiserror::Error;

use crate::desk::wipe::WipeError;
use crate::issuance::entry::Issuance;
use crate::issuance::journal::JournalError;
use crate::issuance::refusal::Refusal;
use crate::queue::IntakeError;
use crate::seam::{self, SeamError};

/// Why a card did not become a good one.
#[derive(Debug, Error)]
pub enum IssueError {
    /// Refused; nothing has changed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The API refused or is unreachable; nothing has changed.
    #[error(transparent)]
    Api(Arc<SeamError>),
    /// The API does not find the credential of a half-written card, which is not given up for that alone; nothing has changed.
    #[error("{refusal}; card {} stays unfinished until that is certain", issuance.card_uid)]
    NotFound {
        /// What the API said.
        refusal: Box<seam::Refusal>,
        /// The issuance as it stands in the journal.
        issuance: Box<Issuance>,
        /// When it will be believed, if the API goes on saying so; none while it contradicts itself.
        confirmed_at: Option<Timestamp>,
    },
    /// Whether the credential was created is not known: the API's answer was lost. Nothing else has changed.
    #[error(transparent)]
    CreationInDoubt(SeamError),
    /// The API has asked to be left alone; nothing has changed.
    #[error("Seam has asked to be left alone for another {} s", .0.as_secs().max(1))]
    Resting(Duration),
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
    /// A wipe that was begun with this card could not be finished, so nothing else was begun.
    #[error(transparent)]
    NotWiped(#[from] WipeError),
}

impl IssueError {
    /// The issuance that was begun, as it stands in the journal.
    #[must_use]
    pub fn issuance(&self) -> Option<&Issuance> {
        match self {
            Self::NotFound { issuance, .. }
            | Self::Interrupted { issuance, .. }
            | Self::NotVerified { issuance } => Some(issuance),
            Self::Refused(_)
            | Self::Api(_)
            | Self::CreationInDoubt(_)
            | Self::Resting(_)
            | Self::NothingWaiting
            | Self::Journal(_)
            | Self::NotWiped(_)
            | Self::Unreadable(_) => None,
        }
    }

    /// The word by which scripts know it. It never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::Api(error) => error.code(),
            Self::NotFound { .. } => "credential_not_found",
            Self::CreationInDoubt(_) => "creation_in_doubt",
            Self::Resting(_) => "api_resting",
            Self::NothingWaiting => "nothing_waiting",
            Self::Journal(error) => error.code(),
            Self::Unreadable(error) => error.code(),
            Self::Interrupted { .. } => "card_unfinished",
            Self::NotVerified { .. } => "card_not_verified",
            Self::NotWiped(error) => error.code(),
        }
    }
}

impl From<SeamError> for IssueError {
    fn from(error: SeamError) -> Self {
        Self::Api(Arc::new(error))
    }
}

impl From<IntakeError> for IssueError {
    fn from(error: IntakeError) -> Self {
        match error {
            IntakeError::Api(error) => Self::Api(error),
            IntakeError::Resting(rest) => Self::Resting(rest),
            IntakeError::Journal(error) => Self::Journal(error),
        }
    }
}
