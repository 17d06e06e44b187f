//! Why no card is made of a credential.

use alloc::string::String;

use thiserror::Error;

/// A contradiction in a credential. The card, the journal and the API stay as they were.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Metadata of Visionline and of Vostio at once.
    #[error("the credential has both visionline_metadata and assa_abloy_vostio_metadata")]
    BothMetadata,
    /// Metadata of another access system than the credential's.
    #[error("the credential is a {external_type}, but has {metadata}")]
    ForeignMetadata {
        /// The credential's `external_type`.
        external_type: String,
        /// The field that should not be there.
        metadata: &'static str,
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
    /// Visionline has cancelled, overridden, overwritten or discarded it.
    #[error("Visionline no longer honours the credential (visionline_metadata.is_valid is false)")]
    Invalidated,
    /// It would share its own access.
    #[error("the credential is to join itself (visionline_metadata.joiner_acs_credential_ids)")]
    JoinsItself,
    /// A door is a guest room or a common door.
    #[error(
        "the entrance {acs_entrance_id} is both a guest and a common entrance in visionline_metadata"
    )]
    GuestAndCommon {
        /// The entrance's id.
        acs_entrance_id: String,
    },
}

impl Refusal {
    /// The word by which scripts know it. It never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalidated => "credential_invalidated",
            Self::BothMetadata
            | Self::ForeignMetadata { .. }
            | Self::WindowReversed { .. }
            | Self::JoinsItself
            | Self::GuestAndCommon { .. } => "credential_contradictory",
        }
    }

    /// What the person at the desk should do now.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::BothMetadata | Self::ForeignMetadata { .. } => {
                "delete the credential and create it again with the metadata of its own access system only"
            }
            Self::WindowReversed { .. } => {
                "correct ends_at with `cardbridge credentials update`, then try again"
            }
            Self::Invalidated => "create a new credential for the guest and issue that one",
            Self::JoinsItself => {
                "create the credential again, joining those whose access it is to share"
            }
            Self::GuestAndCommon { .. } => {
                "check the entrance in Visionline, then create the credential again"
            }
        }
    }
}
