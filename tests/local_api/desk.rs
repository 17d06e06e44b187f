//! A hotel's API, a tray with readers, an agent between them that is served over HTTP, and a program with a token.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use cardbridge::desk::snapshot::encoder_id;
use cardbridge::desk::{Agent, Desk, Events, Manner, Update};
use cardbridge::encoder::{EncoderName, Encoders, Tray};
use cardbridge::issuance::journal::Journal;
use cardbridge::issuance::{CardSettings, RecordKeys};
use cardbridge::queue::CredentialQueue;
use cardbridge::report::{EventSink, Reporter, Sink, WebhookSecret};
use cardbridge::seam::{Auth, Client, Settings};
use cardbridge::serve::admission::{Admission, Scope, TokenKind, TokenStore};
use cardbridge::serve::seam::LocalApi;
use cardbridge::serve::{Site, serve};
use cardbridge::sim::{self, Access, Hotel};
use cardbridge_drivers::cards;
use cardbridge_drivers::contract::Uid;
use cardbridge_drivers::record::RecordKey;
use cardbridge_drivers::testing::site_settings;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::schemas;
use crate::wire::{Call, Reply};

/// Ids of the shipped hotel.
pub(crate) const WORKSPACE: &str = "00000000-0000-4000-8000-000000000001";
pub(crate) const VISIONLINE: &str = "5e000000-0000-4000-8000-000000000001";
pub(crate) const VOSTIO: &str = "5e000000-0000-4000-8000-000000000002";
pub(crate) const WAITING: &str = "c0000000-0000-4000-8000-000000000001";
pub(crate) const ISSUED: &str = "c0000000-0000-4000-8000-000000000091";
pub(crate) const CODE: &str = "c0000000-0000-4000-8000-000000000095";

pub(crate) const NOWHERE: &str = "ffffffff-0000-4000-8000-000000000000";
/// An encoder that Seam has.
pub(crate) const SEAMS_ENCODER: &str = "ec000000-0000-4000-8000-000000000001";

/// Only so that a test that fails ends.
const PATIENCE: Duration = Duration::from_secs(20);

/// The readers of the desk.
pub(crate) const READERS: [&str; 2] = ["Front desk", "Kiosk"];

/// The name of a reader.
pub(crate) fn reader(number: usize) -> EncoderName {
    EncoderName(READERS[number].to_owned())
}

/// The id of a reader.
pub(crate) fn encoder(number: usize) -> String {
    encoder_id(&reader(number)).to_string()
}

/// What an agent can be started with.
pub(crate) struct Setup {
    /// How long a card is waited for.
    pub(crate) patience: Duration,
    pub(crate) acs_system_ids: Vec<String>,
    pub(crate) manner: fn() -> Manner,
    /// Whether the hotel hears of what was issued.
    pub(crate) reports: bool,
    /// Another API than the hotel's: its address and the desk's key there.
    pub(crate) upstream: Option<(String, &'static str)>,
    /// How long the API's answer is waited for.
    pub(crate) request_timeout: Duration,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            patience: Duration::from_secs(20),
            acs_system_ids: Vec::new(),
            manner: Manner::default,
            reports: true,
            upstream: None,
            request_timeout: PATIENCE,
        }
    }
}

/// Everything around one desk.
pub(crate) struct Stage {
    pub(crate) tray: Tray,
    pub(crate) access: Access,
    setup: Setup,
    state: TempDir,
    agent: Option<Running>,
    tokens: [(Scope, String); 3],
    next_uid: u32,
}

