//! Credentials that were created for a card and are on none yet: the API knows no idempotency keys, so that only this tells a
//! second try from a second card.

use rusqlite::{OptionalExtension, params};

use super::{Journal, JournalError};

/// A creation that has not led to a card yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Creation {
    /// The holder's credentials before it.
    pub before: Vec<String>,
    /// What was created; none while the answer has not come, or was lost.
    pub acs_credential_id: Option<String>,
}

impl Journal {
    /// What became of an earlier request of the same words, if it has not led to a card.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn creation(&self, request: &str) -> Result<Option<Creation>, JournalError> {
        let found = self
            .lock()
            .query_row(
                "SELECT before, acs_credential_id FROM creation WHERE request = ?1",
                [request],
                |row| Ok((row.get::<_, String>(0)?, row.get(1)?)),
            )
            .optional()?;
        Ok(found.map(|(before, acs_credential_id)| Creation {
            before: before.lines().map(str::to_owned).collect(),
            acs_credential_id,
        }))
    }

    /// Notes that a credential is about to be created. `before` are those that its holder has.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn begin_creation(&self, request: &str, before: &[String]) -> Result<(), JournalError> {
        self.lock().execute(
            "INSERT INTO creation (request, before) VALUES (?1, ?2)
             ON CONFLICT (request) DO UPDATE SET before = ?2, acs_credential_id = NULL",
            params![request, before.join("\n")],
        )?;
        Ok(())
    }

    /// Notes what was created.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn note_created(&self, request: &str, acs_credential_id: &str) -> Result<(), JournalError> {
        self.lock().execute(
            "UPDATE creation SET acs_credential_id = ?2 WHERE request = ?1",
            [request, acs_credential_id],
        )?;
        Ok(())
    }

    /// Forgets a creation: its credential is on a card, or is gone.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn end_creation(&self, request: &str) -> Result<(), JournalError> {
        self.lock()
            .execute("DELETE FROM creation WHERE request = ?1", [request])?;
        Ok(())
    }
}
