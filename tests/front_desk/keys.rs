//! A card that is written under keys, on a desk that has none, has them, rotates them and loses one.

use cardbridge::encoder::virtual_card::VirtualCard;
use serde_json::{Value, json};

use crate::desk::{Desk, uid};
use crate::pcscd::{Card, beside_pcscd};
use crate::presence::a_card_lies_there;

#[test]
fn a_card_under_keys_from_the_first_to_the_lost() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        let file = desk.path("card");
        let card = VirtualCard::open("desfire-ev2-4k", Some(uid(1)), Some(&file)).unwrap();
        let card = Card::put(0, card).await;
        a_card_lies_there().await;
        let memory = || std::fs::read(&file).unwrap();
        let credential = desk.credential("visionline_system", 1).await;
        let encode = [
            "encode",
            "--json",
            "--overwrite",
            "--reissue",
            "--timeout",
            "20",
            "--credential",
            &credential.acs_credential_id,
        ];

        let blank = memory();
        let refused = desk.run_under(None, &encode).await;
        assert_eq!(refused.code, 3, "{}", refused.stderr);
        let error = &refused.document["error"];
        assert!(
            error["message"]
                .as_str()
                .unwrap()
                .contains("needs site keys"),
            "{error}"
        );
        assert!(
            error["hint"].as_str().unwrap().contains("keys new --site"),
            "{error}"
        );
        let read = desk.run_under(None, &["read", "--json"]).await;
        let reason = read.document["reason"].as_str().unwrap();
        assert!(reason.contains("needs site keys"), "{reason}");
        assert!(
            read.stderr.contains("copy the property's site key file"),
            "{}",
            read.stderr
        );
        assert_eq!(memory(), blank);
        assert_eq!(desk.run(&["history", "--json"]).await.document, json!([]));

        let issued = desk.run(&encode).await;
        assert_eq!(issued.code, 0, "{}", issued.stderr);
        assert_eq!(cards(&desk).await, [(2, 1), (1, 0)]);

        for command in ["read", "wipe"] {
            let told = desk.run_under(None, &[command, "--json"]).await;
            assert_eq!(told.code, 6);
            let complaint = &told.stderr;
            assert!(
                complaint.contains("this desk has no site keys"),
                "{complaint}"
            );
            assert!(
                complaint.contains("copy the property's site key file"),
                "{complaint}"
            );
            assert!(!complaint.contains("--overwrite"), "{complaint}");
        }

        let old = desk.path("old-copy.toml");
        std::fs::copy(desk.path("site-keys.toml"), &old).unwrap();
        assert_eq!(desk.run(&["keys", "rotate", "--json"]).await.code, 0);
        let rolled_over = desk.run(&encode).await;
        assert_eq!(rolled_over.code, 0, "{}", rolled_over.stderr);
        assert_eq!(cards(&desk).await, [(3, 1), (2, 0), (1, 0)]);

        let written = memory();
        let refused = desk.run_under(Some(&old), &encode).await;
        assert_eq!(refused.code, 3, "{}", refused.stderr);
        let error = &refused.document["error"];
        assert!(
            error["message"].as_str().unwrap().contains("version 3"),
            "{error}"
        );
        assert!(
            error["hint"]
                .as_str()
                .unwrap()
                .contains("put version 3 back"),
            "{error}"
        );
        for command in ["read", "wipe"] {
            let told = desk.run_under(Some(&old), &[command, "--json"]).await;
            assert_eq!(told.code, 6);
            let complaint = &told.stderr;
            assert!(
                complaint.contains("compare `cardbridge keys show`"),
                "{complaint}"
            );
            assert!(!complaint.contains("--overwrite"), "{complaint}");
        }
        assert_eq!(memory(), written);
        let read = desk.run(&["read", "--json"]).await;
        assert_eq!(
            (read.code, &read.document["verified"]),
            (0, &Value::Bool(true))
        );
        card.remove().await;
    });
}

/// Versions and how many cards of the journal carry them, as `keys show` reports.
async fn cards(desk: &Desk) -> Vec<(u64, u64)> {
    let shown = desk.run(&["keys", "show", "--json"]).await.document;
    let keys = shown["site_keys"].as_array().unwrap();
    keys.iter()
        .map(|key| {
            (
                key["version"].as_u64().unwrap(),
                key["cards"].as_u64().unwrap(),
            )
        })
        .collect()
}
