//! MIFARE Classic, byte by byte: what is on a card, which trailers go over the channel, which sectors are left untouched, how
//! many commands it takes.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on stops its test"
)]

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::apdu::{Command, Response};
use cardbridge_drivers::contract::{
    CardChannel, CardKeys, CardType, ChannelError, Contents, Driver, DriverError, Family,
    InspectedCard, LoadKey, ReaderProfile, Uid, Version, identify, inspect_again,
};
use cardbridge_drivers::keys::KeyVersion;
use cardbridge_drivers::record::{ndef, tlv};
use cardbridge_drivers::testing::{Recorder, SimulatedReader, site_settings};

const UID7: [u8; 7] = [0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80];
const UID4: [u8; 4] = [0x5C, 0x01, 0x02, 0x03];
const MODELS: [&str; 3] = ["classic-mini", "classic-1k", "classic-4k"];

type Desk = Recorder<SimulatedReader>;

fn desk(model: &str, uid: &[u8], profile: ReaderProfile) -> Desk {
    let card = cards::simulate(model, Uid::try_from(uid).unwrap()).unwrap();
    Recorder::new(SimulatedReader::new(card, profile))
}

fn driver() -> Box<dyn Driver> {
    let (registration, _) = cards::model("classic-1k").unwrap();
    (registration.build)(&site_settings())
}

fn inspect(desk: &mut dyn CardChannel) -> Box<dyn InspectedCard> {
    let card = identify(desk).unwrap();
    driver().inspect(desk, &card).unwrap()
}

/// Going on in what is in force on the card, as the agent does.
fn read_back(desk: &mut Desk) -> Box<dyn InspectedCard> {
    let card_type = CardType {
        uid: desk.channel().card().uid(),
        family: Family::from_atr(desk.atr()),
        version: Version::Unavailable,
    };
    inspect_again(desk, &card_type, &*driver()).unwrap()
}

fn issue(desk: &mut dyn CardChannel, record: &[u8]) {
    let seen = inspect(desk);
    seen.write(desk, record, &mut |_| {}).unwrap();
    assert_eq!(
        inspect(desk).summary().contents,
        Contents::Record(record.to_vec())
    );
}

fn record(bytes: usize) -> Vec<u8> {
    (0..bytes)
        .map(|n| u8::try_from(n % 255 + 1).unwrap())
        .collect()
}

/// Key B of the current site key for a card, made here from AN10922 alone.
fn key_b(uid: &[u8]) -> String {
    let site_keys = site_settings().site_keys.unwrap();
    let key = site_keys
        .current()
        .diversify(&Uid::try_from(uid).unwrap(), &[0xE1, 0x03], 0);
    hex::encode(&key.expose()[..6])
}

fn block(memory: &[u8], number: usize) -> String {
    hex::encode(&memory[number * 16..][..16])
}

#[test]
fn a_fresh_1k_byte_for_byte() {
    for uid in [&UID7[..], &UID4] {
        let mut desk = desk("classic-1k", uid, ReaderProfile::ACR122U);
        let fresh = desk.channel().card().memory();
        issue(&mut desk, &record(100));
        let memory = desk.channel().card().memory();
        let b = key_b(uid);
        assert_eq!(memory[..16], fresh[..16], "the manufacturer's block");
        // The checksum made apart: CRC-8 of AN10787 over 00 and fifteen times 03E1.
        assert_eq!(block(&memory, 1), "0f0003e103e103e103e103e103e103e1");
        assert_eq!(block(&memory, 2), "03e103e103e103e103e103e103e103e1");
        assert_eq!(block(&memory, 3), format!("a0a1a2a3a4a5787788c1{b}"));
        for sector in 1..16 {
            assert_eq!(
                block(&memory, sector * 4 + 3),
                format!("d3f7d3f7d3f778778843{b}")
            );
        }
        let area: Vec<u8> = memory[64..]
            .chunks(64)
            .flat_map(|sector| sector[..48].to_vec())
            .collect();
        let expected = tlv::wrap(&ndef::wrap(&record(100))).unwrap();
        assert_eq!(area[..expected.len()], expected);
        assert!(area[expected.len()..].iter().all(|&byte| byte == 0));
    }
}

