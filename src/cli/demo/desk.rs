//! The demo's desk: an agent, a simulated encoder, and a hand that puts blank cards on it.

use std::collections::HashMap;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::pin::pin;

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::{DriverError, DriverSettings, Model};
use cardbridge_drivers::keys::{KeyVersion, SecretKey, SiteKey, SiteKeys};
use cardbridge_drivers::record::RecordKey;
use futures_util::StreamExt;
use tokio::sync::mpsc::UnboundedReceiver;
use url::Url;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::agent::decide::Allowed;
use crate::agent::intake::Intake;
use crate::agent::issuance::Issuance;
use crate::agent::journal::Journal;
use crate::agent::notice::{Watcher, nobody};
use crate::agent::refusal::Refusal;
use crate::agent::report::{EventSink, Reporter, Sink, WebhookSecret};
use crate::agent::{Agent, IssueError, RecordKeys, Setup, Wanted};
use crate::cli::live::Live;
use crate::cli::{Context, Exit, Failure, Output};
use crate::config::KeyId;
use crate::encoder::virtual_card::random_uid;
use crate::encoder::{CardSession, EncoderEvent, EncoderName, Encoders, Tray};
use crate::seam::{
    AccessMode, Auth, Client, CreateAcsCredential, CredentialHolder, ListAcsUsers, Settings,
};
use crate::sim::Access;

/// One card that was put down, and what became of it.
#[derive(Debug, Clone)]
pub(super) struct Served {
    /// Seam's name of the credential.
    pub(super) name: String,
    /// The card's make.
    model: &'static Model,
    /// The issuance.
    pub(super) issuance: Issuance,
    /// How many commands reached the card.
    pub(super) commands: usize,
}

impl Served {
    /// The card's make in fourteen letters: "MIFARE Ultralight EV1 (128 bytes)" would take half the line.
    pub(super) fn title(&self) -> String {
        self.model
            .title
            .replace("MIFARE Ultralight", "UL")
            .replace("MIFARE ", "")
            .replace(" bytes", "")
    }
}

/// Everything on the desk.
pub(super) struct Desk {
    output: Output,
    pub(super) client: Client,
    pub(super) agent: Agent,
    tray: Tray,
    encoder: EncoderName,
    events: UnboundedReceiver<EncoderEvent>,
    _encoders: Encoders,
    _state: StateDir,
    live: Option<Live>,
    names: HashMap<String, String>,
    /// How many cards were taken from the tray: the next one is of another make.
    taken: usize,
    pub(super) served: Vec<Served>,
    /// How many cards were refused for want of room.
    pub(super) too_small: usize,
    /// The makes that hold no record at all.
    pub(super) hold_none: Vec<&'static str>,
}

impl Desk {
    pub(super) fn open(context: &Context, access: &Access) -> Result<Self, Failure> {
        let client = Client::new(
            Settings::new(Auth::ApiKey(access.api_key.as_str().into()))
                .at(access.endpoint.as_str()),
        )?;
        let state = StateDir::new();
        let journal = Journal::open(&state.0)?;
        let url = Url::parse(&access.report_url).map_err(|error| Failure::unexpected(&error))?;
        let secret = WebhookSecret::parse(&access.report_secret)
            .map_err(|error| Failure::unexpected(&error))?;
        let reporter = Reporter::new(vec![Sink::Event(EventSink::new(url, secret))]);
        let agent = Agent::new(
            Intake::new(client.clone(), Vec::new()),
            journal,
            reporter,
            Setup {
                keys: new_keys()?,
                drivers: DriverSettings {
                    site_keys: Some(new_site_keys()?),
                    ..DriverSettings::default()
                },
            },
        );
        let tray = Tray::new();
        let (encoders, events) = Encoders::simulated(&tray)?;
        let for_people = !context.output.json();
        Ok(Self {
            output: context.output.clone(),
            client,
            agent,
            tray,
            encoder: EncoderName(Tray::ENCODER.to_owned()),
            events,
            _encoders: encoders,
            _state: state,
            live: (for_people && std::io::stderr().is_terminal())
                .then(|| Live::new(context.output.clone())),
            names: HashMap::new(),
            taken: 0,
            served: Vec::new(),
            too_small: 0,
            hold_none: Vec::new(),
        })
    }

    /// Puts one blank card after another on the encoder until no credential waits any more.
    pub(super) async fn serve_queue(&mut self) -> Result<(), Failure> {
        let waiting = self
            .agent
            .intake()
            .waiting(self.agent.journal())
            .await
            .map_err(IssueError::from)?;
        if waiting.is_empty() {
            return Ok(());
        }
        self.names.extend(
            waiting
                .into_iter()
                .map(|credential| (credential.acs_credential_id, credential.display_name)),
        );
        let mut model = self.next_model()?;
        loop {
            match self.serve(model).await? {
                Ok(served) => {
                    self.keep(served);
                    model = self.next_model()?;
                }
                Err(IssueError::NothingWaiting) => break,
                Err(IssueError::Refused(Refusal::Card(DriverError::TooSmall {
                    smallest: Some(smallest),
                    ..
                }))) => {
                    self.too_small += 1;
                    model = all_models()
                        .find(|model| model.title == smallest)
                        .unwrap_or(model);
                }
                Err(error) => return Err(error.into()),
            }
        }
        self.clear();
        Ok(())
    }

