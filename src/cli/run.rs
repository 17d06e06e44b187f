//! `cardbridge run`: the agent.

use std::future::pending;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use sd_notify::NotifyState;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{interval, sleep};

use super::global::flag;
use super::narrate::count_of_cards;
use super::serving::{Serving, announce};
use super::signals::Stop;
use super::simulated::SimulatedArgs;
use super::{Context, Exit, Failure, narrate};
use crate::config::{Config, Layer};
use crate::desk::event::DeskEvent;
use crate::desk::notice::{Notice, nobody};
use crate::desk::{Agent, Cards, Desk, Manner, Update};
use crate::encoder::{EncoderError, EncoderEvent, Encoders, Tray, choose};
use crate::issuance::journal::{Alone, JournalReader};
use crate::serve::Meters;
use crate::serve::admission::Admission;
use crate::text::Hint;

/// Watch every encoder, finish cards that were removed too early, and send reports, until it is stopped.
///
/// With --auto (or auto = true in the file's section for run) it also takes waiting credentials from the queue of the configured access
/// systems and encodes one on every blank card that is placed. With --json each step is one line on stdout; docs/json.md lists them all.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cardbridge run --auto
  systemctl enable --now cardbridge     (with the unit from the project's udev folder)")]
pub(super) struct Run {
    /// Encode waiting credentials as cards are placed.
    #[arg(long)]
    auto: bool,
    /// Use only the encoder whose name contains this.
    #[arg(long, value_name = "NAME")]
    reader: Option<String>,
    /// Serve the desk page and the local API here; port 0 takes a free one [env: CARDBRIDGE_LISTEN].
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    #[command(flatten)]
    simulated: SimulatedArgs,
}

impl Run {
    pub(super) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let stop = Stop::listen(&context.output)?;
        if context.environment().path("NOTIFY_SOCKET").is_some()
            && !context.block_on(async { Ok(configured(context, &stop).await) })?
        {
            return Ok(Exit::Done);
        }
        let config = context.config_with(Layer {
            listen: flag("--listen", self.listen.as_ref()),
            ..Layer::default()
        })?;
        let meters = Meters::default();
        let composer = context
            .composer(&config)
            .measured(meters.of_exchanges(), Arc::new(meters.of_attempts()));
        let agent = Arc::new(composer.agent()?);
        let _alone = alone(&agent, &config)?;
        let cards = if self.auto || config.run.auto {
            Cards::IssueWaiting
        } else {
            Cards::FinishOnly
        };
        let name_part = self.simulated.reader(self.reader.as_ref(), &config);
        let tray = self
            .simulated
            .tray_for_many(&composer, name_part.as_deref())?;
        if tray.is_none() {
            refuse_ambiguous(name_part.as_deref())?;
        }
        self.simulated.warn(context);
        if let Some(tray) = &tray {
            SimulatedArgs::warn_of_keys(context, tray);
        }
        let serving = Serving {
            tray: tray.clone(),
            ..Serving::new(context, &config, meters.clone())?
        };
        context.block_on(async {
            let (encoders, events) = match &tray {
                Some(tray) => {
                    at_real_pace(tray)?;
                    Encoders::simulated_measured(tray, meters.of_exchanges())?
                }
                None => composer.encoders(name_part)?,
            };
            context.output.note(match cards {
                Cards::IssueWaiting => "watching; every blank card takes the credential that has waited longest",
                Cards::FinishOnly => "watching; cards that were removed too early are finished, others are left alone (see --auto)",
            });
            if context.output.json() {
                let auto = cards == Cards::IssueWaiting;
                context.output.event(&json!({"event": "ready", "auto": auto, "simulated": tray.is_some()}));
            }
            tell_service_manager(NotifyState::Ready);
            let manner = Manner {
                cards: Some(cards),
                observer: meters.observer(nobody()),
                seam_encoders: true,
                ..Manner::default()
            };
            let desk = Desk::open(Arc::clone(&agent), Some(encoders), events, manner);
            let (over, is_over) = until_over();
            let output = &context.output;
            let ready = |admission: &Admission| announce(output, admission);
            let page = serving.run(output, desk.clone(), Arc::clone(&agent), ready, is_over);
            let following = async {
                follow(context, &desk, &stop).await;
                drop(over);
            };
            tokio::join!(following, page);
            tell_what_is_left(context, &agent).await;
            Ok(Exit::Done)
        })
    }
}

