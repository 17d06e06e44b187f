//! The access methods whose cards Seam wants, and how far the events that say so have been read.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::{Journal, JournalError, JournalReader};
use crate::issuance::seam_encode::SeamEncode;
use crate::issuance::state::State;

/// An access method of an access grant that Seam wants a card for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardMethod {
    /// Its id.
    pub access_method_id: String,
    /// The credential that carries it.
    pub acs_credential_id: String,
    /// Whether it had a card before, which the grant was changed since.
    pub is_again: bool,
}

impl JournalReader {
    /// All that Seam wanted a card for when the events were last read.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn card_methods(&self) -> Result<Vec<CardMethod>, JournalError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT access_method_id, acs_credential_id, is_again FROM card_method",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(CardMethod {
                access_method_id: row.get(0)?,
                acs_credential_id: row.get(1)?,
                is_again: row.get(2)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Until when the events were read, by Seam's clock; none if they never were, or what is there is no time.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn events_read_until(&self) -> Result<Option<Timestamp>, JournalError> {
        let until: Option<String> = self
            .connection
            .query_row("SELECT until FROM events_read", [], |row| row.get(0))
            .optional()?;
        Ok(until.and_then(|until| until.parse().ok()))
    }

    /// Whether a credential that was on a card may go onto another one, as one of the warnings of these `created_at` asks: none of
    /// its cards answers that, and none is on its way.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn wants_another(
        &self,
        acs_credential_id: &str,
        warned: &[String],
    ) -> Result<bool, JournalError> {
        let by_seam = self.by_seam(acs_credential_id)?;
        let written = self.written(acs_credential_id)?;
        if by_seam.as_ref().is_some_and(SeamEncode::is_open)
            || self.open_of_credential(acs_credential_id)?.is_some()
            || written.iter().any(|one| one.state() == State::Wiping)
        {
            return Ok(false);
        }
        let is_answered = |warned_at: &String| {
            let mut on_cards = written.iter().filter(|one| !one.is_wiped());
            on_cards.any(|one| one.answers(warned_at))
                || by_seam
                    .as_ref()
                    .is_some_and(|one| one.answers.contains(warned_at))
        };
        Ok(!warned.iter().all(is_answered))
    }
}

impl Journal {
    /// Notes what events say of access methods, and that they were read until then: all of it or nothing.
    ///
    /// # Errors
    /// When the journal fails.
    pub async fn note_card_methods(
        &self,
        until: Timestamp,
        wanted: Vec<CardMethod>,
        done: Vec<String>,
    ) -> Result<(), JournalError> {
        self.write(move |write| {
            for access_method_id in &done {
                write.execute(
                    "DELETE FROM card_method WHERE access_method_id = ?1",
                    [access_method_id],
                )?;
            }
            for method in &wanted {
                write.execute(
                    "INSERT INTO card_method (access_method_id, acs_credential_id, is_again) VALUES (?1, ?2, ?3)
                     ON CONFLICT (access_method_id) DO UPDATE SET acs_credential_id = ?2, is_again = ?3",
                    params![
                        method.access_method_id,
                        method.acs_credential_id,
                        method.is_again
                    ],
                )?;
            }
            write.execute(
                "INSERT INTO events_read (one, until) VALUES (1, ?1) ON CONFLICT (one) DO UPDATE SET until = ?1",
                [until.to_string()],
            )?;
            Ok(Some(()))
        })
        .await?;
        Ok(())
    }
}
