//! Which credentials are on a card, whole or half: what the queue leaves out.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::writer::Write;
use super::{Journal, JournalError, JournalReader, OPEN};
use crate::issuance::state::Event;

/// How far changes have come that can take a credential off its card. While two of these are equal, every credential that was on
/// a card still is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freed {
    by_us: u64,
    by_others: u64,
}

/// What the writing thread counts, for whoever asks how far it is.
#[derive(Debug)]
pub(super) struct Freeing(Mutex<Counted>);

#[derive(Debug)]
struct Counted {
    /// How many times the journal was written to, as far as we know.
    generation: u64,
    /// Our changes that can have taken a credential off its card.
    by_us: u64,
    /// How many of those times it was somebody else.
    by_others: u64,
}

impl Freeing {
    pub(super) fn new(generation: u64) -> Self {
        Self(Mutex::new(Counted {
            generation,
            by_us: 0,
            by_others: 0,
        }))
    }

    /// Counts a commit of ours. Only once it is there to be read: what was counted before could be looked for too early.
    pub(super) fn committed(&self, generation: u64, frees: bool) {
        let mut counted = self.lock();
        counted.by_others += generation.saturating_sub(counted.generation + 1);
        counted.generation = generation;
        counted.by_us += u64::from(frees);
    }

    /// How far it is, going by a generation that was read in the journal.
    fn at(&self, generation: u64) -> Freed {
        let counted = self.lock();
        Freed {
            by_us: counted.by_us,
            // A commit of ours that is not counted yet looks like one of others for a moment, which costs one more look.
            by_others: counted.by_others + generation.saturating_sub(counted.generation),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl JournalReader {
    /// Those of these credentials that are on a card, whole or half. On a card that was wiped a credential is no more.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn on_cards<'a>(
        &self,
        acs_credential_ids: impl IntoIterator<Item = &'a str>,
    ) -> Result<HashSet<String>, JournalError> {
        let mut statement = self.connection.prepare_cached(&format!(
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
