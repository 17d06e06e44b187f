//! A desk that lacks a part: it does what can be done without, and what it cannot do it says before any card is awaited.

use cardbridge::desk::contents::ContentsKind;
use cardbridge::desk::target::{Selection, Target, WipeOrder};
use cardbridge::desk::wipe::WipeError;
use cardbridge::desk::{Desk, DeskError, Manner, Parts};
use cardbridge::encoder::{Encoders, Tray};
use cardbridge::issuance::entry::Issuance;
use cardbridge::issuance::journal::Journal;
use cardbridge::issuance::policy::Allowed;
use cardbridge::issuance::state::State;
use cardbridge::issuance::{CardSettings, RecordKeys};
use cardbridge::report::Reporter;
use cardbridge::sim::{self, Fault};
use cardbridge_drivers::testing::site_settings;

use crate::stage::{PATIENCE, Stage, record_keys};

/// A desk with these parts, in front of the same tray as the stage's own desk, which is gone.
fn desk_at(tray: &Tray, parts: Parts) -> Desk {
    let (encoders, events) = Encoders::simulated(tray).unwrap();
    Desk::open(parts, Some(encoders), events, Manner::default())
}

fn setup(keys: RecordKeys) -> CardSettings {
    CardSettings {
        keys,
        drivers: site_settings().into(),
    }
}

#[tokio::test]
async fn without_an_api_a_card_is_read_and_wiped_but_not_encoded() {
    let mut stage = Stage::new(Manner::default()).await;
    let id = stage.credential().await;
    let uid = stage.placed("ntag215");
    stage.encode(&id).await.unwrap();
    let (tray, home) = stage.without_desk();
    let journal = Journal::open(home.path()).unwrap();
    let parts = Parts::to_wipe(setup(record_keys()), journal, Reporter::new(vec![]), None);
    let desk = desk_at(&tray, parts);
    let target = Target::first_card(PATIENCE);
    let scan = desk.scan(&target).unwrap().outcome().await.unwrap();
    assert_eq!(scan.contents.unwrap().acs_credential_id, Some(id.clone()));
    let order = desk.encode(Selection::Credential(id), &target, Allowed::default());
    let refused = order.unwrap().outcome().await.unwrap_err();
    assert!(matches!(*refused, DeskError::Lacks(_)), "{refused}");
    let order = WipeOrder::default();
    let refused = desk.wipe(&target, order).unwrap().outcome().await;
    let refused = refused.unwrap_err();
    assert!(
        matches!(*refused, DeskError::Wipe(WipeError::Valid { card_uid, .. }) if card_uid == uid),
        "{refused}"
    );
    let order = WipeOrder {
        card: Some(uid),
        valid: true,
        ..order
    };
    let wiped = desk.wipe(&target, order).unwrap().outcome().await.unwrap();
    let states: Vec<_> = wiped.issuances.iter().map(Issuance::state).collect();
    assert_eq!(states, [State::Wiped]);
    let snapshot = desk.snapshot();
    let card = snapshot.encoders[0].card.as_ref().unwrap();
    assert_eq!(card.card_uid, Some(uid.to_string()));
    let contents = card.contents.as_ref().unwrap();
    assert_eq!(
        (contents.contents, contents.verified),
        (ContentsKind::Blank, false)
    );
}

#[tokio::test]
async fn without_a_journal_a_card_is_read_and_nothing_else() {
    let mut stage = Stage::new(Manner::default()).await;
    let id = stage.credential().await;
    stage.placed("ntag215");
    stage.encode(&id).await.unwrap();
    let (tray, _state) = stage.without_desk();
    let desk = desk_at(&tray, Parts::to_read(setup(RecordKeys::default()), None));
    let target = Target::first_card(PATIENCE);
    let scan = desk.scan(&target).unwrap().outcome().await.unwrap();
    let contents = scan.contents.unwrap();
    // No key, so that its owner cannot be known.
    assert_eq!(
        (contents.contents, contents.verified),
        (ContentsKind::Record, false)
    );
    let mut ticket = desk.wipe(&target, WipeOrder::default()).unwrap();
    let refused = ticket.outcome().await.unwrap_err();
    assert!(matches!(*refused, DeskError::Lacks(_)), "{refused}");
}

#[tokio::test]
async fn a_scan_says_what_the_journal_knows_of_the_card() {
    let mut stage = Stage::new(Manner::default()).await;
    // The report is not taken.
    stage.faults.every(sim::Target::Reports, Fault::CallLost);
    let id = stage.credential().await;
    stage.placed("ntag215");
    let target = Target::first_card(PATIENCE);
    let scan = stage.desk.scan(&target).unwrap().outcome().await.unwrap();
    assert!(scan.on_record.begun.is_none() && scan.on_record.unreported.is_none());
    let issued = stage.encode(&id).await.unwrap();
    assert_eq!(issued.state(), State::Reporting);
    let scan = stage.desk.scan(&target).unwrap().outcome().await.unwrap();
    let unreported = scan.on_record.unreported.unwrap();
    assert_eq!(unreported.issuance_id, issued.issuance_id);
    assert!(scan.on_record.superseded.is_none() && scan.journal_trouble.is_none());
}
