//! Which credentials are on a card, whole or half: what the queue leaves out.

use std::collections::HashSet;
use std::sync::atomic::Ordering;

use super::{Journal, JournalError, OPEN};
use crate::issuance::state::Event;

/// How far changes have come that can take a credential off its card. While two of these are equal, every credential that was on
/// a card still is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freed {
    by_us: u64,
    by_others: i64,
}

impl Journal {
    /// Those of these credentials that are on a card, whole or half. On a card that was wiped a credential is no more.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn on_cards<'a>(
        &self,
        acs_credential_ids: impl IntoIterator<Item = &'a str>,
    ) -> Result<HashSet<String>, JournalError> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(&format!(
            "SELECT EXISTS (SELECT 1 FROM issuance WHERE acs_credential_id = ?1 AND {OPEN})
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

    /// How far changes have come that can take a credential off its card, whichever process made them.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn freed(&self) -> Result<Freed, JournalError> {
        let by_others = self
            .lock()
            .query_row("PRAGMA data_version", [], |row| row.get(0))?;
        Ok(Freed {
            by_us: self.freed.load(Ordering::Acquire),
            by_others,
        })
    }

    /// Counts a change of ours, unless it cannot have taken a credential off its card.
    pub(super) fn note_freed(&self, event: Event, displaced: bool) {
        let leaves_it = matches!(
            event,
            Event::WriteBegins
                | Event::Interrupted
                | Event::Verified
                | Event::Reported
                | Event::InvalidationReported
        );
        if displaced || !leaves_it {
            self.freed.fetch_add(1, Ordering::AcqRel);
        }
    }
}
