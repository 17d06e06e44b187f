//! What the property's database was told: the number that it has an issuance under, and the state that it was last told.
//!
//! Whatever differs from what the journal says now is still to be told, also days later: no message is queued that could be lost.

use cardbridge_drivers::contract::Uid;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::tables::Table;
use super::{Journal, JournalError, JournalReader};
use crate::issuance::elsewhere::Fence;
use crate::issuance::encoded::Encoded;
use crate::issuance::state::State;

/// What the property's database does not know yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untold {
    /// As it is now.
    pub encoded: Encoded,
    /// The number that it has there, once it is known there.
    pub fence: Option<Fence>,
}

/// What it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// Of which issuance.
    pub issuance_id: Uuid,
    /// The number that it has there.
    pub fence: Fence,
    /// Its state, as it was told.
    pub state: State,
}

/// What was claimed is said to be begun by the one who begins, and by nobody else: until then it may be taken over.
const UNTOLD: &str = "told IS NOT state AND NOT (told IS 'claiming' AND state = 'writing')";

/// What is open, and was said to be begun.
const BEGUN: &str = "state IN ('claiming', 'writing', 'torn') AND told IS NOT 'claiming'";

impl JournalReader {
    /// What the property's database is still to be told, oldest first, and no more of it than `most`.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn untold(&self, most: usize) -> Result<Vec<Untold>, JournalError> {
        let oldest = format!("{UNTOLD} ORDER BY seq LIMIT {most}");
        let mut found = self.entries(&oldest, &oldest, &[])?;
        found.truncate(most);
        Ok(found)
    }

    /// What is open: that it was told correctly is made sure of whenever a process begins.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn begun(&self) -> Result<Vec<Untold>, JournalError> {
        self.entries(BEGUN, BEGUN, &[])
    }

    /// What is to be told of a credential, and of a card.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn untold_of(
        &self,
        acs_credential_id: &str,
        card_uid: Option<&Uid>,
    ) -> Result<Vec<Untold>, JournalError> {
        let card = card_uid.map_or(Value::Null, |uid| Value::Text(uid.to_string()));
        let values = [Value::Text(acs_credential_id.to_owned()), card];
        self.entries(
            &format!("(acs_credential_id = ?1 OR card_uid = ?2) AND {UNTOLD}"),
            // Which card Seam's encoder has written is not known.
            &format!("(acs_credential_id = ?1 OR ?2 = '') AND {UNTOLD}"),
            &values,
        )
    }

    /// The number that an issuance has in the property's database, and the state that this was last told.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn told(&self, issuance_id: Uuid) -> Result<Option<(Fence, Option<State>)>, JournalError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT fence, told FROM issuance WHERE issuance_id = ?1
             UNION ALL SELECT fence, told FROM seam_encode WHERE issuance_id = ?1",
        )?;
        let found: Option<(Option<i64>, Option<String>)> = statement
            .query_row([issuance_id.to_string()], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        Ok(found.and_then(|(fence, told)| {
            let told = told.and_then(|word| State::from_word(&word));
            fence.map(|fence| (Fence::new(fence), told))
        }))
    }

    fn entries(
        &self,
        of_issuances: &str,
        of_encodes: &str,
        values: &[Value],
    ) -> Result<Vec<Untold>, JournalError> {
        let mut found = Vec::new();
        for (table, condition) in [
            (Table::Issuances, of_issuances),
            (Table::SeamEncodes, of_encodes),
        ] {
            found.extend(table.entries(&self.connection, condition, values.iter().cloned())?);
        }
        found.sort_by_key(|(place, _)| *place);
        let untold = |(_, encoded): (i64, Encoded)| {
            let told = self.told(encoded.issuance_id())?;
            let fence = told.map(|(fence, _)| fence);
            Ok(Untold { encoded, fence })
        };
        found.into_iter().map(untold).collect()
    }
}

impl Journal {
    /// Notes what the property's database was told.
    ///
    /// # Errors
    /// When the journal fails.
    pub async fn note_told(&self, told: Vec<Told>) -> Result<(), JournalError> {
        self.write(move |write| {
            for one in &told {
                note(write, one)?;
            }
            Ok((!told.is_empty()).then_some(()))
        })
        .await?;
        Ok(())
    }

    /// Notes that this is the property's database from now on. Another one than before knows nothing of what is here.
    ///
    /// # Errors
    /// When the journal fails.
    pub async fn join(&self, property_id: Uuid) -> Result<(), JournalError> {
        let id = property_id.to_string();
        self.write(move |write| {
            let known: Option<String> = write
                .query_row("SELECT property_id FROM of_property", [], |row| row.get(0))
                .optional()?;
            if known.as_ref() == Some(&id) {
                return Ok(None);
            }
            for table in ["issuance", "seam_encode"] {
                let forget = format!("UPDATE {table} SET fence = NULL, told = NULL WHERE fence IS NOT NULL OR told IS NOT NULL");
                write.execute(&forget, [])?;
            }
            write.execute(
                "INSERT INTO of_property (one, property_id) VALUES (1, ?1)
                 ON CONFLICT (one) DO UPDATE SET property_id = excluded.property_id",
                [&id],
            )?;
            Ok(Some(()))
        })
        .await?;
        Ok(())
    }
}

fn note(connection: &Connection, told: &Told) -> Result<(), JournalError> {
    for table in ["issuance", "seam_encode"] {
        let noted = connection.execute(
            &format!("UPDATE {table} SET fence = ?2, told = ?3 WHERE issuance_id = ?1"),
            params![
                told.issuance_id.to_string(),
                told.fence.get(),
                told.state.as_str()
            ],
        )?;
        if noted > 0 {
            break;
        }
    }
    Ok(())
}
