//! Which encoder is meant: `readers`, and `--reader` with a name that is whole, a part, of two, or of none.

use cardbridge::encoder::virtual_card::VirtualCard;
use cardbridge_drivers::contract::ReaderProfile;
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
            json!({
                "name": "Desk 00 00", "is_encoder": true, "reason": null, "has_card": false, "is_in_use": false,
                "profile": "generic", "profile_from": "name", "kind": "local", "opens": "own_record",
            })
        );
        let module = named("ACS ACR1252 Dual Reader SAM 00 00").unwrap();
        assert_eq!(module["is_encoder"], false);
        assert_eq!(module["profile"], json!(null));
        assert!(
            module["reason"]
                .as_str()
                .unwrap()
                .contains("security module")
        );
    });
}

#[test]
fn readers_tells_what_each_encoder_is_taken_for() {
    beside_pcscd(&["Desk", "ACS ACR1552 1S CL Reader"], async |_| {
        let desk = Desk::new().await;
        let file = desk.path("desk.toml");
        let entry = "[[encoder.profiles]]\nreader = \"desk 00 01\"\nlike = \"omnikey-5427\"\n";
        std::fs::write(&file, entry).unwrap();
        let config = ["--config", file.to_str().unwrap()];
        let listed = desk
            .run(&[&["readers", "--json"], &config[..]].concat())
            .await;
        let readers = listed.document.as_array().unwrap();
        let made: Vec<_> = readers
            .iter()
            .map(|reader| (&reader["name"], &reader["profile"], &reader["profile_from"]))
            .collect();
        for expected in [
            (&json!("Desk 00 00"), &json!("generic"), &json!("name")),
            (
                &json!("Desk 00 01"),
                &json!("omnikey-5427"),
                &json!("configuration"),
            ),
            (
                &json!("ACS ACR1552 1S CL Reader 00 00"),
                &json!("acr1552u"),
                &json!("name"),
            ),
        ] {
            assert!(
                made.contains(&expected),
                "{expected:?} is not among {made:?}"
            );
        }
        let (code, table, _) = desk.say(&[&["readers"], &config[..]].concat()).await;
        assert_eq!(code, 0);
        assert!(table.contains("omnikey-5427, as configured"), "{table}");
        assert!(table.contains("acr1552u"), "{table}");
    });
}

#[test]
fn a_reader_is_worked_with_as_the_make_that_the_configuration_says() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        let card = VirtualCard::open("ntag215", Some(uid(1)), None).unwrap();
        let card = Card::put(0, card.on_reader(ReaderProfile::ACR1252U)).await;
        for (like, has_raw) in [("acr1252u", true), ("omnikey-5022", false)] {
            let file = desk.path("desk.toml");
            let entry = format!("[[encoder.profiles]]\nreader = \"desk\"\nlike = \"{like}\"\n");
            std::fs::write(&file, entry).unwrap();
            let (code, shown, log) = desk
                .say(&[
                    "read",
                    "--timeout",
                    "20",
                    "-vvv",
                    "--config",
                    file.to_str().unwrap(),
                ])
                .await;
            assert!(shown.contains("blank: nothing is on it"), "{code}: {log}");
            // An ACR1252U gets GET_VERSION as it is; an OMNIKEY gets no command of a tag's own.
            assert_eq!(log.contains("command=ff0000000"), has_raw, "{like}: {log}");
            assert!(
                !log.contains("command=ff00000003d442"),
                "not as to a PN532: {log}"
            );
        }
        card.remove().await;
    });
}

#[test]
fn a_slot_for_a_security_module_alone_is_no_encoder() {
    beside_pcscd(&["ACS ACR1252 Dual Reader SAM"], async |_| {
        let desk = Desk::new().await;
        // It answers like a card, and always is there.
        let module = Card::place(0, "ntag215", uid(1)).await;
        // Only those that Seam drives are encoders.
        let listed = desk.run(&["readers", "--json"]).await;
        let readers = listed.document.as_array().unwrap();
        for reader in readers {
            assert_eq!(reader["is_encoder"], reader["kind"] == "seam", "{reader}");
        }
        // Two slots of the virtual reader, and three encoders.
        assert_eq!((listed.code, readers.len()), (0, 5));
        for arguments in [
            &["read", "--json", "--timeout", "5"][..],
            &["encode", "--next", "--json", "--timeout", "5"],
        ] {
            let ran = desk.run(arguments).await;
            assert_eq!((ran.code, &ran.document["error"]["exit"]), (5, &json!(5)));
            let hint = ran.document["error"]["hint"].as_str().unwrap();
            assert!(hint.contains("plug in"), "{hint}");
        }
        module.remove().await;
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
        mine.remove().await;
        other.remove().await;
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
