//! What the tests act on: a hotel's API, a tray with encoders, and a desk between them.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cardbridge::desk::target::{Selection, Target};
use cardbridge::desk::{Agent, Desk, DeskError, Events, Manner, Update};
use cardbridge::encoder::{EncoderName, Encoders, Tray};
use cardbridge::issuance::entry::Issuance;
use cardbridge::issuance::journal::Journal;
use cardbridge::issuance::policy::Allowed;
use cardbridge::issuance::{CardSettings, RecordKeys};
use cardbridge::queue::CredentialQueue;
use cardbridge::report::{EventSink, Reporter, Sink, WebhookSecret};
use cardbridge::seam::{
    AccessMode, Auth, Client, CreateAcsCredential, CredentialHolder, ListAcsUsers, Settings,
};
use cardbridge::sim::{self, Access, Faults, Hotel};
use cardbridge_drivers::cards;
use cardbridge_drivers::contract::Uid;
use cardbridge_drivers::record::RecordKey;
use cardbridge_drivers::testing::site_settings;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Only so that a test that fails ends.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Everything around one desk.
pub(crate) struct Stage {
    pub(crate) desk: Desk,
    pub(crate) agent: Arc<Agent>,
    pub(crate) tray: Tray,
    pub(crate) client: Client,
    pub(crate) faults: Faults,
    state: TempDir,
    access: Access,
    holder: String,
    next_uid: u32,
}

impl Stage {
    /// One encoder, and a desk that does nothing by itself.
    pub(crate) async fn new(manner: Manner) -> Self {
        Self::with_encoders([Tray::ENCODER], manner).await
    }

    pub(crate) async fn with_encoders<'a>(
        names: impl IntoIterator<Item = &'a str>,
        manner: Manner,
    ) -> Self {
        Self::of_hotel(Hotel::seeded(), names, manner).await
    }

    pub(crate) async fn of_hotel<'a>(
        hotel: Hotel,
        names: impl IntoIterator<Item = &'a str>,
        manner: Manner,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let access = hotel.access(listener.local_addr().unwrap());
        let faults = hotel.faults();
        tokio::spawn(sim::serve(listener, hotel, std::future::pending()));
        let auth = Auth::ApiKey(access.api_key.clone().into());
        let client = || Client::new(Settings::new(auth.clone()).at(&access.endpoint)).unwrap();
        // Each learns by itself what time it is.
        let (of_agent, client) = (client(), client());
        let state = tempfile::tempdir().unwrap();
        let agent = Arc::new(agent(&access, &of_agent, state.path()));
        let mut users = client.users().list(&ListAcsUsers::default());
        let users = users.next_page().await.unwrap().unwrap();
        let tray = Tray::with_encoders(names);
        let (encoders, events) = Encoders::simulated(&tray).unwrap();
        let desk = Desk::open(Arc::clone(&agent), Some(encoders), events, manner);
        Self {
            desk,
            agent,
            tray,
            client,
            faults,
            state,
            access,
            holder: users.items[0].acs_user_id.clone(),
            next_uid: 0,
        }
    }

    /// The id of a new credential that waits for its card.
    pub(crate) async fn credential(&self) -> String {
        let holder = CredentialHolder::AcsUser {
            acs_user_id: self.holder.clone(),
        };
        let request = CreateAcsCredential::new(AccessMode::Card, holder);
        let created = self.client.credentials().create(&request).await.unwrap();
        created.acs_credential_id
    }

    /// A blank card on the tray.
    pub(crate) fn card(&mut self, model: &str) -> Uid {
        self.next_uid += 1;
        let [a, b, c, d] = self.next_uid.to_be_bytes();
        let uid = Uid::from([0x04, 0x5A, a, b, c, d, 0x80]);
        self.tray.add(cards::simulate(model, uid).unwrap()).unwrap()
    }

    /// Who holds what is created here: a guest of the Visionline system.
    pub(crate) fn holder(&self) -> &str {
        &self.holder
    }

    /// Another desk with the same journal, as after a restart.
    pub(crate) fn next_desk(&self, manner: Manner) -> Desk {
        let (encoders, events) = Encoders::simulated(&self.tray).unwrap();
        let agent = agent(&self.access, &self.client, self.state.path());
        Desk::open(Arc::new(agent), Some(encoders), events, manner)
    }

    /// A call that only Seam's sandbox has.
    pub(crate) async fn post(&self, path: &str, body: &Value) {
        let (body, key) = (body.to_string(), &self.access.api_key);
        let host = self.access.endpoint.trim_start_matches("http://");
        let ask = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(host).await.unwrap();
        stream.write_all(ask.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
    }

    /// The same, placed on the encoder of [`Stage::new`].
    pub(crate) fn placed(&mut self, model: &str) -> Uid {
        let uid = self.card(model);
        self.tray.place(&encoder(), uid).unwrap();
        uid
    }

    /// The tray and the state directory, without the desk that was there.
    pub(crate) fn without_desk(self) -> (Tray, TempDir) {
        (self.tray, self.state)
    }

    /// How many commands have reached cards.
    pub(crate) fn commands(&self) -> usize {
        self.tray.commands(&encoder()).unwrap()
    }

    /// Encodes a credential on the first card, to the end.
    pub(crate) async fn encode(&self, id: &str) -> Result<Issuance, Arc<DeskError>> {
        let selection = Selection::Credential(id.to_owned());
        let target = Target::first_card(PATIENCE);
        let ticket = self.desk.encode(selection, &target, Allowed::default());
        let encoded = ticket.map_err(Arc::new)?.outcome().await?;
        Ok(encoded.here().unwrap())
    }
}

fn agent(access: &Access, client: &Client, state: &Path) -> Agent {
    let secret = WebhookSecret::parse(&access.report_secret).unwrap();
    let sink = Sink::Event(EventSink::new(access.report_url.parse().unwrap(), secret));
    Agent::new(
        CredentialQueue::new(client.clone(), Vec::new()),
        Journal::open(state).unwrap(),
        Reporter::new(vec![sink]),
        CardSettings {
            keys: record_keys(),
            drivers: site_settings().into(),
        },
    )
}

/// The keys of this desk's records.
pub(crate) fn record_keys() -> RecordKeys {
    RecordKeys::new(RecordKey::new(vec![1], [7; 32]).unwrap(), Vec::new())
}

/// The encoder of [`Stage::new`].
pub(crate) fn encoder() -> EncoderName {
    EncoderName(Tray::ENCODER.to_owned())
}

/// The JSON of the next event; a snapshot has the event `snapshot`.
pub(crate) async fn next(events: &mut Events) -> Value {
    match tokio::time::timeout(PATIENCE, events.next()).await {
        Ok(Some(Update::Event(event))) => json!(&*event),
        Ok(Some(Update::Snapshot { snapshot, missed })) => {
            json!({"event": "snapshot", "missed": missed, "snapshot": snapshot})
        }
        Ok(None) => panic!("the desk is gone"),
        Err(elapsed) => panic!("nothing happens: {elapsed}"),
    }
}

/// Everything up to the event of this name.
pub(crate) async fn until(events: &mut Events, name: &str) -> Vec<Value> {
    let mut seen = Vec::new();
    loop {
        let event = next(events).await;
        let is_it = event["event"] == name;
        seen.push(event);
        if is_it {
            return seen;
        }
    }
}

/// The names of events.
pub(crate) fn names(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event["event"].as_str().unwrap())
        .collect()
}
