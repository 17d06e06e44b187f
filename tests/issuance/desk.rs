//! A desk for tests: the simulated API over HTTP, a simulated encoder with a tray of cards, and an agent between them
//! whose state directory outlives it.

use cardbridge::desk::notice::nobody;
use cardbridge::desk::{Agent, IssueError, Wanted};
use cardbridge::encoder::simulated::{Fault, Loss};
use cardbridge::encoder::{CardSession, EncoderEvent, EncoderName, Encoders, Tray};
use cardbridge::issuance::entry::Issuance;
use cardbridge::issuance::journal::{Journal, JournalReader};
use cardbridge::issuance::policy::Allowed;
use cardbridge::issuance::{CardSettings, RecordKeys};
use cardbridge::queue::{CredentialQueue, Pace};
use cardbridge::report::{EventSink, Reporter, Sink, WebhookSecret};
use cardbridge::seam::{
    AccessMode, AcsCredential, Auth, Client, CreateAcsCredential, CredentialHolder, Event,
    ListAcsUsers, ListEvents, RetryPolicy, Settings, UpdateAcsCredential, When,
};
use cardbridge::sim::{self, Access, Faults, Hotel};
use cardbridge_drivers::cards;
use cardbridge_drivers::contract::{DriverSettings, Uid};
use cardbridge_drivers::record::RecordKey;
use cardbridge_drivers::testing::site_settings;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Everything that an agent's journal has.
pub(crate) async fn history_of(agent: &Agent) -> Vec<Issuance> {
    agent.journal().read(JournalReader::history).await.unwrap()
}

/// Everything around one agent.
pub(crate) struct Desk {
    pub(crate) access: Access,
    pub(crate) faults: Faults,
    pub(crate) client: Client,
    pub(crate) tray: Tray,
    pub(crate) state: TempDir,
    _encoders: Encoders,
    pub(crate) events: UnboundedReceiver<EncoderEvent>,
    holders: Vec<String>,
    next_uid: u32,
}

impl Desk {
    /// A desk with one encoder.
    pub(crate) async fn new() -> Self {
        Self::with_encoders([Tray::ENCODER]).await
    }

