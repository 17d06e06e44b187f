//! What the journal says of the credentials on the list: which are on a card, what is unfinished, what was written today.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use crate::issuance::encoded::Encoded;
use crate::issuance::entry::Report;
use crate::issuance::journal::{Filter, Journal, JournalError, JournalReader, SinkName};
use crate::issuance::seam_encode::SeamEncode;
use crate::issuance::state::State;
use crate::queue::{Attention, Shown};

/// More cards of one day are not shown: the history has them all.
const MOST_OF_A_DAY: u32 = 500;

/// So many credentials are asked for at once.
const AT_ONCE: usize = 64;

/// What the journal says.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// The credentials that are on a card, whole or half.
    pub(super) on_cards: HashSet<String>,
    /// What was begun and is not finished, or is still to be wiped.
    pub(super) unfinished: Vec<Encoded>,
    /// What was written since the day began, the newest first.
    pub(super) today: Vec<Encoded>,
    /// Why a report is still to be sent.
    pub(super) last_errors: HashMap<Uuid, String>,
    /// The credentials of which Seam asks for another card, and got it.
    pub(super) answered: HashSet<String>,
}

impl Ledger {
    /// Asks the journal, a little at a time: what a card waits for is asked in between.
    pub(super) async fn read(
        journal: &Journal,
        rows: &[Arc<Shown>],
        since: Option<Timestamp>,
    ) -> Result<Self, JournalError> {
        let mut ledger = journal
            .read(move |journal| of_the_day(journal, since))
            .await?;
        for rows in rows.chunks(AT_ONCE) {
            let ids = rows.iter().map(|row| row.acs_credential_id.clone());
            let on_cards = journal.on_cards(ids.collect()).await?;
            ledger.on_cards.extend(on_cards);
        }
        let asks =
            |row: &&Arc<Shown>| matches!(row.attention, Some(Attention::NeedsToBeReissued(_)));
        let asked: Vec<_> = rows.iter().filter(asks).cloned().collect();
        for rows in asked.chunks(AT_ONCE) {
            let rows = rows.to_vec();
            let answered = journal
                .read(move |journal| answered(journal, &rows))
                .await?;
            ledger.answered.extend(answered);
        }
        Ok(ledger)
    }
}

/// What is unfinished, and what was written today.
fn of_the_day(journal: &JournalReader, since: Option<Timestamp>) -> Result<Ledger, JournalError> {
    let mut ledger = Ledger::default();
    let unfinished = Filter {
        states: vec![State::Claiming, State::Writing, State::Torn, State::Wiping],
        ..Filter::default()
    };
    collect(journal, &unfinished, &mut ledger.unfinished)?;
    let today = Filter {
        since,
        limit: Some(MOST_OF_A_DAY),
        ..Filter::default()
    };
    collect(journal, &today, &mut ledger.today)?;
    ledger.today.retain(Encoded::is_written);
    ledger.today.reverse();
    for issuance in ledger
        .today
        .iter()
        .filter(|one| one.state() == State::Reporting)
    {
        let id = issuance.issuance_id();
        for sink in [SinkName::Event, SinkName::AssignCard] {
            let delivery = journal.delivery(id, Report::Issued, sink)?;
            if delivery.delivered_at.is_none()
                && let Some(error) = delivery.last_error
            {
                ledger.last_errors.entry(id).or_insert(error);
            }
        }
    }
    Ok(ledger)
}

/// Those of which Seam asks for another card that have got it.
fn answered(journal: &JournalReader, rows: &[Arc<Shown>]) -> Result<HashSet<String>, JournalError> {
    let mut found = HashSet::new();
    for row in rows {
        let Some(Attention::NeedsToBeReissued(warned) | Attention::CardEncodingRequired(warned)) =
            &row.attention
        else {
            continue;
        };
        let written = journal.written(&row.acs_credential_id)?;
        let by_seam = journal.by_seam(&row.acs_credential_id)?;
        let by_seam = by_seam.filter(SeamEncode::is_issued);
        let answers = |warned_at: &String| {
            let mut on_cards = written.iter().filter(|one| !one.is_wiped());
            on_cards.any(|one| one.answers(warned_at))
                || by_seam
                    .as_ref()
                    .is_some_and(|one| one.answers.contains(warned_at))
        };
        if !warned.is_empty() && warned.iter().all(answers) {
            found.insert(row.acs_credential_id.clone());
        }
    }
    Ok(found)
}

fn collect(
    journal: &JournalReader,
    filter: &Filter,
    into: &mut Vec<Encoded>,
) -> Result<(), JournalError> {
    journal.each_page(filter, |page| {
        into.extend(page);
        Ok(())
    })
}
