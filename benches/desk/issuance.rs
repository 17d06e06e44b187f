//! One issuance through a real pcscd: all of it, the card's part of it, and a bare loop with the same commands, in turn.

use std::ffi::CString;
use std::time::{Duration, Instant};

use cardbridge::desk::notice::nobody;
use cardbridge::desk::{Agent, Wanted};
use cardbridge::encoder::{CardSession, EncoderEvent, EncoderSettings, Encoders};
use cardbridge::issuance::inspect::{Seen, look};
use cardbridge::issuance::journal::Journal;
use cardbridge::issuance::policy::Allowed;
use cardbridge::issuance::{CardSettings, RecordKeys};
use cardbridge::queue::CredentialQueue;
use cardbridge::report::{EventSink, Reporter, Sink, WebhookSecret};
use cardbridge::seam::{
    AccessMode, Auth, Client, CreateAcsCredential, CredentialHolder, ListAcsUsers, Settings,
};
use cardbridge::sim::{self, Hotel};
use cardbridge_drivers::contract::CardChannel;
use cardbridge_drivers::record::RecordKey;
use cardbridge_drivers::testing::{SimulatedReader, site_settings};
use tokio::runtime::Runtime;
use tokio::sync::mpsc::UnboundedReceiver;

use super::card::{Card, Exchange, MODEL, Sent, after, blank, commands, span, uid};
use super::spread;

/// A model that passes the commands of tags on.
pub(crate) const READER: &str = "ACS ACR122U PICC Interface";
const ROUNDS: u8 = 30;
/// Rounds that warm up and do not count.
const WARM_UP: u8 = 3;

pub(crate) fn print() {
    let runtime = Runtime::new().unwrap();
    let (mut ratios, mut whole, mut card_part, mut bare) = (vec![], vec![], vec![], vec![]);
    let mut count = 0;
    runtime.block_on(async {
        let mut desk = Desk::new().await;
        for round in 0..ROUNDS {
            let (issuance, exchanges) = desk
                .issue(blank(uid(round, 0)), Duration::ZERO, Allowed::default())
                .await;
            let sent = commands(exchanges);
            let through = desk.card_part(round, &sent).await;
            let alone = desk.bare(round, &sent).await;
            count = sent.len();
            if round >= WARM_UP {
                whole.push(micros(issuance));
                card_part.push(micros(through));
                bare.push(micros(alone));
                ratios.push(through.as_secs_f64() / alone.as_secs_f64());
            }
        }
    });
    println!(
        "One issuance on {MODEL} through pcscd, {count} commands, {} rounds in turn: median (5 % – 95 %)",
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

pub(crate) struct Desk {
    agent: Agent,
    client: Client,
    holder: String,
    events: UnboundedReceiver<EncoderEvent>,
    encoders: Option<Encoders>,
    _state: tempfile::TempDir,
}

impl Desk {
    pub(crate) async fn new() -> Self {
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
            CredentialQueue::new(client.clone(), Vec::new()),
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
    pub(crate) async fn issue(
        &mut self,
        card: SimulatedReader,
        pace: Duration,
        allowed: Allowed,
    ) -> (Duration, Vec<Exchange>) {
        let holder = CredentialHolder::AcsUser {
            acs_user_id: self.holder.clone(),
        };
        let request = CreateAcsCredential::new(AccessMode::Card, holder);
        let credential = self.client.credentials().create(&request).await.unwrap();
        let card = Card::place(card, pace).await;
        let session = self.placed().await;
        let start = Instant::now();
        let wanted = Wanted::Credential(&credential.acs_credential_id);
        let done = self
            .agent
            .issue_and_report(&session, wanted, allowed, &nobody())
            .await
            .unwrap();
        let took = start.elapsed();
        assert!(done.reported_at().is_some());
        drop(session);
        (took, self.remove(card).await)
    }

    /// Identifying, looking, writing and reading back on the card's thread, without API and journal.
    async fn card_part(&mut self, round: u8, sent: &Sent) -> Duration {
        let record = written_by(sent, round);
        let card = Card::place(blank(uid(round, 1)), Duration::ZERO).await;
        let session = self.placed().await;
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
        drop(session);
        span(&self.remove(card).await)
    }

    /// The same commands, with nothing around them but the PC/SC library.
    async fn bare(&mut self, round: u8, sent: &Sent) -> Duration {
        let sent = sent.clone();
        let loops = tokio::task::spawn_blocking(move || send_bare(&sent));
        let exchanges = self
            .alone(blank(uid(round, 2)), Duration::ZERO, async {
                loops.await.unwrap();
            })
            .await;
        span(&exchanges)
    }

    /// Works outside the desk on a card that takes `pace` for each command; the desk does not touch it.
    pub(crate) async fn alone(
        &mut self,
        card: SimulatedReader,
        pace: Duration,
        work: impl Future<Output = ()>,
    ) -> Vec<Exchange> {
        self.encoders = None;
        let card = Card::place(card, pace).await;
        work.await;
        let count = card.count();
        let (encoders, events) = Encoders::pcsc(EncoderSettings::default()).unwrap();
        (self.encoders, self.events) = (Some(encoders), events);
        drop(self.placed().await);
        let mut exchanges = self.remove(card).await;
        exchanges.truncate(count);
        exchanges
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

    async fn remove(&mut self, card: Card) -> Vec<Exchange> {
        let exchanges = card.remove().await;
        while !matches!(
            self.events.recv().await.unwrap(),
            EncoderEvent::CardRemoved(_)
        ) {}
        exchanges
    }
}

fn send_bare(sent: &Sent) {
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
    for command in sent {
        card.transmit(command, &mut answer).unwrap();
    }
}

/// The record that an issuance wrote, taken off a card that got the same commands.
fn written_by(sent: &Sent, round: u8) -> Vec<u8> {
    let mut reader = after(uid(round, 0), sent);
    let Seen::Known(known) = look(&mut reader, &setup()).unwrap() else {
        panic!("unknown card")
    };
    match &known.inspection().contents {
        cardbridge_drivers::contract::Contents::Record(record) => record.clone(),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn setup() -> CardSettings {
    CardSettings {
        keys: RecordKeys::new(RecordKey::new(vec![1], [7; 32]).unwrap(), Vec::new()),
        drivers: site_settings().into(),
    }
}
