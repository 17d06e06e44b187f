//! Handshakes against published transcripts, and cards that break the protocol.

use std::collections::VecDeque;

use serde_json::Value;

use super::*;
use crate::contract::apdu::{Command, Response};
use crate::contract::{CardChannel, ChannelError, ReaderProfile};

/// A card that knows its lines and nothing else.
struct Scripted {
    lines: VecDeque<(Option<Vec<u8>>, Vec<u8>)>,
}

impl Scripted {
    /// Commands, each of which must come, and their answers.
    fn exactly<const N: usize>(lines: [(Vec<u8>, Vec<u8>); N]) -> Self {
        let lines = lines.map(|(command, answer)| (Some(command), answer));
        Self {
            lines: lines.into(),
        }
    }

    /// Answers to whatever comes; the last one for ever.
    fn answering(answers: &[&str]) -> Self {
        let lines = answers
            .iter()
            .map(|answer| (None, hex::decode(answer).unwrap()));
        Self {
            lines: lines.collect(),
        }
    }
}

impl CardChannel for Scripted {
    fn atr(&self) -> &[u8] {
        &[]
    }

    fn profile(&self) -> ReaderProfile {
        ReaderProfile::ACR122U
    }

    fn transmit(&mut self, command: &Command) -> Result<Response, ChannelError> {
        let (expected, answer) = if self.lines.len() > 1 || self.lines[0].0.is_some() {
            self.lines.pop_front().unwrap()
        } else {
            self.lines[0].clone()
        };
        if let Some(expected) = expected {
            assert_eq!(hex::encode(command.to_bytes()?), hex::encode(expected));
        }
        Response::parse(answer)
    }

    fn reconnect(&mut self) -> Result<(), ChannelError> {
        Ok(())
    }
}

fn transcript(id: &str) -> (Scripted, [u8; 16], Value) {
    let all: Vec<Value> =
        serde_json::from_str(include_str!("../../../../vectors/cards.json")).unwrap();
    let of = all.into_iter().find(|vector| vector["id"] == id).unwrap();
    let field = |name: &str| hex::decode(of[name].as_str().unwrap()).unwrap();
    let card = Scripted::exactly([(field("c1"), field("r1")), (field("c2"), field("r2"))]);
    (card, field("rnd_a").try_into().unwrap(), of)
}

const ZERO: [u8; 16] = [0; 16];

#[test]
fn the_handshake_of_ev1_as_published() {
    let (mut card, random, of) = transcript("ev1-aes-auth");
    let mut link = Link::new(&mut card);
    let session = Session::open_with(&mut link, false, 0, &CardKey::aes(&ZERO), &random);
    let session = session.unwrap().unwrap();
    assert_proves(session.messaging, &of, &["session"]);
}

#[test]
fn the_handshake_of_ev2_as_published() {
    let (mut card, random, of) = transcript("ev2-auth-an12196-6.6");
    let mut link = Link::new(&mut card);
    let session = Session::open_with(&mut link, true, 0, &CardKey::aes(&ZERO), &random);
    let session = session.unwrap().unwrap();
    assert_proves(session.messaging, &of, &["enc", "mac", "ti"]);
}

/// The session is the published one: it makes what one from the published keys makes.
fn assert_proves(mut messaging: Messaging, of: &Value, fields: &[&str]) {
    let bytes: Vec<Vec<u8>> = fields
        .iter()
        .map(|field| hex::decode(of[*field].as_str().unwrap()).unwrap())
        .collect();
    let key = |index: usize| <[u8; 16]>::try_from(bytes[index].as_slice()).unwrap();
    let mut published = match bytes.as_slice() {
        [_session] => Messaging::Ev1(Ev1::new(crate::crypto::Cipher::aes128(&key(0)))),
        [_enc, _mac, transaction] => {
            let keys = Ev2Keys {
                enc: SecretKey::new(key(0)),
                mac: SecretKey::new(key(1)),
            };
            Messaging::Ev2(Ev2::new(&keys, transaction.as_slice().try_into().unwrap()))
        }
        _ => unreachable!(),
    };
    assert_eq!(
        messaging.seal(Instruction::WriteData, &[1, 2], b"secret"),
        published.seal(Instruction::WriteData, &[1, 2], b"secret")
    );
}

