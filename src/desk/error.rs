//! Why a card did not become a good one, and why an order to the desk led to nothing.

use std::sync::Arc;
use std::time::Duration;

use cardbridge_drivers::contract::{ChannelError, DriverError, Uid};
use jiff::Timestamp;
use thiserror::Error;

use crate::desk::seam_encoder::AtSeamError;
use crate::desk::wipe::WipeError;
use crate::encoder::{EncoderError, EncoderName};
use crate::issuance::entry::Issuance;
use crate::issuance::journal::JournalError;
use crate::issuance::refusal::Refusal;
use crate::queue::{PropertyError, QueueError};
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
        refusal: Box<seam::ApiError>,
        /// The issuance as it is in the journal.
        issuance: Box<Issuance>,
        /// When it will be believed, if the API goes on saying so; none while it contradicts itself.
        confirmed_at: Option<Timestamp>,
    },
    /// Whether the credential was created is not known: the API's answer was lost. Nothing else has changed.
    #[error(transparent)]
    CreationInDoubt(SeamError),
    /// The API has asked for a pause; nothing has changed.
    #[error("Seam has asked for a pause of another {} s", .0.as_secs().max(1))]
    Resting(Duration),
    /// No credential waits for a card; nothing has changed.
    #[error("no credential is waiting for a card")]
    NothingWaiting,
    /// The property's database cannot be asked; nothing has changed.
    #[error(transparent)]
    Property(#[from] PropertyError),
    /// The journal failed. The card may be unfinished; presenting it again finishes it.
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
        /// The issuance as it is in the journal.
        issuance: Box<Issuance>,
    },
    /// Every command succeeded, yet the card does not hold what was written.
    #[error("the card was written but does not hold what was written")]
    NotVerified {
        /// The issuance as it is in the journal.
        issuance: Box<Issuance>,
    },
    /// An encoder of Seam's did not bring the credential onto a card, or it is not known yet whether it did.
    #[error(transparent)]
    AtSeam(AtSeamError),
    /// A wipe that was begun with this card could not be finished, so nothing else was begun.
    #[error(transparent)]
    NotWiped(#[from] WipeError),
}

impl IssueError {
    /// The issuance that was begun, as it is in the journal.
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
            | Self::Property(_)
            | Self::AtSeam(_)
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
            Self::Property(error) => error.code(),
            Self::Unreadable(error) => error.code(),
            Self::Interrupted { .. } => "card_unfinished",
            Self::NotVerified { .. } => "card_not_verified",
            Self::AtSeam(error) => error.code(),
            Self::NotWiped(error) => error.code(),
        }
    }
}

impl From<SeamError> for IssueError {
    fn from(error: SeamError) -> Self {
        Self::Api(Arc::new(error))
    }
}

