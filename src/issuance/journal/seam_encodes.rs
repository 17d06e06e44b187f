//! What Seam was asked to encode on encoders of its own. The entry comes before the call, so that nothing is asked twice.
//!
//! Its places in the history are counted together with those of the issuances: what came later is known across both.

use jiff::Timestamp;
use rusqlite::{Connection, Row, ToSql, params, params_from_iter};
use uuid::Uuid;

use super::reader::{WRITTEN, one, told_apart};
use super::rows::{
    HELD, NEXT_PLACE, OPEN, checked, is_taken, kind_of, list_as_text, list_from_text,
};
use super::steps::step;
use super::{Journal, JournalError, JournalReader};
use crate::issuance::elsewhere::Fence;
use crate::issuance::entry::{Issuance, Kind};
use crate::issuance::seam_encode::{Outcome, SeamEncode};
use crate::issuance::state::{Event, State};

/// The columns that [`encode_from`] reads, in the order in which [`insert`] gives them.
pub(super) const COLUMNS: &str = "issuance_id, acs_credential_id, acs_encoder_id, encoder, display_name, reissue, answers, \
    issued_before, claimed_at, action_attempt_id, card_number, failure_code, failure_message, ended_at, state";

impl JournalReader {
    /// The encode by Seam that a credential is on a card by, or may be: the newest, unless a card was written here since.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn by_seam(&self, acs_credential_id: &str) -> Result<Option<SeamEncode>, JournalError> {
        let found = encodes(
            &self.connection,
            &format!("{HELD} ORDER BY seq DESC LIMIT 1"),
            &[&acs_credential_id],
        )?;
        Ok(found.into_iter().next())
    }

    /// Everything of which it is not known what came of it, oldest first.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn open_at_seam(&self) -> Result<Vec<SeamEncode>, JournalError> {
        encodes(&self.connection, "state = 'writing' ORDER BY seq", &[])
    }

    /// One by its id.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn seam_encode(&self, issuance_id: Uuid) -> Result<Option<SeamEncode>, JournalError> {
        let id = issuance_id.to_string();
        let found = encodes(&self.connection, "issuance_id = ?1", &[&id])?;
        Ok(found.into_iter().next())
    }
}

impl Journal {
    /// Notes that Seam is about to be asked; false when the credential is on a card, or on its way to one, otherwise than was looked
    /// up: as `last_written`, and as the open issuances in `superseded`, which are given up in the same step. `fence` is the number under
    /// which the property's database has it.
    ///
    /// # Errors
    /// When the journal fails, or one of `superseded` has moved on since it was looked at.
    pub async fn begin_at_seam(
        &self,
        new: &SeamEncode,
        last_written: Option<&Issuance>,
        superseded: &[Issuance],
        fence: Option<Fence>,
    ) -> Result<bool, JournalError> {
        let new = new.clone();
        let seen = last_written.map(told_apart);
        let superseded = superseded.to_vec();
        let begun = self.write(move |write| {
            let written = one(write, WRITTEN, &new.acs_credential_id)?;
            if written.as_ref().map(told_apart) != seen {
                return Ok(None);
            }
            for old in &superseded {
                step(write, old, Event::GivenUp, new.claimed_at)?;
                write.frees();
            }
            let is_open = format!(
                "SELECT EXISTS (SELECT 1 FROM issuance WHERE acs_credential_id = ?1 AND {OPEN})"
            );
            if write.query_row(&is_open, [&new.acs_credential_id], |row| row.get(0))? {
                return Ok(None);
            }
            Ok(insert(write, &new, fence)?.then_some(()))
        });
        Ok(begun.await?.is_some())
    }

    /// Notes that Seam has taken it on.
    ///
    /// # Errors
    /// When the journal fails.
    pub async fn note_taken_on(
        &self,
        encode: &mut SeamEncode,
        action_attempt_id: &str,
    ) -> Result<(), JournalError> {
        let values = [encode.issuance_id.to_string(), action_attempt_id.to_owned()];
        self.write(move |write| {
            let changed = write.execute(
                "UPDATE seam_encode SET action_attempt_id = ?2 WHERE issuance_id = ?1 AND state = 'writing'",
                params_from_iter(&values),
            )?;
            Ok((changed == 1).then_some(()))
        })
        .await?;
        encode.action_attempt_id = Some(action_attempt_id.to_owned());
        Ok(())
    }

