//! The durable log of issuances: SQLite, one file, every state written before it is acted on.
//!
//! Several processes may use one file (an agent that runs and a one-shot command beside it). What must not happen twice
//! is held by unique indexes and by transitions that name the state they start from, not by a lock somebody could forget.
//!
//! The calls block for the few milliseconds that a durable write takes. That is on purpose: nothing may go on before it.

mod creations;
mod deliveries;
mod error;
mod files;
mod identity;
mod keys;
mod lease;
mod missing;
mod on_cards;
mod open;
mod rows;
mod schema;
mod steps;
mod witness;

use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cardbridge_drivers::contract::Uid;
use cardbridge_drivers::keys::KeyVersion;
use rusqlite::{Connection, ErrorCode, OptionalExtension, params};
use uuid::Uuid;

pub use self::creations::Creation;
pub use self::deliveries::{Delivery, SinkName};
pub use self::error::{JournalError, Lost};
pub use self::files::{can_be_written, is_open_to_others, owner_of};
pub use self::keys::CardsOfKey;
pub use self::lease::Lease;
pub use self::on_cards::Freed;
use self::rows::{COLUMNS, issuance_from};
use self::steps::{displace, step};
use self::witness::Witness;
use crate::issuance::entry::{Issuance, Kind, Plan};
use crate::issuance::state::Event;

/// The name of the file in the state directory.
const FILE: &str = "journal.sqlite3";

/// How long to wait for another process that is writing.
const BUSY: Duration = Duration::from_secs(5);

/// The credential and the card are taken, and the card is not yet known to be good.
const OPEN: &str = "state IN ('claiming', 'writing', 'torn')";

/// The journal of one state directory.
#[derive(Debug)]
pub struct Journal {
    directory: PathBuf,
    connection: Mutex<Connection>,
    witness: Mutex<Witness>,
    /// Changes that can have taken a credential off its card.
    freed: AtomicU64,
}

impl Journal {
    /// Takes a credential for a card; `None` when another open issuance holds the credential or the card, or when the
    /// credential was written, or its card wiped, since `last_written` was looked up. What `superseded` says of open issuances that make way
    /// happens in the same transaction, at the time of the claim.
    ///
    /// # Errors
    /// When the journal fails, or one of `superseded` has moved on since it was looked at.
    pub fn claim(
        &self,
        plan: Plan,
        last_written: Option<&Issuance>,
        superseded: &[(Issuance, Event)],
    ) -> Result<Option<Issuance>, JournalError> {
        let new = Issuance::claiming(plan);
        let claimed = self.write(|transaction| {
        let written = one(transaction, WRITTEN, &new.acs_credential_id)?;
        let seen = |last: &Issuance| (last.issuance_id, last.is_wiped());
        if written.as_ref().map(seen) != last_written.map(seen) {
            return Ok(None);
        }
        for (old, event) in superseded {
            let old = step(transaction, old, *event, new.claimed_at)?;
            displace(transaction, &old, *event, new.claimed_at)?;
        }
        let inserted = transaction.execute(
            "INSERT INTO issuance (issuance_id, acs_credential_id, card_uid, card_number, card_type, driver, encoder, record,
                 reissue, overwrite, workspace_id, acs_system_id, connected_account_id, state, claimed_at, key_version, earlier_keys,
                 answers, display_name)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)",
            params![
                new.issuance_id.to_string(),
                new.acs_credential_id,
                new.card_uid.to_string(),
                new.card_number,
                new.card_type,
                new.driver,
                new.encoder,
                new.record,
                new.kind == Kind::Again,
                new.overwrite,
                new.origin.workspace_id,
                new.origin.acs_system_id,
                new.origin.connected_account_id,
                new.state().as_str(),
                new.claimed_at.to_string(),
                new.key_version.map(KeyVersion::get),
                keys::as_bytes(&new.earlier_keys),
                new.answers.as_deref().map(rows::list_as_text),
                new.display_name,
            ],
        );
        match inserted {
            Ok(_) => {
                Ok(Some(new))
            }
            Err(rusqlite::Error::SqliteFailure(error, _))
                if error.code == ErrorCode::ConstraintViolation =>
            {
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
        })?;
        for (_, event) in superseded {
            self.note_freed(*event, false);
        }
        Ok(claimed)
    }

