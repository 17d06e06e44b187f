//! The demo's desk: the desk of an agent, a simulated encoder, and a hand that places cards on it.

use std::collections::{HashMap, VecDeque};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cardbridge_drivers::contract::{Model, Uid};
use futures_util::StreamExt;
use url::Url;
use uuid::Uuid;

use super::keys::Keys;
use super::served::Served;
use super::tempo::Tempo;
use crate::cli::live::Live;
use crate::cli::{Context, Exit, Failure, Output};
use crate::desk::notice::{Notice, Observer, nobody};
use crate::desk::target::{Scan, Selection, Target};
use crate::desk::{self, Agent, Cards, DeskError, Events, Keep, Manner, Update};
use crate::encoder::{EncoderEvent, EncoderName, Encoders, Tray};
use crate::issuance::entry::Issuance;
use crate::issuance::journal::Journal;
use crate::issuance::policy::Allowed;
use crate::queue::CredentialQueue;
use crate::report::{EventSink, Reporter, Sink, WebhookSecret};
use crate::seam::{
    AccessMode, AcsUser, Auth, Client, CreateAcsCredential, CredentialHolder, ListAcsUsers,
    Settings,
};
use crate::serve::Meters;
use crate::sim::Access;

/// Everything on the desk.
pub(super) struct Desk {
    output: Output,
    pub(super) access: Access,
    pub(super) keys: Keys,
    pub(super) tempo: Tempo,
    pub(super) client: Client,
    pub(super) agent: Arc<Agent>,
    handle: desk::Desk,
    pub(super) tray: Tray,
    pub(super) encoder: EncoderName,
    events: Events,
    /// The observer of what happens at the desk, in step with it.
    told: Told,
    state: StateDir,
    live: Option<Live>,
    pub(super) names: HashMap<String, String>,
    /// Who gets the credentials that the demo makes, in turn.
    guests: VecDeque<AcsUser>,
    /// How many cards were taken from the tray: the next one is of another model.
    pub(super) taken: usize,
    pub(super) served: Vec<Served>,
    /// How many cards were refused for want of room.
    pub(super) too_small: usize,
    /// How often a credential that waited longer was too large for the card, and a later one was taken.
    pub(super) passed_over: usize,
    /// The models that hold no record at all.
    pub(super) hold_none: Vec<&'static str>,
}

impl Desk {
    pub(super) fn open(context: &Context, access: &Access, tempo: Tempo) -> Result<Self, Failure> {
        let keys = Keys::new()?;
        let state = StateDir::new();
        let agent = Arc::new(new_agent(access, state.path(), &keys)?);
        let tray = empty_tray(tempo)?;
        let encoder = EncoderName(Tray::ENCODER.to_owned());
        let told = Told::default();
        let handle = open(&agent, &tray, &told)?;
        let for_people = !context.output.json();
        Ok(Self {
            output: context.output.clone(),
            access: access.clone(),
            keys,
            tempo,
            client: client(&access.endpoint, &access.api_key)?,
            agent,
            events: handle.events(),
            handle,
            tray,
            encoder,
            told,
            state,
            live: (for_people && std::io::stderr().is_terminal())
                .then(|| Live::new(context.output.clone())),
            names: HashMap::new(),
            guests: VecDeque::new(),
            taken: 0,
            served: Vec::new(),
            too_small: 0,
            passed_over: 0,
            hold_none: Vec::new(),
        })
    }

    /// Puts another agent in place of the one that is here, at the same hotel and with the same journal.
    pub(super) fn change_agent(&mut self) -> Result<(), Failure> {
        self.agent = Arc::new(new_agent(&self.access, self.state.path(), &self.keys)?);
        self.handle = open(&self.agent, &self.tray, &self.told)?;
        self.events = self.handle.events();
        Ok(())
    }

    /// Has a credential encoded on the card that is on the encoder. `observer` hears of each step.
    pub(super) async fn encode(
        &self,
        selection: Selection,
        observer: Observer,
    ) -> Result<Issuance, Arc<DeskError>> {
        self.told.by(observer);
        let ticket = self.handle.encode(selection, &here(), Allowed::default());
        let issued = ticket?.outcome().await;
        self.told.by(nobody());
        let lacks = || DeskError::Lacks("a reader");
        issued?.here().ok_or_else(|| Arc::new(lacks()))
    }

