//! Since when the API says of an open issuance that its credential does not exist. One answer is no proof of it.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use uuid::Uuid;

use super::{Journal, JournalError};

impl Journal {
    /// Notes that the API did not find the credential of an open issuance, and gives the time of the first of those answers.
    ///
    /// # Errors
    /// When the journal fails.
    pub async fn note_missing(
        &self,
        issuance_id: Uuid,
        now: Timestamp,
    ) -> Result<Timestamp, JournalError> {
        let since = self
            .write(move |write| since(write, issuance_id, now).map(Some))
            .await?;
        Ok(since.unwrap_or(now))
    }

    /// Notes that the API has the credential of an issuance after all.
    ///
    /// # Errors
    /// When the journal fails.
    pub async fn note_found(&self, issuance_id: Uuid) -> Result<(), JournalError> {
        let id = issuance_id.to_string();
        self.write(move |write| {
            let noted = write.execute("DELETE FROM missing WHERE issuance_id = ?1", [&id])?;
            Ok((noted > 0).then_some(()))
        })
        .await?;
        Ok(())
    }
}

fn since(
    connection: &Connection,
    issuance_id: Uuid,
    now: Timestamp,
) -> Result<Timestamp, JournalError> {
    let id = issuance_id.to_string();
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
    // A clock was wrong then, or is now: the wait begins again.
    connection.execute(
        "UPDATE missing SET since = ?2 WHERE issuance_id = ?1",
        params![id, now.to_string()],
    )?;
    Ok(now)
}
