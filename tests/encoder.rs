//! Encoders through their public door, on a tray of simulated cards: what is announced, what a session does, and what becomes
//! of it when the card is removed, swapped, hangs, or is in another program's hands.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails here; clippy.toml lets only the test functions themselves do so"
)]

use std::time::Duration;

use cardbridge::encoder::simulated::{Fault, Loss, Tray};
use cardbridge::encoder::{CardSession, EncoderError, EncoderEvent, EncoderName, Encoders, choose};
use cardbridge::text::Hint;
use cardbridge_drivers::cards;
use cardbridge_drivers::contract::apdu::Command;
use cardbridge_drivers::contract::{
    Answer, CardChannel, ChannelError, Mishap, SimulatedCard, Uid, identify,
};
use tokio::sync::mpsc::UnboundedReceiver;

struct Desk {
    tray: Tray,
    encoder: EncoderName,
    encoders: Encoders,
    events: UnboundedReceiver<EncoderEvent>,
}

impl Desk {
    async fn new() -> Self {
        Self::on(Tray::new()).await
    }

    /// A watched tray of two NTAG215, with its first encoder announced.
    async fn on(tray: Tray) -> Self {
        for number in 1..=2 {
            tray.add(cards::simulate("ntag215", uid(number)).unwrap())
                .unwrap();
        }
        let (encoders, events) = Encoders::simulated(&tray).unwrap();
        let mut desk = Self {
            encoder: tray.encoders()[0].clone(),
            tray,
            encoders,
            events,
        };
        assert!(matches!(desk.next().await, EncoderEvent::Added(name) if name == desk.encoder));
        desk
    }

    async fn next(&mut self) -> EncoderEvent {
        next(&mut self.events).await
    }

    async fn placed(&mut self, number: u8) -> CardSession {
        self.tray.place(&self.encoder, uid(number)).unwrap();
        self.session().await
    }

    async fn session(&mut self) -> CardSession {
        match self.next().await {
            EncoderEvent::CardPlaced(session) => session,
            other => panic!("expected a card, not {other:?}"),
        }
    }

    async fn removed(&mut self) {
        let event = self.next().await;
        assert!(matches!(event, EncoderEvent::CardRemoved(_)), "{event:?}");
    }
}

async fn next(events: &mut UnboundedReceiver<EncoderEvent>) -> EncoderEvent {
    // Only a broken build waits so long.
    tokio::time::timeout(Duration::from_secs(20), events.recv())
        .await
        .expect("no event came")
        .expect("the encoders have stopped")
}

fn uid(number: u8) -> Uid {
    Uid::try_from([0x04, 1, 2, 3, 4, 5, number].as_slice()).unwrap()
}

fn read_uid(card: &mut dyn CardChannel) -> Result<Vec<u8>, ChannelError> {
    Ok(Command::uid().send(card)?.to_bytes())
}

#[tokio::test]
async fn a_card_is_announced_worked_on_and_taken_back() {
    let mut desk = Desk::new().await;
    let session = desk.placed(1).await;
    assert_eq!(session.encoder(), &desk.encoder);
    let card = session.run(identify).await.unwrap().unwrap();
    assert_eq!(card.uid, uid(1));
    desk.tray.remove_from(&desk.encoder).unwrap();
    desk.removed().await;
    assert_eq!(session.run(read_uid).await, Err(ChannelError::Removed));
    assert_eq!(session.ended().await, ChannelError::Removed);
    assert!(!session.is_live());
}

#[tokio::test]
async fn a_card_that_lies_there_from_the_start_is_announced() {
    let tray = Tray::new();
    let card = tray
        .add(cards::simulate("ntag213", uid(9)).unwrap())
        .unwrap();
    tray.place(&tray.encoders()[0], card).unwrap();
    let mut desk = Desk::on(tray).await;
    assert!(desk.session().await.is_live());
}

/// What is in the slot for the security module of a reader: it answers to reset as a card with contacts does, and gives no
/// UID.
#[derive(Debug)]
struct SecurityModule {
    atr: Vec<u8>,
}

impl SimulatedCard for SecurityModule {
    fn model(&self) -> &'static str {
        "security module"
    }
    fn uid(&self) -> Uid {
        uid(99)
    }
    fn atr(&self) -> Vec<u8> {
        self.atr.clone()
    }
    fn select(&mut self) {}
    fn exchange(&mut self, _: &[u8]) -> Answer {
        Answer::Frame(vec![0x6E, 0x00])
    }
    fn memory(&self) -> Vec<u8> {
        vec![]
    }
    fn load(&mut self, _: &[u8]) -> bool {
        false
    }
    fn writes(&self) -> u64 {
        0
    }
    fn spoil_next_write(&mut self, _: Option<Mishap>) {}
}