    /// Has the card that is on the encoder read.
    pub(super) async fn scan(&self) -> Result<Scan, Failure> {
        let mut ticket = self.handle.scan(&here())?;
        ticket.outcome().await.map_err(|error| (&*error).into())
    }

    pub(super) fn state_dir(&self) -> &Path {
        self.state.path()
    }

    /// A text to read, below everything that was said before.
    pub(super) fn say(&self, text: &str) -> Result<(), Failure> {
        if let Some(live) = &self.live {
            live.clear();
            // The progress goes to stderr: it must be off the screen before stdout is written to.
            self.output.drain();
        }
        if self.output.json() {
            return Ok(());
        }
        self.output.text(text)
    }

    /// Time to read what was said last.
    pub(super) async fn pause(&self) {
        tokio::time::sleep(self.tempo.pause).await;
    }

    /// Shows the progress, where there is a terminal.
    pub(super) fn observer(&self) -> Observer {
        self.live.as_ref().map_or_else(nobody, |live| {
            let live = live.observer_with(self.names.clone());
            Arc::new(move |notice| match notice {
                // The demo says itself what happens to cards.
                Notice::Encoder(_) | Notice::CardAwaited { .. } => {}
                notice => live(notice),
            })
        })
    }

    /// Seam's name of a credential.
    pub(super) fn name(&self, acs_credential_id: &str) -> String {
        self.names
            .get(acs_credential_id)
            .cloned()
            .unwrap_or_default()
    }

    /// Hands the encoders over to a desk that waits for commands, as that of `cardbridge run` does; the cards of the story are put away.
    pub(super) fn hand_over(&mut self, meters: &Meters) -> Result<desk::Desk, Failure> {
        self.tray = empty_tray(self.tempo)?;
        let (encoders, events) = Encoders::simulated_measured(&self.tray, meters.of_exchanges())?;
        let manner = Manner {
            cards: Some(Cards::FinishOnly),
            seam_encoders: true,
            observer: meters.observer(nobody()),
            ..Manner::default()
        };
        let agent = Arc::clone(&self.agent);
        self.handle = desk::Desk::open(agent, Some(encoders), events, manner);
        self.events = self.handle.events();
        Ok(self.handle.clone())
    }

    /// Creates a credential that waits for its card, and returns its id.
    pub(super) async fn new_credential(&mut self) -> Result<String, Failure> {
        if self.guests.is_empty() {
            let guests = self.client.users().list(&ListAcsUsers::default());
            let mut guests = pin!(guests.into_items());
            while let Some(guest) = guests.next().await {
                self.guests.push_back(guest?);
            }
        }
        self.guests.rotate_left(1);
        let guest = self
            .guests
            .back()
            .ok_or_else(|| unexpected("the simulated hotel has no guest"))?;
        let holder = CredentialHolder::AcsUser {
            acs_user_id: guest.acs_user_id.clone(),
        };
        let request = CreateAcsCredential::new(AccessMode::Card, holder);
        let created = self.client.credentials().create(&request).await?;
        let id = created.acs_credential_id;
        self.names.insert(id.clone(), guest.display_name.clone());
        Ok(id)
    }

    /// A card fresh from the factory, on the tray.
    pub(super) fn blank_card(&self, model: &'static Model) -> Result<Uid, Failure> {
        Ok(self.tray.blank(model)?)
    }

    /// Places a card of the tray on the encoder.
    pub(super) async fn place(&mut self, uid: Uid) -> Result<(), Failure> {
        self.tray.place(&self.encoder, uid)?;
        placed(&mut self.events).await
    }

    /// Removes the card that is on the encoder.
    pub(super) async fn remove(&mut self) -> Result<(), Failure> {
        self.tray.remove_from(&self.encoder)?;
        self.removed().await
    }

    /// Waits until the encoder has seen that its card is gone.
    pub(super) async fn removed(&mut self) -> Result<(), Failure> {
        until(&mut self.events, |notice| match notice {
            Notice::Encoder(event) => {
                matches!(**event, EncoderEvent::CardRemoved(_)).then_some(Ok(()))
            }
            _ => None,
        })
        .await
    }

