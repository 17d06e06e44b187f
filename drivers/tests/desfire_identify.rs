//! Telling DESFire by its version, ready or not, in the middle of something or not; and leaving other cards alone.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on stops its test"
)]

use std::collections::VecDeque;

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::apdu::{Command, Response};
use cardbridge_drivers::contract::{
    CardChannel, ChannelError, ReaderProfile, Uid, Version, identify,
};
use cardbridge_drivers::testing::{Recorder, SimulatedReader, site_settings};

const UID: [u8; 7] = [0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80];

fn reader(model: &str, profile: ReaderProfile) -> Recorder<SimulatedReader> {
    let card = cards::simulate(model, Uid::from(UID)).unwrap();
    Recorder::new(SimulatedReader::new(card, profile))
}

fn commands(reader: &Recorder<SimulatedReader>) -> Vec<String> {
    let exchanges = reader.exchanges().iter();
    exchanges
        .map(|exchange| hex::encode(exchange.bytes()))
        .collect()
}

#[test]
fn every_model_is_told_in_four_commands_on_every_reader() {
    let (desfire, _) = cards::model("desfire-ev1-4k").unwrap();
    for model in desfire.models {
        for profile in ReaderProfile::ALL {
            let mut reader = reader(model.name, *profile);
            let card = identify(&mut reader).unwrap();
            assert_eq!(
                commands(&reader),
                ["ffca000000", "9060000000", "90af000000", "90af000000"]
            );
            let (found, driver) = cards::driver_for(&card, &site_settings()).unwrap();
            assert_eq!(found.name, "desfire");
            let seen = driver.inspect(&mut reader, &card).unwrap();
            assert_eq!(seen.summary().model, model);
        }
    }
}

#[test]
fn a_card_that_was_left_authenticated_or_amid_a_command_is_told_all_the_same() {
    for model in ["desfire-ev1-4k", "desfire-ev2-4k", "desfire-ev3-4k"] {
        let mut reader = reader(model, ReaderProfile::ACR122U);
        let fresh = identify(&mut reader).unwrap();
        let (_, driver) = cards::driver_for(&fresh, &site_settings()).unwrap();
        // Ends authenticated with the key of the factory, then with one of ours.
        let seen = driver.inspect(&mut reader, &fresh).unwrap();
        assert_eq!(identify(&mut reader).unwrap(), fresh);
        seen.write(&mut reader, b"record", &mut |_| {}).unwrap();
        driver.inspect(&mut reader, &fresh).unwrap();
        assert_eq!(identify(&mut reader).unwrap(), fresh);
        reader.channel_mut().answer(&[0x90, 0x1A, 0, 0, 1, 0, 0]);
        reader.channel_mut().answer(&[0x90, 0x60, 0, 0, 0]);
        assert_eq!(identify(&mut reader).unwrap(), fresh);
        assert_eq!(reader.reconnects(), 0);
    }
}

/// A card of ISO/IEC 14443-4 that answers its UID, then these, the last one for ever.
struct Part4 {
    answers: VecDeque<Vec<u8>>,
    sent: usize,
    reconnects: usize,
}

impl Part4 {
    fn answering(answers: &[&str]) -> Self {
        let answers = answers.iter().map(|answer| hex::decode(answer).unwrap());
        Self {
            answers: answers.collect(),
            sent: 0,
            reconnects: 0,
        }
    }
}

impl CardChannel for Part4 {
    fn atr(&self) -> &[u8] {
        &[0x3B, 0x81, 0x80, 0x01, 0x80, 0x80]
    }

    fn profile(&self) -> ReaderProfile {
        ReaderProfile::ACR122U
    }

    fn transmit(&mut self, command: &Command) -> Result<Response, ChannelError> {
        if command.to_bytes()?[0] == 0xFF {
            return Response::parse([&UID[..], &[0x90, 0x00]].concat());
        }
        self.sent += 1;
        Response::parse(match self.answers.len() {
            1 => self.answers[0].clone(),
            _ => self.answers.pop_front().unwrap(),
        })
    }

    fn reconnect(&mut self) -> Result<(), ChannelError> {
        self.reconnects += 1;
        Ok(())
    }
}

const FIRST: &str = "0401010100180591af";
const SECOND: &str = "0401010104180591af";
const THIRD: &str = "04a1b2c3d4e580ba54c7112050109100";

#[test]
fn a_card_that_is_not_ready_is_asked_again() {
    for failures in [1, 2] {
        let answers = [vec!["6300"; failures], vec![FIRST, SECOND, THIRD]].concat();
        let mut card = Part4::answering(&answers);
        let version = identify(&mut card).unwrap().version;
        assert!(matches!(version, Version::Part4 { .. }));
        assert_eq!(card.reconnects, failures);
    }
    for never in ["6300", "6f00", "917e"] {
        let mut card = Part4::answering(&[never]);
        assert_eq!(identify(&mut card).unwrap().version, Version::Unavailable);
        assert_eq!(card.sent, 3, "{never}");
    }
}

#[test]
fn other_cards_are_asked_once_and_are_left_alone() {
    for answers in [
        ["6d00"].as_slice(),
        &["6e00"],
        &["911c"],
        &[FIRST, "6d00"],
        &[FIRST, FIRST],
        // DESFire Light, NTAG 424, the first DESFire.
        &["0408013000130591af", "0408013000130591af", THIRD],
        &["0404023000110591af", "0404023000110591af", THIRD],
        &["0401010002180591af", "0401010006180591af", THIRD],
    ] {
        let mut card = Part4::answering(answers);
        let card_type = identify(&mut card).unwrap();
        assert!(
            cards::driver_for(&card_type, &site_settings())
                .is_none_or(|(found, _)| found.name != "desfire"),
            "{answers:?}"
        );
        assert_eq!(card.reconnects, 0);
        assert!(card.sent <= 3);
    }
}
