//! `read` explains whatever is placed: word for word what the desk sees, and what a script gets.

use cardbridge_drivers::record::RecordKey;
use serde_json::{Value, json};

use crate::desk::{Desk, RECORD_KEY, uid};
use crate::pcscd::{Card, beside_pcscd};
use crate::presence::nothing_lies_there;
use crate::reading::{AREA, LOCK_BYTES, Prepared, record, with_record};
use crate::stranger::Stranger;

const READ_UID: &str = "ffca000000";
const GET_VERSION: &str = "9060000000";
const MORE: &str = "90af000000";

/// What `read` shows on stdout, with the time of writing blotted out, and what it complains of on stderr.
async fn shown(desk: &Desk, exit: i32) -> (String, String) {
    let (code, stdout, stderr) = desk.say(&["read", "--timeout", "20"]).await;
    assert_eq!(code, exit, "{stdout}{stderr}");
    let shown = stdout.lines().map(|line| match line.get(..12) {
        Some(name) if name.trim_end().ends_with(" at") => format!("{name}T"),
        _ => line.to_owned(),
    });
    (shown.collect::<Vec<_>>().join("\n"), stderr)
}

async fn document(desk: &Desk, exit: i32) -> Value {
    let ran = desk.run(&["read", "--json", "--timeout", "20"]).await;
    assert_eq!(ran.code, exit, "{}", ran.stderr);
    for field in [
        "verified", "contents", "known_as", "writable", "atr", "family", "encoder",
    ] {
        assert!(!ran.document[field].is_null(), "{field}: {}", ran.document);
    }
    let good = exit == 0 && ran.document["contents"] == "record";
    assert_eq!(ran.document["verified"], good);
    ran.document
}

#[test]
fn a_blank_card_and_a_good_one() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        let card = Card::place(0, "ntag215", uid(1)).await;
        let (text, complaint) = shown(&desk, 0).await;
        assert_eq!(
            text,
            "verdict   blank: nothing is on it\n\
             card      NTAG215, 504 bytes, room for a record of 478\n\
             serial    045a1122000180\n\
             keys      none: any reader can write this card\n\
             writable  yes"
        );
        assert!(!complaint.contains("error: "), "{complaint}");
        let blank = document(&desk, 0).await;
        assert_eq!(blank["contents"], "blank");
        assert_eq!(
            (&blank["memory"], &blank["capacity"]),
            (&json!(504), &json!(478))
        );
        assert_eq!(
            blank["keys"],
            json!({"state": "none", "version": null, "current": null})
        );
        let writable = json!({"possible": true, "needs_overwrite": false, "reason": null});
        assert_eq!(
            (&blank["writable"], &blank["random_uid"]),
            (&writable, &json!(false))
        );

        let credential = desk.credential("assa_abloy_vostio", 0).await;
        assert_eq!(desk.encode(&credential, &[]).await.code, 0);
        let (text, complaint) = shown(&desk, 0).await;
        let id = &credential.acs_credential_id;
        let lines: Vec<&str> = text.lines().collect();
        let number = [
            "number      045a1122000180",
            "starts at   T",
            "written at  T",
        ];
        assert_eq!(
            lines[..3],
            [
                "verdict     verified: written by this property, on this very card",
                "card        NTAG215, 504 bytes, room for a record of 478",
                "serial      045a1122000180",
            ]
        );
        assert_eq!(lines[3], format!("credential  {id}"));
        assert_eq!(lines[4..7], number);
        assert_eq!(
            lines[lines.len() - 2..],
            [
                "keys        none: any reader can write this card",
                &format!("writable    only with --overwrite, which loses credential {id}"),
            ]
        );
        assert!(!complaint.contains("error: "), "{complaint}");
        let good = document(&desk, 0).await;
        assert!(good.get("reason").is_none());
        assert_eq!(good["writable"]["needs_overwrite"], true);
        assert!(
            good["writable"]["reason"]
                .as_str()
                .unwrap()
                .contains(id.as_str())
        );
        card.remove().await;
        nothing_lies_there().await;
    });
}

