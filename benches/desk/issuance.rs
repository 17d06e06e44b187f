//! One issuance through a real pcscd: all of it, the card's part of it, and a bare loop with the same commands, in turn.

use std::ffi::CString;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use cardbridge::desk::notice::nobody;
use cardbridge::desk::{Agent, Wanted};
use cardbridge::encoder::vpcd::{Connection, DEFAULT_ADDRESS, Request};
use cardbridge::encoder::{CardSession, EncoderEvent, EncoderSettings, Encoders};
use cardbridge::issuance::inspect::{Seen, look};
use cardbridge::issuance::journal::Journal;
use cardbridge::issuance::policy::Allowed;
use cardbridge::issuance::{RecordKeys, Setup};
use cardbridge::queue::Intake;
use cardbridge::report::{EventSink, Reporter, Sink, WebhookSecret};
use cardbridge::seam::{
    AccessMode, Auth, Client, CreateAcsCredential, CredentialHolder, ListAcsUsers, Settings,
};
use cardbridge::sim::{self, Hotel};
use cardbridge_drivers::cards;
use cardbridge_drivers::contract::{CardChannel, ReaderProfile, Uid};
use cardbridge_drivers::record::RecordKey;
use cardbridge_drivers::testing::{SimulatedReader, site_settings};
use tokio::runtime::Runtime;
use tokio::sync::mpsc::UnboundedReceiver;

use super::spread;

pub(crate) const READER: &str = "Desk";
const MODEL: &str = "ntag215";
const ROUNDS: u8 = 30;
/// Rounds that warm up and do not count.
const WARM_UP: u8 = 3;

pub(crate) fn print() {
    let runtime = Runtime::new().unwrap();
    let (mut ratios, mut whole, mut card_part, mut bare) = (vec![], vec![], vec![], vec![]);
    let mut commands = 0;
    runtime.block_on(async {
        let mut desk = Desk::new().await;
        for round in 0..ROUNDS {
            let (issuance, sent) = desk.issue(round).await;
            let through = desk.card_part(round, &sent).await;
            let alone = desk.bare(round, &sent).await;
            commands = sent.len();
            if round >= WARM_UP {
                whole.push(micros(issuance));
                card_part.push(micros(through));
                bare.push(micros(alone));
                ratios.push(through.as_secs_f64() / alone.as_secs_f64());
            }
        }
    });
    println!(
        "One issuance on {MODEL} through pcscd, {commands} commands, {} rounds in turn: median (5 % – 95 %)",
        ratios.len()
    );
    for (what, figures) in [
        ("whole, with API, journal, report", whole),
        ("the card's part", card_part),
        ("bare loop", bare),
    ] {
        let (middle, low, high) = spread(figures);
        println!("{what:<36}{middle:>9.0} us  ({low:.0} – {high:.0})");
    }
    let (middle, low, high) = spread(ratios);
    println!(
        "{:<36}{middle:>9.3}     ({low:.3} – {high:.3})\n",
        "card's part / bare loop"
    );
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// What went over the wire to the card, resets apart.
type Sent = Vec<Vec<u8>>;

struct Desk {
    agent: Agent,
    client: Client,
    holder: String,
    events: UnboundedReceiver<EncoderEvent>,
    encoders: Option<Encoders>,
    _state: tempfile::TempDir,
}

impl Desk {
    async fn new() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let hotel = Hotel::seeded();
        let access = hotel.access(listener.local_addr().unwrap());
        tokio::spawn(sim::serve(listener, hotel, std::future::pending()));
        let auth = Auth::ApiKey(access.api_key.clone().into());
        let client = Client::new(Settings::new(auth).at(&access.endpoint)).unwrap();
        let users = client
            .users()
            .list(&ListAcsUsers::default())
            .next_page()
            .await
            .unwrap()
            .unwrap();
        let state = tempfile::tempdir().unwrap();
        let secret = WebhookSecret::parse(&access.report_secret).unwrap();
        let sink = Sink::Event(EventSink::new(access.report_url.parse().unwrap(), secret));
        let agent = Agent::new(
            Intake::new(client.clone(), Vec::new()),
            Journal::open(state.path()).unwrap(),
            Reporter::new(vec![sink]),
            setup(),
        );
        let (encoders, events) = Encoders::pcsc(EncoderSettings::default()).unwrap();
        let holder = users.items[0].acs_user_id.clone();
        Self {
            agent,
            client,
            holder,
            events,
            encoders: Some(encoders),
            _state: state,
        }
    }

    /// The whole of it, from the card on the reader to the report that was taken.
    async fn issue(&mut self, round: u8) -> (Duration, Sent) {
        let holder = CredentialHolder::AcsUser {
            acs_user_id: self.holder.clone(),
        };
        let request = CreateAcsCredential::new(AccessMode::Card, holder);
        let credential = self.client.credentials().create(&request).await.unwrap();
        let card = Card::place(round, 0).await;
        let session = self.placed().await;
        let start = Instant::now();
        let wanted = Wanted::Credential(&credential.acs_credential_id);
        let done = self
            .agent
            .issue_and_report(&session, wanted, Allowed::default(), &nobody())
            .await
            .unwrap();
        let took = start.elapsed();
        assert!(done.reported_at().is_some());
        drop(session);
        let sent = self.lift(card).await;
        (took, sent)
    }

    /// Identifying, looking, writing and reading back on the card's thread, without API and journal.
    async fn card_part(&mut self, round: u8, sent: &Sent) -> Duration {
        let record = written_by(sent, round);
        let card = Card::place(round, 1).await;
        let session = self.placed().await;
        let start = Instant::now();
        session
            .run(move |channel: &mut dyn CardChannel| {
                let Seen::Known(known) = look(channel, &setup()).unwrap() else {
                    panic!("unknown card")
                };
                known.card.write(channel, &record, &mut |_| {}).unwrap();
                known.driver.inspect(channel, &known.card_type).unwrap();
            })
            .await
            .unwrap();
        let took = start.elapsed();
        drop(session);
        self.lift(card).await;
        took
    }

    /// The same commands, with nothing around them but the PC/SC library.
    async fn bare(&mut self, round: u8, sent: &Sent) -> Duration {
        let sent = sent.clone();
        // Nobody else may look at the card meanwhile.
        self.encoders = None;
        let card = Card::place(round, 2).await;
        let took = tokio::task::spawn_blocking(move || send_bare(&sent))
            .await
            .unwrap();
        let (encoders, events) = Encoders::pcsc(EncoderSettings::default()).unwrap();
        (self.encoders, self.events) = (Some(encoders), events);
        drop(self.placed().await);
        self.lift(card).await;
        took
    }

    async fn placed(&mut self) -> CardSession {
        loop {
            match self.events.recv().await.unwrap() {
                EncoderEvent::CardPlaced(session) => return session,
                EncoderEvent::CardUnreadable(_, error) => panic!("{error}"),
                _ => {}
            }
        }
    }

    async fn lift(&mut self, card: Card) -> Sent {
        let sent = card.lift().await;
        while !matches!(
            self.events.recv().await.unwrap(),
            EncoderEvent::CardLifted(_)
        ) {}
        sent
    }
}