    /// A desk with these encoders.
    pub(crate) async fn with_encoders<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self::of_hotel(Hotel::seeded(), names).await
    }

    /// A desk with these encoders in this hotel.
    pub(crate) async fn of_hotel<'a>(
        hotel: Hotel,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let access = hotel.access(listener.local_addr().unwrap());
        let faults = hotel.faults();
        tokio::spawn(sim::serve(listener, hotel, std::future::pending()));
        let client = client(&access);
        let users = client
            .users()
            .list(&ListAcsUsers::default())
            .next_page()
            .await
            .unwrap()
            .unwrap();
        let holders = users
            .items
            .into_iter()
            .map(|user| user.acs_user_id)
            .collect();
        let tray = Tray::with_encoders(names);
        let (encoders, events) = Encoders::simulated(&tray).unwrap();
        Self {
            access,
            faults,
            client,
            tray,
            state: tempfile::tempdir().unwrap(),
            _encoders: encoders,
            events,
            holders,
            next_uid: 0,
        }
    }

    /// An agent on this desk's state directory. A second one is what a restart makes.
    pub(crate) fn agent(&self) -> Agent {
        self.agent_with(vec![self.event_sink()])
    }

    /// The same in a process of its own, which has not asked the API for anything yet.
    pub(crate) fn agent_anew(&self) -> Agent {
        Agent::new(
            CredentialQueue::new(client(&self.access), Vec::new()),
            Journal::open(self.state.path()).unwrap(),
            Reporter::new(vec![self.event_sink()]),
            CardSettings {
                keys: RecordKeys::new(record_key(), Vec::new()),
                drivers: site_settings().into(),
            },
        )
    }

    /// The same for the queue of some systems.
    pub(crate) fn agent_for(&self, acs_system_ids: Vec<String>) -> Agent {
        Agent::new(
            CredentialQueue::new(self.client.clone(), acs_system_ids),
            Journal::open(self.state.path()).unwrap(),
            Reporter::new(vec![self.event_sink()]),
            CardSettings {
                keys: RecordKeys::new(record_key(), Vec::new()),
                drivers: site_settings().into(),
            },
        )
    }

    /// The same, asking the API at another pace.
    pub(crate) fn agent_at(&self, pace: Pace) -> Agent {
        self.agent_at_with(pace, vec![self.event_sink()])
    }

    /// The same, without reports: as with a hosted API, only the journal knows what is issued.
    pub(crate) fn agent_unheard(&self, pace: Pace) -> Agent {
        self.agent_at_with(pace, Vec::new())
    }

    fn agent_at_with(&self, pace: Pace, sinks: Vec<Sink>) -> Agent {
        Agent::new(
            CredentialQueue::new(self.client.clone(), Vec::new()).at(pace),
            Journal::open(self.state.path()).unwrap(),
            Reporter::new(sinks),
            CardSettings {
                keys: RecordKeys::new(record_key(), Vec::new()),
                drivers: site_settings().into(),
            },
        )
    }

    /// The same with other sinks.
    pub(crate) fn agent_with(&self, sinks: Vec<Sink>) -> Agent {
        Agent::new(
            CredentialQueue::new(self.client.clone(), Vec::new()),
            Journal::open(self.state.path()).unwrap(),
            Reporter::new(sinks),
            CardSettings {
                keys: RecordKeys::new(record_key(), Vec::new()),
                drivers: site_settings().into(),
            },
        )
    }

    /// The same, in a process that was started with other keys of cards.
    pub(crate) fn agent_under(&self, drivers: DriverSettings) -> Agent {
        Agent::new(
            CredentialQueue::new(self.client.clone(), Vec::new()),
            Journal::open(self.state.path()).unwrap(),
            Reporter::new(vec![self.event_sink()]),
            CardSettings {
                keys: RecordKeys::new(record_key(), Vec::new()),
                drivers: drivers.into(),
            },
        )
    }

    /// An agent with a journal of its own, as on another machine.
    pub(crate) fn agent_of_another_desk(&self) -> Agent {
        Agent::new(
            CredentialQueue::new(self.client.clone(), Vec::new()),
            Journal::open(&self.state.path().join("another")).unwrap(),
            Reporter::new(vec![self.event_sink()]),
            CardSettings {
                keys: RecordKeys::new(record_key(), Vec::new()),
                drivers: site_settings().into(),
            },
        )
    }

    /// The simulated API's report receiver.
    pub(crate) fn event_sink(&self) -> Sink {
        let secret = WebhookSecret::parse(&self.access.report_secret).unwrap();
        Sink::Event(EventSink::new(
            self.access.report_url.parse().unwrap(),
            secret,
        ))
    }

    /// A new credential that waits for its card.
    pub(crate) async fn credential(&self) -> AcsCredential {
        let holder = CredentialHolder::AcsUser {
            acs_user_id: self.holders[0].clone(),
        };
        let request = CreateAcsCredential::new(AccessMode::Card, holder);
        self.client.credentials().create(&request).await.unwrap()
    }

    /// A new card on the tray, on no encoder yet.
    pub(crate) fn card(&mut self, model: &str) -> Uid {
        let uid = self.fresh_uid();
        self.tray.add(cards::simulate(model, uid).unwrap()).unwrap()
    }

    /// A UID that no card of this desk has yet.
    pub(crate) fn fresh_uid(&mut self) -> Uid {
        self.next_uid += 1;
        let [a, b, c, d] = self.next_uid.to_be_bytes();
        Uid::from([0x04, 0x5A, a, b, c, d, 0x80])
    }

    /// Places a card and waits until the encoder has it.
    pub(crate) async fn place(&mut self, uid: Uid) -> CardSession {
        self.place_on(&encoder(), uid).await
    }

    /// The same on one of several encoders.
    pub(crate) async fn place_on(&mut self, encoder: &EncoderName, uid: Uid) -> CardSession {
        self.tray.place(encoder, uid).unwrap();
        loop {
            match self.events.recv().await.unwrap() {
                EncoderEvent::CardPlaced(session) => return session,
                EncoderEvent::CardUnreadable(_, error) => panic!("{error}"),
                _ => {}
            }
        }
    }

    /// Removes the card and waits until the encoder knows.
    pub(crate) async fn remove(&mut self) {
        if self.tray.remove_from(&encoder()).unwrap().is_some() {
            self.removed().await;
        }
    }

    /// Waits until the encoder knows that a card was removed by a fault.
    pub(crate) async fn removed(&mut self) {
        while !matches!(
            self.events.recv().await.unwrap(),
            EncoderEvent::CardRemoved(_)
        ) {}
    }

    /// Leaves the card with part of a credential.
    pub(crate) async fn tear(&mut self, uid: Uid, credential: &AcsCredential) {
        let card = self.place(uid).await;
        self.tray
            .break_after(&encoder(), 15, Fault::Removed(Loss::Answer))
            .unwrap();
        issue(&self.agent(), &card, credential, Allowed::default())
            .await
            .unwrap_err();
        drop(card);
        self.removed().await;
    }

    /// Extends the stay by a day from when it ended, so that its card needs to be written again.
    pub(crate) async fn extend(&self, credential: &AcsCredential) -> AcsCredential {
        let ends_at = self.look_up(credential).await.ends_at_time().unwrap();
        let from = ends_at.map_or_else(Timestamp::now, |ends_at| {
            Timestamp::from_second(ends_at.as_second()).unwrap()
        });
        let request = UpdateAcsCredential {
            acs_credential_id: credential.acs_credential_id.clone(),
            code: None,
            ends_at: Some((from + SignedDuration::from_hours(24)).to_string()),
        };
        self.client.credentials().update(&request).await.unwrap();
        self.look_up(credential).await
    }

    /// The credential as the API has it now.
    pub(crate) async fn look_up(&self, credential: &AcsCredential) -> AcsCredential {
        self.client
            .credentials()
            .get(&credential.acs_credential_id)
            .await
            .unwrap()
    }

    /// The events that the API has of a credential.
    pub(crate) async fn events_of(&self, credential: &AcsCredential) -> Vec<Event> {
        let mut filter = ListEvents::new(When::Since("2020-01-01T00:00:00Z".to_owned()));
        filter.filters.acs_credential_id = Some(credential.acs_credential_id.clone());
        self.client.events().list(&filter).await.unwrap().items
    }

    /// The types of those events.
    pub(crate) async fn event_types_of(&self, credential: &AcsCredential) -> Vec<String> {
        self.events_of(credential)
            .await
            .into_iter()
            .map(|event| event.event_type.to_string())
            .collect()
    }
}

