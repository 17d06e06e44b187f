//! What of a credential goes onto its next card, and what is said when the stay has changed meanwhile.

use std::sync::{Arc, Mutex};

use cardbridge::desk::notice::{Notice, Observer};
use cardbridge::desk::{Agent, Wanted};
use cardbridge::encoder::CardSession;
use cardbridge::encoder::simulated::{Fault, Loss};
use cardbridge::issuance::inspect::{Holds, Seen};
use cardbridge::issuance::policy::{Allowed, Overwrite};
use cardbridge::issuance::state::State;
use cardbridge::seam::{AcsCredential, Time, UpdateAcsCredential};
use cardbridge_drivers::contract::Uid;
use cardbridge_drivers::record::Record;
use serde_json::Value;

use crate::desk::{Desk, encoder, issue, receiver};

const REISSUE: Allowed = Allowed {
    reissue: true,
    overwrite: Overwrite::Never,
};

async fn ending(desk: &Desk, ends_at: &str) -> AcsCredential {
    let credential = desk.credential().await;
    let request = UpdateAcsCredential {
        acs_credential_id: credential.acs_credential_id.clone(),
        code: None,
        ends_at: Some(ends_at.to_owned()),
    };
    desk.client.credentials().update(&request).await.unwrap();
    desk.look_up(&credential).await
}

async fn on_card(agent: &Agent, card: &CardSession) -> Record {
    match agent.look(card).await.unwrap() {
        Seen::Known(look) => match look.holds {
            Holds::Verified(record) => *record,
            other => panic!("{other:?}"),
        },
        Seen::Unknown(card) => panic!("{card:?}"),
    }
}

async fn number_on_next_card(desk: &mut Desk, credential: &AcsCredential) -> (Uid, String) {
    let uid = desk.card("ntag215");
    let card = desk.place(uid).await;
    let agent = desk.agent();
    let issuance = issue(&agent, &card, credential, REISSUE).await.unwrap();
    assert_eq!(issuance.state(), State::Closed);
    assert_eq!(
        on_card(&agent, &card).await.card_number,
        issuance.card_number
    );
    drop(card);
    desk.remove().await;
    let reported = desk.look_up(credential).await;
    assert_eq!(reported.card_number.value(), Some(&issuance.card_number));
    (uid, issuance.card_number.clone())
}

#[tokio::test]
async fn the_uid_of_an_earlier_card_is_no_number_for_the_next() {
    let mut desk = Desk::new().await;
    let credential = desk.credential().await;
    for _ in 0..3 {
        let (uid, number) = number_on_next_card(&mut desk, &credential).await;
        assert_eq!(number, uid.to_string());
    }
}

#[tokio::test]
async fn a_number_that_is_no_card_of_ours_stays_the_credentials() {
    let mut desk = Desk::new().await;
    let credential = desk
        .client
        .credentials()
        .get("c0000000-0000-4000-8000-000000000097")
        .await
        .unwrap();
    let given = credential.card_number.value().unwrap().clone();
    for _ in 0..2 {
        let (_, number) = number_on_next_card(&mut desk, &credential).await;
        assert_eq!(number, given);
    }
}

#[tokio::test]
async fn for_ever_is_a_time() {
    let mut desk = Desk::new().await;
    for ends_at in [
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59.999Z",
        "9999-12-31T23:59:59+14:00",
        "9999-12-30T22:00:01Z",
    ] {
        let credential = ending(&desk, ends_at).await;
        let uid = desk.card("ntag215");
        let card = desk.place(uid).await;
        let agent = desk.agent();
        let issuance = issue(&agent, &card, &credential, Allowed::default())
            .await
            .unwrap();
        assert_eq!(issuance.state(), State::Closed);
        let record = on_card(&agent, &card).await;
        let end: Time = ends_at.parse().unwrap();
        assert_eq!(record.ends_at, Some(end.as_second()), "{ends_at}");
        drop(card);
        desk.remove().await;
    }
}

/// The end on the card and in Seam, for each time that the person heard of it.
type Told = Arc<Mutex<Vec<(Option<Time>, Option<Time>)>>>;

fn told() -> (Observer, Told) {
    let told = Told::default();
    let kept = Arc::clone(&told);
    let observer: Observer = Arc::new(move |notice| {
        if let Notice::HoldsAnotherEnd {
            on_card, in_seam, ..
        } = notice
        {
            kept.lock().unwrap().push((on_card, in_seam));
        }
    });
    (observer, told)
}

/// Pulls the card after so many commands, extends the stay, and finishes the card. Gives what the person heard, and the
/// report.
async fn extended_meanwhile(commands: usize) -> Option<(Vec<(Option<Time>, Option<Time>)>, Value)> {
    let mut desk = Desk::new().await;
    let (sink, mut reports) = receiver().await;
    let credential = ending(&desk, "2050-01-01T11:00:00Z").await;
    let uid = desk.card("ntag215");
    let card = desk.place(uid).await;
    desk.tray
        .break_after(&encoder(), commands, Fault::Removed(Loss::Answer))
        .unwrap();
    issue(&desk.agent(), &card, &credential, Allowed::default())
        .await
        .err()?;
    drop(card);
    desk.removed().await;
    let open = desk
        .agent()
        .journal()
        .read(move |journal| journal.open_on_card(&uid))
        .await
        .unwrap();
    desk.extend(&credential).await;
    let (observer, told) = told();
    let card = desk.place(uid).await;
    desk.agent_with(vec![sink])
        .issue_and_report(
            &card,
            Wanted::Credential(&credential.acs_credential_id),
            Allowed::default(),
            &observer,
        )
        .await
        .unwrap();
    let told = told.lock().unwrap().clone();
    // What was not even claimed takes the new end.
    assert_eq!(told.is_empty(), open.is_none(), "at {commands}");
    Some((told, reports.recv().await.unwrap()))
}

/// Wherever the card was pulled, also where it turns out to be whole.
#[tokio::test]
async fn a_stay_that_was_extended_while_its_card_was_unfinished_is_told() {
    let end = |text: &str| Some(text.parse::<Time>().unwrap());
    let [old, new] = ["2050-01-01T11:00:00Z", "2050-01-02T11:00:00Z"];
    let mut seen = 0;
    for commands in 0.. {
        let Some((told, report)) = extended_meanwhile(commands).await else {
            break;
        };
        if told.is_empty() {
            assert_eq!(report["ends_at"], new, "{report}");
        } else {
            assert_eq!(told, [(end(old), end(new))], "once");
            assert_eq!(report["ends_at"], old, "{report}");
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen}");
}

#[tokio::test]
async fn a_card_without_an_end_is_reported_as_one() {
    let mut desk = Desk::new().await;
    let (sink, mut reports) = receiver().await;
    let credential = desk.credential().await;
    assert_eq!(credential.ends_at, None);
    let uid = desk.card("ntag215");
    let card = desk.place(uid).await;
    issue(
        &desk.agent_with(vec![sink]),
        &card,
        &credential,
        Allowed::default(),
    )
    .await
    .unwrap();
    let report = reports.recv().await.unwrap();
    assert_eq!(report.get("ends_at"), Some(&Value::Null), "{report}");
}
