//! `cardbridge history`: the journal, for people and scripts.

use std::path::Path;

use clap::Args;

use super::{Context, Exit, Failure};
use crate::compose::open_to_others;
use crate::config::Warning;
use crate::issuance::entry::Issuance;
use crate::issuance::journal::{JournalError, JournalReader, SinkName};
use crate::issuance::time::local_to_the_second;

/// Show every issuance of this desk, oldest first.
///
/// A card that is written and not reported shows why. With --json one array of the same objects that `encode --json` ends with.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  cardbridge history --json | jq '.[] | select(.state != \"closed\")'"
)]
pub(super) struct History {}

pub(super) fn run(context: &Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let composer = context.composer(&config);
    composer.remark_on_journal();
    let directory = &config.state_dir.value;
    let journal = JournalReader::open_existing(directory)?;
    composer.warn_of(open_to_others(directory));
    if journal.as_ref().is_some_and(JournalReader::is_read_only) {
        context.output.warn(&read_only(directory));
    }
    let history = journal
        .as_ref()
        .map_or_else(|| Ok(Vec::new()), JournalReader::history)?;
    if context.output.json() {
        context.output.document(&history)?;
    } else if let Some(journal) = journal.filter(|_| !history.is_empty()) {
        let rows: Result<_, JournalError> = history
            .iter()
            .map(|issuance| Ok(row(issuance, report(&journal, issuance)?)))
            .collect();
        context.output.table(HEAD, rows?)?;
    } else {
        context
            .output
            .note("no card has been issued at this desk yet");
    }
    Ok(Exit::Done)
}

fn read_only(directory: &Path) -> Warning {
    Warning {
        what: format!(
            "the state directory {} is read-only: nothing can be issued or reported here",
            directory.display()
        ),
        hint: "after a loss of power a disk may have to be checked: see `dmesg`; `cardbridge doctor` says more".to_owned(),
    }
}

const HEAD: &[&str] = &[
    "written",
    "for",
    "state",
    "card",
    "type",
    "number",
    "credential",
    "reported",
];

fn row(issuance: &Issuance, reported: String) -> Vec<String> {
    vec![
        issuance
            .written_at()
            .map_or_else(|| "-".to_owned(), local_to_the_second),
        issuance
            .display_name
            .clone()
            .unwrap_or_else(|| "-".to_owned()),
        issuance.state().to_string(),
        issuance.card_uid.to_string(),
        issuance.card_type.clone(),
        issuance.card_number.clone(),
        issuance.acs_credential_id.clone(),
        reported,
    ]
}

/// When every sink had taken the last report, or what is in the way of the next one.
fn report(journal: &JournalReader, issuance: &Issuance) -> Result<String, JournalError> {
    let Some(due) = issuance.due_reports().next() else {
        let invalidation = issuance.invalidation();
        let at = invalidation.map_or(issuance.reported_at(), |invalidation| {
            invalidation.invalidation_reported_at
        });
        return Ok(at.map_or_else(|| "-".to_owned(), local_to_the_second));
    };
    for sink in [SinkName::Event, SinkName::AssignCard] {
        let delivery = journal.delivery(issuance.issuance_id, due, sink)?;
        if let (None, Some(error)) = (delivery.delivered_at, delivery.last_error) {
            return Ok(format!("not yet: {error}"));
        }
    }
    Ok("not yet".to_owned())
}
