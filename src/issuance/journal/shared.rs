//! What is shared with the property's database: the number under which that has an issuance, and the state that it has of it.
//!
//! A state that differs from what the journal says now is still to be shared, also days later: there are no messages that could be lost.

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
pub struct Unshared {
    /// As it is now.
    pub encoded: Encoded,
    /// The number that it has there, once it is known there.
    pub fence: Option<Fence>,
}

/// What was shared with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SharedState {
    /// Of which issuance.
    pub issuance_id: Uuid,
    /// The number that it has there.
    pub fence: Fence,
    /// Its state then.
    pub state: State,
}

/// That a claim is begun is shared by what begins it, and not by what only looks at the journal: until then it may be taken over.
const UNSHARED: &str = "shared IS NOT state AND NOT (shared IS 'claiming' AND state = 'writing')";

/// What is open, and is known there as begun.
const BEGUN: &str = "state IN ('claiming', 'writing', 'torn') AND shared IS NOT 'claiming'";

impl JournalReader {
    /// What is still to be shared with the property's database, oldest first, and no more of it than `most`.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn unshared(&self, most: usize) -> Result<Vec<Unshared>, JournalError> {
        let oldest = format!("{UNSHARED} ORDER BY seq LIMIT {most}");
        let mut found = self.entries(&oldest, &oldest, &[])?;
        found.truncate(most);
        Ok(found)
    }

    /// What is open: that it was shared correctly is made sure of whenever a process begins.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn begun(&self) -> Result<Vec<Unshared>, JournalError> {
        self.entries(BEGUN, BEGUN, &[])
    }

    /// What is to be shared of a credential, and of a card.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn unshared_of(
        &self,
        acs_credential_id: &str,
        card_uid: Option<&Uid>,
    ) -> Result<Vec<Unshared>, JournalError> {
        let card = card_uid.map_or(Value::Null, |uid| Value::Text(uid.to_string()));
        let values = [Value::Text(acs_credential_id.to_owned()), card];
        self.entries(
            &format!("(acs_credential_id = ?1 OR card_uid = ?2) AND {UNSHARED}"),
            // Which card Seam's encoder has written is not known.
            &format!("(acs_credential_id = ?1 OR ?2 = '') AND {UNSHARED}"),
            &values,
        )
    }

    /// The number that an issuance has in the property's database, and the state that was last shared.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn shared(
        &self,
        issuance_id: Uuid,
    ) -> Result<Option<(Fence, Option<State>)>, JournalError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT fence, shared FROM issuance WHERE issuance_id = ?1
             UNION ALL SELECT fence, shared FROM seam_encode WHERE issuance_id = ?1",
        )?;
        let found: Option<(Option<i64>, Option<String>)> = statement
            .query_row([issuance_id.to_string()], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        Ok(found.and_then(|(fence, shared)| {
            let shared = shared.and_then(|word| State::from_word(&word));
            fence.map(|fence| (Fence::new(fence), shared))
        }))
    }

    fn entries(
        &self,
        of_issuances: &str,
        of_encodes: &str,
        values: &[Value],
    ) -> Result<Vec<Unshared>, JournalError> {
        let mut found = Vec::new();
        for (table, condition) in [
            (Table::Issuances, of_issuances),
            (Table::SeamEncodes, of_encodes),
        ] {
            found.extend(table.entries(&self.connection, condition, values.iter().cloned())?);
        }
        found.sort_by_key(|(place, _)| *place);
        let unshared = |(_, encoded): (i64, Encoded)| {
            let shared = self.shared(encoded.issuance_id())?;
            let fence = shared.map(|(fence, _)| fence);
            Ok(Unshared { encoded, fence })
        };
        found.into_iter().map(unshared).collect()
    }
}

impl Journal {
    /// Notes what was shared with the property's database.
    ///
    /// # Errors
    /// When the journal fails.
    pub async fn note_shared(&self, shared: Vec<SharedState>) -> Result<(), JournalError> {
        self.write(move |write| {
            for one in &shared {
                note(write, one)?;
            }
            Ok((!shared.is_empty()).then_some(()))
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
                let forget = format!("UPDATE {table} SET fence = NULL, shared = NULL WHERE fence IS NOT NULL OR shared IS NOT NULL");
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

fn note(connection: &Connection, shared: &SharedState) -> Result<(), JournalError> {
    for table in ["issuance", "seam_encode"] {
        let noted = connection.execute(
            &format!("UPDATE {table} SET fence = ?2, shared = ?3 WHERE issuance_id = ?1"),
            params![
                shared.issuance_id.to_string(),
                shared.fence.get(),
                shared.state.as_str()
            ],
        )?;
        if noted > 0 {
            break;
        }
    }
    Ok(())
}