#[test]
fn bad_cards_give_their_reason_and_what_can_be_done() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        let key = RecordKey::new(vec![1], RECORD_KEY).unwrap();
        let copied = record("1234abc").seal(&key, &uid(99)).unwrap();
        let card = Prepared::put(&desk, 1, with_record(&copied)).await;
        let (text, complaint) = shown(&desk, 6).await;
        let does_not_verify = "the record does not verify: it was altered, copied from another card, or sealed with another key";
        assert_eq!(
            text,
            format!(
                "verdict     NOT verified: do not trust this card\n\
                 card        NTAG215, 504 bytes, room for a record of 478\n\
                 serial      045a1122000180\n\
                 why         {does_not_verify}\n\
                 credential  73a0a199-024f-454d-a916-9bbda8502c12\n\
                 number      1234abc\n\
                 written at  T\n\
                 keys        none: any reader can write this card\n\
                 writable    only with --overwrite, which loses a record that cannot be trusted"
            )
        );
        assert!(complaint.contains(&format!("error: {does_not_verify}\n  fix: do not trust")));
        card.remove().await;

        for (number, starts_at, ends_at, words) in [
            (
                2,
                None,
                Some(1_700_000_000),
                "; expired by this machine's clock",
            ),
            (
                6,
                Some(32_000_000_000),
                None,
                "; not valid yet by this machine's clock",
            ),
        ] {
            let mut dated = record("1234abc");
            (dated.starts_at, dated.ends_at) = (starts_at, ends_at);
            let sealed = dated.seal(&key, &uid(number)).unwrap();
            let card = Prepared::put(&desk, number, with_record(&sealed)).await;
            let (text, _) = shown(&desk, 0).await;
            let verdict = text.lines().next().unwrap();
            assert!(
                verdict.contains("verified: written by this property"),
                "{text}"
            );
            assert!(verdict.ends_with(words), "{text}");
            card.remove().await;
        }

        let link = hex::decode("0312d1010e5504676f6f676c652e636f6d2f6161fe").unwrap();
        let card = Prepared::put(&desk, 3, |memory| {
            memory[AREA..AREA + link.len()].copy_from_slice(&link);
        })
        .await;
        let (text, complaint) = shown(&desk, 6).await;
        assert!(
            text.starts_with("verdict   foreign: data that is not ours: a URI record"),
            "{text}"
        );
        assert!(
            text.ends_with("writable  only with --overwrite, which loses a URI record"),
            "{text}"
        );
        assert!(
            complaint.contains(
                "fix: use another card, or write it with `cardbridge encode --overwrite`"
            )
        );
        card.remove().await;

        // Length 0 in front of the beginning of one of our records.
        let torn = hex::decode("0300fe004661707000").unwrap();
        let card = Prepared::put(&desk, 4, |memory| {
            memory[AREA..AREA + torn.len()].copy_from_slice(&torn);
        })
        .await;
        let (text, complaint) = shown(&desk, 6).await;
        assert!(
            text.starts_with("verdict   torn: it was removed before its record was whole"),
            "{text}"
        );
        assert!(text.ends_with("writable  yes"), "{text}");
        assert!(
            complaint.contains("write it again with `cardbridge encode`"),
            "{complaint}"
        );
        card.remove().await;

        let card = Prepared::put(&desk, 5, |memory| memory[LOCK_BYTES].fill(0xFF)).await;
        let (text, _) = shown(&desk, 6).await;
        assert!(
            text.ends_with("writable  no: the card is locked: static lock bits are set"),
            "{text}"
        );
        let writable = document(&desk, 6).await["writable"].clone();
        assert_eq!(writable["possible"], false);
        card.remove().await;
    });
}

#[test]
fn a_card_too_small_for_any_record_says_so() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        let card = Card::place(0, "ultralight-ev1-48", uid(1)).await;
        let (text, _) = shown(&desk, 6).await;
        let last = text.lines().last().unwrap();
        assert!(
            last.starts_with("writable  no: the record needs 5"),
            "{text}"
        );
        assert_eq!(document(&desk, 6).await["writable"]["possible"], false);
        card.remove().await;
        nothing_lies_there().await;
    });
}

