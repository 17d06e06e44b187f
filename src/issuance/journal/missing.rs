//! Since when the API says of an open issuance that its credential does not exist. One answer is no proof of it.

use jiff::Timestamp;
use rusqlite::params;
use uuid::Uuid;

use super::{Journal, JournalError};

impl Journal {
    /// Notes that the API did not find the credential of an open issuance, and gives the time of the first of those answers.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn note_missing(
        &self,
        issuance_id: Uuid,
        now: Timestamp,
    ) -> Result<Timestamp, JournalError> {
        let id = issuance_id.to_string();
        let connection = self.lock();
        connection.execute(
            "INSERT INTO missing (issuance_id, since) VALUES (?1, ?2) ON CONFLICT (issuance_id) DO NOTHING",
            params![id, now.to_string()],
        )?;
        let since: String = connection.query_row(
            "SELECT since FROM missing WHERE issuance_id = ?1",
            [&id],
            |row| row.get(0),
        )?;
        let since = since.parse().map_err(|_| JournalError::Corrupt {
            issuance_id: id.clone(),
            what: "since",
        })?;
        if since <= now {
            return Ok(since);
        }
        // A clock was wrong then, or is now: the wait begins anew.
        connection.execute(
            "UPDATE missing SET since = ?2 WHERE issuance_id = ?1",
            params![id, now.to_string()],
        )?;
        Ok(now)
    }

    /// Notes that the API has the credential of an issuance after all.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn note_found(&self, issuance_id: Uuid) -> Result<(), JournalError> {
        self.lock().execute(
            "DELETE FROM missing WHERE issuance_id = ?1",
            [issuance_id.to_string()],
        )?;
        Ok(())
    }
}
