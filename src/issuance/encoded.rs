//! A credential and the card that it is on, or is on its way to: written by a reader of this machine, or by an encoder of Seam's.

use serde::Serialize;
use uuid::Uuid;

use super::entry::Issuance;
use super::seam_encode::SeamEncode;
use super::state::State;

/// A credential on its way onto a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Encoded {
    /// A reader of this machine writes it.
    Here(Issuance),
    /// Seam's encoder writes it, and Seam issues it.
    BySeam(SeamEncode),
}

impl Encoded {
    /// What is written here.
    #[must_use]
    pub fn here(self) -> Option<Issuance> {
        match self {
            Self::Here(issuance) => Some(issuance),
            Self::BySeam(_) => None,
        }
    }

    /// Its id.
    #[must_use]
    pub fn issuance_id(&self) -> Uuid {
        match self {
            Self::Here(issuance) => issuance.issuance_id,
            Self::BySeam(encode) => encode.issuance_id,
        }
    }

    /// How far it is.
    #[must_use]
    pub fn state(&self) -> State {
        match self {
            Self::Here(issuance) => issuance.state(),
            Self::BySeam(encode) => encode.state(),
        }
    }

    /// How Seam named the credential to people.
    #[must_use]
    pub fn display_name(&self) -> Option<&str> {
        match self {
            Self::Here(issuance) => issuance.display_name.as_deref(),
            Self::BySeam(encode) => encode.display_name.as_deref(),
        }
    }

    /// Whether the card was found good, or issued by Seam, whatever became of it since.
    #[must_use]
    pub fn is_written(&self) -> bool {
        match self {
            Self::Here(issuance) => issuance.is_written(),
            Self::BySeam(encode) => encode.is_issued(),
        }
    }

    /// The credential.
    #[must_use]
    pub fn acs_credential_id(&self) -> &str {
        match self {
            Self::Here(issuance) => &issuance.acs_credential_id,
            Self::BySeam(encode) => &encode.acs_credential_id,
        }
    }
}
