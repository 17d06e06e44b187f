//! Why an issuance was not begun. A refusal leaves the card, the journal and the API as they were.

use cardbridge_drivers::contract::{DriverError, Inspection, Others, Uid};
use cardbridge_drivers::keys::KeyVersion;
use cardbridge_drivers::profiles;
use cardbridge_drivers::record::RecordError;
use jiff::Timestamp;
use thiserror::Error;

use crate::issuance::time::{local, local_of};
use crate::seam::{Time, UnreadableTime};

/// What prevented it.
#[derive(Debug, Clone, Error)]
pub enum Refusal {
    /// The credential is a code, a mobile key or something else without plastic.
    #[error("this credential is a {access_method}, not a card")]
    NotACard {
        /// Seam's word for what it is.
        access_method: String,
    },
    /// Seam has made no credential for the access method yet, or not exactly one.
    #[error("access method {access_method_id} has no credential that could go onto a card")]
    NothingBehind {
        /// The access method.
        access_method_id: String,
    },
    /// Its time is over.
    #[error("this credential ended at {}", local_of(*.ends_at))]
    Ended {
        /// When.
        ends_at: Time,
    },
    /// A time that is not one.
    #[error(transparent)]
    NotATime(#[from] UnreadableTime),
    /// Seam is deleting it.
    #[error("this credential is being deleted")]
    BeingDeleted,
    /// Seam reports errors for it.
    #[error("Seam reports errors for this credential: {}", .0.join("; "))]
    HasErrors(Vec<String>),
    /// Seam says that it is on a card.
    #[error("this credential is already issued{}", .card_number.as_ref().map_or_else(String::new, |number| format!(", on card number {number}")))]
    AlreadyIssued {
        /// The number Seam knows.
        card_number: Option<String>,
    },
    /// Our journal, or the property, says that it is on a card.
    #[error(
        "this credential is already on card {card_uid}{}",
        written(*written_at, desk.as_deref())
    )]
    AlreadyWritten {
        /// That card.
        card_uid: Uid,
        /// When it was found good.
        written_at: Option<Timestamp>,
        /// The desk that wrote it; none: this one.
        desk: Option<String>,
    },
    /// No record can be made of it.
    #[error("no record can be made of this credential: {0}")]
    Unsealable(RecordError),
    /// This desk has no key to make a record with.
    #[error("no record key is set")]
    NoRecordKey,
    /// Another encoder is at it this moment.
    #[error("this credential is being written on another encoder right now")]
    BeingIssued,
    /// Another desk of the property is at it this moment.
    #[error("this credential is being written at {desk} right now")]
    BeingIssuedElsewhere {
        /// That desk.
        desk: String,
    },
    /// Another desk of the property has not finished its card.
    #[error("this credential has an unfinished issuance at {desk}, on card {card_uid}")]
    OpenElsewhere {
        /// That card.
        card_uid: Uid,
        /// That desk.
        desk: String,
    },
    /// Another desk of the property took it over before the first write.
    #[error("{desk} has taken this credential over, and nothing was written here")]
    TakenOver {
        /// That desk.
        desk: String,
    },
    /// An encoder of Seam's may be at it, or may have written it already.
    #[error(
        "Seam was asked to encode this credential on {encoder}, and what came of it is not known yet"
    )]
    AskedOfSeam {
        /// The encoder.
        encoder: String,
    },
    /// An encoder writes the cards of its own access system only.
    #[error("this credential is of another access system than {encoder}")]
    EncoderOfAnotherSystem {
        /// The encoder.
        encoder: String,
    },
    /// Its metadata contradicts itself.
    #[error(transparent)]
    Contradictory(#[from] profiles::Refusal),

    /// Nothing to bind the record to.
    #[error(
        "this card shows a different serial number each time ({0}), so nothing can be bound to it"
    )]
    RandomUid(Uid),
    /// No driver knows the card.
    #[error("this card is of a type that cardbridge cannot write")]
    UnknownCard,
    /// It holds another system's data.
    #[error("this card holds data that is not ours{}", named(.0))]
    Foreign(Vec<Others>),
    /// It holds a valid credential, and something of others too.
    #[error(
        "this card holds a valid credential of ours ({acs_credential_id}), with {} beside it{}",
        Others::beside(others),
        named(others)
    )]
    Beside {
        /// That credential.
        acs_credential_id: String,
        /// What is beside it.
        others: Vec<Others>,
    },
    /// It holds a record that does not verify.
    #[error("this card holds a record that cannot be trusted: {0}")]
    Unverified(RecordError),
    /// It holds another credential that is still valid.
    #[error("this card holds credential {acs_credential_id}, which is still valid")]
    HoldsAnother {
        /// That credential.
        acs_credential_id: String,
    },
    /// It holds a credential that was given up for another card, or issued again on one.
    #[error(
        "this card is superseded: its credential {acs_credential_id} was given up here, or issued again on another card"
    )]
    Superseded {
        /// That credential.
        acs_credential_id: String,
    },
    /// The record does not fit, or the card is locked.
    #[error(transparent)]
    Card(DriverError),
    /// It carries keys, or was being given keys, that the site no longer has.
    #[error(
        "card {card_uid} may carry keys of site key version {version}, which is not in the site key file"
    )]
    KeyVersionMissing {
        /// This card.
        card_uid: Uid,
        /// That version.
        version: KeyVersion,
    },
    /// The credential is being written onto another card at this moment.
    #[error("this credential is being written onto card {card_uid} right now")]
    BeingWritten {
        /// That card.
        card_uid: Uid,
    },
    /// The credential is partly written to another card.
    #[error("this credential has an unfinished issuance on card {card_uid}")]
    OpenOnAnotherCard {
        /// That card.
        card_uid: Uid,
    },
    /// A wipe of its card was begun and is not known to have ended.
    #[error("card {card_uid}, which holds this credential, was not wiped to the end")]
    BeingWiped {
        /// That card.
        card_uid: Uid,
    },
    /// Another desk of the property may be at this card this moment.
    #[error("card {card_uid} is being written at {desk} right now")]
    BeingWrittenElsewhere {
        /// This card.
        card_uid: Uid,
        /// That desk.
        desk: String,
    },
    /// Another desk of the property has written a part of another credential to the card.
    #[error("this card has an unfinished issuance of credential {acs_credential_id} at {desk}")]
    CardOpenElsewhere {
        /// That credential.
        acs_credential_id: String,
        /// That desk.
        desk: String,
    },
    /// Another credential is partly written to the card.
    #[error("this card has an unfinished issuance of credential {acs_credential_id}")]
    OpenForAnotherCredential {
        /// That credential.
        acs_credential_id: String,
    },
}