/// The encoder of [`Desk::new`].
pub(crate) fn encoder() -> EncoderName {
    EncoderName(Tray::ENCODER.to_owned())
}

/// The key that records are made with.
pub(crate) fn record_key() -> RecordKey {
    RecordKey::new(vec![1], [7; 32]).unwrap()
}

/// A receiver that takes every report, and what it received.
pub(crate) async fn receiver() -> (Sink, UnboundedReceiver<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (reports, told) = unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (mut caller, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            let report = loop {
                assert!(caller.read_buf(&mut request).await.unwrap() > 0);
                let text = String::from_utf8_lossy(&request);
                let body = text.split_once("\r\n\r\n").map(|(_, body)| body);
                if let Some(report) = body.and_then(|body| serde_json::from_str(body).ok()) {
                    break report;
                }
            };
            reports.send(report).unwrap();
            let answer = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
            caller.write_all(answer).await.unwrap();
        }
    });
    let secret = WebhookSecret::parse("whsec_aGVsbG8=").unwrap();
    let sink = Sink::Event(EventSink::new(url.parse().unwrap(), secret));
    (sink, told)
}

/// Issues one credential as a one-shot command does, report included.
pub(crate) async fn issue(
    agent: &Agent,
    card: &CardSession,
    credential: &AcsCredential,
    allowed: Allowed,
) -> Result<Issuance, IssueError> {
    let wanted = Wanted::Credential(&credential.acs_credential_id);
    agent
        .issue_and_report(card, wanted, allowed, &nobody())
        .await
}

fn client(access: &Access) -> Client {
    let auth = Auth::ApiKey(access.api_key.clone().into());
    let settings = Settings {
        retry: RetryPolicy {
            attempts: 1,
            ..RetryPolicy::default()
        },
        ..Settings::new(auth).at(&access.endpoint)
    };
    Client::new(settings).unwrap()
}
