//! The API's times: kept as they came, read when somebody needs an instant.

use jiff::Timestamp;
use thiserror::Error;

/// A time in an answer that is none.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{field} is not a time with an offset (RFC 3339): {text:?}")]
pub struct UnreadableTime {
    field: &'static str,
    text: String,
}

impl UnreadableTime {
    /// What to do now.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        "correct the time in the access system or in Seam, then try again"
    }
}

/// Reads the instant that a field names, if it is there.
pub(super) fn instant(
    field: &'static str,
    text: Option<&str>,
) -> Result<Option<Timestamp>, UnreadableTime> {
    text.map(|text| {
        text.parse().map_err(|_| UnreadableTime {
            field,
            text: text.chars().take(64).collect(),
        })
    })
    .transpose()
}
