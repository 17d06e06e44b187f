//! `cardbridge wipe`: takes our record off a card.

use std::io::{BufRead, IsTerminal};
use std::sync::Arc;

use cardbridge_drivers::contract::{Others, Uid};
use cardbridge_drivers::record::Record;
use clap::Args;
use serde_json::json;

use super::card::{CardArgs, under_unknown_keys};
use super::live::Live;
use super::narrate::named;
use super::signals::Stop;
use super::{Context, Exit, Failure, printable};
use crate::config::Config;
use crate::desk::wipe::{WipeError, Wiper};
use crate::issuance::entry::Issuance;
use crate::issuance::journal::Journal;
use crate::queue::CredentialQueue;
use crate::report::Urgency;

/// Remove our record from the card on the reader, and leave the card blank.
///
/// It asks before it wipes a card whose record is still valid. Without a terminal to ask at, such a card is refused, unless --yes
/// is given. Data of others is left alone, unless it is beside our record and --yes allows it to be lost. The wipe is reported
/// as acs_credential.invalidated, and the credential itself stays in Seam: it can be issued again. Exits 7 when the card is wiped and the report is still to come.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  cardbridge wipe --yes --timeout 10")]
pub(super) struct Wipe {
    #[command(flatten)]
    card: CardArgs,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

impl Wipe {
    pub(super) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let composer = context.composer(&config);
        let setup = Arc::new(composer.setup()?);
        let has_site_keys = setup.drivers.settings().site_keys.is_some();
        let journal = composer.journal()?;
        let watcher = Live::new(context.output.clone()).watcher();
        let wiper = Wiper::new(&journal, setup);
        context.block_on(async {
            let card = self.card.wait(context, &config).await?;
            let wipeable = match wiper.look(&card.session).await {
                Err(WipeError::UnknownKeys) => return Err(under_unknown_keys(has_site_keys)),
                wipeable => wipeable?,
            };
            let uid = wipeable.uid();
            if let Some(record) = wipeable.record_beside() {
                let others = wipeable.others();
                if !self.yes && !confirmed_beside(context, record, others)? {
                    return declined(context, uid);
                }
                if let Some(phrase) = Others::phrase(others) {
                    context
                        .output
                        .note(&printable(&format!("wiping {phrase} with it")));
                }
            } else if !self.yes {
                let client = composer.client().ok();
                let seam = client.map(|client| CredentialQueue::new(client, Vec::new()));
                if let Some(record) = wipeable.valid_record(seam.as_ref()).await
                    && !confirmed(context, record)?
                {
                    return declined(context, uid);
                }
            }
            // Until here a signal ends the process, and has changed nothing.
            let stop = Stop::listen(&context.output)?;
            let issuances = wiper.wipe(&card.session, wipeable, &watcher).await?;
            let issuances = reported(context, &config, &journal, issuances, &stop).await?;
            drop(stop);
            done(context, uid, &issuances)
        })
    }
}

/// Tries the reports at once, and gives the issuances as they are then.
async fn reported(
    context: &Context,
    config: &Config,
    journal: &Journal,
    wiped: Vec<Issuance>,
    stop: &Stop,
) -> Result<Vec<Issuance>, Failure> {
    if wiped
        .iter()
        .all(|issuance| issuance.due_reports().next().is_none())
    {
        return Ok(wiped);
    }
    let composer = context.composer(config);
    // Only `assign_card` speaks to the API, and what it has to be told may wait for a command that has a key.
    let client = config.report.assign_card.then(|| composer.client().ok());
    let reporter = composer.reporter(client.flatten().as_ref())?;
    tokio::select! {
        drained = reporter.drain(journal, Urgency::Now, &|_| {}) => {
            drained?;
        }
        _ = stop.late() => {}
    }
    wiped
        .into_iter()
        .map(|issuance| {
            let now = journal.issuance(issuance.issuance_id)?;
            Ok(now.unwrap_or(issuance))
        })
        .collect()
}

fn done(context: &Context, uid: Uid, wiped: &[Issuance]) -> Result<Exit, Failure> {
    if context.output.json() {
        let document =
            json!({"card_uid": uid.to_string(), "contents": "blank", "issuances": wiped});
        context.output.document(&document)?;
    } else {
        context.output.text(&format!("card {uid} is blank"))?;
        for issuance in wiped {
            let words = format!("{} is no longer on this card", named(issuance));
            context.output.note(&printable(&words));
        }
    }
    if wiped
        .iter()
        .all(|issuance| issuance.due_reports().next().is_none())
    {
        return Ok(Exit::Done);
    }
    let unreported = Failure::new(
        Exit::Unreported,
        "the card is wiped, but that is not reported yet",
        "`cardbridge run` or `cardbridge retry` sends the report",
    );
    context.output.tell(&unreported);
    Ok(unreported.exit())
}

/// The person at the terminal said no: nothing went wrong, and nothing was done.
fn declined(context: &Context, uid: Uid) -> Result<Exit, Failure> {
    context.output.note("left as it is");
    if context.output.json() {
        let document = json!({"card_uid": uid.to_string(), "contents": "record", "declined": true});
        context.output.document(&document)?;
    }
    Ok(Exit::Card)
}

/// The same for a card on which something of others would be lost too, whether our record is still valid or not.
fn confirmed_beside(
    context: &Context,
    record: &Record,
    others: &[Others],
) -> Result<bool, Failure> {
    let beside = Others::beside(others);
    let lost = Others::phrase(others).unwrap_or_else(|| beside.to_owned());
    let what = format!(
        "the card holds a valid credential of ours ({}), with {beside} beside it: {lost}",
        record.acs_credential_id
    );
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        let hint = format!("wipe it with --yes if {lost} may be lost too");
        return Err(Failure::new(Exit::Card, what, hint));
    }
    context.output.note(&printable(&what));
    ask(context)
}

/// Asks at a terminal; without one there is no answer, and the card is refused.
fn confirmed(context: &Context, record: &Record) -> Result<bool, Failure> {
    let credential = &record.acs_credential_id;
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(Failure::new(
            Exit::Card,
            format!("the card holds credential {credential}, which is still valid"),
            "make sure that this card is no longer in use, then wipe it with --yes",
        ));
    }
    context.output.note(&printable(&format!(
        "this card holds credential {credential}, which is still valid"
    )));
    ask(context)
}

fn ask(context: &Context) -> Result<bool, Failure> {
    context.output.ask("wipe it? [y/N] ");
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
