//! Which credentials are on a card, whole or half: what the queue leaves out.

use std::collections::HashSet;

use super::rows::{HELD, OPEN};
use super::writer::Write;
use super::{Freed, Journal, JournalError, JournalReader};
use crate::issuance::state::Event;

impl JournalReader {
    /// Those of these credentials that are on a card, whole or half. On a card that was wiped there is no credential.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn on_cards<'a>(
        &self,
        acs_credential_ids: impl IntoIterator<Item = &'a str>,
    ) -> Result<HashSet<String>, JournalError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT EXISTS (SELECT 1 FROM issuance WHERE acs_credential_id = ?1 AND {OPEN})
                 OR EXISTS (SELECT 1 FROM seam_encode WHERE {HELD})
                 OR coalesce((SELECT state <> 'wiped' FROM issuance WHERE acs_credential_id = ?1
                     AND (written_at IS NOT NULL OR state = 'wiping') ORDER BY seq DESC LIMIT 1), 0)"
        ))?;
        let mut found = HashSet::new();
        for id in acs_credential_ids {
            if statement.query_row([id], |row| row.get(0))? {
                found.insert(id.to_owned());
            }
        }
        Ok(found)
    }
}

impl Journal {
    /// Those of these credentials that are on a card, whole or half.
    ///
    /// # Errors
    /// When the journal fails.
    pub async fn on_cards(
        &self,
        acs_credential_ids: Vec<String>,
    ) -> Result<HashSet<String>, JournalError> {
        if acs_credential_ids.is_empty() {
            return Ok(HashSet::new());
        }
        self.read(move |journal| journal.on_cards(acs_credential_ids.iter().map(String::as_str)))
            .await
    }

    /// How far changes have come that can take a credential off its card, whichever process made them.
    ///
    /// # Errors
    /// When the journal fails.
    pub async fn freed(&self) -> Result<Freed, JournalError> {
        let generation = self.read(JournalReader::generation).await?;
        Ok(self.freeing.at(generation))
    }
}

/// Notes a change, unless it cannot have taken a credential off its card.
pub(super) fn note_freed(write: &mut Write<'_>, event: Event, displaced: bool) {
    let leaves_it = matches!(
        event,
        Event::WriteBegins
            | Event::Interrupted
            | Event::Verified
            | Event::Reported
            | Event::InvalidationReported
    );
    if displaced || !leaves_it {
        write.frees();
    }
}
