//! Why a seed file is not a hotel.

use thiserror::Error;

/// Why a seed file is not a hotel.
#[derive(Debug, Error)]
pub enum SeedError {
    /// Not JSON, or a field that is unknown, missing or of the wrong type.
    #[error("{path}: {source}")]
    Malformed {
        /// Where in the document, for example `acs_credentials[3].ends_at`.
        path: String,
        /// What is wrong, with line and column.
        source: serde_json::Error,
    },
    /// Two things that do not go together.
    #[error("{path}: {reason}")]
    Contradiction {
        /// Where in the document.
        path: String,
        /// What does not go together.
        reason: String,
    },
}

impl SeedError {
    pub(super) fn contradiction(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Contradiction {
            path: path.into(),
            reason: reason.into(),
        }
    }
}
