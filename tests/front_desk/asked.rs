//! What a clerk or a script asks `encode` for, and what it refuses: card, journal and API are then as they were.

use serde_json::{Value, json};

use crate::desk::{Desk, Ran, uid};
use crate::pcscd::{Card, beside_pcscd};
use crate::presence::nothing_lies_there;

const MODEL: &str = "ntag215";

/// What `encode --json` ends with.
const FIELDS: [&str; 9] = [
    "issuance_id",
    "acs_credential_id",
    "card_uid",
    "card_number",
    "card_type",
    "driver",
    "state",
    "written_at",
    "reported_at",
];

async fn encode(desk: &Desk, arguments: &[&str]) -> Ran {
    let all = [&["encode", "--json", "--timeout", "20"], arguments].concat();
    desk.run(&all).await
}

async fn history(desk: &Desk) -> Vec<Value> {
    let ran = desk.run(&["history", "--json"]).await;
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    ran.document.as_array().unwrap().clone()
}

async fn remove(card: Card) {
    card.remove().await;
    nothing_lies_there().await;
}

fn refused(ran: &Ran, exit: i32, says: &str) {
    assert_eq!(
        (ran.code, &ran.document["error"]["exit"]),
        (exit, &json!(exit)),
        "{}",
        ran.stderr
    );
    let message = ran.document["error"]["message"].as_str().unwrap();
    assert!(message.contains(says), "{message}");
    let hint = ran.document["error"]["hint"].as_str().unwrap();
    assert!(
        ran.stderr.contains(&format!("fix: {hint}")),
        "{}",
        ran.stderr
    );
}

#[test]
fn next_takes_the_queue_in_its_order_and_history_tells_the_same() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        let mut told = Vec::new();
        for number in 0..3 {
            let card = Card::place(0, "ntag216", uid(number)).await;
            let ran = encode(&desk, &["--next"]).await;
            assert_eq!(
                (ran.code, &ran.document["state"]),
                (0, &json!("closed")),
                "{}",
                ran.stderr
            );
            let fields: Vec<_> = ran.document.as_object().unwrap().keys().collect();
            assert_eq!(fields.len(), FIELDS.len(), "{fields:?}");
            assert!(
                FIELDS.iter().all(|field| !ran.document[field].is_null()),
                "{fields:?}"
            );
            told.push(ran.document);
            remove(card).await;
        }
        assert!(told.is_sorted_by_key(|one| one["acs_credential_id"].as_str().unwrap().to_owned()));
        assert_eq!(history(&desk).await, told);
    });
}

#[test]
fn create_makes_a_credential_only_for_a_card_that_will_do() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        let some = desk.credential("visionline_system", 0).await;
        let user = some.acs_user_id.unwrap();
        let count = async || {
            let ran = desk.say(&["credentials", "list", "--json"]).await;
            ran.1.lines().count()
        };
        let before = count().await;
        let create = ["--create", "--acs-user", &user];
        let card = Card::place(0, MODEL, uid(1)).await;
        let ran = encode(&desk, &create).await;
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert_eq!(count().await, before + 1);
        // The card is taken now: nothing is created for it.
        refused(&encode(&desk, &create).await, 6, "which is still valid");
        remove(card).await;
        let small = Card::place(0, "ultralight-ev1-48", uid(2)).await;
        refused(&encode(&desk, &create).await, 6, "room for");
        remove(small).await;
        refused(
            &desk
                .run(&[
                    "encode",
                    "--json",
                    "--timeout",
                    "0",
                    create[0],
                    create[1],
                    create[2],
                ])
                .await,
            6,
            "no card was placed",
        );
        assert_eq!(
            count().await,
            before + 1,
            "what was refused has left nothing behind"
        );
        assert_eq!(history(&desk).await.len(), 1);
    });
}

#[test]
fn a_card_in_use_is_overwritten_only_when_told_to() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        let [first, second] = [
            desk.credential("visionline_system", 0).await,
            desk.credential("assa_abloy_vostio", 1).await,
        ];
        let card = Card::place(0, MODEL, uid(1)).await;
        assert_eq!(desk.encode(&first, &[]).await.code, 0);
        refused(
            &desk.encode(&second, &[]).await,
            6,
            &first.acs_credential_id,
        );
        refused(
            &encode(&desk, &["--next"]).await,
            6,
            &first.acs_credential_id,
        );
        assert_eq!(desk.encode(&second, &["--overwrite"]).await.code, 0);
        // The first is on no card any more, and may be issued again; the card has another guest's credential now.
        refused(
            &desk.encode(&first, &[]).await,
            6,
            &second.acs_credential_id,
        );
        let again = desk.encode(&first, &["--overwrite"]).await;
        assert_eq!(
            (again.code, &again.document["state"]),
            (0, &json!("closed"))
        );
        assert_eq!(history(&desk).await.len(), 3);
        remove(card).await;
    });
}

#[test]
fn what_cannot_be_issued_is_refused_without_waiting_for_a_card() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        let unknown = "00000000-0000-4000-8000-000000000000";
        refused(
            &encode(&desk, &["--credential", unknown]).await,
            4,
            "acs_credential_not_found",
        );
        let gone = desk.credential("visionline_system", 0).await;
        desk.client
            .credentials()
            .delete(&gone.acs_credential_id)
            .await
            .unwrap();
        refused(
            &desk.encode(&gone, &[]).await,
            4,
            "acs_credential_not_found",
        );
        let some = desk.credential("visionline_system", 0).await;
        refused(
            &desk
                .run(&[
                    "encode",
                    "--json",
                    "--timeout",
                    "0",
                    "--credential",
                    &some.acs_credential_id,
                ])
                .await,
            6,
            "no card",
        );
        assert_eq!(history(&desk).await, [Value::Null; 0]);
    });
}

#[test]
fn two_encoders_asked_at_once_make_one_card() {
    beside_pcscd(&["Desk", "Front Desk"], async |_| {
        let desk = Desk::new().await;
        let credential = desk.credential("visionline_system", 0).await;
        let cards = [
            Card::place(0, MODEL, uid(1)).await,
            Card::place(1, MODEL, uid(2)).await,
        ];
        let (one, other) = tokio::join!(
            desk.encode(&credential, &["--reader", "Desk 00 00"]),
            desk.encode(&credential, &["--reader", "Front Desk 00 00"]),
        );
        let mut codes = [one.code, other.code];
        codes.sort_unstable();
        assert!(
            codes[0] == 0 && (codes[1] == 4 || codes[1] == 6),
            "{one:?} {other:?}"
        );
        let written = history(&desk).await;
        assert_eq!(written.len(), 1);
        assert_eq!(desk.events_of(&credential).await.len(), 1);
        let mut good = 0;
        for name in ["Desk 00 00", "Front Desk 00 00"] {
            let read = desk
                .run(&["read", "--json", "--timeout", "20", "--reader", name])
                .await;
            good += u8::from(read.document["verified"] == true);
        }
        assert_eq!(good, 1);
        for card in cards {
            card.remove().await;
        }
    });
}