/// Makes this the only agent that works with the state directory, for as long as it runs.
fn alone(agent: &Agent, config: &Config) -> Result<Alone, Failure> {
    agent.journal().alone()?.ok_or_else(|| {
        let directory = config.state_dir.value.display();
        Failure::new(
            Exit::Configuration,
            format!("another `cardbridge run` works with the state directory {directory}"),
            "`cardbridge desk` opens its page; stop it to start this one, or give this one a state directory of its own with \
             CARDBRIDGE_STATE_DIR",
        )
        .coded("agent_runs_already")
    })
}

/// Who watches a card being written, and removes it in the middle, has the time that there is at a real desk.
fn at_real_pace(tray: &Tray) -> Result<(), Failure> {
    for encoder in tray.encoders() {
        tray.set_pace(&encoder, Tray::REAL_PACE)?;
    }
    Ok(())
}

/// How often a service that lacks something looks whether it is there.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// Waits, as a service, until the configuration is usable: a service that ended would be started again every few seconds for
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
async fn tell_what_is_left(context: &Context, agent: &Agent) {
    let left = |journal: &JournalReader| Ok((journal.unreported()?.len(), journal.has_open()?));
    let Ok((unreported, has_unfinished)) = agent.journal().read(left).await else {
        return;
    };
    if context.output.json() {
        context.output.event(&json!({
            "event": "stopped",
            "unreported": unreported,
            "unfinished": has_unfinished,
        }));
    }
    if unreported > 0 {
        context.output.note(&format!(
            "stopped with {} written and not reported yet\n  fix: start `cardbridge run` again, or run `cardbridge retry`",
            count_of_cards(unreported)
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

/// Notifies systemd, twice in each `WatchdogSec=` of its unit, that this process still does its work.
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
        tracing::warn!("the service manager cannot be notified: {error}");
    }
}

/// What serves the page is to end when the first half is dropped, and the second half says so.
pub(super) fn until_over() -> (watch::Sender<()>, impl Future<Output = ()>) {
    let (over, mut is_over) = watch::channel(());
    (over, async move {
        // An error: the other end is gone.
        let _ = is_over.changed().await;
    })
}

/// Shows what happens at the desk until this process is asked to stop, and while the desk then stops.
pub(super) async fn follow(context: &Context, desk: &Desk, stop: &Stop) {
    let mut events = desk.events();
    let showing = async {
        while let Some(update) = events.next().await {
            show(context, update);
        }
    };
    // On one thread with the desk, so that one which hangs is found out.
    tokio::select! {
        () = showing => {}
        () = stop.asked_any() => {}
        () = desk.over() => {}
        () = keep_service_manager_at_ease() => {}
    }
    let mut stopping = pin!(desk.stop());
    loop {
        tokio::select! {
            () = &mut stopping => break,
            update = events.next() => if let Some(update) = update {
                show(context, update);
            }
        }
    }
    while let Some(update) = events.try_next() {
        show(context, update);
    }
}

fn show(context: &Context, update: Update) {
    let output = &context.output;
    match update {
        Update::Event(event) => {
            if let Some(words) = narrate::words(&event.notice) {
                output.note(&words);
            }
            if output.json() {
                output.event(&line(&event));
            }
        }
        Update::Snapshot { missed: 0, .. } => {}
        Update::Snapshot { missed, .. } if output.json() => {
            output.event(&json!({"event": "dropped", "count": missed}));
        }
        Update::Snapshot { missed, .. } => {
            output.note(&format!("{missed} lines were not shown in time"));
        }
    }
}

/// The event, and beside what went wrong what to do now, and the exit code that a command would have ended with.
fn line(event: &DeskEvent) -> Value {
    let mut line = json!(event);
    let failure = match &event.notice {
        Notice::NotIssued { error, .. } => Failure::from(&**error),
        Notice::JournalTrouble(error) => Failure::from(&**error),
        Notice::Encoder(event) => match &**event {
            EncoderEvent::CardUnreadable(_, error) => Failure::from(error.clone()),
            _ => return line,
        },
        Notice::NotNoted { error, .. } => {
            line["hint"] = json!(error.hint());
            return line;
        }
        Notice::PassedOver { refusal, .. } => {
            line["hint"] = json!(refusal.hint());
            return line;
        }
        _ => return line,
    };
    line["error"]["exit"] = json!(failure.exit() as u8);
    line["error"]["hint"] = json!(failure.hint());
    line
}
