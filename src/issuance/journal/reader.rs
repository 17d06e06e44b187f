//! What the journal says, asked of it directly. The program's workflows ask by [`Journal::read`](super::Journal::read), which does so on a
//! thread of its own; a command that only shows something may wait.

use cardbridge_drivers::contract::Uid;
use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use super::error::JournalError;
use super::identity::Identity;
use super::rows::{COLUMNS, OPEN, issuance_from};
use super::witness::{SharedFiles, check};
use crate::issuance::entry::Issuance;

/// A journal that is only read.
#[derive(Debug)]
pub struct JournalReader {
    pub(super) connection: Connection,
    pub(super) files: SharedFiles,
}

impl JournalReader {
    /// Whether it can only be read: nothing can be issued here.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.connection.is_readonly("main").unwrap_or(false)
    }

    /// Says whether the journal is still the one that was opened.
    ///
    /// # Errors
    /// [`JournalError::Lost`] when it is not.
    pub fn check(&self) -> Result<(), JournalError> {
        check(&self.files)
    }

    /// How many times the journal was written to.
    pub(super) fn generation(&self) -> Result<u64, JournalError> {
        Ok(Identity::of(&self.connection)?.generation)
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
        let found = self.connection.query_row(
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
        let found = self.connection.query_row(
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

    pub(super) fn many(&self, condition: &str) -> Result<Vec<Issuance>, JournalError> {
        self.many_where(condition, &[])
    }

    pub(super) fn many_where(
        &self,
        condition: &str,
        values: &[&dyn rusqlite::ToSql],
    ) -> Result<Vec<Issuance>, JournalError> {
        every(&self.connection, condition, values)
    }

    fn one(&self, condition: &str, value: &str) -> Result<Option<Issuance>, JournalError> {
        one(&self.connection, condition, value)
    }
}

/// The issuances that may have left a whole record on a card which is no longer good, and was not written since.
const SUPERSEDED: &str = "(state IN ('abandoned', 'superseded') OR state IN ('reporting', 'closed') AND EXISTS (
        SELECT 1 FROM issuance AS newer WHERE newer.acs_credential_id = issuance.acs_credential_id AND newer.seq > issuance.seq
            AND newer.written_at IS NOT NULL AND newer.card_uid <> issuance.card_uid
        UNION ALL SELECT 1 FROM seam_encode AS newer WHERE newer.acs_credential_id = issuance.acs_credential_id
            AND newer.seq > issuance.seq AND newer.state = 'closed'))
    AND NOT EXISTS (SELECT 1 FROM issuance AS later WHERE later.card_uid = issuance.card_uid AND later.seq > issuance.seq
        AND later.written_at IS NOT NULL)";

/// The issuances that put a credential onto a card. While one is being wiped, it is not known whether it did.
pub(super) const WRITTEN: &str =
    "acs_credential_id = ?1 AND (written_at IS NOT NULL OR state = 'wiping')";

/// What tells whether a credential was written, or its card wiped, since it was looked up.
pub(super) fn told_apart(last: &Issuance) -> (Uuid, bool) {
    (last.issuance_id, last.is_wiped())
}

/// What [`Issuance::due_reports`] finds something due for.
const UNREPORTED: &str = "(written_at IS NOT NULL AND reported_at IS NULL
    OR invalidated_at IS NOT NULL AND invalidation_reported_at IS NULL)";

/// All issuances of which `condition` holds.
pub(super) fn every(
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
pub(super) fn one(
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