#[test]
fn a_card_that_does_not_prove_the_key_is_refused() {
    for (id, has_ev2) in [("ev1-aes-auth", false), ("ev2-auth-an12196-6.6", true)] {
        let (_, random, of) = transcript(id);
        let r2 = of["r2"].as_str().unwrap();
        for byte in [0, 5, 15] {
            let (mut card, ..) = transcript(id);
            let mut wrong = hex::decode(r2).unwrap();
            wrong[byte] ^= 1;
            card.lines[1].1 = wrong;
            let mut link = Link::new(&mut card);
            let key = CardKey::aes(&ZERO);
            let opened = Session::open_with(&mut link, has_ev2, 0, &key, &random);
            assert!(
                matches!(opened, Err(DriverError::Malformed { .. })),
                "{id} {byte}"
            );
        }
    }
}

#[test]
fn a_wrong_key_is_no_error_and_tried_once() {
    for answers in [
        ["91ae"].as_slice(),
        &["a33856932308775cf464610c2b17a55891af", "91ae"],
    ] {
        let mut card = Scripted::answering(answers);
        let mut link = Link::new(&mut card);
        let opened = Session::open(&mut link, false, 0, &CardKey::aes(&ZERO)).unwrap();
        assert!(opened.is_none());
        assert_eq!(card.lines.len(), 1);
    }
}

#[test]
fn other_refusals_and_lengths_are_errors() {
    for (answers, has_ev2) in [
        (["6300"].as_slice(), false),
        (&["917e"], false),
        (&["9142"], true),
        (&["91af"], true),
        (&["9100"], false),
        (&["0011223391af"], false),
        (&["a33856932308775cf464610c2b17a55891af", "9100"], true),
        (&["a33856932308775cf464610c2b17a55891af", "91af"], false),
    ] {
        let mut card = Scripted::answering(answers);
        let mut link = Link::new(&mut card);
        let opened = Session::open(&mut link, has_ev2, 0, &CardKey::aes(&ZERO));
        assert!(opened.is_err(), "{answers:?}");
    }
}

#[test]
fn answers_that_never_end_are_cut_off() {
    for endless in ["91af", "0091af"] {
        let mut card = Scripted::answering(&[endless]);
        let mut link = Link::new(&mut card);
        let answer = link.exchange(Instruction::GetKeySettings, &[], "answer");
        assert_eq!(answer, Err(malformed("answer")));
    }
}

#[test]
fn a_card_that_ends_a_command_early_or_answers_into_it_is_refused() {
    for early in ["9100", "0091af"] {
        let mut card = Scripted::answering(&[early]);
        let mut link = Link::new(&mut card);
        let answer = link.exchange(Instruction::WriteData, &[0; 56], "write");
        assert_eq!(answer, Err(malformed("write")));
    }
}

#[test]
fn commands_are_cut_into_frames_and_answers_put_together() {
    let data: Vec<u8> = (0..120).collect();
    let frame = |code: u8, data: &[u8]| {
        let length: &[u8] = &[u8::try_from(data.len()).unwrap()];
        let length = if data.is_empty() { &[] } else { length };
        [&[0x90, code, 0, 0], length, data, &[0]].concat()
    };
    let more = hex::decode("91af").unwrap();
    let mut card = Scripted::exactly([
        (frame(0x3D, &data[..55]), more.clone()),
        (frame(0xAF, &data[55..110]), more),
        (frame(0xAF, &data[110..]), hex::decode("010291af").unwrap()),
        (frame(0xAF, &[]), hex::decode("03049100").unwrap()),
    ]);
    let mut link = Link::new(&mut card);
    let reply = link.exchange(Instruction::WriteData, &data, "write");
    assert_eq!(reply.unwrap().data_of("write").unwrap(), [1, 2, 3, 4]);
}

#[test]
fn a_card_that_is_not_ready_is_asked_again() {
    for answers in [["6300", "6f00", "9100"], ["91ca", "6400", "9100"]] {
        let mut card = Scripted::answering(&answers);
        assert_eq!(Link::new(&mut card).start([1, 2, 3]), Ok(true));
    }
    let mut card = Scripted::answering(&["6300"]);
    assert!(Link::new(&mut card).start([1, 2, 3]).is_err());
    let mut card = Scripted::answering(&["91a0", "9100"]);
    assert_eq!(Link::new(&mut card).start([1, 2, 3]), Ok(false));
}
