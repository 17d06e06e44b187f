//! The demo's desk: an agent, a simulated encoder, and a hand that places cards on it.

use std::collections::{HashMap, VecDeque};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::pin::pin;

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::{Model, Uid};
use futures_util::StreamExt;
use tokio::sync::mpsc::UnboundedReceiver;
use url::Url;
use uuid::Uuid;

use super::Tempo;
use super::keys::Keys;
use super::queue::Served;
use crate::cli::live::Live;
use crate::cli::{Context, Exit, Failure, Output};
use crate::desk::Agent;
use crate::desk::notice::{Watcher, nobody};
use crate::encoder::simulated::TrayError;
use crate::encoder::virtual_card::random_uid;
use crate::encoder::{CardSession, EncoderEvent, EncoderName, Encoders, Tray};
use crate::issuance::journal::Journal;
use crate::queue::CredentialQueue;
use crate::report::{EventSink, Reporter, Sink, WebhookSecret};
use crate::seam::{
    AccessMode, AcsUser, Auth, Client, CreateAcsCredential, CredentialHolder, ListAcsUsers,
    Settings,
};
use crate::sim::Access;

/// Everything on the desk.
pub(super) struct Desk {
    output: Output,
    pub(super) access: Access,
    pub(super) keys: Keys,
    pub(super) tempo: Tempo,
    pub(super) client: Client,
    pub(super) agent: Agent,
    pub(super) tray: Tray,
    pub(super) encoder: EncoderName,
    events: UnboundedReceiver<EncoderEvent>,
    _encoders: Encoders,
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
        let agent = new_agent(access, state.path(), &keys)?;
        let tray = Tray::new();
        let encoder = EncoderName(Tray::ENCODER.to_owned());
        tray.set_pace(&encoder, tempo.exchange)?;
        let (encoders, events) = Encoders::simulated(&tray)?;
        let for_people = !context.output.json();
        Ok(Self {
            output: context.output.clone(),
            access: access.clone(),
            keys,
            tempo,
            client: client(&access.endpoint, &access.api_key)?,
            agent,
            tray,
            encoder,
            events,
            _encoders: encoders,
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

    /// Another agent at the same hotel, with the same journal.
    pub(super) fn another_agent(&self) -> Result<Agent, Failure> {
        new_agent(&self.access, self.state.path(), &self.keys)
    }

    pub(super) fn state_dir(&self) -> &Path {
        self.state.path()
    }

    /// Something for people to read, below everything that was said before.
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
    pub(super) fn watcher(&self) -> Watcher {
        self.live
            .as_ref()
            .map_or_else(nobody, |live| live.watcher_with(self.names.clone()))
    }

    /// Seam's name of a credential.
    pub(super) fn name(&self, acs_credential_id: &str) -> String {
        self.names
            .get(acs_credential_id)
            .cloned()
            .unwrap_or_default()
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
        let card = cards::simulate(model.name, random_uid()?)
            .ok_or_else(|| unexpected("a card type has no simulated card"))?;
        Ok(self.tray.add(card)?)
    }

    /// Places a card of the tray on the encoder.
    pub(super) async fn place(&mut self, uid: Uid) -> Result<CardSession, Failure> {
        self.tray.place(&self.encoder, uid)?;
        next_card(&mut self.events).await
    }

    /// Removes the card that is on the encoder.
    pub(super) async fn remove(&mut self) -> Result<(), Failure> {
        self.tray.lift(&self.encoder)?;
        self.removed().await
    }

    /// Waits until the encoder has seen that its card is gone.
    pub(super) async fn removed(&mut self) -> Result<(), Failure> {
        while let Some(event) = self.events.recv().await {
            if matches!(event, EncoderEvent::CardLifted(_)) {
                return Ok(());
            }
        }
        Err(encoders_stopped())
    }

    /// How many commands have reached cards on the encoder so far.
    pub(super) fn commands(&self) -> usize {
        self.tray.commands(&self.encoder).unwrap_or_default()
    }
}

/// Waits for the next card that can be worked on.
pub(super) async fn next_card(
    events: &mut UnboundedReceiver<EncoderEvent>,
) -> Result<CardSession, Failure> {
    while let Some(event) = events.recv().await {
        match event {
            EncoderEvent::CardPlaced(session) => return Ok(session),
            EncoderEvent::CardUnreadable(_, error) => return Err(error.into()),
            _ => {}
        }
    }
    Err(encoders_stopped())
}

pub(super) fn all_models() -> impl Iterator<Item = &'static Model> + Clone {
    cards::ALL.iter().flat_map(|driver| driver.models)
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

impl From<TrayError> for Failure {
    fn from(error: TrayError) -> Self {
        unexpected(error.to_string())
    }
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
