//! The promise, played: what goes wrong at a desk, and what becomes of the card. Everything is the ordinary desk, journal and
//! drivers; only the accidents are made.

use std::sync::{Arc, Mutex, PoisonError};

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::{Model, Progress, Uid};

use super::desk::{Desk, unexpected};
use super::doomed::{Doomed, Said, Task, is_half};
use super::show;
use crate::cli::Failure;
use crate::cli::read::Explained;
use crate::desk::notice::{Notice, Observer};
use crate::desk::target::Selection;
use crate::desk::{DeskError, IssueError};
use crate::encoder::simulated::{Fault, Loss};
use crate::issuance::entry::Issuance;
use crate::issuance::state::State;

/// The card type that it is played with.
const MODEL: &str = "ntag215";

/// Bytes at the beginning of its memory that the maker wrote for good: the serial number with its check bytes.
const SERIAL_NUMBER: usize = 9;

impl Desk {
    /// A card that is pulled away, an agent that is killed, a card that is copied.
    pub(super) async fn play_the_promise(&mut self) -> Result<(), Failure> {
        let (_, model) = cards::model(MODEL).ok_or_else(|| unexpected("no driver has NTAG215"))?;
        self.say(&show::promise())?;
        let whole = self.pull_the_card(model).await?;
        self.kill_the_agent(model).await?;
        self.copy_a_card(model, whole).await
    }

    /// Returns the card, which is whole in the end.
    async fn pull_the_card(&mut self, model: &'static Model) -> Result<Uid, Failure> {
        self.begin("1. A card is pulled away in the middle of the write")
            .await?;
        let before = self.commands();
        let id = self.new_credential().await?;
        let uid = self.blank_card(model)?;
        let (observer, progress) = self.pulling_at_half();
        let credential = || Selection::Credential(id.clone());
        self.place(uid).await?;
        let outcome = self.encode(credential(), observer).await;
        self.removed().await?;
        let stopped = outcome.err();
        if !matches!(
            stopped.as_deref(),
            Some(DeskError::Issue(IssueError::Interrupted { .. }))
        ) {
            return Err(unexpected("a card that was pulled away was not noticed"));
        }
        self.tell(&format!("card {uid} is gone after {progress}"))
            .await?;

        let other = self.blank_card(model)?;
        self.place(other).await?;
        let outcome = self.encode(credential(), self.observer()).await;
        self.remove().await?;
        let refused = outcome.err();
        let Some(DeskError::Issue(IssueError::Refused(refusal))) = refused.as_deref() else {
            return Err(unexpected("a credential was issued for a second card"));
        };
        self.tell(&format!(
            "another card instead, {other}: refused: {refusal}"
        ))
        .await?;

        self.place(uid).await?;
        let outcome = self.encode(credential(), self.observer()).await;
        self.remove().await?;
        let issuance = outcome.map_err(|error| Failure::from(&*error))?;
        self.finished(model, issuance, before, &format!("card {uid} again"))?;
        Ok(uid)
    }

    async fn kill_the_agent(&mut self, model: &'static Model) -> Result<(), Failure> {
        self.begin("2. The agent is killed in the middle of the write")
            .await?;
        let before = self.commands();
        let id = self.new_credential().await?;
        let uid = self.blank_card(model)?;
        let mut doomed = Doomed::start(&Task {
            endpoint: self.access.endpoint.clone(),
            api_key: self.access.api_key.clone(),
            state_dir: self.state_dir().to_owned(),
            keys: self.keys.clone(),
            acs_credential_id: id.clone(),
            model: model.name.to_owned(),
            card_uid: uid.to_string(),
            pace: self.tempo.exchange,
        })?;
        let (memory, progress) = self.kill_at_half(&mut doomed, &id).await?;
        let memory = hex::decode(memory).map_err(|error| Failure::unexpected(&error))?;
        if !self.tray.load(uid, &memory)? {
            return Err(unexpected(
                "the card of the killed agent is of another size",
            ));
        }
        self.tell(&format!(
            "process {} writes card {uid}: killed (SIGKILL) after {progress}",
            doomed.id()
        ))
        .await?;
        let verdict = self.verdict(uid).await?;
        if verdict.is_verified {
            return Err(unexpected("a half-written card passes for a good one"));
        }
        self.tell(&format!(
            "`cardbridge read` of that card: {}",
            verdict.words
        ))
        .await?;

        self.change_agent()?;
        self.place(uid).await?;
        let outcome = self.encode(Selection::Next, self.observer()).await;
        self.remove().await?;
        let issuance = outcome.map_err(|error| Failure::from(&*error))?;
        if issuance.acs_credential_id != id {
            return Err(unexpected("the new agent took up something else"));
        }
        self.finished(model, issuance, before, "a new agent with the same journal")
    }

