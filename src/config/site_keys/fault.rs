//! What can be wrong with a file of site keys.

use cardbridge_drivers::keys::SiteKeysError;
use thiserror::Error;

/// Why a file holds no site keys. Never quotes what could be a key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SiteKeyFault {
    /// Not UTF-8.
    #[error("it is not text")]
    NotText,
    /// Not TOML, or one name twice in a table.
    #[error("line {line} is not valid TOML, or repeats a key")]
    Syntax {
        /// The line, from 1.
        line: usize,
    },
    /// A name that means nothing.
    #[error("line {line}: unknown key{}", .name.as_ref().map_or_else(String::new, |name| format!(" `{name}`")))]
    Unknown {
        /// The line, from 1.
        line: usize,
        /// The name, unless it could be a key that lost its place.
        name: Option<String>,
    },
    /// A value that cannot be.
    #[error("line {line}: `{name}` is not {wanted}")]
    Value {
        /// The line, from 1.
        line: usize,
        /// Whose value.
        name: &'static str,
        /// What it must be.
        wanted: &'static str,
    },
    /// An entry without one of its values.
    #[error("line {line}: this site key has no `{name}`")]
    Missing {
        /// The line of the entry, from 1.
        line: usize,
        /// What is missing.
        name: &'static str,
    },
    /// Two entries of one version, or none at all.
    #[error(transparent)]
    Set(#[from] SiteKeysError),
}

impl SiteKeyFault {
    /// The word by which scripts know it. It never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "site_keys_malformed"
    }
}

/// Why there is no next version. The file is as it was.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RotateFault {
    /// A card has one byte for it.
    #[error("its site key is of version 255, and there is no later one")]
    LastVersion,
    /// A further section cannot be added at its end.
    #[error("its keys are not in [[site_key]] sections, so none can be added")]
    Form,
}

impl RotateFault {
    /// The word by which scripts know it. It never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "site_keys_not_rotated"
    }
}
