//! A library that is not ours, `nfc-pcsc` from npm, beside ours on one reader of a real pcscd: what the one writes the other
//! reads, and what the card refuses it refuses both.

use serde_json::{Value, json};

use crate::desk::{Desk, uid};
use crate::foreign::{node, root, told_by};
use crate::pcscd::{Card, beside_pcscd};

/// The library knows an ACR122U by its name, and so do we.
const DRIVER: &str = "ACS ACR122U PICC Interface";
const READER: &str = "ACS ACR122U PICC Interface 00 00";

/// The key of a MIFARE Classic fresh from the factory, and a block to write.
const FACTORY: &str = "ffffffffffff";
const BLOCK: &str = "000102030405060708090a0b0c0d0e0f";

/// The NDEF media type of a card record.
const MEDIA_TYPE: &str = "6170706c69636174696f6e2f637774";

/// Lets the library do these steps with the card with this number; each gives bytes in hex, or "refused".
async fn nfc_pcsc(number: u16, steps: Value) -> Vec<String> {
    assert!(
        root("tests/nfc-pcsc/node_modules/made-of").exists(),
        "nfc-pcsc is not installed: run `make test` once, or `.ci/setup test`"
    );
    let card = uid(number).to_string();
    told_by(node("tests/nfc-pcsc/steps.mjs").args([READER, &card, &steps.to_string()])).await
}

async fn verified(desk: &Desk) -> Value {
    let read = desk.run(&["read", "--json", "--timeout", "20"]).await;
    assert_eq!(read.code, 0, "{}", read.stderr);
    read.document["acs_credential_id"].clone()
}

#[test]
fn a_type_2_tag_is_the_same_to_both() {
    beside_pcscd(&[DRIVER], async |_| {
        let desk = Desk::new().await;
        let card = Card::place(0, "ntag215", uid(1)).await;
        let fresh = nfc_pcsc(
            1,
            json!([
                ["read", 3, 4],
                ["read", 4, 8],
                ["transmit", "ff00000003d44260"],
                ["write", 4, "0305d101015400fe"],
                ["read", 4, 8],
                ["read", 0x86, 16],
                ["read", 0x87, 16],
                ["read", 4, 8],
            ]),
        )
        .await;
        assert_eq!(fresh[..2], ["e1103e00", "0300fe0000000000"]);
        assert_eq!(
            fresh[2],
            "d543000004040201001103 9000".replace(' ', ""),
            "GET_VERSION"
        );
        assert_eq!(fresh[3..5], ["", "0305d101015400fe"]);
        // At the end of the memory READ goes on at page 0; behind it the tag refuses, and is deaf until it is selected again.
        assert_eq!(
            fresh[5],
            format!("00000000{}", "045a11c72200018 0a3480000".replace(' ', ""))
        );
        assert_eq!(fresh[6..], ["refused", "refused"]);

        let foreign = desk.run(&["read", "--json", "--timeout", "20"]).await;
        assert_eq!(
            foreign.document["contents"], "foreign",
            "{}",
            foreign.stderr
        );
        card.remove().await;
    });
}

#[test]
fn a_record_on_a_type_2_tag_goes_there_and_back() {
    beside_pcscd(&[DRIVER], async |_| {
        let desk = Desk::new().await;
        let card = Card::place(0, "ntag216", uid(2)).await;
        let credential = desk.credential("visionline_system", 2).await;
        let ran = desk.encode(&credential, &[]).await;
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let written = nfc_pcsc(2, json!([["read", 4, 320]])).await.remove(0);
        assert!(written.contains(MEDIA_TYPE), "{written}");

        // The library takes it away: a card without a message is blank, and nothing of it verifies.
        let empty = "00".repeat(320);
        nfc_pcsc(2, json!([["write", 4, empty]])).await;
        let blank = desk.run(&["read", "--json", "--timeout", "20"]).await;
        assert_eq!(
            (blank.code, &blank.document["contents"]),
            (0, &json!("blank"))
        );

        // And puts it back: the same bytes on the same card are the same record.
        nfc_pcsc(2, json!([["write", 4, written]])).await;
        assert_eq!(verified(&desk).await, credential.acs_credential_id.as_str());

        // One bit of it changed, and it belongs to no key.
        let nibble = written.len() / 2 - 100;
        let mut forged = written.clone();
        let other = if &written[nibble..=nibble] == "0" {
            "1"
        } else {
            "0"
        };
        forged.replace_range(nibble..=nibble, other);
        nfc_pcsc(2, json!([["write", 4, forged]])).await;
        let seen = desk.run(&["read", "--json", "--timeout", "20"]).await;
        assert_eq!((seen.code, &seen.document["verified"]), (6, &json!(false)));
        card.remove().await;
    });
}

