//! A card that holds a whole record, though its credential has gone onto another card since, or was given up: it opens what it
//! says, and has to be wiped.
//!
//! A card that was given up could not be asked: it may have been whole. When it is placed, by whatever command, it is known for
//! what it is, and reported as no longer good.

use jiff::Timestamp;

use super::issuance::{Event, Issuance, State};
use super::journal::{Journal, JournalError};
use super::look::Look;
use super::write::holds;

/// The issuance whose record is on the card, if the card is no longer its credential's. That is in the journal, and due to be
/// reported, before this returns.
///
/// # Errors
/// When the journal fails.
pub fn recognise(journal: &Journal, look: &Look) -> Result<Option<Issuance>, JournalError> {
    let issuances = journal.of_card(&look.inspection.uid)?;
    let found = issuances.into_iter().find(|issuance| {
        issuance.state != State::Claiming && holds(&look.inspection.contents, &issuance.record)
    });
    let Some(mut issuance) = found else {
        return Ok(None);
    };
    let is_new = match issuance.state {
        State::Superseded => return Ok(Some(issuance)),
        State::Abandoned => true,
        State::Reporting | State::Closed => was_issued_since(journal, &issuance)?,
        State::Claiming | State::Writing | State::Torn | State::Wiping | State::Wiped => false,
    };
    if !is_new {
        return Ok(None);
    }
    match journal.advance(&mut issuance, Event::Superseded, Timestamp::now()) {
        Ok(()) => Ok(Some(issuance)),
        // Another process has just found the same.
        Err(JournalError::Overtaken { issuance_id }) => {
            let now = journal.issuance(issuance_id)?;
            Ok(now.filter(|issuance| issuance.state == State::Superseded))
        }
        Err(error) => Err(error),
    }
}

/// Whether the credential was put onto another card after this one.
fn was_issued_since(journal: &Journal, issuance: &Issuance) -> Result<bool, JournalError> {
    let written = journal.written(&issuance.acs_credential_id)?;
    Ok(written
        .iter()
        .take_while(|newer| newer.issuance_id != issuance.issuance_id)
        .any(|newer| newer.is_written() && newer.card_uid != issuance.card_uid))
}