    /// Makes a credential for each make of card that the queue did not come to, and puts it on one.
    pub(super) async fn serve_other_makes(&mut self) -> Result<(), Failure> {
        let users = self.client.users().list(&ListAcsUsers::default());
        let Some(user) = pin!(users.into_items()).next().await.transpose()? else {
            return Ok(());
        };
        let holder = CredentialHolder::AcsUser {
            acs_user_id: user.acs_user_id,
        };
        let request = CreateAcsCredential::new(AccessMode::Card, holder);
        let is_served = |model| self.served.iter().any(|served| served.model == model);
        let others: Vec<_> = all_models().filter(|model| !is_served(*model)).collect();
        for model in others {
            let created = self.client.credentials().create(&request).await?;
            let id = created.acs_credential_id;
            self.names.insert(id.clone(), created.display_name);
            match self.serve(model).await? {
                Ok(served) => self.keep(served),
                Err(IssueError::Refused(Refusal::Card(DriverError::TooSmall { .. }))) => {
                    self.hold_none.push(model.title);
                    self.client.credentials().delete(&id).await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        self.clear();
        Ok(())
    }

    fn keep(&mut self, served: Served) {
        if self.live.is_none() && !self.output.json() {
            self.output.note(&format!(
                "  {:<14}  {}  {}",
                served.title(),
                served.issuance.card_uid,
                served.name
            ));
        }
        self.served.push(served);
    }

    fn clear(&self) {
        if let Some(live) = &self.live {
            live.clear();
        }
    }

    /// One blank card, put down, served and lifted.
    async fn serve(
        &mut self,
        model: &'static Model,
    ) -> Result<Result<Served, IssueError>, Failure> {
        let unusable = |what: String| Failure::new(Exit::Unexpected, what, "please report this");
        let card = cards::simulate(model.name, random_uid()?)
            .ok_or_else(|| unusable(format!("there is no simulated {}", model.title)))?;
        let uid = self
            .tray
            .add(card)
            .map_err(|error| unusable(error.to_string()))?;
        let before = self.tray.commands(&self.encoder).unwrap_or_default();
        self.tray
            .place(&self.encoder, uid)
            .map_err(|error| unusable(error.to_string()))?;
        let session = self.placed().await?;
        let outcome = self
            .agent
            .issue_and_report(&session, Wanted::Next, Allowed::default(), &self.watcher())
            .await;
        drop(session);
        self.tray
            .lift(&self.encoder)
            .map_err(|error| unusable(error.to_string()))?;
        self.lifted().await?;
        let commands = self
            .tray
            .commands(&self.encoder)
            .unwrap_or_default()
            .saturating_sub(before);
        Ok(outcome.map(|issuance| Served {
            name: self
                .names
                .get(&issuance.acs_credential_id)
                .cloned()
                .unwrap_or_default(),
            model,
            issuance,
            commands,
        }))
    }

    fn watcher(&self) -> Watcher {
        self.live
            .as_ref()
            .map_or_else(nobody, |live| live.watcher_with(self.names.clone()))
    }

    /// The makes in turn, so that the table shows them all.
    fn next_model(&mut self) -> Result<&'static Model, Failure> {
        let next = self.taken;
        self.taken += 1;
        all_models().cycle().nth(next).ok_or_else(|| {
            Failure::new(
                Exit::Unexpected,
                "no driver is built in",
                "build cardbridge with its drivers",
            )
        })
    }

    async fn placed(&mut self) -> Result<CardSession, Failure> {
        while let Some(event) = self.events.recv().await {
            match event {
                EncoderEvent::CardPlaced(session) => return Ok(session),
                EncoderEvent::CardUnreadable(_, error) => return Err(error.into()),
                _ => {}
            }
        }
        Err(encoders_stopped())
    }

    async fn lifted(&mut self) -> Result<(), Failure> {
        while let Some(event) = self.events.recv().await {
            if matches!(event, EncoderEvent::CardLifted(_)) {
                return Ok(());
            }
        }
        Err(encoders_stopped())
    }
}

fn all_models() -> impl Iterator<Item = &'static Model> + Clone {
    cards::ALL.iter().flat_map(|driver| driver.models)
}

fn encoders_stopped() -> Failure {
    Failure::new(
        Exit::Encoder,
        "the simulated encoder stopped",
        "please report this",
    )
}

/// A record key for this demo alone.
fn new_keys() -> Result<RecordKeys, Failure> {
    let mut key = Zeroizing::new([0; 32]);
    getrandom::fill(key.as_mut()).map_err(|error| Failure::unexpected(&error))?;
    let key = RecordKey::new(KeyId::default().as_bytes().to_vec(), *key)
        .map_err(|error| Failure::unexpected(&error))?;
    Ok(RecordKeys::new(key, Vec::new()))
}

/// Site keys for this demo alone.
fn new_site_keys() -> Result<SiteKeys, Failure> {
    let mut key = Zeroizing::new([0; 16]);
    getrandom::fill(key.as_mut()).map_err(|error| Failure::unexpected(&error))?;
    SiteKeys::new(vec![SiteKey {
        version: KeyVersion::FIRST,
        key: SecretKey::new(*key),
    }])
    .map_err(|error| Failure::unexpected(&error))
}

/// A directory for the journal that goes with the demo.
struct StateDir(PathBuf);

impl StateDir {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("cardbridge-demo-{}", Uuid::now_v7())))
    }
}

impl Drop for StateDir {
    fn drop(&mut self) {
        // What is left behind in the system's temporary directory is of no use to anybody, nor does it harm.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