#[tokio::test]
async fn a_slot_that_gives_no_uid_announces_no_card() {
    let case = include_str!("../drivers/tests/cases/card-01-sam-slot.json");
    let case: serde_json::Value = serde_json::from_str(case).unwrap();
    let atr = hex::decode(case["slot 1"]["atr"].as_str().unwrap()).unwrap();
    let mut desk = Desk::new().await;
    let module = desk.tray.add(Box::new(SecurityModule { atr })).unwrap();
    desk.tray.place(&desk.encoder, module).unwrap();
    match desk.next().await {
        EncoderEvent::CardUnreadable(name, EncoderError::NoUid { encoder }) => {
            assert_eq!((&name, encoder), (&desk.encoder, name.to_string()));
        }
        other => panic!("{other:?}"),
    }
    desk.tray.remove_from(&desk.encoder).unwrap();
    desk.removed().await;
    assert!(desk.placed(1).await.is_live());
}

#[tokio::test]
async fn a_swapped_card_ends_the_session_of_the_first() {
    let mut desk = Desk::new().await;
    let first = desk.placed(1).await;
    desk.tray.place(&desk.encoder, uid(2)).unwrap();
    desk.removed().await;
    let second = desk.session().await;
    assert_eq!(first.run(read_uid).await, Err(ChannelError::Removed));
    assert_eq!(second.run(identify).await.unwrap().unwrap().uid, uid(2));
}

#[tokio::test]
async fn a_swap_that_the_reader_has_not_seen_is_told_although_the_session_of_the_first_is_still_held()
 {
    let mut desk = Desk::new().await;
    let first = desk.placed(1).await;
    assert!(first.run(read_uid).await.unwrap().is_ok());
    desk.tray
        .break_after(&desk.encoder, 0, Fault::Swapped(uid(2)))
        .unwrap();
    let answer = first
        .run(|card| {
            card.reconnect()?;
            read_uid(card)
        })
        .await
        .unwrap();
    assert_eq!(answer, Err(ChannelError::Removed));
    desk.removed().await;
    let second = desk.session().await;
    assert_eq!(second.run(identify).await.unwrap().unwrap().uid, uid(2));
    assert!(!first.is_live());
}

#[tokio::test]
async fn a_job_that_is_running_when_the_card_goes_gets_no_further() {
    let mut desk = Desk::new().await;
    for loss in [Loss::Command, Loss::Answer] {
        let session = desk.placed(1).await;
        let before = desk.tray.commands(&desk.encoder).unwrap();
        desk.tray
            .break_after(&desk.encoder, 1, Fault::Removed(loss))
            .unwrap();
        let answers = session
            .run(|card| [(); 4].map(|()| read_uid(card).map(|_| ())))
            .await
            .unwrap();
        let gone = Err(ChannelError::Removed);
        assert_eq!(answers, [Ok(()), gone, gone, gone]);
        let carried_out = desk.tray.commands(&desk.encoder).unwrap() - before;
        assert_eq!(carried_out, if loss == Loss::Command { 1 } else { 2 });
        desk.removed().await;
    }
}

#[tokio::test]
async fn jobs_that_wait_when_the_card_goes_are_not_begun() {
    let mut desk = Desk::new().await;
    let session = desk.placed(1).await;
    let (go, gate) = std::sync::mpsc::channel::<()>();
    let (started, has_started) = tokio::sync::oneshot::channel();
    let slow = tokio::spawn({
        let session = session.clone();
        let work = move |_: &mut dyn CardChannel| started.send(()).is_ok() && gate.recv().is_ok();
        async move { session.run(work).await }
    });
    has_started.await.unwrap();
    let (begun, has_begun) = std::sync::mpsc::channel();
    let waiting = tokio::spawn({
        let session = session.clone();
        async move { session.run(move |_| begun.send(())).await }
    });
    tokio::task::yield_now().await;
    desk.tray.remove_from(&desk.encoder).unwrap();
    desk.removed().await;
    go.send(()).unwrap();
    assert_eq!(
        slow.await.unwrap(),
        Ok(true),
        "a job that runs is run to its end"
    );
    assert!(matches!(waiting.await.unwrap(), Err(ChannelError::Removed)));
    assert!(has_begun.recv().is_err());
}

