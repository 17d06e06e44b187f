//! What is on a card.

use alloc::string::String;

use crate::System;

/// What is on a card.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record {
    /// The credential's id, as the API gives it.
    pub acs_credential_id: String,
    /// The card's number, as the API gives it or the desk settled it.
    pub card_number: String,
    /// From when on the card is good, in seconds since 1970.
    pub starts_at: Option<i64>,
    /// Until when the card is good, in seconds since 1970.
    pub ends_at: Option<i64>,
    /// When the record was made, in seconds since 1970.
    pub written_at: i64,
    /// The access system and its metadata; `None` for systems without any of their own.
    pub system: Option<System>,
}

impl Record {
    /// A record without bounds in time and without an access system; `written_at` in seconds since 1970.
    #[must_use]
    pub fn new(
        acs_credential_id: impl Into<String>,
        card_number: impl Into<String>,
        written_at: i64,
    ) -> Self {
        Self {
            acs_credential_id: acs_credential_id.into(),
            card_number: card_number.into(),
            starts_at: None,
            ends_at: None,
            written_at,
            system: None,
        }
    }

    /// Whether the card is good at this time, in seconds since 1970: from its start on, and not at its end any more.
    #[must_use]
    pub fn is_valid_at(&self, now: i64) -> bool {
        self.starts_at.is_none_or(|start| start <= now) && self.ends_at.is_none_or(|end| now < end)
    }
}
