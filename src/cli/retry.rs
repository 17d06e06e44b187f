//! `cardbridge retry`: send what is unreported, now.

use std::io::IsTerminal;

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;

use super::narrate::{count_of_cards, named};
use super::screen::{FRAMES_A_SECOND, Screen};
use super::{Context, Exit, Failure, Output, printable};
use crate::compose::no_receiver;
use crate::report::{Drained, Settled, Urgency, Waiting};

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
    let shown = Sending::new(&context.output);
    let settled = |settled: &Settled| shown.settled(settled);
    let drained = context.block_on(async {
        let drained = reporter.drain(&journal, Urgency::Now, &settled).await?;
        Ok(drained)
    });
    shown.clear();
    let drained = drained?;
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
    Ok(told(context, &drained, reporter.has_no_sink()))
}

/// So many credentials are named of those that wait for one reason.
const NAMED: usize = 3;

fn told(context: &Context, drained: &Drained, has_no_receiver: bool) -> Exit {
    let note = |words: &str| context.output.note(&printable(words));
    let untried = if has_no_receiver {
        "no receiver is configured"
    } else {
        "not tried, because a report before it was not taken"
    };
    let sent = [
        (drained.closed.len(), "issued"),
        (drained.invalidated.len(), "no longer good"),
    ];
    for (count, as_what) in sent.into_iter().filter(|(count, _)| *count > 0) {
        note(&format!("{} reported as {as_what}", count_of_cards(count)));
    }
    for (why, waiting) in by_reason(&drained.waiting, untried) {
        let first: Vec<_> = waiting
            .iter()
            .take(NAMED)
            .map(|waiting| {
                let issuance = &waiting.issuance;
                format!("{} on card {}", named(issuance), issuance.card_uid)
            })
            .collect();
        let more = match waiting.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        note(&format!(
            "{} not reported: {why}",
            count_of_cards(waiting.len())
        ));
        note(&format!("  {}{more}", first.join(", ")));
    }
    if drained.waiting.is_empty() {
        if drained.closed.is_empty() && drained.invalidated.is_empty() {
            note("everything is reported");
        }
        Exit::Done
    } else {
        Exit::Unreported
    }
}

/// What waits, by what is in its way, in the order in which it was met.
fn by_reason<'a>(waiting: &'a [Waiting], untried: &'a str) -> Vec<(&'a str, Vec<&'a Waiting>)> {
    let mut reasons: Vec<(&str, Vec<&Waiting>)> = Vec::new();
    for one in waiting {
        let why = one.last_error.as_deref().unwrap_or(untried);
        match reasons.iter_mut().find(|(reason, _)| *reason == why) {
            Some((_, alike)) => alike.push(one),
            None => reasons.push((why, vec![one])),
        }
    }
    reasons
}

/// A line on the terminal that counts what is sent.
struct Sending(ProgressBar);

impl Sending {
    fn new(output: &Output) -> Self {
        let screen = Screen::new(output.stderr());
        let target = ProgressDrawTarget::term_like_with_hz(Box::new(screen), FRAMES_A_SECOND);
        let bar = ProgressBar::with_draw_target(None, target);
        if !std::io::stderr().is_terminal() {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        if let Ok(style) = ProgressStyle::with_template("  {pos} reports sent {msg}") {
            bar.set_style(style);
        }
        Self(bar)
    }

    fn settled(&self, settled: &Settled) {
        match settled {
            Settled::Issued(_) | Settled::Invalidated(_) => self.0.inc(1),
            Settled::Waits(waiting) if waiting.tried => self.0.set_message("(some not taken)"),
            Settled::Waits(_) => {}
        }
    }

    fn clear(&self) {
        self.0.finish_and_clear();
    }
}