#[tokio::test]
async fn dropping_the_session_lets_the_card_go() {
    let mut desk = Desk::new().await;
    let session = desk.placed(1).await;
    let (_others, mut other_events) = Encoders::simulated(&desk.tray).unwrap();
    assert!(matches!(
        next(&mut other_events).await,
        EncoderEvent::Added(_)
    ));
    let event = next(&mut other_events).await;
    let EncoderEvent::CardUnreadable(encoder, error) = event else {
        panic!("{event:?}");
    };
    assert_eq!(error, EncoderError::InUse { encoder: encoder.0 });
    assert!(error.hint().contains("close the other program"));
    drop(session);
    let event = next(&mut other_events).await;
    assert!(matches!(event, EncoderEvent::CardPlaced(_)), "{event:?}");
}

#[tokio::test]
async fn a_card_that_hangs_is_given_up_and_taken_again_when_it_answers() {
    let mut desk = Desk::on(Tray::new().with_patience(Duration::from_millis(50))).await;
    let session = desk.placed(1).await;
    desk.tray
        .break_after(&desk.encoder, 1, Fault::Hang)
        .unwrap();
    let (seen, hung) = std::sync::mpsc::channel();
    let job = session.run(move |card| {
        for _ in 0..3 {
            let _ = seen.send(read_uid(card));
        }
    });
    assert_eq!(job.await, Err(ChannelError::Unresponsive));
    let event = desk.next().await;
    assert!(matches!(event, EncoderEvent::Stuck(name) if name == desk.encoder));
    desk.tray.wake(&desk.encoder).unwrap();
    let again = desk.session().await;
    assert!(again.run(read_uid).await.unwrap().is_ok());
    let answers: Vec<_> = hung.iter().collect();
    assert!(answers[0].is_ok());
    assert_eq!(
        answers[1..],
        [
            Err(ChannelError::Unresponsive),
            Err(ChannelError::Unresponsive)
        ],
        "the thread that was given up must not touch the card again"
    );
}

#[tokio::test]
async fn a_hanging_card_that_is_removed_leaves_the_encoder_good() {
    let mut desk = Desk::on(Tray::new().with_patience(Duration::from_millis(50))).await;
    let session = desk.placed(1).await;
    desk.tray
        .break_after(&desk.encoder, 0, Fault::Hang)
        .unwrap();
    assert_eq!(session.run(read_uid).await, Err(ChannelError::Unresponsive));
    assert!(matches!(desk.next().await, EncoderEvent::Stuck(_)));
    desk.tray.remove_from(&desk.encoder).unwrap();
    let second = desk.placed(2).await;
    assert_eq!(second.run(identify).await.unwrap().unwrap().uid, uid(2));
}

#[tokio::test]
async fn encoders_come_and_go() {
    let mut desk = Desk::new().await;
    let session = desk.placed(1).await;
    desk.tray.unplug(&desk.encoder).unwrap();
    desk.removed().await;
    assert!(matches!(desk.next().await, EncoderEvent::Removed(name) if name == desk.encoder));
    assert_eq!(session.run(read_uid).await, Err(ChannelError::ReaderGone));
    assert_eq!(desk.encoders.list(), Ok(vec![]));
    desk.tray.plug_in(&desk.encoder).unwrap();
    assert!(matches!(desk.next().await, EncoderEvent::Added(_)));
    assert!(desk.session().await.is_live(), "the card still lies there");
}

#[tokio::test]
async fn two_encoders_work_side_by_side() {
    let mut desk = Desk::on(Tray::with_encoders(["A", "B"])).await;
    assert!(matches!(desk.next().await, EncoderEvent::Added(name) if name.0 == "B"));
    let first = desk.placed(1).await;
    desk.encoder = EncoderName("B".to_owned());
    let second = desk.placed(2).await;
    // The first waits for the second: one thread for both would never end.
    let (tell, told) = std::sync::mpsc::channel();
    let (first, second) = tokio::join!(
        first.run(move |card| told.recv().is_ok() && read_uid(card).is_ok()),
        second.run(move |card| read_uid(card).is_ok() && tell.send(()).is_ok()),
    );
    assert_eq!((first, second), (Ok(true), Ok(true)));
}