/// Cards that no driver knows, and what the desk hears about each.
#[test]
fn strange_cards_are_named() {
    let plus = "3b8f8001804f0ca000000306030036000000005d";
    let felica = "3b8f8001804f0ca00000030611003b0000000042";
    let (nxp, payment) = ("3b8180018080", "3b8a80010031c173c84000009000 90");
    let version = |hardware: &str| format!("{hardware}91af");
    let [ntag413, light] = [version("04040210000f05"), version("04080130001305")];
    let strangers: [(&str, &str, Option<&str>, &str); 6] = [
        (
            plus,
            "04112233445566",
            None,
            "a MIFARE Plus with 2 KB, at security level 1",
        ),
        (
            felica,
            "01020304050607",
            None,
            "a FeliCa card, as of a Japanese transport system",
        ),
        (
            payment,
            "0a0b0c0d",
            None,
            "a payment card, a phone, or another chip card that is no DESFire",
        ),
        (
            payment,
            "08a1b2c3",
            None,
            "a phone, or a passport or identity card",
        ),
        (
            nxp,
            "04112233445566",
            Some(&ntag413),
            "an NTAG DNA that is no NTAG 424",
        ),
        (nxp, "04112233445566", Some(&light), "a DESFire Light"),
    ];
    beside_pcscd(&["Desk"], async move |_| {
        let desk = Desk::new().await;
        for (atr, uid, version, name) in strangers {
            let uid_answer = format!("{uid}9000");
            let mut answers = vec![(READ_UID, uid_answer.as_str())];
            if let Some(version) = version {
                answers.extend([
                    (GET_VERSION, version),
                    (MORE, "0404020101110591af"),
                    (MORE, "041122334455669100"),
                ]);
            }
            let atr = atr.replace(' ', "");
            let card = Stranger::put(&atr, &answers).await;
            let (text, complaint) = shown(&desk, 6).await;
            assert!(
                text.starts_with(&format!("verdict  no card for this desk: {name}")),
                "{text}"
            );
            let serial = text.lines().nth(1).unwrap();
            assert_eq!(
                serial.contains("(random: another one next time)"),
                uid.starts_with("08")
            );
            assert!(
                complaint.contains("fix: take a card of a type that `cardbridge drivers` lists")
            );
            let document = document(&desk, 6).await;
            assert_eq!(document["contents"], "unknown");
            assert_eq!(
                (&document["card_uid"], &document["atr"]),
                (&json!(uid), &json!(atr))
            );
            assert!(document["known_as"].as_str().unwrap().starts_with(name));
            assert_eq!(document["writable"]["possible"], false);
            let credential = desk.credential("visionline_system", 0).await;
            assert_eq!(desk.encode(&credential, &[]).await.code, 6);
            card.remove().await;
        }
        assert_eq!(desk.run(&["history", "--json"]).await.document, json!([]));
    });
}

#[test]
fn a_card_that_cannot_be_read_is_told_too() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        let contact = Stranger::put("3b6500002063cb6800", &[]).await;
        // A slot whose card gives no UID is no encoder: a security module is always there, and ends no wait.
        let (code, text, complaint) = desk.say(&["read", "--timeout", "1"]).await;
        assert_eq!((code, text.as_str()), (6, ""));
        assert!(complaint.contains("no card was placed"), "{complaint}");
        contact.remove().await;
        // A Classic with a made-up serial number: some copies do that.
        let answers = [(READ_UID, "08a1b2c39000")];
        let copy = Stranger::put("3b8f8001804f0ca000000306030001000000006a", &answers).await;
        let (text, _) = shown(&desk, 6).await;
        assert!(text.starts_with("verdict  cannot be read: "), "{text}");
        assert!(text.contains("probably a MIFARE Classic 1K"), "{text}");
        copy.remove().await;
    });
}

#[test]
fn without_a_record_key_a_card_is_explained_and_not_checked() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        let keyless = async |json: bool| {
            let arguments: &[&str] = if json { &["read", "--json"] } else { &["read"] };
            let mut command = desk.command(arguments, None);
            command.env_remove("CARDBRIDGE_RECORD_KEY_FILE");
            let output = command.output().await.unwrap();
            let text = |bytes| String::from_utf8(bytes).unwrap();
            (
                output.status.code(),
                text(output.stdout),
                text(output.stderr),
            )
        };
        let credential = desk.credential("assa_abloy_vostio", 0).await;
        let card = Card::place(0, "ntag215", uid(1)).await;
        let (code, text, _) = keyless(false).await;
        assert_eq!(code, Some(0), "{text}");
        assert!(text.starts_with("verdict   blank"), "{text}");
        assert!(text.ends_with("writable  yes\n"), "{text}");

        assert_eq!(desk.encode(&credential, &[]).await.code, 0);
        let (code, text, complaint) = keyless(false).await;
        assert_eq!(code, Some(3), "{text}");
        let verdict = "verdict     not checked: this desk has no record key\n";
        assert!(text.starts_with(verdict), "{text}");
        assert!(text.contains(&credential.acs_credential_id), "{text}");
        assert!(
            complaint.contains("copy the property's record key"),
            "{complaint}"
        );
        let (code, text, _) = keyless(true).await;
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((code, &document["verified"]), (Some(3), &json!(false)));
        let reason = document["reason"].as_str().unwrap();
        assert!(reason.starts_with("not checked"), "{reason}");
        card.remove().await;
        nothing_lies_there().await;
    });
}