fn send_bare(sent: &Sent) -> Duration {
    let context = pcsc::Context::establish(pcsc::Scope::User).unwrap();
    let name = CString::new(format!("{READER} 00 00")).unwrap();
    let mut state = [pcsc::ReaderState::new(name.clone(), pcsc::State::UNAWARE)];
    while !state[0].event_state().contains(pcsc::State::PRESENT) {
        context.get_status_change(None, &mut state).unwrap();
        state[0].sync_current_state();
    }
    let card = context
        .connect(&name, pcsc::ShareMode::Exclusive, pcsc::Protocols::ANY)
        .unwrap();
    let mut answer = [0; pcsc::MAX_BUFFER_SIZE];
    let start = Instant::now();
    for command in sent {
        card.transmit(command, &mut answer).unwrap();
    }
    start.elapsed()
}

/// The record that an issuance wrote, taken off a card that got the same commands.
fn written_by(sent: &Sent, round: u8) -> Vec<u8> {
    let mut reader = SimulatedReader::new(
        cards::simulate(MODEL, uid(round, 0)).unwrap(),
        ReaderProfile::ACR122U,
    );
    for command in sent {
        reader.answer(command);
    }
    let Seen::Known(known) = look(&mut reader, &setup()).unwrap() else {
        panic!("unknown card")
    };
    match &known.inspection().contents {
        cardbridge_drivers::contract::Contents::Record(record) => record.clone(),
        other => panic!("{other:?}"),
    }
}

fn uid(round: u8, part: u8) -> Uid {
    Uid::from([4, 0x5A, round, part, 1, 2, 3])
}

/// A card on the virtual reader that remembers what it was sent.
struct Card {
    sent: Arc<Mutex<Sent>>,
    lies: tokio::task::JoinHandle<()>,
}

impl Card {
    async fn place(round: u8, part: u8) -> Self {
        let mut reader = SimulatedReader::new(
            cards::simulate(MODEL, uid(round, part)).unwrap(),
            ReaderProfile::ACR122U,
        );
        let mut connection = Connection::open(DEFAULT_ADDRESS).await.unwrap();
        let sent = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&sent);
        let lies = tokio::spawn(async move {
            while let Ok(Some(request)) = connection.request().await {
                let answer = match request {
                    Request::PowerOff => continue,
                    Request::PowerOn | Request::Reset => {
                        reader.reset();
                        continue;
                    }
                    Request::Atr => reader.atr().to_vec(),
                    Request::Command(command) => {
                        let answer = reader.answer(&command);
                        kept.lock().unwrap().push(command);
                        answer
                    }
                };
                connection.answer(&answer).await.unwrap();
            }
        });
        Self { sent, lies }
    }

    async fn lift(self) -> Sent {
        self.lies.abort();
        let _ = self.lies.await;
        std::mem::take(&mut *self.sent.lock().unwrap())
    }
}

fn setup() -> Setup {
    Setup {
        keys: RecordKeys::new(RecordKey::new(vec![1], [7; 32]).unwrap(), Vec::new()),
        drivers: site_settings().into(),
    }
}
