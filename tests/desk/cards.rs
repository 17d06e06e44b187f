//! Cards and commands: which card a command gets, what it costs, and until when it can be cancelled.

use cardbridge::desk::contents::ContentsKind;
use cardbridge::issuance::journal::JournalReader;
use std::sync::{Arc, Mutex};

use cardbridge::desk::notice::{Notice, Observer};
use cardbridge::desk::target::{Selection, Target, WipeOrder};
use cardbridge::desk::ticket::CancelError;
use cardbridge::desk::wipe::WipeError;
use cardbridge::desk::{Cards, DeskError, IssueError, Keep, Manner};
use cardbridge::encoder::EncoderName;
use cardbridge::encoder::simulated::{Fault, Loss};
use cardbridge::issuance::policy::{Allowed, Overwrite};
use cardbridge::issuance::refusal::Refusal;
use cardbridge::issuance::state::State;
use cardbridge::seam::UpdateAcsCredential;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tokio::sync::oneshot;

use crate::stage::{PATIENCE, Stage, encoder, names, until};

fn kept() -> Manner {
    Manner {
        keep: Keep::UntilRemoved,
        ..Manner::default()
    }
}

#[tokio::test]
async fn a_command_is_cancelled_before_the_first_write() {
    let stage = Stage::new(Manner::default()).await;
    let mut events = stage.desk.events();
    let id = stage.credential().await;
    let target = Target::named(&encoder(), PATIENCE);
    let order = || Selection::Credential(id.clone());
    until(&mut events, "encoder_added").await;
    let mut ticket = stage
        .desk
        .encode(order(), &target, Allowed::default())
        .unwrap();
    until(&mut events, "card_awaited").await;
    let second = stage.desk.encode(order(), &target, Allowed::default());
    assert!(matches!(second, Err(DeskError::Busy { .. })), "{second:?}");
    stage.desk.cancel(ticket.id()).await.unwrap();
    let error = ticket.outcome().await.unwrap_err();
    assert!(matches!(*error, DeskError::Cancelled), "{error}");
    let ended = until(&mut events, "job_ended").await;
    assert_eq!(ended.last().unwrap()["ending"], "cancelled");
    assert!(
        stage
            .agent
            .journal()
            .read(JournalReader::history)
            .await
            .unwrap()
            .is_empty()
    );
    let again = stage.desk.cancel(ticket.id()).await;
    assert_eq!(again, Err(CancelError::Unknown));
    // The encoder is free again.
    stage
        .desk
        .encode(order(), &target, Allowed::default())
        .unwrap();
}

/// An observer that reports the first write command and lets nothing go on until it may.
fn held_at_first_write() -> (Observer, oneshot::Receiver<()>, std::sync::mpsc::Sender<()>) {
    let (writes, written) = oneshot::channel();
    let (go_on, may_go_on) = std::sync::mpsc::channel();
    let held = Mutex::new(Some((writes, may_go_on)));
    let observer: Observer = Arc::new(move |notice| {
        if matches!(notice, Notice::Writing { .. })
            && let Some((writes, may_go_on)) = held.lock().unwrap().take()
        {
            let _ = writes.send(());
            let _ = may_go_on.recv();
        }
    });
    (observer, written, go_on)
}

#[tokio::test]
async fn a_command_that_writes_is_not_cancelled() {
    let (observer, written, go_on) = held_at_first_write();
    let manner = Manner {
        observer,
        ..Manner::default()
    };
    let mut stage = Stage::new(manner).await;
    let id = stage.credential().await;
    stage.placed("ntag215");
    let target = Target::first_card(PATIENCE);
    let mut ticket = stage
        .desk
        .encode(Selection::Credential(id), &target, Allowed::default())
        .unwrap();
    written.await.unwrap();
    let refused = stage.desk.cancel(ticket.id()).await;
    assert_eq!(refused, Err(CancelError::TooLate));
    go_on.send(()).unwrap();
    assert_eq!(ticket.outcome().await.unwrap().state(), State::Closed);
}

