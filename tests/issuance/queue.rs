//! The waiting queue and the loop of `cardbridge run`: many encoders, each credential once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;

use cardbridge::desk::notice::{Notice, Observer, nobody};
use cardbridge::desk::{Agent, Cards, IssueError, Wanted, watch};
use cardbridge::encoder::{EncoderEvent, EncoderName, Tray};
use cardbridge::issuance::policy::{Allowed, is_waiting};
use cardbridge::issuance::refusal::Refusal;
use cardbridge::issuance::state::State;
use cardbridge::seam::{
    AccessMode, AcsCredential, CreateAcsCredential, CredentialHolder, ListAcsCredentials,
    VisionlineOptions,
};
use cardbridge::sim::{Fault, Hotel, Target};
use cardbridge::text::Hint;
use cardbridge_drivers::contract::DriverSettings;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use crate::desk::{Desk, history_of};

const ENCODERS: [&str; 3] = ["Left 00 00", "Middle 01 00", "Right 02 00"];

/// Three encoders, more cards than credentials, cards changed as soon as one is done: every credential is issued once.
#[tokio::test]
async fn many_encoders_share_one_queue_and_issue_each_credential_once() {
    let mut desk = Desk::with_encoders(ENCODERS).await;
    let mut waiting = BTreeSet::new();
    let mut pages = desk
        .client
        .credentials()
        .list(&ListAcsCredentials::default());
    while let Some(page) = pages.next_page().await {
        let page = page.unwrap().items;
        waiting.extend(
            page.into_iter()
                .filter(|one| is_waiting(one, Timestamp::now()))
                .map(|one| one.acs_credential_id),
        );
    }
    assert!(waiting.len() >= 12, "{}", waiting.len());
    let mut cards: Vec<_> = (0..waiting.len()).map(|_| desk.card("ntag216")).collect();

    let (notices, mut seen) = mpsc::unbounded_channel();
    let observer: Observer = Arc::new(move |notice| notices.send(notice).unwrap());
    let (stop, stopped) = oneshot::channel::<()>();
    let agent = Arc::new(desk.agent());
    let events = std::mem::replace(&mut desk.events, mpsc::unbounded_channel().1);
    let running = tokio::spawn(watch(
        Arc::clone(&agent),
        events,
        Cards::IssueWaiting,
        observer,
        async {
            let _ = stopped.await;
        },
    ));
    for name in ENCODERS {
        desk.tray
            .place(&EncoderName(name.to_owned()), cards.pop().unwrap())
            .unwrap();
    }
    let reported = Mutex::new(BTreeSet::new());
    while reported.lock().unwrap().len() < waiting.len() {
        match seen.recv().await.unwrap() {
            Notice::Written(issuance) => {
                let encoder = EncoderName(issuance.encoder.clone());
                desk.tray.remove_from(&encoder).unwrap();
                if let Some(next) = cards.pop() {
                    desk.tray.place(&encoder, next).unwrap();
                }
            }
            Notice::Reported(issuance) => {
                assert!(
                    reported
                        .lock()
                        .unwrap()
                        .insert(issuance.acs_credential_id.clone())
                );
            }
            Notice::NotIssued { error, .. } => panic!("{error}"),
            _ => {}
        }
    }
    stop.send(()).unwrap();
    running.await.unwrap();

    assert_eq!(*reported.lock().unwrap(), waiting);
    let history = history_of(&agent).await;
    assert!(history.iter().all(|one| one.state() == State::Closed));
    let on_cards: BTreeSet<_> = history.iter().map(|one| one.card_uid).collect();
    assert_eq!(
        (history.len(), on_cards.len()),
        (waiting.len(), waiting.len())
    );
}

/// Without `--auto` a card that nothing is open for is not even looked at, and the person hears of that.
#[tokio::test]
async fn without_auto_cards_are_left_alone() {
    let mut desk = Desk::new().await;
    let uid = desk.card("ntag213");
    let (notices, mut seen) = mpsc::unbounded_channel();
    let observer: Observer = Arc::new(move |notice| notices.send(notice).unwrap());
    let agent = Arc::new(desk.agent());
    let events = std::mem::replace(&mut desk.events, mpsc::unbounded_channel().1);
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(watch(agent, events, Cards::FinishOnly, observer, async {
        let _ = stopped.await;
    }));
    desk.tray.place(&crate::desk::encoder(), uid).unwrap();
    while !matches!(seen.recv().await.unwrap(), Notice::LeftAlone(_)) {}
    desk.tray.remove_from(&crate::desk::encoder()).unwrap();
    loop {
        if let Notice::Encoder(event) = seen.recv().await.unwrap()
            && matches!(&*event, EncoderEvent::CardRemoved(_))
        {
            break;
        }
    }
    assert_eq!(desk.tray.commands(&crate::desk::encoder()).unwrap(), 0);
    stop.send(()).unwrap();
    running.await.unwrap();
}

