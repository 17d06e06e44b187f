//! What can be offered after an error: from its type, so that no front end has to read its words.

use cardbridge_drivers::contract::{ChannelError, DriverError};
use serde::Serialize;

use crate::desk::error::{DeskError, IssueError};
use crate::desk::seam_encoder::AtSeamError;
use crate::desk::wipe::WipeError;
use crate::encoder::EncoderError;
use crate::issuance::journal::JournalError;
use crate::issuance::refusal::Refusal;
use crate::seam::SeamError;

/// One thing that can be offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The same again.
    Retry,
    /// The same again, with the credential allowed onto one more card: [`Allowed::reissue`](crate::issuance::policy::Allowed).
    Reissue,
    /// The same again, with what is on the card allowed to be lost: [`Allowed::overwrite`](crate::issuance::policy::Allowed).
    Overwrite,
    /// Place the card that was begun, and no other.
    PlaceSameCard,
    /// Place another card.
    AnotherCard,
    /// Wipe the card that is on the encoder.
    Wipe,
    /// Wipe it although its record is still valid: [`WipeOrder::valid`](super::target::WipeOrder).
    WipeValid,
    /// Wipe it with what others have beside our record: [`WipeOrder::beside`](super::target::WipeOrder).
    WipeBeside,
    /// Give the stay another end.
    Extend,
    /// Create a new credential for this guest.
    NewCredential,
}

use Action::{
    AnotherCard, Extend, NewCredential, Overwrite, PlaceSameCard, Reissue, Retry, Wipe, WipeBeside,
    WipeValid,
};

impl DeskError {
    /// What can be offered.
    #[must_use]
    pub fn actions(&self) -> &'static [Action] {
        match self {
            Self::Issue(error) => error.actions(),
            Self::Wipe(error) => error.actions(),
            Self::Encoder(error)
            | Self::NoCard {
                trouble: Some(error),
                ..
            } => of_encoder(error),
            Self::Unreadable(error) => of_channel(*error),
            Self::NotNoted(_) => &[PlaceSameCard],
            Self::Left { .. } => &[PlaceSameCard, Reissue],
            Self::NoCard { trouble: None, .. }
            | Self::SearchTimedOut
            | Self::Busy { .. }
            | Self::Cancelled
            | Self::NotAwaited { .. }
            | Self::Stopped
            | Self::StoppedCreating
            | Self::Over => &[Retry],
            Self::OtherCard { .. } => &[AnotherCard],
            Self::NoHolder { .. } | Self::Unsupported { .. } | Self::Lacks(_) => &[],
        }
    }
}

impl IssueError {
    /// What can be offered.
    #[must_use]
    pub fn actions(&self) -> &'static [Action] {
        match self {
            Self::Refused(refusal) => of_refusal(refusal),
            Self::Api(error) => of_seam(error),
            Self::NotFound { .. } => &[PlaceSameCard, Overwrite],
            Self::CreationInDoubt(_) | Self::Resting(_) | Self::NothingWaiting => &[Retry],
            Self::Journal(error) => of_journal(error),
            Self::Unreadable(error) => of_driver(error),
            Self::Interrupted { .. } => &[PlaceSameCard, Reissue],
            Self::NotVerified { .. } => &[PlaceSameCard, AnotherCard, Reissue],
            Self::AtSeam(error) => of_seams_encoder(error),
            Self::NotWiped(error) => error.actions(),
        }
    }
}

impl WipeError {
    /// What can be offered.
    #[must_use]
    pub fn actions(&self) -> &'static [Action] {
        match self {
            Self::UnknownCard | Self::Foreign(_) | Self::UnknownKeys => &[AnotherCard],
            Self::Valid { .. } => &[WipeValid, AnotherCard],
            Self::Beside { .. } => &[WipeBeside, AnotherCard],
            Self::Unreadable(error) => of_driver(error),
            Self::Journal(error) => of_journal(error),
            Self::Interrupted { .. } => &[PlaceSameCard, Wipe],
            Self::NotBlank { .. } => &[Wipe, AnotherCard],
        }
    }
}

pub(super) fn of_refusal(refusal: &Refusal) -> &'static [Action] {
    match refusal {
        Refusal::NotACard { .. }
        | Refusal::NotATime(_)
        | Refusal::NoRecordKey
        | Refusal::Unsealable(_)
        | Refusal::Contradictory(_)
        | Refusal::EncoderOfAnotherSystem { .. } => &[],
        Refusal::Ended { .. } => &[Extend, NewCredential],
        Refusal::BeingDeleted | Refusal::HasErrors(_) => &[NewCredential],
        Refusal::AlreadyIssued { .. } | Refusal::AlreadyWritten { .. } => &[Reissue],
        Refusal::NothingBehind { .. } | Refusal::BeingIssued | Refusal::BeingWritten { .. } => {
            &[Retry]
        }
        Refusal::AskedOfSeam { .. } => &[Retry, Reissue],
        Refusal::RandomUid(_) | Refusal::UnknownCard => &[AnotherCard],
        Refusal::Foreign(_)
        | Refusal::Beside { .. }
        | Refusal::Unverified(_)
        | Refusal::HoldsAnother { .. } => &[AnotherCard, Overwrite],
        Refusal::Superseded { .. } => &[Wipe, Overwrite, AnotherCard],
        Refusal::Card(error) => of_driver(error),
        Refusal::KeyVersionMissing { .. } => &[AnotherCard, Reissue],
        Refusal::OpenOnAnotherCard { .. } | Refusal::BeingWiped { .. } => &[PlaceSameCard, Reissue],
        Refusal::OpenForAnotherCredential { .. } => &[Overwrite, AnotherCard],
    }
}

fn of_seams_encoder(error: &AtSeamError) -> &'static [Action] {
    match error {
        AtSeamError::Failed { .. } => match error.code() {
            "credential_cannot_be_reissued" | "credential_deleted" => &[NewCredential],
            "incompatible_card_format" => &[AnotherCard],
            _ => &[Retry],
        },
        AtSeamError::InDoubt { .. } => &[Retry, Reissue],
        AtSeamError::NotEnded { .. } | AtSeamError::Stopped { .. } => &[],
    }
}

pub(super) fn of_encoder(error: &EncoderError) -> &'static [Action] {
    match error {
        EncoderError::Channel(error) => of_channel(*error),
        _ => &[Retry],
    }
}

pub(super) fn of_journal(error: &JournalError) -> &'static [Action] {
    if error.may_pass() { &[Retry] } else { &[] }
}

/// What Seam refuses it refuses again, but for what passes by itself.
fn of_seam(error: &SeamError) -> &'static [Action] {
    match error.status() {
        Some(429) | None => &[Retry],
        Some(status) if status >= 500 => &[Retry],
        Some(_) => &[],
    }
}

fn of_channel(error: ChannelError) -> &'static [Action] {
    match error {
        ChannelError::TooLong => &[AnotherCard],
        ChannelError::Removed | ChannelError::Communication | ChannelError::Unresponsive => {
            &[Retry, AnotherCard]
        }
        ChannelError::ReaderGone => &[Retry],
    }
}

fn of_driver(error: &DriverError) -> &'static [Action] {
    match error {
        DriverError::Channel(error) => of_channel(*error),
        DriverError::TooSmall { .. }
        | DriverError::Locked { .. }
        | DriverError::NoSiteKeys { .. }
        | DriverError::Reader { .. }
        | DriverError::Unsupported { .. } => &[AnotherCard],
        DriverError::TooLong { .. } => &[],
        DriverError::Refused { .. } | DriverError::Malformed { .. } => &[Retry, AnotherCard],
    }
}
