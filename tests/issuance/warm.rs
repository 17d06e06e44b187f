//! The queue that is kept warm: what a tap costs, what a card costs that nothing can go onto, and what it is woken by.

use std::sync::Arc;
use std::time::Duration;

use cardbridge::desk::notice::{Notice, Observer, nobody};
use cardbridge::desk::{Agent, Cards, IssueError, Wanted, watch};
use cardbridge::encoder::EncoderName;
use cardbridge::issuance::entry::Issuance;
use cardbridge::issuance::policy::Allowed;
use cardbridge::issuance::state::Event;
use cardbridge::queue::{Pace, WaitsFor};
use cardbridge::seam::{ListAcsCredentials, UpdateAcsCredential};
use cardbridge::sim::{Fault, Hotel, Target};
use cardbridge_drivers::contract::Uid;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::desk::{Desk, encoder};

const ENCODERS: [&str; 3] = ["Left 00 00", "Middle 01 00", "Right 02 00"];

const LIST: &str = "/acs/credentials/list";
const GET: &str = "/acs/credentials/get";
const EVENTS: &str = "/events/list";

/// Looks as often as it can, and never lists all again.
pub(crate) const LOOKS: Pace = Pace {
    while_waited_for: Duration::from_millis(5),
    while_watched: Duration::from_millis(5),
    idle: Duration::from_millis(5),
    least: Duration::ZERO,
    full_while_waited_for: Duration::from_secs(3600),
    full_idle: Duration::from_secs(3600),
};

/// A hotel with these credentials, for guests of one access system.
fn hotel(credentials: impl IntoIterator<Item = Value>) -> Hotel {
    let mut seed: Value =
        serde_json::from_str(include_str!("../../src/sim/seed/hotel.json")).unwrap();
    let template = seed["acs_credentials"][0].clone();
    let credentials = credentials.into_iter().map(|own| {
        let mut credential = template.clone();
        let fields = credential.as_object_mut().unwrap();
        fields.remove("acs_credential_id");
        fields.extend(own.as_object().unwrap().clone());
        credential
    });
    seed["acs_credentials"] = credentials.collect();
    seed["access_methods"] = json!([]);
    seed["access_grants"] = json!([]);
    Hotel::from_seed_file(&seed.to_string()).unwrap()
}

/// So many that wait, each a minute younger than the one before.
fn waiting(count: usize) -> Hotel {
    let created = |number: usize| json!({"created_at": format!("now-{}m", 2 * count - number)});
    hotel((0..count).map(created))
}

/// This one, and behind it on the list more that are issued than a look at the end of the list shows.
fn far_from_the_end(credential: Value) -> Hotel {
    let others = (0..200).map(|number| {
        json!({"created_at": format!("now-{}m", 900 - number), "issued_at": "now-1h", "card_number": "1234abc"})
    });
    hotel(std::iter::once(credential).chain(others))
}

/// The loop of `cardbridge run --auto`, and what it reports.
pub(crate) struct Running {
    pub(crate) agent: Arc<Agent>,
    told: UnboundedReceiver<Notice>,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

impl Running {
    pub(crate) fn start(desk: &mut Desk, agent: Agent) -> Self {
        let agent = Arc::new(agent);
        let (notices, told) = unbounded_channel();
        let observer: Observer = Arc::new(move |notice| notices.send(notice).unwrap());
        let events = std::mem::replace(&mut desk.events, unbounded_channel().1);
        let (stop, stopped) = oneshot::channel::<()>();
        let ended = tokio::spawn(watch(
            Arc::clone(&agent),
            events,
            Cards::IssueWaiting,
            observer,
            async {
                let _ = stopped.await;
            },
        ));
        Self {
            agent,
            told,
            stop,
            ended,
        }
    }

    pub(crate) async fn written(&mut self) -> Issuance {
        loop {
            match self.told.recv().await.unwrap() {
                Notice::Written(issuance) => return issuance,
                Notice::NotIssued { error, .. } => panic!("{error}"),
                _ => {}
            }
        }
    }

    pub(crate) async fn not_issued(&mut self) -> Arc<IssueError> {
        loop {
            if let Notice::NotIssued { error, .. } = self.told.recv().await.unwrap() {
                return error;
            }
        }
    }

    /// Waits until the API was asked so many times more what is new.
    pub(crate) async fn looks(&self, count: usize) {
        for _ in 0..count {
            let seen = self.agent.queue().seen();
            self.agent.queue().news(seen, WaitsFor::TheApi).await;
        }
    }

    /// Ends it as a power cut does.
    pub(crate) async fn kill(self) {
        self.ended.abort();
        assert!(self.ended.await.unwrap_err().is_cancelled());
    }