/// A card that waits for a credential does not keep the agent from stopping.
#[tokio::test]
async fn the_loop_stops_while_a_card_waits_for_a_credential() {
    let mut desk = Desk::new().await;
    let uid = desk.card("ntag213");
    desk.faults.every(Target::Api, Fault::CallLost);
    let (notices, mut seen) = mpsc::unbounded_channel();
    let observer: Observer = Arc::new(move |notice| notices.send(notice).unwrap());
    let events = std::mem::replace(&mut desk.events, mpsc::unbounded_channel().1);
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(watch(
        Arc::new(desk.agent()),
        events,
        Cards::IssueWaiting,
        observer,
        async {
            let _ = stopped.await;
        },
    ));
    desk.tray.place(&crate::desk::encoder(), uid).unwrap();
    while !matches!(seen.recv().await.unwrap(), Notice::NotIssued { .. }) {}
    stop.send(()).unwrap();
    running.await.unwrap();
}

/// A credential that no card will do for does not keep the ones behind it waiting.
#[tokio::test]
async fn a_credential_that_contradicts_itself_is_passed_over() {
    let mut seed: Value =
        serde_json::from_str(include_str!("../../src/sim/seed/hotel.json")).unwrap();
    let [first, rest @ ..] = seed["acs_credentials"]
        .as_array_mut()
        .unwrap()
        .as_mut_slice()
    else {
        panic!("the seed has credentials")
    };
    first["created_at"] = json!("2001-01-01T00:00:00Z");
    first["visionline_metadata"]["is_valid"] = json!(false);
    assert!(!rest.is_empty());
    let hotel = Hotel::from_seed_file(&seed.to_string()).unwrap();
    let mut desk = Desk::of_hotel(hotel, [Tray::ENCODER]).await;
    let uid = desk.card("ntag216");
    let card = desk.place(uid).await;
    let agent = desk.agent();
    let oldest = agent
        .queue()
        .in_order(agent.journal())
        .await
        .unwrap()
        .remove(0);
    let issuance = agent
        .issue_next(&card, Allowed::default(), &nobody())
        .await
        .unwrap();
    assert_ne!(issuance.acs_credential_id, oldest);
    assert_eq!(history_of(&agent).await.len(), 1);
}

/// Listing takes its time: what another desk issued meanwhile is not issued here as well.
#[tokio::test]
async fn what_was_issued_while_the_queue_was_listed_is_not_taken() {
    let mut desk = Desk::new().await;
    let [here, there] = [desk.agent(), desk.agent_of_another_desk()];
    let queue = here.queue().in_order(here.journal()).await.unwrap();
    let uid = desk.card("ntag216");
    let card = desk.place(uid).await;
    there
        .issue_and_report(
            &card,
            Wanted::Credential(&queue[0]),
            Allowed::default(),
            &nobody(),
        )
        .await
        .unwrap();
    let taken = async |id: &str| here.queue().take(here.journal(), id).await.unwrap();
    assert!(taken(&queue[0]).await.is_none());
    let (_held, credential) = taken(&queue[1]).await.unwrap();
    assert_eq!(credential.acs_credential_id, queue[1]);
    assert!(taken(&queue[1]).await.is_none(), "another encoder has it");
}

/// Two credentials that wait and no others: one that joins so many cards, then one that fits everywhere.
async fn a_large_one_and_a_small_one(
    desk: &Desk,
    agent: &Agent,
    joined: usize,
) -> (AcsCredential, AcsCredential) {
    let seeded = agent.queue().waiting(agent.journal()).await.unwrap();
    let credentials = desk.client.credentials();
    let joiners = vec![seeded[0].acs_credential_id.clone(); joined];
    let holder = CredentialHolder::AcsUser {
        acs_user_id: seeded[0].acs_user_id.clone().unwrap(),
    };
    let mut request = CreateAcsCredential::new(AccessMode::Card, holder);
    request.visionline_metadata = Some(VisionlineOptions {
        joiner_acs_credential_ids: joiners,
        ..VisionlineOptions::default()
    });
    let large = credentials.create(&request).await.unwrap();
    // Two of one millisecond are in the order of their ids.
    let small = loop {
        let later = desk.credential().await;
        if later.created_at > large.created_at {
            break later;
        }
        credentials.delete(&later.acs_credential_id).await.unwrap();
    };
    for credential in seeded {
        credentials
            .delete(&credential.acs_credential_id)
            .await
            .unwrap();
    }
    let queue = agent.queue().in_order(agent.journal()).await.unwrap();
    assert_eq!(queue[0], large.acs_credential_id);
    (large, small)
}