#[test]
fn a_read_without_a_key_halts_a_mifare_classic() {
    beside_pcscd(&[DRIVER], async |_| {
        let card = Card::place(0, "classic-1k", uid(3)).await;
        let steps = json!([
            ["read", 4, 16, 16],
            ["authenticate", 4, "A", FACTORY],
            ["write", 4, BLOCK, 16],
            ["read", 4, 16, 16],
            // Another sector is another key, although here it is the same one.
            ["read", 8, 16, 16],
        ]);
        assert_eq!(
            nfc_pcsc(3, steps).await,
            ["refused", "refused", "refused", "refused", "refused"],
            "a read without a key halts the card, and the library does not select it again"
        );
        card.remove().await;
    });
}

#[test]
fn a_block_of_a_mifare_classic_is_the_same_to_both() {
    beside_pcscd(&[DRIVER], async |_| {
        let desk = Desk::new().await;
        let card = Card::place(0, "classic-1k", uid(4)).await;
        let steps = json!([
            ["authenticate", 4, "A", FACTORY],
            ["write", 4, BLOCK, 16],
            ["read", 4, 16, 16],
            ["read", 8, 16, 16],
        ]);
        assert_eq!(nfc_pcsc(4, steps).await, ["", "", BLOCK, "refused"]);
        let foreign = desk.run(&["read", "--json", "--timeout", "20"]).await;
        assert_eq!(
            foreign.document["contents"], "foreign",
            "{}",
            foreign.stderr
        );
        let wrong = json!([
            ["authenticate", 4, "A", "a0a1a2a3a4a5"],
            ["read", 4, 16, 16]
        ]);
        assert_eq!(nfc_pcsc(4, wrong).await, ["refused", "refused"]);
        card.remove().await;
    });
}

#[test]
fn a_record_on_a_mifare_classic_can_be_read_by_all_and_written_by_the_site() {
    /// The public keys of the MIFARE application directory and of NDEF sectors (NXP AN1304).
    const DIRECTORY: &str = "a0a1a2a3a4a5";
    const NDEF: &str = "d3f7d3f7d3f7";
    beside_pcscd(&[DRIVER], async |_| {
        let desk = Desk::new().await;
        let card = Card::place(0, "classic-1k", uid(5)).await;
        let credential = desk.credential("visionline_system", 0).await;
        let ran = desk.encode(&credential, &[]).await;
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let steps = json!([
            ["authenticate", 1, "A", DIRECTORY],
            ["read", 1, 32, 16],
            ["authenticate", 4, "A", NDEF],
            ["read", 4, 48, 16],
            ["authenticate", 8, "A", NDEF],
            ["read", 8, 48, 16],
            ["write", 8, "00".repeat(16), 16],
        ]);
        let seen = nfc_pcsc(5, steps).await;
        assert!(
            seen[1].contains("03e103e1"),
            "NDEF is in the directory: {seen:?}"
        );
        assert!(
            [&seen[3][..], &seen[5]].concat().contains(MEDIA_TYPE),
            "{seen:?}"
        );
        assert_eq!(seen[6], "refused", "the public key writes nothing");
        for (kind, key) in [("B", NDEF), ("B", "ffffffffffff"), ("A", "ffffffffffff")] {
            let wrong = json!([["authenticate", 4, kind, key]]);
            assert_eq!(nfc_pcsc(5, wrong).await, ["refused"], "key {kind} {key}");
        }
        assert_eq!(verified(&desk).await, credential.acs_credential_id.as_str());
        card.remove().await;
    });
}
