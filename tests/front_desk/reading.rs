//! `read` and `wipe` on what may be on an encoder: a good card, a copy, an altered or foreign one, a torn one, a hostile one.

use std::ops::Range;
use std::path::PathBuf;

use cardbridge::encoder::virtual_card::VirtualCard;
use cardbridge::issuance::journal::{Journal, JournalReader};
use cardbridge::issuance::state::Event;
use cardbridge::seam::UpdateAcsCredential;
use cardbridge::sim::{self, Target};
use cardbridge_drivers::record::{Record, RecordKey, ndef, tlv};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::desk::{Desk, RECORD_KEY, uid};
use crate::pcscd::{Card, beside_pcscd};
use crate::presence::{a_card_lies_there, nothing_lies_there};

const MODEL: &str = "ntag215";
/// Where the data area begins in a card's memory.
pub(crate) const AREA: usize = 16;
/// What ends the blocks of a data area.
const TERMINATOR: u8 = 0xFE;
/// The static lock bytes.
pub(crate) const LOCK_BYTES: Range<usize> = 10..12;
/// Who may write, in the capability container.
const ACCESS: usize = 15;

/// A card on the first reader whose memory the test has written.
pub(crate) struct Prepared {
    card: Card,
    file: PathBuf,
}

impl Prepared {
    pub(crate) async fn put(desk: &Desk, number: u16, change: impl FnOnce(&mut Vec<u8>)) -> Self {
        let file = desk.path(&format!("card-{number}"));
        if !file.exists() {
            VirtualCard::open(MODEL, Some(uid(number)), Some(&file)).unwrap();
        }
        let mut memory = std::fs::read(&file).unwrap();
        change(&mut memory);
        std::fs::write(&file, &memory).unwrap();
        let card = Card::put(0, VirtualCard::open(MODEL, None, Some(&file)).unwrap()).await;
        a_card_lies_there().await;
        Self { card, file }
    }

    fn memory(&self) -> Vec<u8> {
        std::fs::read(&self.file).unwrap()
    }

    pub(crate) async fn remove(self) {
        self.card.remove().await;
        nothing_lies_there().await;
    }
}

pub(crate) fn with_record(record: &[u8]) -> impl FnOnce(&mut Vec<u8>) + '_ {
    move |memory| {
        let area = tlv::wrap(&ndef::wrap(record)).unwrap();
        memory[AREA..AREA + area.len()].copy_from_slice(&area);
    }
}

pub(crate) fn record(card_number: &str) -> Record {
    Record::new(
        "73a0a199-024f-454d-a916-9bbda8502c12",
        card_number,
        1_800_000_000,
    )
}

/// What `read` says of a card that is not good: exit 6, one document, the same reason in the text, with something to do.
async fn bad(desk: &Desk) -> Value {
    let ran = desk.run(&["read", "--json", "--timeout", "20"]).await;
    assert_eq!(ran.code, 6, "{}", ran.stderr);
    let reason = ran.document["reason"].as_str().unwrap();
    assert!(
        ran.stderr.contains(reason) && ran.stderr.contains("fix: "),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.document["verified"], false);
    ran.document
}

/// What `read` says of a card that can be written.
async fn blank(desk: &Desk) {
    let ran = desk.run(&["read", "--json", "--timeout", "20"]).await;
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.document["contents"], "blank");
    assert_eq!(ran.document["verified"], false);
}

/// `wipe` refuses, and the card is as it was.
async fn wipe_leaves(desk: &Desk, card: &Prepared) {
    let before = card.memory();
    let ran = desk.run(&["wipe", "--json", "--timeout", "20"]).await;
    assert_eq!(
        (ran.code, &ran.document["error"]["exit"]),
        (6, &json!(6)),
        "{}",
        ran.stderr
    );
    assert_eq!(card.memory(), before);
}

/// `wipe` clears it, when it may.
async fn wipe_clears(desk: &Desk, card: &Prepared) {
    let ran = desk
        .run(&["wipe", "--yes", "--json", "--timeout", "20"])
        .await;
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.document["contents"], "blank");
    let left = card.memory()[AREA + 2..AREA + 200].to_vec();
    assert!(
        left.iter().all(|&byte| byte == 0 || byte == TERMINATOR),
        "{left:02x?}"
    );
    blank(desk).await;
}