#[test]
fn a_fresh_4k_has_two_directories() {
    let mut desk = desk("classic-4k", &UID7, ReaderProfile::ACR1252U);
    issue(&mut desk, &record(3334));
    let memory = desk.channel().card().memory();
    let b = key_b(&UID7);
    assert_eq!(block(&memory, 3), format!("a0a1a2a3a4a5787788c2{b}"));
    assert_eq!(block(&memory, 67), format!("a0a1a2a3a4a578778800{b}"));
    assert_eq!(block(&memory, 64)[2..], *"0003e103e103e103e103e103e103e1");
    assert_eq!(block(&memory, 66), "03e103e103e103e103e103e103e103e1");
    assert_eq!(block(&memory, 143), format!("d3f7d3f7d3f778778843{b}"));
    assert_eq!(block(&memory, 255), format!("d3f7d3f7d3f778778843{b}"));
}

#[test]
fn cards_with_short_uids_on_every_reader() {
    for model in MODELS {
        for &profile in ReaderProfile::ALL {
            let mut desk = desk(model, &UID4, profile);
            issue(&mut desk, &record(60));
            issue(&mut desk, &record(150));
            let seen = inspect(&mut desk);
            assert_eq!(
                seen.summary().keys,
                CardKeys::Site(KeyVersion::new(2).unwrap())
            );
            seen.wipe(&mut desk).unwrap();
            assert_eq!(inspect(&mut desk).summary().contents, Contents::Blank);
        }
    }
}

/// Everything that is ever written, over first issue, re-issue and wipe of every specimen that can be written.
#[test]
fn no_block_0_and_no_trailer_that_locks_anybody_out() {
    for model in MODELS {
        let (registration, listed) = cards::model(model).unwrap();
        let fresh = cards::simulate(model, Uid::from(UID7)).unwrap();
        let specimens = (registration.specimens)(model, Uid::from(UID7));
        let cards = specimens.into_iter().map(|specimen| specimen.card);
        let mut trailers = 0;
        for card in cards.chain([fresh]) {
            let mut desk = Recorder::new(SimulatedReader::new(card, ReaderProfile::ACR122U));
            for bytes in [listed.capacity / 2, listed.capacity, 1] {
                let seen = inspect(&mut desk);
                if seen.check_fits(bytes).is_ok() {
                    issue(&mut desk, &record(bytes));
                }
            }
            let seen = inspect(&mut desk);
            let _ = seen.wipe(&mut desk);
            for exchange in desk.exchanges() {
                let command = exchange.bytes();
                let [0xFF, 0xD6, _, number, 16, bytes @ ..] = command.as_slice() else {
                    continue;
                };
                assert_ne!(*number, 0, "{model}");
                let blocks = if *number < 128 { 4 } else { 16 };
                if number % blocks != blocks - 1 {
                    continue;
                }
                trailers += 1;
                // ~C2 ~C1, C1 ~C3, C3 C2; data 100 (key B writes), trailer 011 (key B writes, no key is readable).
                assert_eq!(bytes[6..9], [0x78, 0x77, 0x88], "{model} block {number}");
                assert_eq!(bytes[6] >> 4 ^ 0x0F, bytes[8] & 0x0F);
                assert_eq!(bytes[6] & 0x0F ^ 0x0F, bytes[7] >> 4);
                assert_eq!(bytes[7] & 0x0F ^ 0x0F, bytes[8] >> 4);
            }
        }
        assert!(trailers > 10, "{model}");
    }
}

