//! An agent in a process of its own, which is killed in the middle of a write.
//!
//! It is this program with `--doomed`, at the same hotel and with the same journal. A card outlives the agent that writes it;
//! so that this one does, its memory goes to the demo's process after each command that changes it.

use std::io::{self, BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::{Progress, Uid};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::{self, UnboundedReceiver};

use super::desk::{client, placed, unexpected};
use super::keys::Keys;
use crate::cli::{Context, Exit, Failure};
use crate::desk::notice::{Notice, Observer};
use crate::desk::target::{Selection, Target};
use crate::desk::{Agent, Desk, Keep, Manner};
use crate::encoder::simulated::{Fault, WatchedCard};
use crate::encoder::{EncoderName, Encoders, Tray};
use crate::issuance::journal::Journal;
use crate::issuance::policy::Allowed;
use crate::queue::CredentialQueue;
use crate::report::Reporter;

/// What the process is to do. It comes on stdin, because it holds keys.
#[derive(Serialize, Deserialize)]
pub(super) struct Task {
    pub(super) endpoint: String,
    pub(super) api_key: String,
    pub(super) state_dir: PathBuf,
    pub(super) keys: Keys,
    pub(super) acs_credential_id: String,
    pub(super) model: String,
    pub(super) card_uid: String,
    /// How long the card takes for one command.
    pub(super) pace: Duration,
}

/// What the process says on stdout, a line each.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Said {
    /// A command has changed the card: its whole memory in hex.
    Memory(String),
    /// A write command was carried out.
    Wrote { done: usize, total: usize },
}

/// Whether this is the moment at which the demo lets something happen.
pub(super) fn is_half(progress: Progress) -> bool {
    2 * progress.done >= progress.total
}

/// The process, seen from the demo. Dropped, it is killed.
pub(super) struct Doomed {
    process: Child,
    said: UnboundedReceiver<Said>,
}

impl Doomed {
    pub(super) fn start(task: &Task) -> Result<Self, Failure> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(["demo", "--doomed"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        if let Some(stdin) = process.stdin.take() {
            serde_json::to_writer(stdin, task).map_err(|error| Failure::unexpected(&error))?;
        }
        let (sender, said) = mpsc::unbounded_channel();
        if let Some(stdout) = process.stdout.take() {
            thread::spawn(move || {
                for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                    // A line that is cut off was cut by the kill.
                    let Ok(said) = serde_json::from_str(&line) else {
                        return;
                    };
                    if sender.send(said).is_err() {
                        return;
                    }
                }
            });
        }
        Ok(Self { process, said })
    }

    pub(super) fn id(&self) -> u32 {
        self.process.id()
    }

    /// The next thing it says; `None` once it is gone and everything that it said was heard.
    pub(super) async fn hear(&mut self) -> Option<Said> {
        self.said.recv().await
    }

    /// SIGKILL, which no process can catch or put off.
    pub(super) fn kill(&mut self) -> io::Result<()> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }
}

impl Drop for Doomed {
    fn drop(&mut self) {
        // Fails where the process is gone already, which is what is wanted.
        let _ = self.kill();
    }
}

/// The process itself. It never comes to its end: in the middle of the write its encoder stops answering, and it is killed there.
pub(super) fn run(context: &Context) -> Result<Exit, Failure> {
    let task: Task = serde_json::from_reader(io::stdin().lock())
        .map_err(|_| unexpected("--doomed is how the demo starts a process of its own"))?;
    context.block_on(write_half(task))
}

async fn write_half(task: Task) -> Result<Exit, Failure> {
    let agent = Agent::new(
        CredentialQueue::new(client(&task.endpoint, &task.api_key)?, Vec::new()),
        Journal::open(&task.state_dir)?,
        Reporter::new(Vec::new()),
        task.keys.setup()?,
    );
    let uid: Uid = task
        .card_uid
        .parse()
        .map_err(|_| unexpected("the demo named no card"))?;
    let card = cards::simulate(&task.model, uid)
        .ok_or_else(|| unexpected("the demo named a card that does not exist"))?;
    let tray = Tray::new();
    let encoder = EncoderName(Tray::ENCODER.to_owned());
    let (encoders, cards) = Encoders::simulated(&tray)?;
    tray.add(Box::new(WatchedCard::new(
        card,
        Box::new(|memory| {
            say(&Said::Memory(hex::encode(memory)));
            true
        }),
    )))?;
    tray.set_pace(&encoder, task.pace)?;
    let (hand, on) = (tray.clone(), encoder.clone());
    let observer: Observer = Arc::new(move |notice| {
        if let Notice::Writing { progress, .. } = notice {
            if is_half(progress) {
                // Without this the kill could come too late, after the last command.
                let _ = tray.break_after(&encoder, 0, Fault::Hang);
            }
            say(&Said::Wrote {
                done: progress.done,
                total: progress.total,
            });
        }
    });
    let manner = Manner {
        keep: Keep::UntilRemoved,
        observer,
        ..Manner::default()
    };
    let desk = Desk::open(Arc::new(agent), Some(encoders), cards, manner);
    let mut events = desk.events();
    hand.place(&on, uid)?;
    placed(&mut events).await?;
    let selection = Selection::Credential(task.acs_credential_id);
    let target = Target::first_card(Duration::ZERO);
    let mut ticket = desk.encode(selection, &target, Allowed::default())?;
    let outcome = ticket.outcome().await;
    outcome.map_err(|error| Failure::from(&*error))?;
    Err(unexpected(
        "the agent that was to be killed came to its end",
    ))
}

fn say(said: &Said) {
    let mut stdout = io::stdout().lock();
    // When the demo is gone, this process is about to be.
    let _ = serde_json::to_writer(&mut stdout, said);
    let _ = stdout.write_all(b"\n");
    let _ = stdout.flush();
}