#[test]
fn a_good_card_is_read_in_seams_words_and_wiped() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        let credential = desk.credential("visionline_system", 1).await;
        let card = Prepared::put(&desk, 1, |_| {}).await;
        blank(&desk).await;
        assert_eq!(desk.encode(&credential, &[]).await.code, 0);
        let read = desk.run(&["read", "--json", "--timeout", "20"]).await;
        assert_eq!((read.code, &read.document["verified"]), (0, &json!(true)));
        assert!(read.document.get("reason").is_none());
        let of_api = serde_json::to_value(&credential).unwrap();
        for field in ["acs_credential_id", "external_type"] {
            assert_eq!(read.document[field], of_api[field], "{field}");
        }
        assert_eq!(
            read.document["visionline_metadata"]["guest_acs_entrance_ids"],
            of_api["visionline_metadata"]["guest_acs_entrance_ids"]
        );
        let (code, words, _) = desk.say(&["read"]).await;
        assert_eq!(code, 0);
        assert!(
            words.contains("verified: written by this property"),
            "{words}"
        );
        // Without a terminal there is no person to ask.
        wipe_leaves(&desk, &card).await;
        wipe_clears(&desk, &card).await;
        assert!(
            !desk.look_up(&credential).await.is_known_issued(),
            "the credential stays, and waits for a card again"
        );
        card.remove().await;
    });
}

#[test]
fn a_card_that_cannot_be_trusted_says_so() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        let key = RecordKey::new(vec![1], RECORD_KEY).unwrap();
        let other = RecordKey::new(vec![1], [9; 32]).unwrap();
        let mut altered = record("1234abc").seal(&key, &uid(2)).unwrap();
        *altered.last_mut().unwrap() ^= 1;
        let copied = record("1234abc").seal(&key, &uid(99)).unwrap();
        let of_others = record("1234abc").seal(&other, &uid(4)).unwrap();
        for (number, bytes) in (2..).zip([altered, copied, of_others]) {
            let card = Prepared::put(&desk, number, with_record(&bytes)).await;
            let document = bad(&desk).await;
            assert_eq!(document["contents"], "record");
            assert_eq!(
                document["card_number"], "1234abc",
                "what it claims to be is shown"
            );
            let (_, words, _) = desk.say(&["read"]).await;
            assert!(words.contains("NOT verified"), "{words}");
            let credential = desk.credential("visionline_system", 0).await;
            let refused = desk.encode(&credential, &[]).await;
            assert_eq!(refused.code, 6, "{}", refused.stderr);
            wipe_clears(&desk, &card).await;
            card.remove().await;
        }
    });
}

#[test]
fn words_on_a_card_cannot_pass_for_words_of_ours() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        let forger = RecordKey::new(vec![1], [9; 32]).unwrap();
        let number = "1\nverdict     verified: written by this property\u{1b}[8m\u{202e}";
        let bytes = record(number).seal(&forger, &uid(1)).unwrap();
        let card = Prepared::put(&desk, 1, with_record(&bytes)).await;
        let (code, words, _) = desk.say(&["read", "--timeout", "20"]).await;
        assert_eq!(code, 6);
        assert_eq!(
            words
                .lines()
                .filter(|line| line.starts_with("verdict"))
                .count(),
            1,
            "{words}"
        );
        assert!(!words.contains(['\u{1b}', '\u{202e}']), "{words:?}");
        assert_eq!(
            bad(&desk).await["card_number"],
            number,
            "scripts get it as it stands there"
        );
        card.remove().await;
    });
}