    pub(crate) async fn stop(self) {
        self.stop.send(()).unwrap();
        self.ended.await.unwrap();
    }
}

/// How many calls of a path came.
fn calls(desk: &Desk, path: &str) -> usize {
    let calls = desk.faults.calls();
    calls.iter().filter(|call| call.ends_with(path)).count()
}

fn place(desk: &mut Desk, encoder: &str, model: &str) -> Uid {
    let uid = desk.card(model);
    desk.tray
        .place(&EncoderName(encoder.to_owned()), uid)
        .unwrap();
    uid
}

/// Cards that are forgotten on their encoders: looked at once each, and the API is not asked because of them.
#[tokio::test]
async fn a_forgotten_card_costs_no_command_and_no_request() {
    let mut desk = Desk::of_hotel(waiting(0), ENCODERS).await;
    let agent = desk.agent_at(LOOKS);
    let mut running = Running::start(&mut desk, agent);
    for name in ENCODERS {
        place(&mut desk, name, "classic-1k");
        let error = running.not_issued().await;
        assert!(matches!(*error, IssueError::NothingWaiting), "{error}");
    }
    let commands = || {
        ENCODERS.map(|name| {
            let encoder = EncoderName(name.to_owned());
            desk.tray.commands(&encoder).unwrap()
        })
    };
    let before = commands();
    running.looks(20).await;
    assert_eq!(commands(), before);
    assert_eq!(calls(&desk, GET), 0);
    running.stop().await;
    // One full list; and each look is one question to the list and one for events, whether three cards wait or none.
    let (lists, events) = (calls(&desk, LIST), calls(&desk, EVENTS));
    assert!(
        events >= 20 && (lists == events + 1 || lists == events + 2),
        "{lists} lists, {events} events"
    );
}

#[tokio::test]
async fn a_new_credential_wakes_the_card_that_waits_for_it() {
    let mut desk = Desk::of_hotel(waiting(0), ENCODERS).await;
    let agent = desk.agent_at(LOOKS);
    let mut running = Running::start(&mut desk, agent);
    let uid = place(&mut desk, ENCODERS[0], "ntag215");
    running.not_issued().await;
    let asked = calls(&desk, GET);
    let credential = desk.credential().await;
    let mut looked = 0;
    let written = loop {
        match running.told.recv().await.unwrap() {
            Notice::Looked { .. } => looked += 1,
            Notice::Written(issuance) => break issuance,
            _ => {}
        }
    };
    assert_eq!(written.acs_credential_id, credential.acs_credential_id);
    assert_eq!(written.card_uid, uid);
    assert_eq!(looked, 0, "it was looked at when it was placed");
    assert_eq!(calls(&desk, GET) - asked, 1);
    running.stop().await;
}

/// The queue is behind here: what was deleted is known from its event, and is not even asked for.
#[tokio::test]
async fn what_events_tell_to_be_gone_is_not_asked_for() {
    let mut desk = Desk::of_hotel(waiting(2), ENCODERS).await;
    let agent = desk.agent_at(LOOKS);
    let [first, second] = {
        let waiting = agent.queue().in_order(agent.journal()).await.unwrap();
        <[String; 2]>::try_from(waiting).unwrap()
    };
    let mut running = Running::start(&mut desk, agent);
    running.looks(1).await;
    desk.client.credentials().delete(&first).await.unwrap();
    running.looks(2).await;
    place(&mut desk, ENCODERS[0], "ntag215");
    assert_eq!(running.written().await.acs_credential_id, second);
    assert_eq!(calls(&desk, GET), 1);
    running.stop().await;
}

/// No event reports it and it is far from the end of the list: an old credential that had ended is extended.
#[tokio::test]
async fn what_all_else_misses_is_found_by_the_next_full_list() {
    let old = json!({"created_at": "now-9d", "starts_at": "now-9d", "ends_at": "now-1d"});
    let hotel = far_from_the_end(old);
    let mut desk = Desk::of_hotel(hotel, ENCODERS).await;
    let pace = Pace {
        full_while_waited_for: Duration::from_millis(5),
        ..LOOKS
    };
    let agent = desk.agent_at(pace);
    let mut running = Running::start(&mut desk, agent);
    place(&mut desk, ENCODERS[0], "ntag215");
    running.not_issued().await;
    let all = desk
        .client
        .credentials()
        .list(&ListAcsCredentials::default());
    let old = { all }.next_page().await.unwrap().unwrap().items.remove(0);
    let request = UpdateAcsCredential {
        acs_credential_id: old.acs_credential_id.clone(),
        code: None,
        ends_at: Some((Timestamp::now() + SignedDuration::from_hours(24)).to_string()),
    };
    desk.client.credentials().update(&request).await.unwrap();
    let written = loop {
        if let Notice::Written(issuance) = running.told.recv().await.unwrap() {
            break issuance;
        }
    };
    assert_eq!(written.acs_credential_id, old.acs_credential_id);
    running.stop().await;
}

/// However long the queue is, a card asks for one credential and nothing else.
#[tokio::test]
async fn a_tap_asks_once_with_ten_thousand_waiting() {
    const WAITING: usize = 10_000;
    let mut desk = Desk::of_hotel(waiting(WAITING), [encoder().0.as_str()]).await;
    let pace = Pace {
        while_waited_for: Duration::from_secs(3600),
        idle: Duration::from_secs(3600),
        ..LOOKS
    };
    let agent = desk.agent_at(pace);
    let mut running = Running::start(&mut desk, agent);
    let mut before = 0;
    for tap in 1..=3 {
        place(&mut desk, &encoder().0, "ntag215");
        running.written().await;
        assert_eq!(calls(&desk, GET), tap);
        let lists = calls(&desk, LIST);
        assert!(
            before == 0 || lists == before,
            "{lists} lists, {before} before"
        );
        before = lists;
        desk.tray.remove_from(&encoder()).unwrap();
    }
    // The pages of 500, and one call that finds the end of the list.
    assert!((20..=21).contains(&before), "{before} lists");
    running.stop().await;
}

/// What is known goes on being given out; whether it still waits is asked for each card all the same.
#[tokio::test]
async fn while_lists_fail_the_queue_stays_as_it_was() {
    let mut desk = Desk::of_hotel(waiting(2), ENCODERS).await;
    let agent = desk.agent_at(LOOKS);
    let mut running = Running::start(&mut desk, agent);
    running.looks(1).await;
    desk.faults.every(Target::Path(LIST), Fault::CallLost);
    desk.faults.every(Target::Path(EVENTS), Fault::CallLost);
    place(&mut desk, ENCODERS[0], "ntag215");
    running.written().await;
    desk.faults.clear();
    desk.faults.every(Target::Path(GET), Fault::CallLost);
    place(&mut desk, ENCODERS[1], "ntag215");
    let error = running.not_issued().await;
    assert!(matches!(*error, IssueError::Api(_)), "{error}");
    desk.faults.clear();
    running.written().await;
    // Nothing waits as far as is known, but that is not sure.
    desk.faults.every(Target::Api, Fault::CallLost);
    place(&mut desk, ENCODERS[2], "ntag215");
    let error = running.not_issued().await;
    assert!(
        matches!(*error, IssueError::Api(_) | IssueError::NothingWaiting),
        "{error}"
    );
    running.stop().await;
}

/// Seam does not hear of it, so only the journal can tell: it is on a card, until another process has wiped that.
#[tokio::test]
async fn a_credential_that_another_process_frees_wakes_the_card_that_waits() {
    let hotel = far_from_the_end(json!({"created_at": "now-9d"}));
    let mut desk = Desk::of_hotel(hotel, ENCODERS).await;
    let agent = desk.agent_unheard(LOOKS);
    let mut running = Running::start(&mut desk, agent);
    place(&mut desk, ENCODERS[0], "ntag215");
    let mut first = running.written().await;
    place(&mut desk, ENCODERS[1], "ntag215");
    let error = running.not_issued().await;
    assert!(matches!(*error, IssueError::NothingWaiting), "{error}");
    let elsewhere = desk.agent_anew();
    for event in [Event::WipeBegins, Event::Wiped] {
        elsewhere
            .journal()
            .advance(&mut first, event, Timestamp::now())
            .await
            .unwrap();
    }
    let again = running.written().await;
    assert_eq!(again.acs_credential_id, first.acs_credential_id);
    assert_ne!(again.card_uid, first.card_uid);
    running.stop().await;
}

/// `encode --next` says before any card is there whether something waits, and takes from that very list.
#[tokio::test]
async fn a_one_shot_command_lists_once() {
    let mut desk = Desk::new().await;
    let agent = desk.agent();
    let allowed = Allowed::default();
    let observer = nobody();
    agent.check(Wanted::Next, allowed, &observer).await.unwrap();
    let uid = desk.card("ntag216");
    let card = desk.place(uid).await;
    let issued = agent.issue_and_report(&card, Wanted::Next, allowed, &observer);
    issued.await.unwrap();
    assert_eq!((calls(&desk, LIST), calls(&desk, GET)), (1, 1));
}
