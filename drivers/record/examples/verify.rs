//! Verifies what a card holds, as a door would, and shows it in Seam's field names.
//!
//! ```text
//! cargo run -p cardbridge-record --example verify -- --key FILE UID CARD
//! ```
//!
//! `UID`: hex. `CARD`: a file, or hex, with a record, with the NDEF message around it, or with a whole data area that begins with
//! a TLV. `FILE`: the record key, 64 hex digits or 32 raw bytes; a key is a secret, and comes from no command line.
//!
//! Exit 0: one JSON document on standard output. Exit 1: the reason on standard error. Exit 2: usage.

use std::process::ExitCode;
use std::{env, fs};

use cardbridge_record::profiles::CardCredential;
use cardbridge_record::{Record, RecordKey, Uid, ndef, tlv};
use jiff::Timestamp;
use serde_json::Value;

const USAGE: &str = "usage: verify --key FILE UID CARD";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [flag, key_file, uid, card] = arguments.as_slice() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    if flag != "--key" {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    match verified(key_file, uid, card) {
        Ok(document) => {
            println!("{document:#}");
            ExitCode::SUCCESS
        }
        Err(reason) => {
            eprintln!("not verified: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn verified(key_file: &str, uid: &str, card: &str) -> Result<Value, String> {
    let content = fs::read(key_file).map_err(|error| format!("{key_file}: {error}"))?;
    let uid = hex::decode(uid).map_err(|error| format!("the UID is not hex: {error}"))?;
    let uid = Uid::try_from(uid.as_slice()).map_err(said)?;
    let card = match fs::read(card) {
        Ok(bytes) => bytes,
        Err(_) => hex::decode(card).map_err(|_| format!("{card} is neither a file nor hex"))?,
    };
    let bytes = record(&card)?;
    // A door with several keys would look up the one that the card names; here there is one, under whatever name.
    let kid = Record::key_id(bytes).map_err(said)?;
    let key = RecordKey::parse_file(kid, &content).map_err(said)?;
    let record = Record::open(bytes, &[key], &uid).map_err(said)?;
    document(&record)
}

/// The record in what was read off a card.
fn record(card: &[u8]) -> Result<&[u8], String> {
    // A record begins with the tag of COSE_Mac0, an NDEF message with its flags, a data area with the tag of a block.
    let message = match card {
        [0xD1, 0x84, ..] => return Ok(card),
        [0x80..=0xFF, ..] => card,
        _ => match tlv::walk(card, card.len()) {
            tlv::Walk::Done(blocks) => match blocks.ndef {
                Some(ndef) => &card[ndef.message],
                None if blocks.others.is_empty() => &[],
                None => return Err("there is no whole NDEF message in it".to_owned()),
            },
            tlv::Walk::ReadTo(bytes) => {
                return Err(format!("the card goes on: read {bytes} bytes"));
            }
        },
    };
    match ndef::unwrap(message) {
        ndef::Message::Record(record) | ndef::Message::Beside(record) => Ok(record),
        ndef::Message::Empty => Err("the card is empty".to_owned()),
        ndef::Message::Foreign => Err("the card holds data of others".to_owned()),
        ndef::Message::Broken => Err("the card is torn or damaged".to_owned()),
    }
}

/// In Seam's field names, times in RFC 3339.
fn document(record: &Record) -> Result<Value, String> {
    let mut document = serde_json::to_value(CardCredential::from(record)).map_err(said)?;
    for (name, seconds) in [
        ("starts_at", record.starts_at),
        ("ends_at", record.ends_at),
        ("written_at", Some(record.written_at)),
    ] {
        if let Some(seconds) = seconds {
            // What no calendar has stays a number.
            let time = Timestamp::from_second(seconds).map(|time| time.to_string());
            document[name] = time.map_or(seconds.into(), Value::from);
        }
    }
    Ok(document)
}

#[expect(clippy::needless_pass_by_value, reason = "so that `map_err` takes it")]
fn said(error: impl ToString) -> String {
    error.to_string()
}