struct Running {
    address: SocketAddr,
    desk: Desk,
    serving: JoinHandle<()>,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::with(Setup::default()).await
    }

    pub(crate) async fn with(setup: Setup) -> Self {
        let hotel = Hotel::seeded();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let access = hotel.access(listener.local_addr().unwrap());
        tokio::spawn(sim::serve(listener, hotel, std::future::pending()));
        let home = tempfile::tempdir().unwrap();
        let tokens = TokenStore::in_directory(home.path());
        let make = |scope| {
            let made = tokens.make("test", scope, TokenKind::Program).unwrap();
            (scope, made.secret.expose().to_owned())
        };
        let mut stage = Self {
            tray: Tray::with_encoders(READERS),
            access,
            setup,
            tokens: [Scope::Desk, Scope::Kiosk, Scope::ReadOnly].map(make),
            state: home,
            agent: None,
            next_uid: 0,
        };
        stage.start().await;
        stage
    }

    async fn start(&mut self) {
        let state = self.state.path();
        let (endpoint, key) = match &self.setup.upstream {
            Some((endpoint, key)) => (endpoint.clone(), (*key).to_owned()),
            None => (self.access.endpoint.clone(), self.access.api_key.clone()),
        };
        let settings = Settings {
            request_timeout: self.setup.request_timeout,
            ..Settings::new(Auth::ApiKey(key.into())).at(endpoint)
        };
        let client = Client::new(settings).unwrap();
        let queue = CredentialQueue::new(client, self.setup.acs_system_ids.clone());
        let access = self.setup.reports.then_some(&self.access);
        let agent = Arc::new(agent(queue, access, state));
        let (encoders, events) = Encoders::simulated(&self.tray).unwrap();
        let desk = Desk::open(
            Arc::clone(&agent),
            Some(encoders),
            events,
            (self.setup.manner)(),
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let tokens = TokenStore::in_directory(state);
        let admission = Admission::new(address, false, &[], &[], tokens);
        let api = LocalApi::open(&desk, agent, None, self.setup.patience, admission.address());
        let site = Site::new(desk.clone(), Arc::new(admission)).with_local_api(api);
        let mut events = desk.events();
        let serving = tokio::spawn(serve(
            listener,
            None,
            Arc::new(site),
            std::future::pending(),
        ));
        self.agent = Some(Running {
            address,
            desk,
            serving,
        });
        while self.desk().snapshot().encoders.len() < READERS.len() {
            events.next().await.unwrap();
        }
    }

    /// Ends the agent, with what the journal has been given.
    pub(crate) async fn crash(&mut self) {
        let agent = self.agent.take().unwrap();
        agent.serving.abort();
        let _ = agent.serving.await;
        agent.desk.stop().await;
    }

    pub(crate) async fn begin_again(&mut self) {
        self.start().await;
    }

    /// What the agent keeps.
    pub(crate) fn journal(&self) -> Journal {
        Journal::open(self.state.path()).unwrap()
    }

    pub(crate) fn journal_file(&self) -> PathBuf {
        self.state.path().join("journal.sqlite3")
    }

    pub(crate) fn desk(&self) -> &Desk {
        &self.agent.as_ref().unwrap().desk
    }

    /// A card fresh from the factory, on a reader.
    pub(crate) fn place(&mut self, number: usize, model: &str) -> Uid {
        self.next_uid += 1;
        let [a, b, c, d] = self.next_uid.to_be_bytes();
        let uid = Uid::from([0x04, 0x5A, a, b, c, d, 0x80]);
        self.tray.add(cards::simulate(model, uid).unwrap()).unwrap();
        self.tray.place(&reader(number), uid).unwrap();
        uid
    }

    /// Waits for an event of the desk.
    pub(crate) async fn until(events: &mut Events, name: &str) -> Value {
        loop {
            let next = tokio::time::timeout(PATIENCE, events.next());
            if let Some(Update::Event(event)) = next.await.unwrap()
                && json!(&*event)["event"] == name
            {
                return json!(&*event);
            }
        }
    }

    /// A call with a token.
    pub(crate) fn call(&self, scope: Scope, verb: &str, target: &str) -> Call {
        let token = self.tokens.iter().find(|(of, _)| *of == scope).unwrap();
        Call::new(verb, target).header("authorization", &format!("Bearer {}", token.1))
    }

    pub(crate) async fn send(&self, call: Call) -> Reply {
        let reply = self.unchecked(&call).await;
        let reply = reply.unwrap_or_else(|error| panic!("{call:?}: {error}"));
        check(&call, &reply);
        reply
    }

    /// An answer that may be none of Seam's, if it is any.
    pub(crate) async fn unchecked(&self, call: &Call) -> std::io::Result<Reply> {
        let address = self.agent.as_ref().unwrap().address.to_string();
        call.send(&address).await
    }

    /// A connection over which a call was sent, and no answer read.
    pub(crate) async fn sent(&self, call: &Call) -> TcpStream {
        let address = self.agent.as_ref().unwrap().address.to_string();
        call.sent(&address).await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(self.call(Scope::Desk, "POST", path).json(&body))
            .await
    }

    pub(crate) async fn get(&self, target: &str) -> Reply {
        self.send(self.call(Scope::Desk, "GET", target)).await
    }

    /// The answer to a POST that is to succeed.
    pub(crate) async fn ok(&self, path: &str, body: Value) -> Value {
        let asked = format!("{path} {body}");
        self.post(path, body).await.succeeded(&asked)
    }

    /// The error of a POST that is to be refused.
    pub(crate) async fn refused(&self, path: &str, body: Value, status: u16, kind: &str) -> Value {
        let asked = format!("{path} {body}");
        self.post(path, body).await.refused(&asked, status, kind)
    }

    /// A pending attempt to encode a credential on a reader.
    pub(crate) async fn encode(&self, number: usize, credential: &str) -> Value {
        let body = json!({"acs_encoder_id": encoder(number), "acs_credential_id": credential});
        let answer = self.ok("/acs/encoders/encode_credential", body).await;
        answer["action_attempt"].clone()
    }

    pub(crate) async fn scan(&self, number: usize) -> Value {
        let body = json!({"acs_encoder_id": encoder(number)});
        let answer = self.ok("/acs/encoders/scan_credential", body).await;
        answer["action_attempt"].clone()
    }

    pub(crate) async fn attempt(&self, attempt: &Value) -> Value {
        let body = json!({"action_attempt_id": attempt["action_attempt_id"]});
        self.ok("/action_attempts/get", body).await["action_attempt"].clone()
    }

    /// The attempt once it is no longer pending.
    pub(crate) async fn ended(&self, attempt: &Value) -> Value {
        let polled = async {
            // As the SDKs do it.
            let mut pause = tokio::time::interval(Duration::from_millis(20));
            loop {
                pause.tick().await;
                let now = self.attempt(attempt).await;
                if now["status"] != "pending" {
                    return now;
                }
            }
        };
        tokio::time::timeout(PATIENCE, polled).await.unwrap()
    }

    pub(crate) async fn error_of(&self, attempt: &Value) -> String {
        let ended = self.ended(attempt).await;
        assert_eq!(ended["status"], "error", "{ended}");
        ended["error"]["type"].as_str().unwrap().to_owned()
    }

    /// The result of an attempt that is to succeed.
    pub(crate) async fn result_of(&self, attempt: &Value) -> Value {
        let ended = self.ended(attempt).await;
        assert_eq!(ended["status"], "success", "{ended}");
        ended["result"].clone()
    }
}

