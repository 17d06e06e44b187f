//! `cardbridge wipe`: takes our record off a card.

use std::io::{BufRead, IsTerminal};
use std::sync::Arc;

use cardbridge_drivers::contract::{Others, Uid};
use clap::Args;
use serde_json::json;
use tokio::task::spawn_blocking;

use super::card::{CardArgs, under_unknown_keys};
use super::front::Front;
use super::live::Live;
use super::narrate::named;
use super::signals::Stop;
use super::simulated::Finds;
use super::{Context, Exit, Failure, printable};
use crate::desk::notice::{Notice, Observer};
use crate::desk::target::WipeOrder;
use crate::desk::wipe::WipeError;
use crate::desk::{DeskError, Parts};
use crate::issuance::entry::Issuance;
use crate::queue::CredentialQueue;

/// Remove our record from the card on the reader, and leave the card blank.
///
/// It asks before it wipes a card whose record is still valid. Without a terminal to ask at, such a card is refused, unless --yes
/// is given. Data of others is left untouched, unless it is beside our record and --yes allows it to be lost. The wipe is reported
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
        let setup = composer.setup()?;
        let has_site_keys = setup.drivers.settings().site_keys.is_some();
        let journal = composer.journal()?;
        let property = composer.property(&journal)?;
        self.card.simulated.warn(context);
        // Only `assign_card` speaks to the API, and what it has to report may wait for a command that has a key.
        let for_reports = config.report.assign_card.then(|| composer.client().ok());
        let reporter = composer.reporter(for_reports.flatten().as_ref())?;
        // What time it is matters only where a person is asked.
        let for_time = (!self.yes).then(|| composer.client().ok());
        let seam = for_time
            .flatten()
            .map(|client| CredentialQueue::new(client, Vec::new()));
        let live = Live::new(context.output.clone()).observer();
        // What is reported is summed up at the end.
        let observer: Observer = Arc::new(move |notice| {
            if matches!(notice, Notice::NotNoted { .. }) {
                live(notice);
            }
        });
        let stop = Stop::listen(&context.output)?;
        context.block_on(async {
            let parts = Parts::to_wipe(setup, journal, reporter, seam).with_property(property);
            let mut front = Front::open(
                context,
                &config,
                &self.card,
                Finds::WhatIsThere,
                parts,
                observer,
                Some(&stop),
            )?;
            let mut order = WipeOrder {
                valid: self.yes,
                ..WipeOrder::default()
            };
            let wiped = loop {
                let wiped = front.done(|desk, target| desk.wipe(target, order)).await;
                let error = match wiped {
                    Ok(wiped) => break wiped,
                    Err(error) => error,
                };
                match &*error {
                    DeskError::Wipe(WipeError::UnknownKeys) => {
                        return Err(under_unknown_keys(has_site_keys));
                    }
                    DeskError::Wipe(
                        lost @ (WipeError::Valid { card_uid, .. }
                        | WipeError::Beside { card_uid, .. }),
                    ) => {
                        if !self.yes && !confirmed(context, lost, &stop).await? {
                            return declined(context, *card_uid);
                        }
                        // The card that was asked about, and no other.
                        order.card = Some(*card_uid);
                        order.valid = true;
                        if let WipeError::Beside { others, .. } = lost {
                            order.beside = true;
                            if let Some(phrase) = Others::phrase(others) {
                                let words = format!("wiping {phrase} with it");
                                context.output.note(&printable(&words));
                            }
                        }
                    }
                    error => return Err(front.failure(error).await),
                }
            };
            // From here on nothing is left to be finished.
            stop.over(ending(&wiped.issuances));
            done(context, wiped.card_uid, &wiped.issuances)
        })
    }
}

/// How it ends with a card that is blank.
fn ending(wiped: &[Issuance]) -> Exit {
    let is_told = |issuance: &Issuance| issuance.due_reports().next().is_none();
    if wiped.iter().all(is_told) {
        Exit::Done
    } else {
        Exit::Unreported
    }
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
    let exit = ending(wiped);
    if exit == Exit::Done {
        return Ok(exit);
    }
    let unreported = Failure::new(
        exit,
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

/// Asks whether that may be lost; without a terminal to ask at there is no answer, and the card is refused.
async fn confirmed(context: &Context, lost: &WipeError, stop: &Stop) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(Failure::from(lost));
    }
    context.output.note(&printable(&lost.to_string()));
    context.output.ask("wipe it? [y/N] ");
    let answer = spawn_blocking(|| {
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer)?;
        Ok::<_, std::io::Error>(answer)
    });
    let answer = tokio::select! {
        answer = answer => answer.map_err(|error| Failure::unexpected(&error))??,
        () = stop.asked_any() => return Err(stop.before_a_card().await),
    };
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