    /// The open issuance of a card, if there is one.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn open_on_card(&self, uid: &Uid) -> Result<Option<Issuance>, JournalError> {
        self.one(&format!("card_uid = ?1 AND {OPEN}"), &uid.to_string())
    }

    /// The open issuance of a credential, if there is one.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn open_of_credential(
        &self,
        acs_credential_id: &str,
    ) -> Result<Option<Issuance>, JournalError> {
        self.one(
            &format!("acs_credential_id = ?1 AND {OPEN}"),
            acs_credential_id,
        )
    }

    /// The newest issuance that put this credential onto a card, or may have and is being wiped; also one that was wiped
    /// since.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn last_written(&self, acs_credential_id: &str) -> Result<Option<Issuance>, JournalError> {
        self.one(WRITTEN, acs_credential_id)
    }

    /// The issuances that put this credential onto a card, the newest first.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn written(&self, acs_credential_id: &str) -> Result<Vec<Issuance>, JournalError> {
        self.many_where(
            &format!("{WRITTEN} ORDER BY seq DESC"),
            &[&acs_credential_id],
        )
    }

    /// The cards that this credential was ever for.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn cards_of(&self, acs_credential_id: &str) -> Result<Vec<Uid>, JournalError> {
        let issuances = self.many_where("acs_credential_id = ?1", &[&acs_credential_id])?;
        Ok(issuances.iter().map(|one| one.card_uid).collect())
    }

    /// Whether any issuance waits for its card to come back, to be finished or to be wiped to the end.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn has_open(&self) -> Result<bool, JournalError> {
        let found = self.lock().query_row(
            &format!("SELECT EXISTS (SELECT 1 FROM issuance WHERE {OPEN} OR state = 'wiping')"),
            [],
            |row| row.get(0),
        )?;
        Ok(found)
    }

    /// Whether any card is to be looked at when it is placed: one that is open, or one that may hold a credential which was given
    /// up or issued again on another card since.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn expects_a_card(&self) -> Result<bool, JournalError> {
        let found = self.lock().query_row(
            &format!("SELECT EXISTS (SELECT 1 FROM issuance WHERE {OPEN} OR state = 'wiping' OR {SUPERSEDED})"),
            [],
            |row| row.get(0),
        )?;
        Ok(found)
    }

    /// One issuance by its id.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn issuance(&self, id: Uuid) -> Result<Option<Issuance>, JournalError> {
        self.one("issuance_id = ?1", &id.to_string())
    }

    /// Everything, oldest first.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn history(&self) -> Result<Vec<Issuance>, JournalError> {
        self.many("1 ORDER BY seq")
    }

    /// What is not reported yet, oldest first: each has [due reports](Issuance::due_reports).
    ///
    /// # Errors
    /// When the journal fails.
    pub fn unreported(&self) -> Result<Vec<Issuance>, JournalError> {
        self.many(&format!("{UNREPORTED} ORDER BY seq"))
    }

    /// The same of every credential that was ever to go onto this card: their reports come in order.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn unreported_of_card(&self, uid: &Uid) -> Result<Vec<Issuance>, JournalError> {
        let of_card =
            "acs_credential_id IN (SELECT acs_credential_id FROM issuance WHERE card_uid = ?1)";
        self.many_where(
            &format!("{of_card} AND {UNREPORTED} ORDER BY seq"),
            &[&uid.to_string()],
        )
    }

    /// What this card was for, the newest first.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn of_card(&self, uid: &Uid) -> Result<Vec<Issuance>, JournalError> {
        self.many_where("card_uid = ?1 ORDER BY seq DESC", &[&uid.to_string()])
    }

    fn many(&self, condition: &str) -> Result<Vec<Issuance>, JournalError> {
        self.many_where(condition, &[])
    }

    fn many_where(
        &self,
        condition: &str,
        values: &[&dyn rusqlite::ToSql],
    ) -> Result<Vec<Issuance>, JournalError> {
        every(&self.lock(), condition, values)
    }

    fn one(&self, condition: &str, value: &str) -> Result<Option<Issuance>, JournalError> {
        one(&self.lock(), condition, value)
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A panic while the lock was held cannot leave a transaction behind: it rolls back when it is dropped.
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The issuances that may have left a whole record on a card which is no longer good, and was not written since.
const SUPERSEDED: &str = "(state IN ('abandoned', 'superseded') OR state IN ('reporting', 'closed') AND EXISTS (
        SELECT 1 FROM issuance AS newer WHERE newer.acs_credential_id = issuance.acs_credential_id AND newer.seq > issuance.seq
            AND newer.written_at IS NOT NULL AND newer.card_uid <> issuance.card_uid))
    AND NOT EXISTS (SELECT 1 FROM issuance AS later WHERE later.card_uid = issuance.card_uid AND later.seq > issuance.seq
        AND later.written_at IS NOT NULL)";

/// The issuances that put a credential onto a card. While one is being wiped nobody can say whether it did.
const WRITTEN: &str = "acs_credential_id = ?1 AND (written_at IS NOT NULL OR state = 'wiping')";

/// What [`Issuance::due_reports`] finds something due for.
const UNREPORTED: &str = "(written_at IS NOT NULL AND reported_at IS NULL
    OR invalidated_at IS NOT NULL AND invalidation_reported_at IS NULL)";

/// All issuances of which `condition` holds.
fn every(
    connection: &Connection,
    condition: &str,
    values: &[&dyn rusqlite::ToSql],
) -> Result<Vec<Issuance>, JournalError> {
    let mut statement =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM issuance WHERE {condition}"))?;
    let mut rows = statement.query(values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(issuance_from(row)?);
    }
    Ok(found)
}

/// The newest issuance of which `condition` holds.
fn one(
    connection: &Connection,
    condition: &str,
    value: &str,
) -> Result<Option<Issuance>, JournalError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM issuance WHERE {condition} ORDER BY seq DESC LIMIT 1"
    ))?;
    statement
        .query_row([value], |row| Ok(issuance_from(row)))
        .optional()?
        .transpose()
}

#[cfg(test)]
mod tests;
