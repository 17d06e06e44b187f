//! Why no card is made of a credential.

use alloc::string::String;

use thiserror::Error;

/// A contradiction in a credential. The card, the journal and the API stay as they were.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Metadata of two access systems at once.
    #[error("the credential has both {first} and {second}")]
    BothMetadata {
        /// The API's name for the one.
        first: &'static str,
        /// And for the other.
        second: &'static str,
    },
    /// Metadata of another access system than the credential's.
    #[error("the credential is a {external_type}, but has {metadata}")]
    ForeignMetadata {
        /// The credential's `external_type`.
        external_type: String,
        /// The field that should not be there.
        metadata: &'static str,
    },
    /// Metadata that is not what the API describes.
    #[error("the credential's {metadata} cannot be read: {cause}")]
    MalformedMetadata {
        /// The API's name for it.
        metadata: &'static str,
        /// What is wrong with it.
        cause: String,
    },
    /// A window of validity that never opens.
    #[error(
        "the credential ends before it starts (starts_at {starts_at}, ends_at {ends_at}, in seconds since 1970)"
    )]
    WindowReversed {
        /// Seconds since 1970.
        starts_at: i64,
        /// Seconds since 1970.
        ends_at: i64,
    },
    /// What the profile of its access system found.
    #[error(transparent)]
    Contradiction(#[from] Contradiction),
}

/// What makes no sense in one access system: found, said and answered by its profile alone.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{what}")]
pub struct Contradiction {
    code: &'static str,
    what: String,
    hint: &'static str,
}

impl Contradiction {
    /// A contradiction: the word by which scripts know it, what is wrong, and what to do now.
    #[must_use]
    pub fn new(code: &'static str, what: impl Into<String>, hint: &'static str) -> Self {
        let what = what.into();
        Self { code, what, hint }
    }
}

impl Refusal {
    /// The word by which scripts know it. It never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Contradiction(contradiction) => contradiction.code,
            Self::MalformedMetadata { .. } => "credential_metadata_malformed",
            Self::BothMetadata { .. }
            | Self::ForeignMetadata { .. }
            | Self::WindowReversed { .. } => "credential_contradictory",
        }
    }

    /// What the person at the desk should do now.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::BothMetadata { .. } | Self::ForeignMetadata { .. } => {
                "delete the credential and create it again with the metadata of its own access system only"
            }
            Self::MalformedMetadata { .. } => {
                "update cardbridge; if this version is the newest, report it with the credential's id"
            }
            Self::WindowReversed { .. } => "correct the credential's ends_at, then try again",
            Self::Contradiction(contradiction) => contradiction.hint,
        }
    }
}
