//! Which encoder is meant: `readers`, and `--reader` with a name that is whole, a part, of two, or of none.

use serde_json::json;

use crate::desk::{Desk, uid};
use crate::pcscd::{Card, beside_pcscd};

#[test]
fn readers_tells_encoders_from_other_slots() {
    beside_pcscd(&["Desk", "ACS ACR1252 Dual Reader SAM"], async |_| {
        let desk = Desk::new().await;
        let listed = desk.run(&["readers", "--json"]).await;
        assert_eq!(listed.code, 0, "{}", listed.stderr);
        let named = |name: &str| {
            let readers = listed.document.as_array().unwrap();
            readers
                .iter()
                .find(|reader| reader["name"] == name)
                .cloned()
        };
        assert_eq!(
            named("Desk 00 00").unwrap(),
            json!({"name": "Desk 00 00", "is_encoder": true, "reason": null, "has_card": false, "is_in_use": false})
        );
        let module = named("ACS ACR1252 Dual Reader SAM 00 00").unwrap();
        assert_eq!(module["is_encoder"], false);
        assert!(
            module["reason"]
                .as_str()
                .unwrap()
                .contains("security module")
        );
    });
}

#[test]
fn a_slot_for_a_security_module_alone_is_no_encoder() {
    beside_pcscd(&["ACS ACR1252 Dual Reader SAM"], async |_| {
        let desk = Desk::new().await;
        // It answers like a card, and always lies there.
        let module = Card::place(0, "ntag215", uid(1)).await;
        for arguments in [
            &["readers", "--json"][..],
            &["read", "--json", "--timeout", "5"],
            &["encode", "--next", "--json", "--timeout", "5"],
        ] {
            let ran = desk.run(arguments).await;
            assert_eq!((ran.code, &ran.document["error"]["exit"]), (5, &json!(5)));
            let hint = ran.document["error"]["hint"].as_str().unwrap();
            assert!(hint.contains("plug in"), "{hint}");
        }
        module.lift().await;
    });
}

#[test]
fn a_whole_name_means_that_encoder_also_when_it_is_a_part_of_anothers() {
    beside_pcscd(&["Desk", "Front Desk"], async |_| {
        let desk = Desk::new().await;
        let other = Card::place(1, "ntag215", uid(1)).await;
        let read = ["read", "--json", "--timeout", "20", "--reader"];
        let at_front = desk.run(&[&read[..], &["Front Desk 00 00"]].concat()).await;
        assert_eq!(at_front.document["card_uid"], uid(1).to_string().as_str());
        let mine = Card::place(0, "ntag215", uid(2)).await;
        for _ in 0..3 {
            let at_desk = desk.run(&[&read[..], &["Desk 00 00"]].concat()).await;
            assert_eq!(at_desk.document["card_uid"], uid(2).to_string().as_str());
        }
        mine.lift().await;
        other.lift().await;
    });
}

#[test]
fn a_name_that_fits_two_encoders_or_none_is_refused() {
    beside_pcscd(&["Desk", "Front Desk"], async |_| {
        let desk = Desk::new().await;
        for (name, says) in [
            ("desk", "fits 4 encoders"),
            ("omnikey", "no encoder whose name contains"),
        ] {
            for command in [&["read"][..], &["wipe"], &["encode", "--next"]] {
                let ran = desk
                    .run(&[command, &["--json", "--reader", name]].concat())
                    .await;
                assert_eq!(ran.code, 5, "{}", ran.stderr);
                let message = ran.document["error"]["message"].as_str().unwrap();
                assert!(message.contains(says), "{message}");
                let whole = ran.document["error"].to_string();
                assert!(whole.contains("Front Desk 00 00"), "{whole}");
            }
        }
        // `run` waits for encoders that are not there yet, but does not guess between two.
        let ran = desk.run(&["run", "--json", "--reader", "desk"]).await;
        assert_eq!((ran.code, &ran.document["error"]["exit"]), (5, &json!(5)));
    });
}