/// Why a command to the desk led to nothing, or not to the end.
#[derive(Debug, Error)]
pub enum DeskError {
    /// No card became a good one.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// The card was not wiped.
    #[error(transparent)]
    Wipe(#[from] WipeError),
    /// The encoder, or the card on it, could not be used; nothing has changed.
    #[error(transparent)]
    Encoder(#[from] EncoderError),
    /// The card was lost, or could not be looked at; nothing has changed.
    #[error(transparent)]
    Unreadable(#[from] ChannelError),
    /// No card came in time; nothing has changed.
    #[error("no card was placed within {} s", .waited.as_secs())]
    NoCard {
        /// How long it was waited for.
        waited: Duration,
        /// The encoder on which it was awaited, where one was named.
        encoder: Option<EncoderName>,
        /// Why an earlier card could not be used.
        trouble: Option<EncoderError>,
    },
    /// The encoder is at work for another command.
    #[error("{encoder} is at work for another command")]
    Busy {
        /// The encoder.
        encoder: EncoderName,
    },
    /// The next card on any encoder is another order's or a kiosk's.
    #[error("no encoder is free: each is kept for another order or for a kiosk")]
    NoneFree,
    /// The card on the encoder is not the one that was meant; nothing has changed.
    #[error("card {found} is on the encoder, and card {wanted} was meant")]
    OtherCard {
        /// The card that is there.
        found: Uid,
        /// The card that was meant.
        wanted: Uid,
    },
    /// It was cancelled; nothing has changed.
    #[error("cancelled before anything was written")]
    Cancelled,
    /// The card was lost while it was written, and is left unfinished, as a person has decided.
    #[error("card {} is left unfinished", .issuance.card_uid)]
    Left {
        /// The issuance as it is in the journal.
        issuance: Box<Issuance>,
    },
    /// While the card that was lost was awaited, it was wiped or its credential was given to another card.
    #[error("card {card_uid} is not to be finished any more")]
    NotAwaited {
        /// The card.
        card_uid: Uid,
    },
    /// The desk was stopped before anything was written; nothing has changed.
    #[error("stopped before anything was written")]
    Stopped,
    /// The desk was stopped while Seam was asked to create or delete a credential.
    #[error("stopped while Seam was asked to create or delete a credential")]
    StoppedCreating,
    /// The desk was stopped while the journal could not note what was found out about a card that is written.
    #[error("the card is written, but that could not be noted: {0}")]
    NotNoted(Arc<JournalError>),
    /// The encoder cannot do that.
    #[error("{encoder} cannot {what}")]
    Unsupported {
        /// The encoder.
        encoder: String,
        /// What it cannot do.
        what: &'static str,
    },
    /// Seam says of a credential neither its user nor a user identity, so that there can be no other for the same guest.
    #[error("Seam does not say whom credential {acs_credential_id} is for")]
    NoHolder {
        /// The credential.
        acs_credential_id: String,
    },
    /// Seam has not answered a search in time.
    #[error("Seam did not answer the search in time")]
    SearchTimedOut,
    /// The desk lacks a part that this takes: see [`Parts`](super::Parts).
    #[error("this desk works without {0}")]
    Lacks(&'static str),
    /// The desk is gone.
    #[error("the desk was stopped")]
    Over,
}

impl DeskError {
    /// The card that holds a part of a record from now on.
    #[must_use]
    pub fn torn_card(&self) -> Option<Uid> {
        match self {
            Self::Issue(
                IssueError::Interrupted { issuance, .. } | IssueError::NotVerified { issuance },
            )
            | Self::Left { issuance } => Some(issuance.card_uid),
            Self::Wipe(
                WipeError::Interrupted { card_uid, .. } | WipeError::NotBlank { card_uid },
            ) => Some(*card_uid),
            _ => None,
        }
    }

    /// The word for it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Issue(error) => error.code(),
            Self::Wipe(error) => error.code(),
            Self::Encoder(error)
            | Self::NoCard {
                trouble: Some(error),
                ..
            } => error.code(),
            Self::Unreadable(error) => error.code(),
            Self::NoCard { trouble: None, .. } => "no_card_in_time",
            Self::Busy { .. } => "encoder_busy",
            Self::NoneFree => "no_free_encoder",
            Self::OtherCard { .. } => "card_is_another",
            Self::Cancelled => "cancelled",
            Self::Left { .. } => "card_unfinished",
            Self::NotAwaited { .. } => "card_not_awaited",
            Self::Stopped | Self::StoppedCreating | Self::Over => "stopped",
            Self::NotNoted(error) => error.code(),
            Self::Unsupported { .. } => "encoder_unsuitable",
            Self::NoHolder { .. } => "credential_without_holder",
            Self::SearchTimedOut => "search_timed_out",
            Self::Lacks(_) => "desk_incomplete",
        }
    }
}

impl From<QueueError> for IssueError {
    fn from(error: QueueError) -> Self {
        match error {
            QueueError::Api(error) => Self::Api(error),
            QueueError::Resting(rest) => Self::Resting(rest),
            QueueError::Journal(error) => Self::Journal(error),
        }
    }
}
