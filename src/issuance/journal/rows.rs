//! Between a row of the journal and an [`Issuance`]. A row is input like any other: it is checked.

use cardbridge_drivers::contract::Uid;
use cardbridge_drivers::keys::KeyVersion;
use jiff::Timestamp;
use rusqlite::{ErrorCode, Row};
use uuid::Uuid;

use super::error::JournalError;
use crate::issuance::entry::{Course, Invalidation, Issuance, Kind, Origin, Plan};
use crate::issuance::state::State;

/// The columns that [`issuance_from`] reads, in its order.
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
    let issuance_id: String = row.get(0)?;
    let corrupt = |what: &'static str| JournalError::Corrupt {
        issuance_id: issuance_id.clone(),
        what,
    };
    let time = |index: usize, what: &'static str| -> Result<Option<Timestamp>, JournalError> {
        let text: Option<String> = row.get(index)?;
        text.map(|text| text.parse().map_err(|_| corrupt(what)))
            .transpose()
    };
    let uid: String = row.get(2)?;
    let state: String = row.get(13)?;
    let key_version: Option<u8> = row.get(17)?;
    let earlier_keys: Vec<u8> = row.get(18)?;
    let answers: Option<String> = row.get(19)?;
    let invalidation_id: Option<String> = row.get(21)?;
    let invalidation = match (invalidation_id, time(22, "invalidated_at")?) {
        (Some(id), Some(invalidated_at)) => Some(Invalidation {
            message_id: Uuid::parse_str(&id).map_err(|_| corrupt("invalidation_id"))?,
            invalidated_at,
            invalidation_reported_at: time(23, "invalidation_reported_at")?,
        }),
        (None, None) => None,
        _ => return Err(corrupt("invalidated_at")),
    };
    let plan = Plan {
        issuance_id: Uuid::parse_str(&issuance_id).map_err(|_| corrupt("issuance_id"))?,
        acs_credential_id: row.get(1)?,
        card_uid: hex::decode(uid)
            .ok()
            .and_then(|bytes| Uid::try_from(bytes.as_slice()).ok())
            .ok_or_else(|| corrupt("card_uid"))?,
        card_number: row.get(3)?,
        card_type: row.get(4)?,
        driver: row.get(5)?,
        encoder: row.get(6)?,
        record: row.get(7)?,
        kind: if row.get(8)? {
            Kind::Again
        } else {
            Kind::First
        },
        answers: answers
            .map(|list| list_from_text(&list).ok_or_else(|| corrupt("answers")))
            .transpose()?,
        overwrite: row.get(9)?,
        origin: Origin {
            workspace_id: row.get(10)?,
            acs_system_id: row.get(11)?,
            connected_account_id: row.get(12)?,
        },
        claimed_at: time(14, "claimed_at")?.ok_or_else(|| corrupt("claimed_at"))?,
        key_version: key_version
            .map(|version| KeyVersion::new(version).ok_or_else(|| corrupt("key_version")))
            .transpose()?,
        earlier_keys: earlier_keys
            .into_iter()
            .map(|version| KeyVersion::new(version).ok_or_else(|| corrupt("earlier_keys")))
            .collect::<Result<_, _>>()?,
        display_name: row.get(20)?,
    };
    let course = Course {
        state: State::from_word(&state).ok_or_else(|| corrupt("state"))?,
        written_at: time(15, "written_at")?,
        reported_at: time(16, "reported_at")?,
        invalidation,
    };
    Ok(Issuance::restored(plan, course))
}

/// A list of texts as the journal holds it: a JSON array.
pub(super) fn list_as_text(list: &[String]) -> String {
    serde_json::Value::from(list).to_string()
}

pub(super) fn list_from_text(text: &str) -> Option<Vec<String>> {
    serde_json::from_str(text).ok()
}
