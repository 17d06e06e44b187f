//! From one state to the next, durably: the new state is written down before anything is done about it.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::on_cards::note_freed;
use super::reader::every;
use super::writer::Write;
use super::{Journal, JournalError};
use crate::issuance::entry::Issuance;
use crate::issuance::state::{Event, State};

impl Journal {
    /// Moves an issuance on and writes the new state down before returning.
    ///
    /// # Errors
    /// [`JournalError::Overtaken`] when it is no longer in the state that `issuance` says.
    pub async fn advance(
        &self,
        issuance: &mut Issuance,
        event: Event,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        self.advance_all(std::slice::from_mut(issuance), event, at)
            .await
    }

    /// The same for several at once, such as all that one card was for: either all of them move on, or none does.
    ///
    /// # Errors
    /// As [`advance`](Self::advance).
    pub async fn advance_all(
        &self,
        issuances: &mut [Issuance],
        event: Event,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        let seen = issuances.to_vec();
        let next = self
            .write(move |write| steps(write, &seen, event, at).map(Some))
            .await?;
        for (issuance, next) in issuances.iter_mut().zip(next.unwrap_or_default()) {
            *issuance = next;
        }
        Ok(())
    }
}

/// Several transitions that belong together.
pub(super) fn steps(
    write: &mut Write<'_>,
    seen: &[Issuance],
    event: Event,
    at: Timestamp,
) -> Result<Vec<Issuance>, JournalError> {
    let steps = seen.iter().map(|seen| step(write, seen, event, at));
    let next = steps.collect::<Result<Vec<_>, _>>()?;
    let mut displaced = false;
    for issuance in &next {
        displaced |= displace(write, issuance, event, at)?;
    }
    note_freed(write, event, displaced);
    Ok(next)
}

/// A card that was found to hold a record holds no other one any more. Another credential that would still be valid there was
/// overwritten on purpose; it is on no card now, and that is reported. One that has ended needs no report: its card was used again.
///
/// This machine's clock alone does not decide that: what a person had to allow to be lost was valid by Seam's. Says whether there was one.
pub(super) fn displace(
    connection: &Connection,
    on_card: &Issuance,
    event: Event,
    at: Timestamp,
) -> Result<bool, JournalError> {
    if !matches!(event, Event::Verified | Event::Superseded) {
        return Ok(false);
    }
    let issuances = every(
        connection,
        "card_uid = ?1 ORDER BY seq DESC",
        &[&on_card.card_uid.to_string()],
    )?;
    let is_valid = |issuance: &Issuance| {
        let ends_at = issuance.ends_at();
        ends_at.is_none_or(|ends_at| ends_at > at.as_second())
    };
    // Only the last record that was whole can have been lost by being overwritten since.
    let mut is_last_whole = true;
    let mut was_overwritten = false;
    let mut displaced = false;
    for issuance in &issuances {
        if issuance.issuance_id == on_card.issuance_id {
            was_overwritten |= issuance.overwrite;
            continue;
        }
        let may_be_there = matches!(
            issuance.state(),
            State::Reporting | State::Closed | State::Superseded
        );
        if may_be_there
            && issuance.acs_credential_id != on_card.acs_credential_id
            && (is_valid(issuance) || is_last_whole && was_overwritten)
        {
            step(connection, issuance, Event::Wiped, at)?;
            displaced = true;
        }
        is_last_whole &= !(may_be_there || issuance.is_written());
        was_overwritten |= issuance.overwrite;
    }
    Ok(displaced)
}

/// One transition, allowed only from the state that the caller saw. What was noted once stays as it is.
pub(super) fn step(
    connection: &Connection,
    seen: &Issuance,
    event: Event,
    at: Timestamp,
) -> Result<Issuance, JournalError> {
    let next = seen.after(event, at)?;
    let time = |at: Option<Timestamp>| at.map(|at| at.to_string());
    let invalidation = next.invalidation();
    let changed = connection.execute(
        "UPDATE issuance SET state = ?1,
             written_at = coalesce(written_at, ?2),
             reported_at = coalesce(reported_at, ?3),
             invalidation_id = coalesce(invalidation_id, ?4),
             invalidated_at = coalesce(invalidated_at, ?5),
             invalidation_reported_at = coalesce(invalidation_reported_at, ?6)
         WHERE issuance_id = ?7 AND state = ?8",
        params![
            next.state().as_str(),
            time(next.written_at()),
            time(next.reported_at()),
            invalidation.map(|invalidation| invalidation.message_id.to_string()),
            time(invalidation.map(|invalidation| invalidation.invalidated_at)),
            time(invalidation.and_then(|invalidation| invalidation.invalidation_reported_at)),
            seen.issuance_id.to_string(),
            seen.state().as_str()
        ],
    )?;
    if changed == 1 {
        Ok(next)
    } else {
        Err(JournalError::Overtaken {
            issuance_id: seen.issuance_id,
        })
    }
}