#[test]
fn a_card_that_comes_back_gets_nothing_but_data() {
    let mut desk = desk("classic-1k", &UID7, ReaderProfile::ACR122U);
    issue(&mut desk, &record(100));
    let seen = inspect(&mut desk);
    desk.clear();
    let other: Vec<u8> = record(100).iter().map(|byte| byte ^ 0x55).collect();
    seen.write(&mut desk, &other, &mut |_| {}).unwrap();
    for exchange in desk.exchanges() {
        if let [0xFF, 0xD6, _, number, ..] = exchange.bytes()[..] {
            assert!(number % 4 != 3 && (4..16).contains(&number), "{number}");
        }
    }
    // 121 bytes of TLV on 8 blocks of 3 sectors: first block twice, seven others, sectors 1, 2, 3 and 1 again. The reader has the key.
    assert_eq!(desk.exchanges().len(), 4 + 9);
    desk.clear();
    let read_back = read_back(&mut desk);
    assert_eq!(read_back.summary().contents, Contents::Record(other));
    // The UID; sector 1 is open; the directory was not written.
    assert_eq!(desk.exchanges().len(), 1 + 2 + 8);
    assert_eq!(desk.reconnects(), 0);

    desk.clear();
    inspect(&mut desk);
    // UID, the key, sector 0 with directory and trailer, and the message.
    assert_eq!(desk.exchanges().len(), 2 + 4 + 3 + 8);
    assert_eq!(desk.reconnects(), 0);
}

#[test]
fn each_key_goes_into_the_reader_once() {
    for &profile in ReaderProfile::ALL
        .iter()
        .filter(|profile| profile.key_slots > 1)
    {
        let mut desk = desk("classic-1k", &UID7, profile);
        let seen = inspect(&mut desk);
        seen.write(&mut desk, &record(600), &mut |_| {}).unwrap();
        read_back(&mut desk);
        let loads = desk
            .exchanges()
            .iter()
            .filter(|exchange| {
                exchange.bytes().starts_with(&[0xFF, 0x82])
                    && exchange.answer.as_ref().is_ok_and(Response::is_success)
            })
            .count();
        assert_eq!(
            loads, 2,
            "{}: factory key A and the site's key B",
            profile.name
        );
    }
}

fn specimen(model: &str, what: &str) -> Desk {
    let (registration, _) = cards::model(model).unwrap();
    let found = (registration.specimens)(model, Uid::from(UID7))
        .into_iter()
        .find(|specimen| specimen.what == what)
        .unwrap();
    Recorder::new(SimulatedReader::new(found.card, ReaderProfile::ACR122U))
}

#[test]
fn applications_of_others_are_left_alone_and_the_rest_is_used() {
    for (what, theirs) in [
        ("an application of somebody else in sector 1", 1),
        (
            "an application that is registered and has transport keys",
            2,
        ),
        ("unknown keys on the last sector, free by the directory", 15),
    ] {
        let mut desk = specimen("classic-1k", what);
        let before = desk.channel().card().memory();
        let seen = inspect(&mut desk);
        assert_eq!(
            seen.summary().contents,
            if theirs == 15 {
                Contents::Blank
            } else {
                Contents::Foreign
            },
            "{what}"
        );
        let room = if theirs == 2 { 13 } else { 14 };
        // Sector 1 holds NDEF already where 2 is theirs, so the piece that begins with it counts.
        let room = if theirs == 2 { 1 } else { room };
        assert_eq!(seen.summary().capacity, tlv::capacity(room * 48), "{what}");
        issue(&mut desk, &record(seen.summary().capacity));
        let after = desk.channel().card().memory();
        let sector = theirs * 64..theirs * 64 + 64;
        assert_eq!(after[sector.clone()], before[sector], "{what}");
        if theirs < 15 {
            assert_eq!(after[18 + 2 * (theirs - 1)..][..2], [0x07, 0x38], "{what}");
        }
        let refused = seen.check_fits(seen.summary().capacity + 1);
        assert!(
            matches!(refused, Err(DriverError::Locked { .. })),
            "{refused:?}"
        );
        let seen = inspect(&mut desk);
        seen.wipe(&mut desk).unwrap();
        assert_eq!(inspect(&mut desk).summary().contents, Contents::Blank);
    }
}

