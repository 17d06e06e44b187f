//! A row of another desk's issuance, as the rest of the program knows it.

use cardbridge_drivers::contract::Uid;
use jiff::Timestamp;
use tokio_postgres::Row;

use crate::issuance::elsewhere::{Elsewhere, Fence};
use crate::issuance::state::State;
use crate::queue::claims::PropertyError;

/// Selects what [`elsewhere`] reads, of issuances `i` for which this holds, the newest first.
pub(super) fn select(condition: &str) -> String {
    format!(
        "SELECT i.issuance_id, i.fence, d.name AS desk, i.acs_credential_id, i.card_uid, i.card_number, i.encoder, i.state,
             i.written_at, i.answers, i.is_begun, coalesce(i.lease_until > clock_timestamp(), false) AS is_leased
         FROM cardbridge.issuance AS i JOIN cardbridge.desk AS d USING (desk_id) WHERE {condition} ORDER BY i.fence DESC"
    )
}

/// Reads one row.
pub(super) fn elsewhere(row: &Row) -> Result<Elsewhere, PropertyError> {
    let card_uid: Option<String> = row.try_get("card_uid")?;
    Ok(Elsewhere {
        issuance_id: row.try_get("issuance_id")?,
        fence: Fence::new(row.try_get("fence")?),
        desk: row.try_get("desk")?,
        acs_credential_id: row.try_get("acs_credential_id")?,
        card_uid: card_uid.as_deref().map(uid).transpose()?,
        card_number: row.try_get("card_number")?,
        encoder: row.try_get("encoder")?,
        state: state(row.try_get("state")?)?,
        written_at: row.try_get::<_, Option<Timestamp>>("written_at")?,
        answers: row.try_get("answers")?,
        is_begun: row.try_get("is_begun")?,
        is_leased: row.try_get("is_leased")?,
    })
}

/// The number in the one row, if there is one.
pub(super) fn fence(rows: &[Row]) -> Result<Option<Fence>, PropertyError> {
    let number = rows.first().map(|row| row.try_get(0)).transpose()?;
    Ok(number.map(Fence::new))
}

pub(super) fn state(word: &str) -> Result<State, PropertyError> {
    State::from_word(word).ok_or_else(|| malformed("state", word))
}

fn uid(digits: &str) -> Result<Uid, PropertyError> {
    let bytes = hex::decode(digits).ok();
    bytes
        .and_then(|bytes| Uid::try_from(bytes.as_slice()).ok())
        .ok_or_else(|| malformed("card_uid", digits))
}

/// A program of this version has not written that.
fn malformed(column: &str, value: &str) -> PropertyError {
    PropertyError::Failed(format!("`{value}` cannot be a {column}"))
}