/// Where and when a card was written.
fn written(at: Option<Timestamp>, desk: Option<&str>) -> String {
    let place = desk.map_or_else(|| "here".to_owned(), |desk| format!("at {desk}"));
    match (at, desk) {
        (Some(at), _) => format!(", written {place} at {}", local(at)),
        (None, Some(_)) => format!(", written {place}"),
        (None, None) => String::new(),
    }
}

/// What of others is on the card, behind a colon.
fn named(others: &[Others]) -> String {
    Others::phrase(others).map_or_else(String::new, |phrase| format!(": {phrase}"))
}

/// What a refusal is about; the exit code follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concern {
    /// The credential cannot be issued, on whatever card.
    Credential,
    /// This card will not do, or not now.
    Card,
    /// This desk lacks a key that it should have.
    Configuration,
}

impl Refusal {
    /// Whether the credential, the card or the desk's configuration prevents it.
    #[must_use]
    pub fn concern(&self) -> Concern {
        match self {
            Self::NotACard { .. }
            | Self::NothingBehind { .. }
            | Self::Ended { .. }
            | Self::NotATime(_)
            | Self::BeingDeleted
            | Self::HasErrors(_)
            | Self::AlreadyIssued { .. }
            | Self::AlreadyWritten { .. }
            | Self::BeingIssued
            | Self::BeingIssuedElsewhere { .. }
            | Self::OpenElsewhere { .. }
            | Self::TakenOver { .. }
            | Self::AskedOfSeam { .. }
            | Self::EncoderOfAnotherSystem { .. }
            | Self::Unsealable(_)
            | Self::Contradictory(_) => Concern::Credential,
            Self::NoRecordKey
            | Self::Card(DriverError::NoSiteKeys { .. })
            | Self::KeyVersionMissing { .. } => Concern::Configuration,
            Self::RandomUid(_)
            | Self::UnknownCard
            | Self::Foreign(_)
            | Self::Beside { .. }
            | Self::Unverified(_)
            | Self::HoldsAnother { .. }
            | Self::Superseded { .. }
            | Self::Card(_)
            | Self::BeingWritten { .. }
            | Self::BeingWrittenElsewhere { .. }
            | Self::CardOpenElsewhere { .. }
            | Self::OpenOnAnotherCard { .. }
            | Self::BeingWiped { .. }
            | Self::OpenForAnotherCredential { .. } => Concern::Card,
        }
    }