#[tokio::test]
async fn a_card_is_read_once_as_long_as_it_is_kept() {
    let mut stage = Stage::new(kept()).await;
    stage.placed("ntag215");
    let target = Target::first_card(PATIENCE);
    stage.desk.scan(&target).unwrap().outcome().await.unwrap();
    let once = stage.commands();
    assert!(once > 0);
    let scan = stage.desk.scan(&target).unwrap().outcome().await.unwrap();
    assert_eq!(scan.contents.unwrap().contents, ContentsKind::Blank);
    assert_eq!(stage.commands(), once);
    // A refusal costs nothing either, and the card is there for the next command.
    let unknown = stage.encode("no such credential").await.unwrap_err();
    assert!(matches!(*unknown, DeskError::Issue(_)), "{unknown:?}");
    assert_eq!(stage.commands(), once);
    let id = stage.credential().await;
    stage.encode(&id).await.unwrap();
    // What was written is read again.
    let scan = stage.desk.scan(&target).unwrap().outcome().await.unwrap();
    assert_eq!(scan.contents.unwrap().acs_credential_id, Some(id));
}

#[tokio::test]
async fn a_card_that_nobody_asks_about_costs_nothing() {
    let manner = Manner {
        cards: Some(Cards::FinishOnly),
        ..Manner::default()
    };
    let mut stage = Stage::new(manner).await;
    let mut events = stage.desk.events();
    stage.placed("ntag215");
    until(&mut events, "left_alone").await;
    assert_eq!(stage.commands(), 0);
}

#[tokio::test]
async fn a_card_that_was_let_go_is_taken_again_for_a_command() {
    let manner = Manner {
        cards: Some(Cards::FinishOnly),
        ..Manner::default()
    };
    let mut stage = Stage::new(manner).await;
    let mut events = stage.desk.events();
    let uid = stage.placed("ntag215");
    until(&mut events, "left_alone").await;
    let id = stage.credential().await;
    let issuance = stage.encode(&id).await.unwrap();
    assert_eq!((issuance.card_uid, issuance.state()), (uid, State::Closed));
    // After it was finished it can be reached as well: another credential is refused on it, and so is wiping it unasked.
    let other = stage.credential().await;
    let refused = stage.encode(&other).await.unwrap_err();
    assert!(
        matches!(
            *refused,
            DeskError::Issue(IssueError::Refused(Refusal::HoldsAnother { .. }))
        ),
        "{refused:?}"
    );
    let target = Target::first_card(PATIENCE);
    let wipe = |order| stage.desk.wipe(&target, order).unwrap();
    let refused = wipe(WipeOrder::default()).outcome().await.unwrap_err();
    assert!(
        matches!(*refused, DeskError::Wipe(WipeError::Valid { .. })),
        "{refused:?}"
    );
    let order = WipeOrder {
        card: Some(uid),
        valid: true,
        ..WipeOrder::default()
    };
    let wiped = wipe(order).outcome().await.unwrap();
    assert_eq!(wiped.issuances[0].state(), State::Wiped);
    let all = until(&mut events, "wiped").await;
    assert!(!names(&all).contains(&"card_removed"));
    assert_eq!(stage.encode(&other).await.unwrap().card_uid, uid);
}

#[tokio::test]
async fn a_card_that_is_lost_is_waited_for_and_no_other_taken_for_it() {
    let mut stage = Stage::new(Manner::default()).await;
    let id = stage.credential().await;
    let other = stage.card("ntag215");
    let uid = stage.placed("ntag215");
    stage
        .tray
        .break_after(&encoder(), 25, Fault::Removed(Loss::Answer))
        .unwrap();
    let mut events = stage.desk.events();
    let target = Target::first_card(PATIENCE);
    let mut ticket = stage
        .desk
        .encode(
            Selection::Credential(id.clone()),
            &target,
            Allowed::default(),
        )
        .unwrap();
    let awaited = loop {
        let seen = until(&mut events, "card_awaited").await;
        if seen.last().unwrap()["card_uid"] == uid.to_string().as_str() {
            break seen;
        }
    };
    assert_eq!(awaited.last().unwrap()["error"]["code"], "card_unfinished");
    stage.tray.place(&encoder(), other).unwrap();
    let seen = until(&mut events, "other_card").await;
    assert_eq!(seen.last().unwrap()["card_uid"], other.to_string().as_str());
    let shown = json!(stage.desk.snapshot().encoders[0]);
    assert_eq!(shown["card"]["card_uid"], other.to_string().as_str());
    assert_eq!(shown["job"]["step"], "waiting_for_card");
    assert_eq!(shown["job"]["card_uid"], uid.to_string().as_str());
    stage.tray.remove_from(&encoder()).unwrap();
    until(&mut events, "card_removed").await;
    stage.tray.place(&encoder(), uid).unwrap();
    let issuance = ticket.outcome().await.unwrap().here().unwrap();
    assert_eq!((issuance.card_uid, issuance.state()), (uid, State::Closed));
}

