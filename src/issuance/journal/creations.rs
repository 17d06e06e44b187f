//! Credentials that were created for a card and are on none yet: the API knows no idempotency keys, so that only this tells a
//! second try from a second card.

use rusqlite::{OptionalExtension, params_from_iter};

use super::{Journal, JournalError, JournalReader};

/// A creation that has not led to a card yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Creation {
    /// The holder's credentials before it.
    pub before: Vec<String>,
    /// What was created; none while the answer has not come, or was lost.
    pub acs_credential_id: Option<String>,
}

impl JournalReader {
    /// What became of an earlier request of the same words, if it has not led to a card.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn creation(&self, request: &str) -> Result<Option<Creation>, JournalError> {
        let found = self
            .connection
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
}

impl Journal {
    /// Notes that a credential is about to be created. `before` are those that its holder has.
    ///
    /// # Errors
    /// When the journal fails.
    pub async fn begin_creation(
        &self,
        request: &str,
        before: &[String],
    ) -> Result<(), JournalError> {
        self.execute(
            "INSERT INTO creation (request, before) VALUES (?1, ?2)
             ON CONFLICT (request) DO UPDATE SET before = ?2, acs_credential_id = NULL",
            [request.to_owned(), before.join("\n")],
        )
        .await
    }

    /// Notes what was created.
    ///
    /// # Errors
    /// When the journal fails.
    pub async fn note_created(
        &self,
        request: &str,
        acs_credential_id: &str,
    ) -> Result<(), JournalError> {
        self.execute(
            "UPDATE creation SET acs_credential_id = ?2 WHERE request = ?1",
            [request.to_owned(), acs_credential_id.to_owned()],
        )
        .await
    }

    /// Forgets a creation: its credential is on a card, or is gone.
    ///
    /// # Errors
    /// When the journal fails.
    pub async fn end_creation(&self, request: &str) -> Result<(), JournalError> {
        self.execute(
            "DELETE FROM creation WHERE request = ?1",
            [request.to_owned()],
        )
        .await
    }

    async fn execute<const N: usize>(
        &self,
        statement: &'static str,
        values: [String; N],
    ) -> Result<(), JournalError> {
        self.write(move |write| {
            write.execute(statement, params_from_iter(&values))?;
            Ok(Some(()))
        })
        .await?;
        Ok(())
    }
}
