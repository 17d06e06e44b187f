//! Telling the card, on every reader model, with as few commands as it takes.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on stops its test"
)]

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::apdu::{Command, Response};
use cardbridge_drivers::contract::{
    Answer, CardChannel, ChannelError, DriverError, DriverSettings, Family, Mishap, ReaderProfile,
    SimulatedCard, Uid, Version, identify, reselect,
};
use cardbridge_drivers::testing::{Recorder, SimulatedReader};

const UID: [u8; 7] = [0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80];
const NTAG215: [u8; 8] = [0x00, 0x04, 0x04, 0x02, 0x01, 0x00, 0x11, 0x03];

fn reader(profile: ReaderProfile) -> Recorder<SimulatedReader> {
    let card = cards::simulate("ntag215", Uid::from(UID)).unwrap();
    Recorder::new(SimulatedReader::new(card, profile))
}

fn commands(reader: &Recorder<SimulatedReader>) -> Vec<String> {
    reader
        .exchanges()
        .iter()
        .map(|exchange| hex::encode(exchange.bytes()))
        .collect()
}

#[test]
fn an_acr122u_takes_two_commands() {
    let mut reader = reader(ReaderProfile::ACR122U);
    let card = identify(&mut reader).unwrap();
    assert_eq!(card.uid, Uid::from(UID));
    assert_eq!(card.family, Family::Storage { name: 0x0003 });
    assert_eq!(card.version, Version::Type2(NTAG215));
    assert_eq!(commands(&reader), ["ff00000003d44260", "ffca000000"]);
    assert_eq!(reader.reconnects(), 0);
}

#[test]
fn other_makes_are_asked_in_their_own_form() {
    let mut plain = reader(ReaderProfile::ACR1252U);
    let card = identify(&mut plain).unwrap();
    assert_eq!(card.version, Version::Type2(NTAG215));
    assert_eq!(plain.reconnects(), 1);

    let mut transparent = reader(ReaderProfile::UTRUST_3700F);
    let card = identify(&mut transparent).unwrap();
    assert_eq!(card.version, Version::Type2(NTAG215));
    let sent = commands(&transparent);
    assert_eq!(
        sent[sent.len() - 2..],
        ["ffc20000028200", "ffca000000"],
        "the session is closed"
    );
}

#[test]
fn a_reader_without_raw_commands_still_identifies_and_leaves_the_tag_awake() {
    let mut reader = reader(ReaderProfile::OMNIKEY_5022);
    let card = identify(&mut reader).unwrap();
    assert_eq!(card.version, Version::Unavailable);
    assert!(
        Command::read_binary(4, 16)
            .send(&mut reader)
            .unwrap()
            .is_success()
    );
}

/// A storage card that knows no `GET_VERSION`: with name 0003 a plain Ultralight, with 0001 a MIFARE Classic.
#[derive(Debug)]
struct Storage {
    uid: Uid,
    name: u8,
    is_deaf: bool,
    frames: Vec<Vec<u8>>,
}

impl SimulatedCard for Storage {
    fn model(&self) -> &'static str {
        "storage"
    }
    fn uid(&self) -> Uid {
        self.uid
    }
    fn atr(&self) -> Vec<u8> {
        let mut atr = hex::decode("3b8f8001804f0ca00000030603").unwrap();
        atr.extend([0, self.name, 0, 0, 0, 0]);
        let check = atr[1..].iter().fold(0, |sum, byte| sum ^ byte);
        atr.push(check);
        atr
    }
    fn select(&mut self) {
        self.is_deaf = false;
    }
    fn exchange(&mut self, frame: &[u8]) -> Answer {
        self.frames.push(frame.to_vec());
        match frame {
            _ if self.is_deaf => Answer::Silence,
            [0x30, 0..=15] => Answer::Frame(vec![0; 16]),
            _ => {
                self.is_deaf = true;
                Answer::Nak
            }
        }
    }
    fn memory(&self) -> Vec<u8> {
        self.frames.concat()
    }
    fn load(&mut self, _: &[u8]) -> bool {
        false
    }

    fn writes(&self) -> u64 {
        0
    }

    fn spoil_next_write(&mut self, _mishap: Option<Mishap>) {}
}

