//! The loop of `cardbridge run` when it is asked to stop: a card under way is finished and reported, nothing else is waited for.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use cardbridge::desk::notice::{Notice, Observer, nobody};
use cardbridge::desk::stop::{Stopped, until_stopped};
use cardbridge::desk::{Agent, Cards, watch};
use cardbridge::issuance::journal::{Journal, JournalReader};
use cardbridge::issuance::policy::Allowed;
use cardbridge::issuance::state::State;
use cardbridge::issuance::{CardSettings, RecordKeys};
use cardbridge::queue::CredentialQueue;
use cardbridge::report::Reporter;
use cardbridge::seam::{Auth, Client, Settings};
use cardbridge::sim::{Fault, Target};
use cardbridge_drivers::testing::site_settings;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::desk::{Desk, encoder, history_of, record_key};

/// Only so that a test that fails ends.
const FOREVER: Duration = Duration::from_secs(15);

/// An observer that asks to stop at the first notice that `at` means, and the asking.
fn stops_at(at: fn(&Notice) -> bool) -> (Observer, oneshot::Receiver<()>) {
    let (stop, stopped) = oneshot::channel();
    let stop = Mutex::new(Some(stop));
    let observer: Observer = Arc::new(move |notice: Notice| {
        if at(&notice)
            && let Some(stop) = stop.lock().unwrap().take()
        {
            let _ = stop.send(());
        }
    });
    (observer, stopped)
}

#[tokio::test]
async fn a_card_under_way_is_finished_and_reported() {
    let mut desk = Desk::new().await;
    let uid = desk.card("ntag213");
    let agent = Arc::new(desk.agent());
    let events = std::mem::replace(&mut desk.events, mpsc::unbounded_channel().1);
    let (observer, stopped) = stops_at(|notice| matches!(notice, Notice::Writing { .. }));
    desk.tray.place(&encoder(), uid).unwrap();
    let asked = async {
        let _ = stopped.await;
    };
    watch(
        Arc::clone(&agent),
        events,
        Cards::IssueWaiting,
        observer,
        asked,
    )
    .await;
    let written = &history_of(&agent).await[0];
    assert_eq!((written.card_uid, written.state()), (uid, State::Closed));
}

#[tokio::test]
async fn a_receiver_that_is_silent_is_not_waited_for() {
    let mut desk = Desk::new().await;
    let uid = desk.card("ntag213");
    desk.faults.every(Target::Reports, Fault::Unanswered);
    let agent = Arc::new(desk.agent());
    let events = std::mem::replace(&mut desk.events, mpsc::unbounded_channel().1);
    let (observer, stopped) = stops_at(|notice| matches!(notice, Notice::Writing { .. }));
    desk.tray.place(&encoder(), uid).unwrap();
    let asked = async {
        let _ = stopped.await;
    };
    let running = watch(
        Arc::clone(&agent),
        events,
        Cards::IssueWaiting,
        observer,
        asked,
    );
    timeout(Duration::from_secs(8), running).await.unwrap();
    assert_eq!(
        agent
            .journal()
            .read(JournalReader::unreported)
            .await
            .unwrap()[0]
            .card_uid,
        uid
    );
}

#[tokio::test]
async fn an_api_that_is_silent_is_not_waited_for() {
    let mut desk = Desk::new().await;
    let uid = desk.card("ntag213");
    let api = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", api.local_addr().unwrap());
    let auth = Auth::ApiKey("seam_test_key".to_owned().into());
    let client = Client::new(Settings::new(auth).at(endpoint)).unwrap();
    let agent = Arc::new(Agent::new(
        CredentialQueue::new(client, Vec::new()),
        Journal::open(desk.state.path()).unwrap(),
        Reporter::new(Vec::new()),
        CardSettings {
            keys: RecordKeys::new(record_key(), Vec::new()),
            drivers: site_settings().into(),
        },
    ));
    let events = std::mem::replace(&mut desk.events, mpsc::unbounded_channel().1);
    desk.tray.place(&encoder(), uid).unwrap();
    // The call has come and gets no answer.
    let asked = async {
        let connection = api.accept().await.unwrap();
        std::mem::forget(connection);
    };
    let running = watch(
        Arc::clone(&agent),
        events,
        Cards::IssueWaiting,
        nobody(),
        asked,
    );
    timeout(FOREVER, running).await.unwrap();
    assert!(history_of(&agent).await.is_empty());
}

/// Dropped there, the claim would be written all the same, and it would never be completed.
#[tokio::test]
async fn a_claim_that_is_on_its_way_to_the_disk_is_followed_up() {
    let mut desk = Desk::new().await;
    let uid = desk.card("ntag213");
    let credential = desk.credential().await;
    let card = desk.place(uid).await;
    let agent = desk.agent();
    let (observer, stopped) = stops_at(|notice| matches!(notice, Notice::Committing(true)));
    let asked = async {
        let _ = stopped.await;
    };
    let id = &credential.acs_credential_id;
    let (agent, card) = (&agent, &card);
    let issued = until_stopped(asked, &observer, |observer| async move {
        agent.issue(card, id, Allowed::default(), &observer).await
    });
    let issued = issued.await;
    let Stopped::Ended(Ok(issuance)) = &issued else {
        panic!("{issued:?}")
    };
    assert_eq!(
        (issuance.card_uid, issuance.state()),
        (uid, State::Reporting)
    );
    let history = history_of(agent).await;
    assert_eq!(history, std::slice::from_ref(issuance));
}
