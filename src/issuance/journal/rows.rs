//! Between a row of the journal and an [`Issuance`].

use cardbridge_drivers::keys::KeyVersion;
use rusqlite::{ErrorCode, Row};

use super::checked::CheckedRow;
use super::error::JournalError;
use crate::issuance::entry::{Course, Invalidation, Issuance, Kind, Origin, Plan};
use crate::issuance::state::State;

/// The columns that [`issuance_from`] reads.
pub(super) const COLUMNS: &str = "issuance_id, acs_credential_id, card_uid, card_number, card_type, driver, encoder, record, \
    reissue, overwrite, workspace_id, acs_system_id, connected_account_id, state, claimed_at, written_at, reported_at, \
    key_version, earlier_keys, answers, display_name, invalidation_id, invalidated_at, invalidation_reported_at";

/// The credential and the card are taken, and the card is not yet known to be good.
pub(super) const OPEN: &str = "state IN ('claiming', 'writing', 'torn')";

/// The place of the next entry, of whichever table.
pub(super) const NEXT_PLACE: &str = "(SELECT coalesce(max(seq), 0) + 1 FROM
    (SELECT max(seq) AS seq FROM issuance UNION ALL SELECT max(seq) FROM seam_encode))";

/// An encode that its credential is still on the card of, or may be: no card was written here since.
pub(super) const HELD: &str = "acs_credential_id = ?1 AND state IN ('writing', 'closed')
    AND NOT EXISTS (SELECT 1 FROM issuance AS later WHERE later.acs_credential_id = ?1 AND later.seq > seam_encode.seq
        AND later.written_at IS NOT NULL)";

/// Whether an entry was made; not, where an index says that its credential or its card has one already.
pub(super) fn is_taken(inserted: rusqlite::Result<usize>) -> Result<bool, JournalError> {
    match inserted {
        Ok(_) => Ok(true),
        Err(rusqlite::Error::SqliteFailure(error, _))
            if error.code == ErrorCode::ConstraintViolation =>
        {
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}

/// Reads one row.
pub(super) fn issuance_from(row: &Row<'_>) -> Result<Issuance, JournalError> {
    let row = checked(row)?;
    let invalidation = match (
        row.uuid_if_there("invalidation_id")?,
        row.time_if_there("invalidated_at")?,
    ) {
        (Some(message_id), Some(invalidated_at)) => Some(Invalidation {
            message_id,
            invalidated_at,
            invalidation_reported_at: row.time_if_there("invalidation_reported_at")?,
        }),
        (None, None) => None,
        _ => return Err(row.corrupt("invalidated_at")),
    };
    let plan = Plan {
        issuance_id: row.uuid("issuance_id")?,
        acs_credential_id: row.get("acs_credential_id")?,
        card_uid: row.checked("card_uid", |digits: String| digits.parse().ok())?,
        card_number: row.get("card_number")?,
        card_type: row.get("card_type")?,
        driver: row.get("driver")?,
        encoder: row.get("encoder")?,
        record: row.get("record")?,
        kind: kind_of(row.get("reissue")?),
        answers: row.checked_if_there("answers", |list: String| list_from_text(&list))?,
        overwrite: row.get("overwrite")?,
        origin: Origin {
            workspace_id: row.get("workspace_id")?,
            acs_system_id: row.get("acs_system_id")?,
            connected_account_id: row.get("connected_account_id")?,
        },
        claimed_at: row.time("claimed_at")?,
        key_version: row.checked_if_there("key_version", KeyVersion::new)?,
        earlier_keys: row.checked("earlier_keys", |versions: Vec<u8>| {
            versions.into_iter().map(KeyVersion::new).collect()
        })?,
        display_name: row.get("display_name")?,
    };
    let course = Course {
        state: row.checked("state", |word: String| State::from_word(&word))?,
        written_at: row.time_if_there("written_at")?,
        reported_at: row.time_if_there("reported_at")?,
        invalidation,
    };
    Ok(Issuance::restored(plan, course))
}

/// A row of either table of the history, with the error that names its issuance.
pub(super) fn checked<'r, 's>(
    row: &'r Row<'s>,
) -> Result<CheckedRow<'r, 's, impl Fn(&'static str) -> JournalError + use<>>, JournalError> {
    let issuance_id: String = row.get("issuance_id")?;
    Ok(CheckedRow::new(row, move |what| JournalError::Corrupt {
        issuance_id: issuance_id.clone(),
        what,
    }))
}

/// First card or another one, from the column `reissue`.
pub(super) fn kind_of(is_reissue: bool) -> Kind {
    if is_reissue { Kind::Again } else { Kind::First }
}

/// A list of texts as the journal holds it: a JSON array.
pub(super) fn list_as_text(list: &[String]) -> String {
    serde_json::Value::from(list).to_string()
}

pub(super) fn list_from_text(text: &str) -> Option<Vec<String>> {
    serde_json::from_str(text).ok()
}