fn storage(name: u8, uid: &[u8], profile: ReaderProfile) -> Recorder<SimulatedReader> {
    let card = Storage {
        uid: Uid::try_from(uid).unwrap(),
        name,
        is_deaf: false,
        frames: vec![],
    };
    Recorder::new(SimulatedReader::new(Box::new(card), profile))
}

#[test]
fn a_plain_ultralight_costs_one_reconnect_on_a_pn532() {
    let mut reader = storage(0x03, &UID, ReaderProfile::ACR122U);
    assert_eq!(identify(&mut reader).unwrap().version, Version::Refused);
    assert_eq!(reader.reconnects(), 1);
}

#[test]
fn acs_readers_never_see_a_transparent_session() {
    let mut reader = storage(0x03, &UID, ReaderProfile::ACR1252U);
    assert_eq!(identify(&mut reader).unwrap().version, Version::Unavailable);
    assert!(
        !commands(&reader)
            .iter()
            .any(|command| command.starts_with("ffc2"))
    );
}

#[test]
fn a_classic_is_not_asked_for_a_version() {
    let mut reader = storage(0x01, &UID[..4], ReaderProfile::ACR122U);
    let card = identify(&mut reader).unwrap();
    assert_eq!(card.family, Family::Storage { name: 0x0001 });
    assert_eq!(card.version, Version::Unavailable);
    assert!(
        reader.channel().card().memory().is_empty(),
        "nothing went on the air"
    );
    let (registration, _) = cards::driver_for(&card, &DriverSettings::default()).unwrap();
    assert_eq!(registration.name, "classic");
}

#[test]
fn a_plain_ultralight_is_not_taken_for_an_ev1() {
    for &profile in ReaderProfile::ALL {
        let mut reader = storage(0x03, &UID, profile);
        let card = identify(&mut reader).unwrap();
        let (_, driver) = cards::driver_for(&card, &DriverSettings::default()).unwrap();
        let refused = driver.inspect(&mut reader, &card);
        assert!(
            matches!(refused, Err(DriverError::Unsupported { .. })),
            "{refused:?}"
        );
    }
}

#[test]
fn a_random_uid_is_refused() {
    let mut reader = storage(0x03, &[0x08, 1, 2, 3], ReaderProfile::ACR122U);
    let refused = identify(&mut reader);
    assert!(
        matches!(refused, Err(DriverError::Unsupported { .. })),
        "{refused:?}"
    );
}

/// A channel whose answers are made up.
struct Script(Vec<Vec<u8>>);

impl CardChannel for Script {
    fn atr(&self) -> &[u8] {
        &[]
    }
    fn profile(&self) -> ReaderProfile {
        ReaderProfile::GENERIC
    }

    fn transmit(&mut self, _: &Command) -> Result<Response, ChannelError> {
        Response::parse(self.0.remove(0))
    }
    fn reconnect(&mut self) -> Result<(), ChannelError> {
        Ok(())
    }
}

#[test]
fn nonsense_for_a_uid_is_an_error() {
    for (answer, malformed) in [
        (vec![0x90, 0x00], true),
        (vec![1, 2, 3, 0x90, 0x00], true),
        (vec![0; 300], false),
        (vec![0x63, 0x00], false),
    ] {
        let error = identify(&mut Script(vec![answer])).unwrap_err();
        assert_eq!(
            matches!(error, DriverError::Malformed { .. }),
            malformed,
            "{error}"
        );
    }
    let short = identify(&mut Script(vec![vec![0x90]]));
    assert_eq!(
        short,
        Err(DriverError::Channel(ChannelError::Communication))
    );
}

#[test]
fn another_card_after_a_reconnect_is_a_removed_card() {
    let other = Uid::from([0x04, 9, 9, 9, 9, 9, 9]);
    let mut reader = reader(ReaderProfile::ACR122U);
    assert_eq!(reselect(&mut reader, &Uid::from(UID)), Ok(()));
    assert_eq!(
        reselect(&mut reader, &other),
        Err(DriverError::Channel(ChannelError::Removed))
    );
}