#[test]
fn a_card_under_keys_of_another_site_is_read_and_not_written() {
    let mut desk = specimen("classic-1k", "key B of another site on every sector");
    let seen = inspect(&mut desk);
    assert_eq!(
        seen.summary().contents,
        Contents::Record(b"a record".to_vec())
    );
    assert_eq!(seen.summary().keys, CardKeys::Unknown);
    let mut desk = specimen("classic-1k", "unknown keys on every sector");
    let seen = inspect(&mut desk);
    assert_eq!(
        (seen.summary().contents.clone(), seen.summary().keys),
        (Contents::Foreign, CardKeys::Unknown)
    );
}

#[test]
fn a_record_that_anybody_could_change_is_torn() {
    let mut desk = specimen("classic-1k", "a URI record");
    let mut memory = desk.channel().card().memory();
    let area = tlv::wrap(&ndef::wrap(b"copied")).unwrap();
    memory[64..64 + area.len()].copy_from_slice(&area);
    assert!(desk.channel_mut().card_mut().load(&memory));
    desk.channel_mut().reset();
    assert_eq!(inspect(&mut desk).summary().contents, Contents::Torn);
    issue(&mut desk, b"copied");
}

#[test]
fn a_4k_that_the_reader_takes_for_a_1k_is_known_by_its_directories() {
    let mut desk = desk("classic-4k", &UID7, ReaderProfile::ACR122U);
    issue(&mut desk, &record(2000));
    let mut small = TakenFor1K(desk);
    let seen = inspect(&mut small);
    assert_eq!(seen.summary().model.name, "classic-4k");
    assert_eq!(seen.summary().contents, Contents::Record(record(2000)));
}

/// A reader that gives every card the ATR of a 1K.
struct TakenFor1K(Desk);

impl CardChannel for TakenFor1K {
    fn atr(&self) -> &[u8] {
        &[
            0x3B, 0x8F, 0x80, 0x01, 0x80, 0x4F, 0x0C, 0xA0, 0x00, 0x00, 0x03, 0x06, 0x03, 0x00,
            0x01, 0x00, 0x00, 0x00, 0x00, 0x6A,
        ]
    }
    fn profile(&self) -> ReaderProfile {
        self.0.profile()
    }
    fn transmit(&mut self, command: &Command) -> Result<Response, ChannelError> {
        self.0.transmit(command)
    }
    fn reconnect(&mut self) -> Result<(), ChannelError> {
        self.0.reconnect()
    }
}

/// A reader that carries out one trailer write and then says that it failed, or drops it and says so.
struct Doubtful {
    desk: Desk,
    trailers_until: usize,
    carries_out: bool,
}

impl CardChannel for Doubtful {
    fn atr(&self) -> &[u8] {
        self.desk.atr()
    }
    fn profile(&self) -> ReaderProfile {
        self.desk.profile()
    }
    fn transmit(&mut self, command: &Command) -> Result<Response, ChannelError> {
        if let [0xFF, 0xD6, _, number, 16, ..] = command.to_bytes()?.as_slice()
            && number % 4 == 3
        {
            self.trailers_until = self.trailers_until.wrapping_sub(1);
            if self.trailers_until == 0 {
                if self.carries_out {
                    self.desk.transmit(command)?;
                }
                return Response::parse(vec![0x63, 0x00]);
            }
        }
        self.desk.transmit(command)
    }
    fn reconnect(&mut self) -> Result<(), ChannelError> {
        self.desk.reconnect()
    }
}