    async fn copy_a_card(&mut self, model: &'static Model, original: Uid) -> Result<(), Failure> {
        self.begin("3. A card is copied, byte for byte, onto one with another serial number")
            .await?;
        let copy = self.blank_card(model)?;
        let mut memory = self.tray.memory(copy)?;
        let content = self.tray.memory(original)?;
        memory.truncate(SERIAL_NUMBER);
        memory.extend(content.into_iter().skip(SERIAL_NUMBER));
        if !self.tray.load(copy, &memory)? {
            return Err(unexpected("the copy is of another size"));
        }
        let verdict = self.verdict(original).await?;
        if !verdict.is_verified {
            return Err(unexpected("the original of a copied card does not pass"));
        }
        self.tell(&format!("original {original}: {}", verdict.words))
            .await?;
        let verdict = self.verdict(copy).await?;
        let Some(trouble) = verdict.trouble.filter(|_| !verdict.is_verified) else {
            return Err(unexpected("a copied card passes for a genuine one"));
        };
        self.tell(&format!("copy {copy}: {}", verdict.words))
            .await?;
        self.say(&show::good(&format!("not genuine: {}", trouble.what())))
    }

    /// What `cardbridge read` says of a card.
    async fn verdict(&mut self, uid: Uid) -> Result<Explained, Failure> {
        self.place(uid).await?;
        let scan = self.scan().await?;
        self.remove().await?;
        Explained::of(&scan).ok_or_else(|| unexpected("a scan without the card"))
    }

    /// An observer that lets the card be removed in the middle of the write, and how far it came.
    fn pulling_at_half(&self) -> (Observer, Came) {
        let came = Came::default();
        let (tray, encoder) = (self.tray.clone(), self.encoder.clone());
        let (shown, so_far) = (self.observer(), came.clone());
        let observer: Observer = Arc::new(move |notice| {
            if let Notice::Writing { progress, .. } = &notice {
                so_far.to(*progress);
                if is_half(*progress) {
                    // The next command still reaches the card; its answer is lost.
                    let _ = tray.break_after(&encoder, 0, Fault::Removed(Loss::Answer));
                }
            }
            shown(notice);
        });
        (observer, came)
    }

    /// Kills the agent in the middle of the write, and returns the memory of the card that it leaves, and how far it came.
    async fn kill_at_half(
        &self,
        doomed: &mut Doomed,
        acs_credential_id: &str,
    ) -> Result<(String, Came), Failure> {
        let journal = self.agent.journal();
        let shown = self.observer();
        let came = Came::default();
        let mut claimed = None;
        let mut memory = None;
        while let Some(said) = doomed.hear().await {
            match said {
                Said::Memory(now) => memory = Some(now),
                Said::Wrote { done, total } => {
                    let progress = Progress { done, total };
                    came.to(progress);
                    if claimed.is_none() {
                        let id = acs_credential_id.to_owned();
                        claimed = journal
                            .read(move |journal| journal.open_of_credential(&id))
                            .await?;
                        shown_as_claimed(&shown, claimed.as_ref());
                    }
                    if let Some(issuance) = &claimed {
                        shown(Notice::Writing {
                            issuance_id: issuance.issuance_id,
                            progress,
                        });
                    }
                    if is_half(progress) {
                        doomed.kill()?;
                    }
                }
            }
        }
        let memory = memory.ok_or_else(|| unexpected("the agent ended before it wrote"))?;
        Ok((memory, came))
    }

    async fn begin(&self, what: &str) -> Result<(), Failure> {
        self.pause().await;
        self.say(&show::heading(what))
    }

    async fn tell(&self, what: &str) -> Result<(), Failure> {
        self.say(&show::step(what))?;
        self.pause().await;
        Ok(())
    }

    /// The good end of an accident.
    fn finished(
        &mut self,
        model: &'static Model,
        issuance: Issuance,
        before: usize,
        by: &str,
    ) -> Result<(), Failure> {
        let closed = issuance.state() == State::Closed;
        self.served.push(self.served(model, issuance, before));
        if !closed {
            return Err(unexpected("a card that was finished is not reported"));
        }
        self.say(&show::good(&format!(
            "{by}: finished, read back, verified, reported"
        )))
    }
}

fn shown_as_claimed(observer: &Observer, claimed: Option<&Issuance>) {
    if let Some(issuance) = claimed {
        observer(Notice::Claimed(issuance.clone()));
    }
}

/// How far a write came.
#[derive(Clone, Default)]
struct Came(Arc<Mutex<Option<Progress>>>);

impl Came {
    fn to(&self, progress: Progress) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(progress);
    }
}

impl std::fmt::Display for Came {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(Progress { done, total }) => write!(f, "{done} of {total} write commands"),
            None => f.write_str("no write command"),
        }
    }
}