    /// Why a record could not be bound to this card.
    pub(crate) fn of_sealing(error: RecordError, card: &Inspection) -> Self {
        match error {
            RecordError::RandomUid => Self::RandomUid(card.uid),
            RecordError::TooLong { bytes } => Self::Card(DriverError::TooSmall {
                needed: bytes,
                available: card.capacity,
                card: card.model.title,
                smallest: None,
            }),
            error => Self::Unsealable(error),
        }
    }

    /// Whether this card may be good for another credential: this one cannot be issued now, or needs a larger card.
    #[must_use]
    pub fn another_credential_may_do(&self) -> bool {
        match self {
            Self::OpenOnAnotherCard { .. }
            | Self::BeingWritten { .. }
            | Self::BeingWiped { .. }
            | Self::Card(DriverError::TooSmall { .. }) => true,
            other => other.concern() == Concern::Credential,
        }
    }

    /// Whether waiting cannot help: the credential will not become one that may go onto a first card.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Ended { .. }
                | Self::BeingDeleted
                | Self::AlreadyIssued { .. }
                | Self::AlreadyWritten { .. }
        )
    }

    /// The word by which scripts know it. It never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotACard { .. } => "not_a_card",
            Self::NothingBehind { .. } => "access_method_not_ready",
            Self::Ended { .. } => "credential_ended",
            Self::NotATime(error) => error.code(),
            Self::BeingDeleted => "credential_being_deleted",
            Self::HasErrors(_) => "credential_has_errors",
            Self::AlreadyIssued { .. } => "already_issued",
            Self::AlreadyWritten { .. } => "already_written",
            Self::Unsealable(_) => "record_impossible",
            Self::NoRecordKey => "no_record_key",
            Self::BeingIssued => "being_issued",
            Self::BeingIssuedElsewhere { .. } => "being_issued_elsewhere",
            Self::OpenElsewhere { .. } => "open_elsewhere",
            Self::TakenOver { .. } => "taken_over",
            Self::BeingWrittenElsewhere { .. } => "being_written_elsewhere",
            Self::CardOpenElsewhere { .. } => "card_open_elsewhere",
            Self::AskedOfSeam { .. } => "asked_of_seam",
            Self::EncoderOfAnotherSystem { .. } => "encoder_of_another_system",
            Self::Contradictory(refusal) => refusal.code(),
            Self::BeingWiped { .. } => "being_wiped",
            Self::RandomUid(_) => "card_uid_random",
            Self::UnknownCard => "card_unknown",
            Self::Foreign(_) => "card_foreign",
            Self::Beside { .. } => "card_holds_more",
            Self::Unverified(_) => "card_record_unverified",
            Self::Superseded { .. } => "card_superseded",
            Self::HoldsAnother { .. } => "card_holds_another",
            Self::Card(error) => error.code(),
            Self::KeyVersionMissing { .. } => "site_key_version_missing",
            Self::BeingWritten { .. } => "being_written",
            Self::OpenOnAnotherCard { .. } => "open_on_another_card",
            Self::OpenForAnotherCredential { .. } => "open_for_another_credential",
        }
    }
}
