//! What the encoder itself signals to those at the desk: when a card is good, when it is not, and never before.

use std::sync::Arc;
use std::time::Duration;

use cardbridge::desk::Wanted;
use cardbridge::desk::notice::{Notice, Observer, nobody};
use cardbridge::desk::{Cards, IssueError, watch};
use cardbridge::issuance::policy::Allowed;
use cardbridge_drivers::contract::{ReaderProfile, Signal};
use tokio::sync::{mpsc, oneshot};

use crate::desk::{Desk, encoder};

/// The signals given so far, once the work of the card's session is done.
async fn signals(desk: &Desk, card: &cardbridge::encoder::CardSession) -> Vec<Signal> {
    // Jobs run one after another: behind this one nothing waits.
    let _ = card.run(|_| ()).await;
    desk.tray.signals(&encoder()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_was_read_back_is_done_and_one_that_was_not_is_refused() {
    let mut desk = Desk::new().await;
    let (agent, wanted) = (desk.agent(), Allowed::default());
    let credential = desk.credential().await;
    let card = desk.card("ntag215");
    let session = desk.place(card).await;
    let credential_id = Wanted::Credential(&credential.acs_credential_id);
    let told: Observer = {
        let tray = desk.tray.clone();
        Arc::new(move |notice: Notice| {
            if let Notice::Writing { .. } | Notice::Written(_) = notice {
                assert_eq!(tray.signals(&encoder()).unwrap(), [], "too early");
            }
        })
    };
    agent
        .issue_and_report(&session, credential_id, wanted, &told)
        .await
        .unwrap();
    assert_eq!(signals(&desk, &session).await, [Signal::Done]);

    let again = agent
        .issue_and_report(&session, credential_id, wanted, &nobody())
        .await;
    assert!(matches!(again, Err(IssueError::Refused(_))));
    assert_eq!(
        signals(&desk, &session).await,
        [Signal::Done, Signal::Refused]
    );

    let nothing = agent
        .issue_and_report(&session, Wanted::Next, wanted, &nobody())
        .await;
    assert!(matches!(
        nothing,
        Err(IssueError::NothingWaiting | IssueError::Refused(_))
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_waiting_is_no_refusal() {
    let mut desk = Desk::new().await;
    let agent = desk.agent();
    while agent
        .queue()
        .in_order(agent.journal())
        .await
        .unwrap()
        .pop()
        .is_some()
    {
        let card = desk.card("ntag216");
        let session = desk.place(card).await;
        let issued = agent
            .issue_next(&session, Allowed::default(), &nobody())
            .await;
        issued.unwrap();
        drop(session);
        desk.remove().await;
    }
    let card = desk.card("ntag215");
    let session = desk.place(card).await;
    let nothing = agent
        .issue_and_report(&session, Wanted::Next, Allowed::default(), &nobody())
        .await;
    assert!(
        matches!(nothing, Err(IssueError::NothingWaiting)),
        "{nothing:?}"
    );
    assert_eq!(signals(&desk, &session).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_cannot_beep_does_its_work_all_the_same() {
    let mut desk = Desk::new().await;
    desk.tray
        .play(&encoder(), ReaderProfile::OMNIKEY_5022)
        .unwrap();
    let agent = desk.agent();
    let credential = desk.credential().await;
    let card = desk.card("ntag215");
    let session = desk.place(card).await;
    let wanted = Wanted::Credential(&credential.acs_credential_id);
    agent
        .issue_and_report(&session, wanted, Allowed::default(), &nobody())
        .await
        .unwrap();
    assert_eq!(signals(&desk, &session).await, []);
}

/// Returns when this was the last signal. Only a broken build waits so long.
async fn given(desk: &Desk, signal: Signal) {
    let given = async {
        while desk.tray.signals(&encoder()).unwrap().last() != Some(&signal) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), given)
        .await
        .expect("no such signal came");
}

/// What `cardbridge run` does: it holds the card until the encoder has announced it.
#[tokio::test(flavor = "multi_thread")]
async fn the_loop_tells_of_each_card() {
    let mut desk = Desk::new().await;
    let (notices, mut seen) = mpsc::unbounded_channel();
    let observer: Observer = Arc::new(move |notice| notices.send(notice).unwrap());
    let (stop, stopped) = oneshot::channel::<()>();
    let events = std::mem::replace(&mut desk.events, mpsc::unbounded_channel().1);
    let agent = Arc::new(desk.agent());
    let running = tokio::spawn(watch(agent, events, Cards::IssueWaiting, observer, async {
        let _ = stopped.await;
    }));
    // Whatever waits fits the first card and not the second, which is full of another system's data.
    let foreign = desk.card("ntag216");
    let mut memory = desk.tray.memory(foreign).unwrap();
    memory[16..24].copy_from_slice(&[0x03, 0x05, 0xD1, 0x01, 0x01, 0x54, 0x00, 0xFE]);
    desk.tray.load(foreign, &memory).unwrap();
    for (card, signal) in [
        (desk.card("ntag216"), Signal::Done),
        (foreign, Signal::Refused),
    ] {
        desk.tray.place(&encoder(), card).unwrap();
        while !matches!(
            seen.recv().await.unwrap(),
            Notice::Written(_) | Notice::NotIssued { .. }
        ) {}
        given(&desk, signal).await;
        desk.tray.remove_from(&encoder()).unwrap();
    }
    stop.send(()).unwrap();
    running.await.unwrap();
}
