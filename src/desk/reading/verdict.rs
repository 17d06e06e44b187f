//! What a card is worth, in one word and in one sentence: the first thing that is said of it.

use cardbridge_drivers::contract::{DriverError, Others};
use cardbridge_drivers::record::{Record, RecordError};
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use thiserror::Error;

use crate::desk::contents::ContentsKind;

/// What a card is worth. As an error: why it is no good card.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Verdict {
    /// Written by this property, on this very card.
    #[error("the card is genuine")]
    Genuine(Validity),
    /// The same, with something of others beside it.
    #[error("the card is genuine, with {} beside it", Others::beside(.others))]
    GenuineBeside {
        /// What is beside it.
        others: Vec<Others>,
        /// Whether it is valid now.
        validity: Validity,
    },
    /// This desk has no record key to check a record with.
    #[error("not checked whether the card is genuine: no record key is set")]
    NotChecked,
    /// Its record does not verify.
    #[error(transparent)]
    NotGenuine(RecordError),
    /// The record is genuine, but the card is no longer the one of its credential.
    #[error(
        "this card is superseded: its credential {acs_credential_id} was given up here, or issued again on another card"
    )]
    Superseded {
        /// The credential.
        acs_credential_id: String,
    },
    /// Nothing is on it.
    #[error("blank: nothing is on it")]
    Blank,
    /// Nothing is on it, and nothing can be.
    #[error("the card is blank, and cannot be written: {0}")]
    Unwritable(DriverError),
    /// It was removed before its record was whole.
    #[error("the card was removed before its record was whole")]
    Torn {
        /// The credential that the journal has begun on it and not finished.
        begun_for: Option<String>,
    },
    /// It is under keys that this desk does not have.
    #[error("{}", keys_unknown(*has_site_keys))]
    KeysUnknown {
        /// Whether this desk has any.
        has_site_keys: bool,
    },
    /// It holds data of others.
    #[error("the card holds data that is not ours")]
    Foreign(Vec<Others>),
    /// No driver knows it.
    #[error("this card is of a type that cardbridge does not know")]
    Unknown,
    /// It did not let itself be read.
    #[error(transparent)]
    Unreadable(DriverError),
}

/// Whether a genuine card is valid now, by this machine's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// It is.
    Now,
    /// Its end is past.
    Expired,
    /// Its begin is yet to come.
    NotYet,
}

impl Validity {
    /// That of a record, now.
    pub(super) fn of(record: &Record) -> Self {
        let now = Timestamp::now().as_second();
        if record.ends_at.is_some_and(|end| end <= now) {
            Self::Expired
        } else if record.starts_at.is_some_and(|start| start > now) {
            Self::NotYet
        } else {
            Self::Now
        }
    }
}

impl Verdict {
    /// Whether the card is one of this property, on this very card, and still that of its credential.
    #[must_use]
    pub fn is_genuine(&self) -> bool {
        matches!(self, Self::Genuine(_) | Self::GenuineBeside { .. })
    }

    /// Why it is no good card; none where it is one, or a blank one that can be written.
    #[must_use]
    pub fn trouble(&self) -> Option<&Self> {
        let is_well = self.is_genuine() || *self == Self::Blank;
        (!is_well).then_some(self)
    }

    /// What is on the card.
    pub(super) fn contents(&self) -> ContentsKind {
        match self {
            Self::Genuine(_)
            | Self::GenuineBeside { .. }
            | Self::NotChecked
            | Self::NotGenuine(_)
            | Self::Superseded { .. } => ContentsKind::Record,
            Self::Blank | Self::Unwritable(_) => ContentsKind::Blank,
            Self::Torn { .. } => ContentsKind::Torn,
            Self::KeysUnknown { .. } | Self::Foreign(_) => ContentsKind::Foreign,
            Self::Unknown => ContentsKind::Unknown,
            Self::Unreadable(_) => ContentsKind::Unreadable,
        }
    }

    /// One word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Genuine(validity) | Self::GenuineBeside { validity, .. } => match validity {
                Validity::Now => "genuine",
                Validity::Expired => "expired",
                Validity::NotYet => "not_yet_valid",
            },
            Self::NotChecked => "not_checked",
            Self::NotGenuine(_) => "not_genuine",
            Self::Superseded { .. } => "superseded",
            Self::Blank => "blank",
            Self::Unwritable(_) => "unwritable",
            Self::Torn { .. } => "torn",
            Self::KeysUnknown { .. } => "keys_unknown",
            Self::Foreign(_) => "foreign",
            Self::Unknown => "unknown",
            Self::Unreadable(_) => "unreadable",
        }
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

fn keys_unknown(has_site_keys: bool) -> &'static str {
    if has_site_keys {
        "the card is protected by keys that this desk does not have"
    } else {
        "the card is protected by keys, and this desk has no site keys"
    }
}