#[test]
fn a_trailer_write_of_which_nobody_knows_is_settled_by_the_keys() {
    for carries_out in [true, false] {
        for trailer in 1..=16 {
            let mut doubtful = Doubtful {
                desk: desk("classic-1k", &UID7, ReaderProfile::ACR122U),
                trailers_until: trailer,
                carries_out,
            };
            issue(&mut doubtful, &record(200));
            let memory = doubtful.desk.channel().card().memory();
            let mut plain = desk("classic-1k", &UID7, ReaderProfile::ACR122U);
            issue(&mut plain, &record(200));
            assert_eq!(memory, plain.channel().card().memory());
        }
    }
}

#[test]
fn a_reader_that_takes_keys_in_another_memory_is_served() {
    let takes = |load_key| ReaderProfile {
        load_key,
        load_key_else: None,
        ..ReaderProfile::GENERIC
    };
    for other in [
        LoadKey::Volatile { slot: 0 },
        LoadKey::NonVolatile { slot: 0 },
    ] {
        for first in [
            LoadKey::Volatile { slot: 0 },
            LoadKey::NonVolatile { slot: 0 },
            LoadKey::ByKind,
        ] {
            let profile = ReaderProfile {
                load_key: first,
                load_key_else: Some(other),
                ..ReaderProfile::GENERIC
            };
            let mut desk = desk("classic-mini", &UID7, profile);
            let seen = inspect(&mut desk);
            seen.write(&mut desk, &record(60), &mut |_| {}).unwrap();
            let refused = desk
                .exchanges()
                .iter()
                .filter(|exchange| exchange.bytes().starts_with(&[0xFF, 0x82]))
                .filter(|exchange| !exchange.answer.as_ref().is_ok_and(Response::is_success))
                .count();
            let is_refused = std::mem::discriminant(&first) != std::mem::discriminant(&other);
            assert_eq!(refused, usize::from(is_refused), "{first:?}, {other:?}");
        }
    }
    // Nothing that the profile knows is taken.
    let card = cards::simulate("classic-mini", Uid::from(UID7)).unwrap();
    let mut desk = Mislabelled(
        SimulatedReader::new(card, takes(LoadKey::NonVolatile { slot: 0 })),
        takes(LoadKey::Volatile { slot: 0 }),
    );
    let card = identify(&mut desk).unwrap();
    let refused = driver().inspect(&mut desk, &card);
    assert!(
        matches!(refused, Err(DriverError::Reader { .. })),
        "{refused:?}"
    );
}

#[test]
fn what_the_card_lost_for_a_moment_is_done_anew() {
    let mut desk = desk("classic-1k", &UID7, ReaderProfile::ACR122U);
    issue(&mut desk, &record(100));
    let seen = inspect(&mut desk);
    // The reader selects the card again by itself, and says nothing of it.
    desk.channel_mut().card_mut().select();
    seen.write(&mut desk, &record(30), &mut |_| {}).unwrap();
    desk.channel_mut().card_mut().select();
    let contents = read_back(&mut desk).summary().contents.clone();
    assert_eq!(contents, Contents::Record(record(30)));
    // The sector that is written first was left open.
    let seen = inspect(&mut desk);
    desk.channel_mut().card_mut().select();
    seen.write(&mut desk, &record(31), &mut |_| {}).unwrap();
    let contents = read_back(&mut desk).summary().contents.clone();
    assert_eq!(contents, Contents::Record(record(31)));
}

/// A reader that is mistaken for another model.
struct Mislabelled(SimulatedReader, ReaderProfile);

impl CardChannel for Mislabelled {
    fn atr(&self) -> &[u8] {
        self.0.atr()
    }
    fn profile(&self) -> ReaderProfile {
        self.1
    }
    fn transmit(&mut self, command: &Command) -> Result<Response, ChannelError> {
        self.0.transmit(command)
    }
    fn reconnect(&mut self) -> Result<(), ChannelError> {
        self.0.reconnect()
    }
}
