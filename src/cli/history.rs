//! `cardbridge history`: the journal, as text and as JSON.

use std::path::Path;

use cardbridge_drivers::contract::Uid;
use clap::Args;
use jiff::Timestamp;

use super::{Context, Exit, Failure, time};
use crate::compose::open_to_others;
use crate::config::Warning;
use crate::issuance::encoded::Encoded;
use crate::issuance::entry::Issuance;
use crate::issuance::journal::{Filter, JournalError, JournalReader, SinkName};
use crate::issuance::seam_encode::{Outcome, SeamEncode};
use crate::issuance::state::State;
use crate::issuance::time::local_to_the_second;

/// Show the issuances of this desk, oldest first: all of them, or those that every given option fits.
///
/// A card that is written and not reported shows why. With --json one array of the same objects that `encode --json` ends with.
/// A time is a day, or a day and a time of it, by this machine's clock unless it has an offset.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cardbridge history --since 2026-07-20 --until 2026-07-20     (begun on that day)
  cardbridge history --card 04b331c3e2cabc --limit 1 --json
  cardbridge history --state writing,torn
  cardbridge history --json | jq '.[] | select(.written_at == null)'")]
pub(super) struct History {
    /// Show only the newest N.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// Show only those begun at this time or later.
    #[arg(long, value_name = "TIME", value_parser = time::since)]
    since: Option<Timestamp>,
    /// Show only those begun before this time, or until the end of this day.
    #[arg(long, value_name = "TIME", value_parser = time::until)]
    until: Option<Timestamp>,
    /// Show only those of the card with this UID.
    #[arg(long, value_name = "UID", value_parser = uid)]
    card: Option<Uid>,
    /// Show only those of this credential.
    #[arg(long, value_name = "ID")]
    credential: Option<String>,
    /// Show only those in this state, or in one of several: claiming, writing, torn, reporting, closed, abandoned, wiping, wiped,
    /// superseded. A torn card is not finished: the page says so.
    #[arg(long, value_name = "STATE", value_delimiter = ',', value_parser = state)]
    state: Vec<State>,
}

impl History {
    pub(super) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let composer = context.composer(&config);
        composer.remark_on_journal();
        let directory = &config.state_dir.value;
        let journal = JournalReader::open_existing(directory)?;
        composer.warn_of(open_to_others(directory));
        if journal.as_ref().is_some_and(JournalReader::is_read_only) {
            context.output.warn(&read_only(directory));
        }
        let filter = Filter {
            limit: self.limit,
            since: self.since,
            until: self.until,
            card_uid: self.card,
            acs_credential_id: self.credential,
            states: self.state,
        };
        if context.output.json() {
            let mut array = context.output.array();
            if let Some(journal) = journal {
                journal.each_page(&filter, |page| array.add(&page))?;
            }
            array.end()?;
        } else if journal.map_or(Ok(true), |journal| table(context, &journal, &filter))? {
            context.output.note(if filter == Filter::default() {
                "no card has been issued at this desk yet"
            } else {
                "the journal has no such issuance"
            });
        }
        Ok(Exit::Done)
    }
}

/// Shows the table, as it comes; says whether there was nothing to show.
fn table(context: &Context, journal: &JournalReader, filter: &Filter) -> Result<bool, Failure> {
    let mut is_empty = true;
    journal.each_page(filter, |page| {
        let rows = page.iter().map(|one| match one {
            Encoded::Here(issuance) => Ok(row(issuance, report(journal, issuance)?)),
            Encoded::BySeam(encode) => Ok(row_by_seam(encode)),
        });
        let rows: Result<_, JournalError> = rows.collect();
        let first = std::mem::replace(&mut is_empty, false);
        context.output.rows(HEAD, first, rows?)
    })?;
    Ok(is_empty)
}

fn uid(text: &str) -> Result<Uid, String> {
    let digits: String = text.chars().filter(|c| !matches!(c, ':' | ' ')).collect();
    digits
        .parse()
        .map_err(|_| "write it as 8, 14 or 20 hex digits, such as 04b331c3e2cabc".to_owned())
}

fn state(text: &str) -> Result<State, String> {
    State::from_word(text).ok_or_else(|| {
        let words = State::ALL.map(State::as_str).join(", ");
        format!("one of {words}")
    })
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
        if issuance.is_simulated() {
            format!("{}, simulated", issuance.card_type)
        } else {
            issuance.card_type.clone()
        },
        issuance.card_number.clone(),
        issuance.acs_credential_id.clone(),
        reported,
    ]
}

/// Which card it is, Seam does not say; and Seam needs no report of what it has issued itself.
fn row_by_seam(encode: &SeamEncode) -> Vec<String> {
    let nothing = || "-".to_owned();
    let issued_at = encode.ended_at.filter(|_| encode.is_issued());
    let note = match &encode.outcome {
        None => "not known yet: Seam's encoder was asked".to_owned(),
        Some(Outcome::Issued { .. }) => "issued by Seam".to_owned(),
        Some(Outcome::Failed { message, .. }) => format!("not issued: {message}"),
    };
    vec![
        issued_at.map_or_else(nothing, local_to_the_second),
        encode.display_name.clone().unwrap_or_else(nothing),
        encode.state().to_string(),
        nothing(),
        format!("on {}", encode.encoder),
        encode.card_number().map_or_else(nothing, str::to_owned),
        encode.acs_credential_id.clone(),
        note,
    ]
}

/// When every sink had taken the last report, or what holds up the next one.
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