    /// How many commands have reached cards on the encoder so far.
    pub(super) fn commands(&self) -> usize {
        self.tray.commands(&self.encoder).unwrap_or_default()
    }
}

fn empty_tray(tempo: Tempo) -> Result<Tray, Failure> {
    let tray = Tray::with_encoders(Tray::ENCODERS);
    for encoder in tray.encoders() {
        tray.set_pace(&encoder, tempo.exchange)?;
    }
    Ok(tray)
}

/// The observer of what happens, from one order to the next.
#[derive(Clone)]
struct Told(Arc<Mutex<Observer>>);

impl Default for Told {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(nobody())))
    }
}

impl Told {
    fn by(&self, observer: Observer) {
        *self.observer() = observer;
    }

    fn observer(&self) -> MutexGuard<'_, Observer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A desk with the encoder of this tray.
fn open(agent: &Arc<Agent>, tray: &Tray, told: &Told) -> Result<desk::Desk, Failure> {
    let (encoders, events) = Encoders::simulated(tray)?;
    let told = told.clone();
    let manner = Manner {
        keep: Keep::UntilRemoved,
        observer: Arc::new(move |notice| {
            let observer = Arc::clone(&told.observer());
            observer(notice);
        }),
        ..Manner::default()
    };
    Ok(desk::Desk::open(
        Arc::clone(agent),
        Some(encoders),
        events,
        manner,
    ))
}

/// The card that is there; one that is pulled away is not waited for.
fn here() -> Target {
    Target::first_card(Duration::ZERO)
}

/// Waits until there is a card that can be worked on.
pub(super) async fn placed(events: &mut Events) -> Result<(), Failure> {
    until(events, |notice| match notice {
        Notice::CardPlaced(_) => Some(Ok(())),
        Notice::Encoder(event) => match &**event {
            EncoderEvent::CardUnreadable(_, error) => Some(Err(error.clone().into())),
            _ => None,
        },
        _ => None,
    })
    .await
}

/// Waits for something to happen at the desk. Its events are heard up to there, so that none is missed the next time.
async fn until(
    events: &mut Events,
    is_it: impl Fn(&Notice) -> Option<Result<(), Failure>>,
) -> Result<(), Failure> {
    while let Some(update) = events.next().await {
        match update {
            Update::Event(event) => {
                if let Some(outcome) = is_it(&event.notice) {
                    return outcome;
                }
            }
            Update::Snapshot { missed: 0, .. } => {}
            Update::Snapshot { .. } => return Err(unexpected("the demo missed what happened")),
        }
    }
    Err(encoders_stopped())
}

pub(super) fn client(endpoint: &str, api_key: &str) -> Result<Client, Failure> {
    Ok(Client::new(
        Settings::new(Auth::ApiKey(api_key.into())).at(endpoint),
    )?)
}

fn new_agent(access: &Access, state_dir: &Path, keys: &Keys) -> Result<Agent, Failure> {
    let url = Url::parse(&access.report_url).map_err(|error| Failure::unexpected(&error))?;
    let secret =
        WebhookSecret::parse(&access.report_secret).map_err(|error| Failure::unexpected(&error))?;
    Ok(Agent::new(
        CredentialQueue::new(client(&access.endpoint, &access.api_key)?, Vec::new()),
        Journal::open(state_dir)?,
        Reporter::new(vec![Sink::Event(EventSink::new(url, secret))]),
        keys.setup()?,
    ))
}

/// The demo did not go as it always should.
pub(super) fn unexpected(what: impl Into<String>) -> Failure {
    Failure::new(Exit::Unexpected, what.into(), "please report this")
}

fn encoders_stopped() -> Failure {
    Failure::new(
        Exit::Encoder,
        "the simulated encoder stopped",
        "please report this",
    )
}

/// A directory for the journal that goes with the demo.
struct StateDir(PathBuf);

impl StateDir {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("cardbridge-demo-{}", Uuid::now_v7())))
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for StateDir {
    fn drop(&mut self) {
        // What is left behind in the system's temporary directory is of no use to anyone and does no harm.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
