//! `cardbridge retry`: send what is unreported, now.

use clap::Args;
use serde_json::json;

use super::narrate::named;
use super::{Context, Exit, Failure, printable};
use crate::compose::no_receiver;
use crate::report::{Drained, Urgency};

/// Report every issuance that is written and not yet reported, without waiting for its next turn.
///
/// Exits 0 when nothing is left to send, 7 when something is.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  cardbridge retry --json | jq .unreported")]
pub(super) struct Retry {}

pub(super) fn run(context: &Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let composer = context.composer(&config);
    let journal = composer.journal()?;
    // Only `assign_card` speaks to the API; a desk that posts events needs no key to do so.
    let client = config
        .report
        .assign_card
        .then(|| composer.client())
        .transpose()?;
    let reporter = composer.reporter(client.as_ref())?;
    let drained = context.block_on(async { Ok(reporter.drain(&journal, Urgency::Now).await?) })?;
    if context.output.json() {
        let unreported: Vec<_> = drained
            .waiting
            .iter()
            .map(|waiting| json!({"issuance": waiting.issuance, "report": waiting.report, "last_error": waiting.last_error}))
            .collect();
        let sent: Vec<_> = drained.closed.iter().chain(&drained.invalidated).collect();
        context
            .output
            .document(&json!({"reported": sent, "unreported": unreported}))?;
    }
    if reporter.has_no_sink() && !drained.waiting.is_empty() {
        context.output.warn(&no_receiver());
    }
    Ok(told(context, &drained))
}

fn told(context: &Context, drained: &Drained) -> Exit {
    for issuance in &drained.closed {
        context.output.note(&format!(
            "reported {} on card {}",
            printable(&named(issuance)),
            issuance.card_uid
        ));
    }
    for issuance in &drained.invalidated {
        context.output.note(&format!(
            "reported {} as no longer on card {}",
            issuance.acs_credential_id, issuance.card_uid
        ));
    }
    for waiting in &drained.waiting {
        let why = waiting.last_error.as_deref().unwrap_or("not tried");
        let issuance = &waiting.issuance;
        context.output.note(&format!(
            "unreported {} on card {}: {why}",
            printable(&named(issuance)),
            issuance.card_uid
        ));
    }
    if drained.waiting.is_empty() {
        if drained.closed.is_empty() && drained.invalidated.is_empty() {
            context.output.note("everything is reported");
        }
        Exit::Done
    } else {
        Exit::Unreported
    }
}