/// What was allowed for a card that is lost is used up: another card has the credential by the time it is back.
#[tokio::test]
async fn a_card_whose_credential_went_onto_another_meanwhile_is_not_finished() {
    let names = ["Desk", "Back office"];
    let mut stage = Stage::with_encoders(names, Manner::default()).await;
    let mut events = stage.desk.events();
    let [desk, office] = names.map(|name| EncoderName(name.to_owned()));
    let id = stage.credential().await;
    let cards = [(); 3].map(|()| stage.card("ntag215"));
    let reissue = Allowed {
        reissue: true,
        overwrite: Overwrite::Never,
    };
    let on = |encoder: &EncoderName, allowed| {
        let target = Target::named(encoder, PATIENCE);
        let selection = Selection::Credential(id.clone());
        stage.desk.encode(selection, &target, allowed).unwrap()
    };
    until(&mut events, "encoder_added").await;
    until(&mut events, "encoder_added").await;
    stage.tray.place(&office, cards[0]).unwrap();
    let first = on(&office, Allowed::default()).outcome().await.unwrap();
    assert_eq!(first.state(), State::Closed);
    stage.tray.remove_from(&office).unwrap();
    until(&mut events, "card_removed").await;

    stage.tray.place(&desk, cards[1]).unwrap();
    let fault = Fault::Removed(Loss::Answer);
    stage.tray.break_after(&desk, 25, fault).unwrap();
    let mut lost = on(&desk, reissue);
    loop {
        let seen = until(&mut events, "card_awaited").await;
        if seen.last().unwrap()["card_uid"] == cards[1].to_string().as_str() {
            break;
        }
    }
    stage.tray.place(&office, cards[2]).unwrap();
    let other = on(&office, reissue).outcome().await.unwrap();
    let other = other.here().unwrap();
    assert_eq!((other.card_uid, other.state()), (cards[2], State::Closed));

    let error = lost.outcome().await.unwrap_err();
    assert!(matches!(*error, DeskError::NotAwaited { .. }), "{error:?}");
    stage.tray.place(&desk, cards[1]).unwrap();
    let error = on(&desk, Allowed::default()).outcome().await.unwrap_err();
    assert!(
        matches!(*error, DeskError::Issue(IssueError::Refused(_))),
        "{error:?}"
    );
}

/// By this machine's clock the guest's stay is over; by Seam's it is not.
#[tokio::test]
async fn a_clock_that_is_ahead_wipes_no_valid_card_unasked() {
    let mut stage = Stage::new(Manner::default()).await;
    let day = SignedDuration::from_hours(24);
    stage.faults.set_clock(-day - day);
    let id = stage.credential().await;
    let request = UpdateAcsCredential {
        acs_credential_id: id.clone(),
        code: None,
        ends_at: Some((Timestamp::now() - day).to_string()),
    };
    stage.client.credentials().update(&request).await.unwrap();
    stage.placed("ntag215");
    stage.encode(&id).await.unwrap();
    let wipe = stage
        .desk
        .wipe(&Target::first_card(PATIENCE), WipeOrder::default());
    let refused = wipe.unwrap().outcome().await.unwrap_err();
    assert!(
        matches!(*refused, DeskError::Wipe(WipeError::Valid { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn what_the_desk_does_by_itself_makes_way_for_a_command() {
    let manner = Manner {
        cards: Some(Cards::IssueWaiting),
        ..Manner::default()
    };
    let mut stage = Stage::new(manner).await;
    let mut events = stage.desk.events();
    // Nothing that waits fits on it, so that it is kept for what may come.
    let small = stage.placed("ultralight-ev1-48");
    until(&mut events, "not_issued").await;
    let target = Target::named(&encoder(), PATIENCE);
    let scan = stage.desk.scan(&target).unwrap().outcome().await.unwrap();
    assert_eq!(scan.contents.unwrap().contents, ContentsKind::Blank);
    let seen = until(&mut events, "card_read").await;
    assert_eq!(seen.last().unwrap()["card_uid"], small.to_string().as_str());
}
