//! `cardbridge run`: the agent.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use sd_notify::NotifyState;
use serde_json::json;
use tokio::time::{interval, sleep};

use super::signals::Stop;
use super::steps::{event, step};
use super::trail::Trail;
use super::{Context, Exit, Failure, count_of_cards, narrate};
use crate::desk::Agent;
use crate::desk::notice::Watcher;
use crate::desk::service_loop::{Cards, watch};
use crate::encoder::{EncoderError, Encoders, choose};

/// Watch every encoder, finish cards that were removed too early, and send reports, until it is stopped.
///
/// With --auto (or auto = true in the file's section for run) it also takes waiting credentials from the queue of the configured access
/// systems and encodes one on every blank card that is placed. With --json each step is one line on stdout; docs/json.md tells them all.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cardbridge run --auto
  systemctl enable --now cardbridge     (with the unit from the project's udev folder)")]
pub(super) struct Run {
    /// Encode waiting credentials as cards are placed.
    #[arg(long)]
    auto: bool,
    /// Use only the encoder whose PC/SC name contains this.
    #[arg(long, value_name = "NAME")]
    reader: Option<String>,
}

impl Run {
    pub(super) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let stop = Stop::listen(&context.output)?;
        if context.environment().path("NOTIFY_SOCKET").is_some()
            && !context.block_on(async { Ok(configured(context, &stop).await) })?
        {
            return Ok(Exit::Done);
        }
        let config = context.config()?;
        let agent = Arc::new(context.composer(&config).agent()?);
        let cards = if self.auto || config.run.auto {
            Cards::IssueWaiting
        } else {
            Cards::FinishOnly
        };
        let name_part = self.reader.or_else(|| config.encoder.reader.clone());
        refuse_ambiguous(name_part.as_deref())?;
        context.block_on(async {
            let (_encoders, events) = context.composer(&config).encoders(name_part)?;
            context.output.note(match cards {
                Cards::IssueWaiting => "watching; every blank card takes the credential that has waited longest",
                Cards::FinishOnly => "watching; cards that were removed too early are finished, others are left alone (see --auto)",
            });
            if context.output.json() {
                let auto = cards == Cards::IssueWaiting;
                context.output.event(&event("ready", &json!({"auto": auto})));
            }
            tell_service_manager(NotifyState::Ready);
            // In one task with the loop, so that a loop which hangs is found out.
            tokio::select! {
                () = watch(Arc::clone(&agent), events, cards, watcher(context), stop.asked_any()) => {}
                () = keep_service_manager_at_ease() => {}
            }
            tell_what_is_left(context, &agent);
            Ok(Exit::Done)
        })
    }
}

/// How often a service that lacks something looks whether it is there.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// Waits, as a service, until the configuration will do: a service that ended would be started again every few seconds for
/// ever. The service manager shows what is missing. False when it was asked to stop.
async fn configured(context: &Context, stop: &Stop) -> bool {
    let mut told: Option<String> = None;
    let will_do = async {
        loop {
            let obstacle = match context.config() {
                Err(failure) => Some(failure),
                Ok(config) => config.obstacle().map(Failure::from),
            };
            let Some(failure) = obstacle else {
                break;
            };
            if told.as_deref() != Some(failure.what()) {
                if told.is_none() {
                    tell_service_manager(NotifyState::Ready);
                }
                let status = format!("waiting: {}", failure.what());
                tell_service_manager(NotifyState::Status(&status));
                context.output.tell(&failure);
                told = Some(failure.what().to_owned());
            }
            sleep(LOOK_AGAIN).await;
        }
        if told.is_some() {
            tell_service_manager(NotifyState::Status("watching for cards"));
        }
        true
    };
    tokio::select! {
        will_do = will_do => will_do,
        () = stop.asked_any() => false,
        () = keep_service_manager_at_ease() => false,
    }
}

/// What the next start will take up.
fn tell_what_is_left(context: &Context, agent: &Agent) {
    let (Ok(unreported), Ok(has_unfinished)) =
        (agent.journal().unreported(), agent.journal().has_open())
    else {
        return;
    };
    if context.output.json() {
        let left = json!({"unreported": unreported.len(), "unfinished": has_unfinished});
        context.output.event(&event("stopped", &left));
    }
    if !unreported.is_empty() {
        context.output.note(&format!(
            "stopped with {} written and not reported yet\n  fix: start `cardbridge run` again, or run `cardbridge retry`",
            count_of_cards(unreported.len())
        ));
    }
    if has_unfinished {
        context.output.note(
            "stopped with an unfinished card\n  fix: start `cardbridge run` again and place the card on an encoder; \
             `cardbridge history` shows which",
        );
    }
}

/// A part of a name that fits several readers may mean the wrong one. Readers that are not there yet are waited for.
fn refuse_ambiguous(name_part: Option<&str>) -> Result<(), EncoderError> {
    let present = Encoders::list_pcsc(None).unwrap_or_default();
    match choose(name_part, present) {
        Err(ambiguous @ EncoderError::Ambiguous { .. }) => Err(ambiguous),
        _ => Ok(()),
    }
}

/// Tells systemd, twice in each `WatchdogSec=` of its unit, that this process still does its work.
async fn keep_service_manager_at_ease() {
    let Some(longest) = sd_notify::watchdog_enabled() else {
        return pending().await;
    };
    let mut ticks = interval(longest / 2);
    loop {
        ticks.tick().await;
        tell_service_manager(NotifyState::Watchdog);
    }
}

/// Without a service manager this does nothing.
fn tell_service_manager(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!("the service manager cannot be told how cardbridge is: {error}");
    }
}

fn watcher(context: &Context) -> Watcher {
    let output = context.output.clone();
    let trail = Trail::default();
    Arc::new(move |notice| {
        trail.hear(&notice);
        if let Some(words) = narrate::words(&notice) {
            output.note(&words);
        }
        if output.json()
            && let Some(step) = step(&notice, &trail)
        {
            output.event(&step);
        }
    })
}