    /// Notes what came of it. What was noted before, by another process, stays: `encode` is then as that has it.
    ///
    /// # Errors
    /// When the journal fails.
    pub async fn end_at_seam(
        &self,
        encode: &mut SeamEncode,
        outcome: Outcome,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        let mut ended = encode.clone();
        ended.outcome = Some(outcome);
        ended.ended_at = Some(at);
        let id = encode.issuance_id;
        let asked = ended.clone();
        let noted = self
            .write(move |write| {
                let noted = end(write, &asked)?;
                if noted && !asked.is_issued() {
                    write.frees();
                }
                Ok(noted.then_some(()))
            })
            .await?;
        if noted.is_some() {
            *encode = ended;
            return Ok(());
        }
        let now = self.read(move |journal| journal.seam_encode(id)).await?;
        *encode = now.ok_or(JournalError::Overtaken { issuance_id: id })?;
        Ok(())
    }
}

/// Whether the journal says that Seam's encoder has, or may have, put this credential onto a card.
pub(super) fn is_at_seam(
    connection: &Connection,
    acs_credential_id: &str,
    first: bool,
) -> Result<bool, JournalError> {
    let open = if first { "" } else { " AND state = 'writing'" };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT EXISTS (SELECT 1 FROM seam_encode WHERE {HELD}{open})"
    ))?;
    Ok(statement.query_row([acs_credential_id], |row| row.get(0))?)
}

/// Adds an entry; says whether none was open for its credential.
fn insert(
    connection: &Connection,
    new: &SeamEncode,
    fence: Option<Fence>,
) -> Result<bool, JournalError> {
    let inserted = connection.execute(
        &format!(
            "INSERT INTO seam_encode (seq, {COLUMNS}, fence, shared)
             VALUES ({NEXT_PLACE}, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, NULL, NULL, NULL, NULL, NULL, 'writing', ?10, ?11)"
        ),
        params![
            new.issuance_id.to_string(),
            new.acs_credential_id,
            new.acs_encoder_id.to_string(),
            new.encoder,
            new.display_name,
            new.kind == Kind::Again,
            list_as_text(&new.answers),
            new.issued_before,
            new.claimed_at.to_string(),
            fence.map(Fence::get),
            fence.map(|_| State::Claiming.as_str()),
        ],
    );
    is_taken(inserted)
}

fn end(connection: &Connection, ended: &SeamEncode) -> Result<bool, JournalError> {
    let (code, message) = match &ended.outcome {
        Some(Outcome::Failed { code, message }) => (Some(code), Some(message)),
        _ => (None, None),
    };
    let changed = connection.execute(
        "UPDATE seam_encode SET state = ?2, card_number = ?3, failure_code = ?4, failure_message = ?5, ended_at = ?6
         WHERE issuance_id = ?1 AND state = 'writing'",
        params![
            ended.issuance_id.to_string(),
            ended.state().as_str(),
            ended.card_number(),
            code,
            message,
            ended.ended_at.map(|at| at.to_string()),
        ],
    )?;
    Ok(changed == 1)
}

fn encodes(
    connection: &Connection,
    condition: &str,
    values: &[&dyn ToSql],
) -> Result<Vec<SeamEncode>, JournalError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM seam_encode WHERE {condition}"
    ))?;
    let mut rows = statement.query(values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(encode_from(row)?);
    }
    Ok(found)
}

/// Reads one row.
pub(super) fn encode_from(row: &Row<'_>) -> Result<SeamEncode, JournalError> {
    let row = checked(row)?;
    let failure = |column| -> Result<String, JournalError> {
        Ok(row.get::<Option<String>>(column)?.unwrap_or_default())
    };
    let state: String = row.get("state")?;
    let outcome = match state.as_str() {
        "writing" => None,
        "closed" => Some(Outcome::Issued {
            card_number: row.get("card_number")?,
        }),
        "abandoned" => Some(Outcome::Failed {
            code: failure("failure_code")?,
            message: failure("failure_message")?,
        }),
        _ => return Err(row.corrupt("state")),
    };
    Ok(SeamEncode {
        issuance_id: row.uuid("issuance_id")?,
        acs_credential_id: row.get("acs_credential_id")?,
        acs_encoder_id: row.uuid("acs_encoder_id")?,
        encoder: row.get("encoder")?,
        display_name: row.get("display_name")?,
        kind: kind_of(row.get("reissue")?),
        answers: row.checked("answers", |list: String| list_from_text(&list))?,
        issued_before: row.get("issued_before")?,
        claimed_at: row.time("claimed_at")?,
        action_attempt_id: row.get("action_attempt_id")?,
        outcome,
        ended_at: row.time_if_there("ended_at")?,
    })
}
