//! The encoders that this desk has seen, so that each has a day on which it came, as Seam's have.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::{Journal, JournalError, JournalReader};

/// An encoder that was seen at this desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownEncoder {
    /// Its id, which is made from its name.
    pub acs_encoder_id: Uuid,
    /// Its name.
    pub name: String,
    /// When it was seen first.
    pub first_seen_at: Timestamp,
}

impl JournalReader {
    /// An encoder that was seen, also if it is not there now.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn encoder(&self, acs_encoder_id: Uuid) -> Result<Option<KnownEncoder>, JournalError> {
        known(&self.connection, acs_encoder_id)
    }
}

impl Journal {
    /// Notes that an encoder was seen, and says when that was first.
    ///
    /// # Errors
    /// When the journal fails.
    pub async fn note_encoder(
        &self,
        acs_encoder_id: Uuid,
        name: &str,
        now: Timestamp,
    ) -> Result<KnownEncoder, JournalError> {
        let seen = KnownEncoder {
            acs_encoder_id,
            name: name.to_owned(),
            first_seen_at: now,
        };
        let known_before = self.read(move |journal| journal.encoder(acs_encoder_id));
        if let Some(known) = known_before.await? {
            return Ok(known);
        }
        let new = seen.clone();
        let noted = self.write(move |write| {
            write.execute(
                "INSERT INTO encoder (acs_encoder_id, name, first_seen_at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (acs_encoder_id) DO NOTHING",
                params![
                    new.acs_encoder_id.to_string(),
                    new.name,
                    new.first_seen_at.to_string()
                ],
            )?;
            known(write, new.acs_encoder_id)
        });
        Ok(noted.await?.unwrap_or(seen))
    }
}

fn known(
    connection: &Connection,
    acs_encoder_id: Uuid,
) -> Result<Option<KnownEncoder>, JournalError> {
    let found: Option<(String, String)> = connection
        .query_row(
            "SELECT name, first_seen_at FROM encoder WHERE acs_encoder_id = ?1",
            [acs_encoder_id.to_string()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    Ok(found.and_then(|(name, first_seen_at)| {
        // A row that no cardbridge writes is made again.
        let first_seen_at = first_seen_at.parse().ok()?;
        Some(KnownEncoder {
            acs_encoder_id,
            name,
            first_seen_at,
        })
    }))
}