/// The queue goes on for a small card; the large credential keeps its place, and the clerk learns which card it needs.
#[tokio::test]
async fn a_credential_too_large_for_this_card_does_not_block_the_queue() {
    let mut desk = Desk::new().await;
    let keyless = desk.agent_under(DriverSettings::default());
    let (large, small) = a_large_one_and_a_small_one(&desk, &keyless, 5).await;
    let uid = desk.card("ntag213");
    let card = desk.place(uid).await;
    let told: Arc<Mutex<Vec<String>>> = Arc::default();
    let observer: Observer = {
        let told = Arc::clone(&told);
        Arc::new(move |notice| {
            if let Notice::PassedOver {
                acs_credential_id,
                refusal,
                ..
            } = notice
            {
                let line = format!("{acs_credential_id} {refusal} {}", refusal.hint());
                told.lock().unwrap().push(line);
            }
        })
    };
    let issued = keyless
        .issue_next(&card, Allowed::default(), &observer)
        .await
        .unwrap();
    assert_eq!(issued.acs_credential_id, small.acs_credential_id);
    {
        let told = told.lock().unwrap();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with(&large.acs_credential_id), "{told:?}");
        // At a desk without site keys a MIFARE Classic Mini, though smaller, is no advice.
        assert!(
            told[0].ends_with("NTAG 424 DNA is the smallest that holds it"),
            "{told:?}"
        );
    }
    desk.remove().await;
    let uid = desk.card("ntag213");
    let card = desk.place(uid).await;
    let error = keyless
        .issue_next(&card, Allowed::default(), &observer)
        .await
        .unwrap_err();
    assert!(error.hint().contains("NTAG 424 DNA"), "{}", error.hint());
    let keyed = desk.agent();
    let error = keyed
        .issue_next(&card, Allowed::default(), &observer)
        .await
        .unwrap_err();
    assert!(
        error.hint().contains("MIFARE Classic Mini"),
        "{}",
        error.hint()
    );
    assert_eq!(
        told.lock().unwrap().len(),
        1,
        "nothing was issued in its place"
    );
}

/// Also where it is the card that is too small: there is none that would do.
#[tokio::test]
async fn a_credential_that_no_card_can_hold_is_passed_over() {
    let mut desk = Desk::new().await;
    let agent = desk.agent();
    let (_huge, good) = a_large_one_and_a_small_one(&desk, &agent, 250).await;

    let uid = desk.card("ntag216");
    let card = desk.place(uid).await;
    let issued = agent
        .issue_next(&card, Allowed::default(), &nobody())
        .await
        .unwrap();
    assert_eq!(issued.acs_credential_id, good.acs_credential_id);
    let uid = desk.card("ntag216");
    desk.remove().await;
    let card = desk.place(uid).await;
    // The clerk learns why nothing is left to issue.
    let error = agent
        .issue_next(&card, Allowed::default(), &nobody())
        .await
        .unwrap_err();
    assert!(
        matches!(error, IssueError::Refused(Refusal::Card(_))),
        "{error}"
    );
    assert!(error.hint().contains("fewer doors"), "{}", error.hint());
}

/// The API's wish for a pause holds for every card, on whichever encoder it is.
#[tokio::test]
async fn the_queue_leaves_the_api_alone_for_as_long_as_it_asks() {
    let mut desk = Desk::with_encoders(ENCODERS).await;
    let cards = [desk.card("ntag213"), desk.card("ntag213")];
    desk.faults.next(
        Target::Path("/acs/credentials/list"),
        1,
        Fault::Refused {
            status: 429,
            retry_after: Some(std::time::Duration::from_secs(3600)),
        },
    );
    let (notices, mut seen) = mpsc::unbounded_channel();
    let observer: Observer = Arc::new(move |notice| notices.send(notice).unwrap());
    let events = std::mem::replace(&mut desk.events, mpsc::unbounded_channel().1);
    let (stop, stopped) = oneshot::channel::<()>();
    let agent = Arc::new(desk.agent());
    let running = tokio::spawn(watch(
        Arc::clone(&agent),
        events,
        Cards::IssueWaiting,
        observer,
        async {
            let _ = stopped.await;
        },
    ));
    let mut errors = Vec::new();
    let mut calls = Vec::new();
    for (name, uid) in ENCODERS.iter().zip(cards) {
        desk.tray
            .place(&EncoderName((*name).to_owned()), uid)
            .unwrap();
        loop {
            if let Notice::NotIssued { error, .. } = seen.recv().await.unwrap() {
                errors.push(error);
                break;
            }
        }
        calls.push(desk.faults.calls().len());
    }
    assert_eq!(calls[0], calls[1], "asked again: {:?}", desk.faults.calls());
    for error in errors {
        assert!(matches!(&*error, IssueError::Resting(_)), "{error}");
    }
    assert!(agent.queue().rest() > std::time::Duration::from_secs(3000));
    stop.send(()).unwrap();
    running.await.unwrap();
}