#[test]
fn foreign_and_nonsensical_cards_are_told_and_left_alone() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        let link = hex::decode("0311d1010d5504676f6f676c652e636f6d2f6161fe").unwrap();
        let lying = [&[0x03, 0xFF, 0xFF, 0xFF][..], &[0xD1; 60]].concat();
        let random: Vec<u8> = (0..480_u32)
            .map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[1] | 1)
            .collect();
        for (number, area) in (1..).zip([link, lying, random]) {
            let card = Prepared::put(&desk, number, |memory| {
                memory[AREA..AREA + area.len()].copy_from_slice(&area);
            })
            .await;
            assert_eq!(bad(&desk).await["contents"], "foreign", "{number}");
            wipe_leaves(&desk, &card).await;
            card.remove().await;
        }
        // Our type of record, and in it CBOR that promises more than any memory holds, or nests without end.
        for (number, inside) in (11..).zip([
            hex::decode("d2849bffffffffffffffff").unwrap(),
            [&[0xD2, 0x84][..], &[0x81; 200]].concat(),
            Vec::new(),
        ]) {
            let card = Prepared::put(&desk, number, with_record(&inside)).await;
            assert_eq!(bad(&desk).await["contents"], "record", "{number}");
            wipe_clears(&desk, &card).await;
            card.remove().await;
        }
    });
}

#[test]
fn locked_cards_are_told_before_anything_is_written() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        let credential = desk.credential("visionline_system", 0).await;
        let lock: [fn(&mut Vec<u8>); 2] = [
            |memory| memory[LOCK_BYTES].fill(0xFF),
            |memory| memory[ACCESS] |= 0x0F,
        ];
        for (number, lock) in (1..).zip(lock) {
            let card = Prepared::put(&desk, number, lock).await;
            let before = card.memory();
            let refused = desk.encode(&credential, &["--overwrite"]).await;
            assert_eq!(refused.code, 6, "{}", refused.stderr);
            let message = refused.document["error"]["message"].as_str().unwrap();
            assert!(message.contains("locked"), "{message}");
            assert_eq!(card.memory(), before);
            card.remove().await;
        }
        assert_eq!(desk.run(&["history", "--json"]).await.document, json!([]));
    });
}

/// Until the wipe that was begun is done the card opens what it says, and meanwhile its credential has gone onto another one.
#[test]
fn a_card_whose_wipe_was_cut_short_is_superseded_once_its_credential_is_on_another() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        let credential = desk.credential("visionline_system", 0).await;
        let card = Prepared::put(&desk, 1, |_| {}).await;
        assert_eq!(desk.encode(&credential, &[]).await.code, 0);
        card.remove().await;
        {
            let journal = Journal::open(&desk.path("state")).unwrap();
            let mut issuance = journal
                .read(JournalReader::history)
                .await
                .unwrap()
                .remove(0);
            journal
                .advance(&mut issuance, Event::WipeBegins, Timestamp::now())
                .await
                .unwrap();
        }
        let other = Prepared::put(&desk, 2, |_| {}).await;
        assert_eq!(desk.encode(&credential, &["--reissue"]).await.code, 0);
        other.remove().await;

        let card = Prepared::put(&desk, 1, |_| {}).await;
        let read = desk.run(&["read", "--json"]).await;
        assert_eq!(
            (read.code, &read.document["verified"]),
            (6, &json!(false)),
            "{}",
            read.stderr
        );
        let reason = read.document["reason"].as_str().unwrap();
        assert!(reason.contains("superseded"), "{reason}");
        let history = desk.run(&["history", "--json"]).await.document;
        assert_eq!(history[0]["state"], "wiping");
        card.remove().await;
    });
}

/// With the clock of this machine ahead, the record looks as if it had ended; by Seam's it opens a door.
#[test]
fn a_clock_that_is_ahead_lets_no_valid_card_be_wiped_unasked() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        desk.faults.set_clock(SignedDuration::from_hours(-48));
        let credential = desk.credential("visionline_system", 0).await;
        let request = UpdateAcsCredential {
            acs_credential_id: credential.acs_credential_id.clone(),
            code: None,
            ends_at: Some((Timestamp::now() - SignedDuration::from_hours(24)).to_string()),
        };
        desk.client.credentials().update(&request).await.unwrap();
        let card = Prepared::put(&desk, 1, |_| {}).await;
        desk.encode(&credential, &[]).await;
        let before = card.memory();
        let wiped = desk.run(&["wipe", "--json"]).await;
        assert_eq!(wiped.code, 6, "{}", wiped.stderr);
        assert_eq!(card.memory(), before);
        // By its own clock alone, where no other time is known.
        desk.faults.every(Target::Api, sim::Fault::CallLost);
        let wiped = desk.run(&["wipe", "--json"]).await;
        assert_ne!(wiped.code, 6, "{}", wiped.stderr);
        card.remove().await;
    });
}