fn agent(queue: CredentialQueue, reports_to: Option<&Access>, state: &Path) -> Agent {
    let sink = |access: &Access| {
        let secret = WebhookSecret::parse(&access.report_secret).unwrap();
        Sink::Event(EventSink::new(access.report_url.parse().unwrap(), secret))
    };
    let key = RecordKey::new(vec![1], [7; 32]).unwrap();
    Agent::new(
        queue,
        Journal::open(state).unwrap(),
        Reporter::new(reports_to.map(sink).into_iter().collect()),
        CardSettings {
            keys: RecordKeys::new(key, Vec::new()),
            drivers: site_settings().into(),
        },
    )
}

/// Every answer is in the envelope, has an id, and is as Seam describes it.
fn check(call: &Call, reply: &Reply) {
    let path = call.target.split('?').next().unwrap();
    assert!(
        reply.headers["content-type"].starts_with("application/json"),
        "{reply:?}"
    );
    assert!(reply.headers.contains_key("seam-request-id"), "{reply:?}");
    let body = reply.json();
    if reply.status == 200 {
        assert_eq!(body["ok"], json!(true), "{body}");
        schemas::check_answer(path, &body);
    } else {
        assert_eq!(body["ok"], json!(false), "{body}");
        let error = &body["error"];
        assert!(
            error["type"].is_string() && error["message"].is_string(),
            "{body}"
        );
    }
}