#[tokio::test]
async fn stopping_ends_the_running_job_first_and_lets_every_card_go() {
    let mut desk = Desk::new().await;
    let session = desk.placed(1).await;
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let (go, gate) = std::sync::mpsc::channel::<()>();
    let job = tokio::spawn({
        let session = session.clone();
        async move {
            let work = move |card: &mut dyn CardChannel| {
                let _ = begun.send(());
                gate.recv().is_ok() && read_uid(card).is_ok()
            };
            session.run(work).await
        }
    });
    has_begun.await.unwrap();
    let stop = tokio::task::spawn_blocking(move || drop(desk.encoders));
    go.send(()).unwrap();
    stop.await.unwrap();
    assert_eq!(job.await.unwrap(), Ok(true));
    assert_eq!(session.run(read_uid).await, Err(ChannelError::ReaderGone));
    let (_encoders, mut events) = Encoders::simulated(&desk.tray).unwrap();
    assert!(matches!(next(&mut events).await, EncoderEvent::Added(_)));
    let event = next(&mut events).await;
    assert!(matches!(event, EncoderEvent::CardPlaced(_)), "{event:?}");
}

#[tokio::test]
async fn a_job_that_panics_costs_its_session_only() {
    let mut desk = Desk::new().await;
    let session = desk.placed(1).await;
    let outcome = session.run(|_| panic!("a bug in a job")).await;
    assert_eq!(outcome, Err::<(), _>(ChannelError::Communication));
    desk.tray.remove_from(&desk.encoder).unwrap();
    desk.removed().await;
    assert!(desk.placed(1).await.run(read_uid).await.unwrap().is_ok());
}

#[test]
fn one_encoder_is_chosen_by_a_part_of_its_name() {
    let present = || {
        [
            "ACS ACR122U 00 00",
            "ACS ACR1252 PICC 01 00",
            "ACS ACR122U 00 00 b",
        ]
        .map(|name| EncoderName(name.to_owned()))
        .to_vec()
    };
    let chosen = |wanted| {
        choose(Some(wanted), present())
            .map(|names| names.into_iter().map(|n| n.0).collect::<Vec<_>>())
    };
    assert_eq!(
        chosen("acr1252"),
        Ok(vec!["ACS ACR1252 PICC 01 00".to_owned()])
    );
    assert_eq!(
        chosen("ACS ACR122U 00 00"),
        Ok(vec!["ACS ACR122U 00 00".to_owned()]),
        "a whole name is meant exactly"
    );
    let error = chosen("ACR122U").unwrap_err();
    assert_eq!(
        error.to_string(),
        "\"ACR122U\" fits 2 encoders: ACS ACR122U 00 00, ACS ACR122U 00 00 b"
    );
    let error = chosen("omnikey").unwrap_err();
    assert_eq!(
        error.to_string(),
        "no encoder whose name contains \"omnikey\""
    );
    assert!(error.hint().contains("ACR1252"));
    assert_eq!(choose(None, present()).unwrap().len(), 3);
    assert!(matches!(
        choose(None, vec![]),
        Err(EncoderError::NoEncoder { .. })
    ));
}

#[test]
fn slots_that_are_no_antenna_are_no_encoders() {
    let contactless = |name: &str| EncoderName(name.to_owned()).is_contactless();
    for name in [
        "ACS ACR122U PICC Interface 00 00",
        "ACS ACR122U 00 00",
        "ACS ACR1252 Dual Reader [ACR1252 Dual Reader PICC] 00 00",
        "ACS ACR1281 1S Dual Reader PICC 0",
        "HID Global OMNIKEY 5022 Smart Card Reader 00 00",
        "HID Global OMNIKEY 5422 Smartcard Reader [OMNIKEY 5422CL Smartcard Reader] 01 00",
        "SCM Microsystems Inc. SCL011 Contactless Reader 00 00",
        "Gemalto Prox-DU Contactless_09900121 00 00",
        "Virtual PCD 00 01",
    ] {
        assert!(contactless(name), "{name}");
    }
    for name in [
        "ACS ACR1252 Dual Reader [ACR1252 Dual Reader SAM] 01 00",
        "ACS ACR1552 1S CL Reader SAM 0",
        "ACS ACR1281 1S Dual Reader ICC 0",
        "HID Global OMNIKEY 5422 Smartcard Reader [OMNIKEY 5422 Smartcard Reader] 00 00",
        "Gemalto Prox-DU Contact_09900121 00 00",
        "Broadcom Corp 58200 [Contacted SmartCard] (0123456789ABCD) 00 00",
        "Yubico YubiKey OTP+FIDO+CCID 00 00",
        "Microsoft Virtual Smart Card 0",
    ] {
        assert!(!contactless(name), "{name}");
    }
}
