//! What the desk hears: which credential is asked for, when a card is not reported, and how each ending is known by its
//! exit code.

use serde_json::Value;

use crate::desk::{Desk, uid};
use crate::pcscd::{Card, beside_pcscd};

/// What `encode --json` ends with.
const FIELDS: [&str; 9] = [
    "acs_credential_id",
    "card_number",
    "card_type",
    "card_uid",
    "driver",
    "issuance_id",
    "reported_at",
    "state",
    "written_at",
];

#[test]
fn a_one_shot_asks_the_api_for_its_credential_and_for_nothing_else() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        let credential = desk.credential("visionline_system", 0).await;
        let _card = Card::place(0, "ntag215", uid(1)).await;
        let before = desk.faults.calls().len();
        assert_eq!(desk.encode(&credential, &[]).await.code, 0);
        let report = desk
            .access
            .report_url
            .replace(&desk.access.endpoint, "POST ");
        let asked = desk.faults.calls().split_off(before);
        assert_eq!(
            asked.iter().filter(|call| **call == report).count(),
            1,
            "{asked:?}"
        );
        assert!(
            asked
                .iter()
                .all(|call| *call == report || call == "POST /acs/credentials/get"),
            "{asked:?}"
        );
    });
}

#[test]
fn without_a_receiver_the_desk_says_so_once_and_keeps_the_report() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        let credential = desk.credential("visionline_system", 0).await;
        let _card = Card::place(0, "ntag215", uid(1)).await;
        let arguments = [
            "encode",
            "--json",
            "--credential",
            &credential.acs_credential_id,
        ];
        let ran = desk.run_without_receiver(&arguments).await;
        assert_eq!(ran.code, 7, "{}", ran.stderr);
        let said = ran.stderr.matches("no report receiver is configured");
        assert_eq!(said.count(), 1, "{}", ran.stderr);
        let fields: Vec<&String> = ran.document.as_object().unwrap().keys().collect();
        assert_eq!(fields, FIELDS);
        assert_eq!(ran.document["state"], "reporting");
        assert_eq!(ran.document["reported_at"], Value::Null);

        let retried = desk.run_without_receiver(&["retry", "--json"]).await;
        assert_eq!(retried.code, 7, "{}", retried.stderr);
        assert_eq!(desk.run(&["retry", "--json"]).await.code, 0);
        let history = desk.run(&["history", "--json"]).await.document;
        assert_eq!(history[0]["state"], "closed");
        assert_eq!(history[0]["issuance_id"], ran.document["issuance_id"]);
        assert_eq!(desk.events_of(&credential).await.len(), 1);
    });
}

#[test]
fn an_encoder_or_a_card_that_is_not_there_has_its_exit_code() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        for (arguments, code, what, hint) in [
            (&["--reader", "Nope"][..], 5, "Nope", "Desk 00 00"),
            // Two slots of one name.
            (&["--reader", "Desk"], 5, "2 encoders", "more of the name"),
            (&["--timeout", "0"], 6, "no card", "place a card on"),
        ] {
            let ran = desk
                .run(&[&["encode", "--json", "--next"], arguments].concat())
                .await;
            assert_eq!(ran.code, code, "{}", ran.stderr);
            let error = &ran.document["error"];
            assert_eq!(error["exit"], code);
            assert!(error["message"].as_str().unwrap().contains(what), "{error}");
            assert!(error["hint"].as_str().unwrap().contains(hint), "{error}");
        }
        assert_eq!(
            desk.run(&["history", "--json"]).await.document,
            serde_json::json!([])
        );
    });
}
