//! A card that holds a whole record, though its credential has gone onto another card since, or was given up: it opens what it
//! says, and has to be wiped.
//!
//! A card that was given up could not be asked: it may have been whole. When it is placed, by whatever command, it is known for
//! what it is, and reported as no longer good.

use jiff::Timestamp;

use super::entry::Issuance;
use super::inspect::{Holds, Look};
use super::journal::{Journal, JournalError, JournalReader};
use super::state::{Event, State};
use super::write_verify::holds;

/// The issuance whose record is on the card, if the card is no longer its credential's. Nothing changes.
///
/// # Errors
/// When the journal fails.
pub fn superseded_on(
    journal: &JournalReader,
    look: &Look,
) -> Result<Option<Issuance>, JournalError> {
    let issuances = journal.of_card(&look.inspection().uid)?;
    let found = issuances.into_iter().find(|issuance| {
        issuance.state() != State::Claiming && holds(&look.inspection().contents, &issuance.record)
    });
    let Some(issuance) = found else {
        return Ok(None);
    };
    let is_superseded = match issuance.state() {
        State::Superseded | State::Abandoned => true,
        // A card that is being wiped opens what it says until that is done.
        State::Reporting | State::Closed | State::Wiping => was_issued_since(journal, &issuance)?,
        State::Claiming | State::Writing | State::Torn | State::Wiped => false,
    };
    Ok(is_superseded.then_some(issuance))
}

/// The same; that it is superseded is in the journal, and due to be reported, before this returns. One that is being wiped stays
/// so: it is wiped to the end, and reported then.
///
/// # Errors
/// When the journal fails.
pub async fn recognise(journal: &Journal, look: &Look) -> Result<Option<Issuance>, JournalError> {
    let on_card = look.clone();
    let found = journal.read(move |journal| superseded_on(journal, &on_card));
    let Some(mut issuance) = found.await? else {
        return Ok(None);
    };
    if matches!(issuance.state(), State::Superseded | State::Wiping) {
        return Ok(Some(issuance));
    }
    let advanced = journal.advance(&mut issuance, Event::Superseded, Timestamp::now());
    match advanced.await {
        Ok(()) => Ok(Some(issuance)),
        // Another process has just found the same.
        Err(JournalError::Overtaken { issuance_id }) => {
            let now = journal
                .read(move |journal| journal.issuance(issuance_id))
                .await?;
            Ok(now.filter(|issuance| issuance.state() == State::Superseded))
        }
        Err(error) => Err(error),
    }
}

/// A card that is whole, though its writer never came to note that: notes it, so that it is reported whatever becomes of the
/// card, and says which issuance it was. `None` when there is nothing to note, or when its writer lives and will note it.
///
/// # Errors
/// When the journal fails.
pub async fn note_whole(journal: &Journal, look: &Look) -> Result<Option<Issuance>, JournalError> {
    let uid = look.inspection().uid;
    let open = journal
        .read(move |journal| journal.open_on_card(&uid))
        .await?;
    let is_whole = |open: &Issuance| {
        matches!(look.holds, Holds::Verified(_))
            && open.state() != State::Claiming
            && holds(&look.inspection().contents, &open.record)
    };
    let Some(mut issuance) = open.filter(is_whole) else {
        return Ok(None);
    };
    let Some(_lease) = journal.lease(issuance.issuance_id)? else {
        return Ok(None);
    };
    let advanced = journal.advance(&mut issuance, Event::Verified, Timestamp::now());
    match advanced.await {
        Ok(()) => Ok(Some(issuance)),
        // Its writer has noted it in this moment.
        Err(JournalError::Overtaken { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether the credential was put onto another card after this one.
fn was_issued_since(journal: &JournalReader, issuance: &Issuance) -> Result<bool, JournalError> {
    let written = journal.written(&issuance.acs_credential_id)?;
    let here = written
        .iter()
        .take_while(|newer| newer.issuance_id != issuance.issuance_id)
        .any(|newer| newer.is_written() && newer.card_uid != issuance.card_uid);
    // On a card that only Seam knows: it is another one, as ours holds our record.
    let by_seam = journal.by_seam(&issuance.acs_credential_id)?;
    Ok(here || by_seam.is_some_and(|newer| newer.is_issued()))
}
