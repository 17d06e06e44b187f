//! The simulated DESFire EV2 and EV3 under a client that is not ours: the crate `ntag424`, whose secure messaging is that of
//! EV2. It checks the MAC of every answer and the padding of what it deciphers.
//!
//! NTAG 424 has one application with fixed files; here an application of ours represents it, with the three files that the
//! crate knows, one for each way of communication. It reads and writes with the command codes `AD` and `8D`.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on stops its test"
)]

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::{ReaderProfile, Uid};
use cardbridge_drivers::testing::SimulatedReader;
use ntag424::types::ResponseStatus;
use ntag424::{
    Access, AccessRights, AuthenticatedSession, CommMode, File, FileSettingsUpdate, KeyNumber,
    NonMasterKeyNumber, Response, Session, SessionError, Transport,
};

const MODELS: [&str; 6] = [
    "desfire-ev2-2k",
    "desfire-ev2-4k",
    "desfire-ev2-8k",
    "desfire-ev3-2k",
    "desfire-ev3-4k",
    "desfire-ev3-8k",
];
const UID: [u8; 7] = [0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80];
const FACTORY: [u8; 16] = [0; 16];

const FILES: [(File, CommMode); 3] = [
    (File::CapabilityContainer, CommMode::Plain),
    (File::Ndef, CommMode::Mac),
    (File::Proprietary, CommMode::Full),
];

/// A card on a reader, as the crate wants it.
struct Desk(SimulatedReader);

impl Desk {
    /// A card with an application under five AES keys of zeros and three files; a card from the factory lets everybody make
    /// them. Read under key 2, written under key 1, both under key 0.
    fn new(model: &str) -> Self {
        let card = cards::simulate(model, Uid::from(UID)).unwrap();
        let mut desk = Self(SimulatedReader::new(card, ReaderProfile::GENERIC));
        for command in [
            "90ca0000050102030f8500",
            "905a00000301020300",
            "90cd000007010000210001 0000",
            "90cd000007020100210001 0000",
            "90cd000007030300210001 0000",
        ] {
            let command = hex::decode(command.replace(' ', "")).unwrap();
            assert_eq!(desk.0.answer(&command), [0x91, 0x00], "{command:02x?}");
        }
        desk.0.reset();
        desk
    }
}

impl Transport for Desk {
    type Error = Infallible;
    type Data = Vec<u8>;

    async fn transmit(&mut self, apdu: &[u8]) -> Result<Response<Vec<u8>>, Infallible> {
        // NTAG 424 selects by name what a DESFire selects by number.
        let selects = apdu.starts_with(&[0x00, 0xA4, 0x04, 0x00]);
        let mut data = if selects {
            let mut answer = self.0.answer(&[0x90, 0x5A, 0, 0, 3, 1, 2, 3, 0]);
            assert_eq!(answer, [0x91, 0x00]);
            answer[0] = 0x90;
            answer
        } else {
            self.0.answer(apdu)
        };
        let (sw2, sw1) = (data.pop().unwrap(), data.pop().unwrap());
        Ok(Response { data, sw1, sw2 })
    }

    async fn get_uid(&mut self) -> Result<Vec<u8>, Infallible> {
        Ok(UID.to_vec())
    }
}

/// The transport never waits.
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!(),
    }
}

fn authenticate(
    desk: &mut Desk,
    number: KeyNumber,
    key: &[u8; 16],
) -> Result<impl AuthenticatedSession + use<>, SessionError<Infallible>> {
    let mut rnd_a = [0; 16];
    getrandom::fill(&mut rnd_a).unwrap();
    now(Session::default().authenticate_aes(desk, number, key, rnd_a))
}

/// Bytes that differ at every place.
fn pattern(length: usize) -> Vec<u8> {
    (0..length)
        .map(|place| u8::try_from(place * 7 % 251).unwrap())
        .collect()
}

#[test]
fn commands_without_data() {
    for model in MODELS {
        let desk = &mut Desk::new(model);
        let session = authenticate(desk, KeyNumber::Key0, &FACTORY).unwrap();
        let (version, session) = now(session.get_version(desk)).unwrap();
        assert_eq!((version.hw_type(), version.uid()), (0x01, &UID));
        let (uid, session) = now(session.get_uid(desk)).unwrap();
        assert_eq!(uid, UID);
        let (version, mut session) = now(session.get_key_version(desk, KeyNumber::Key3)).unwrap();
        assert_eq!(version, 0);
        for (file, mode) in FILES {
            let (settings, next) = now(session.get_file_settings(desk, file)).unwrap();
            assert_eq!(settings.comm_mode, mode);
            assert_eq!(settings.access_rights.read, Access::Key(KeyNumber::Key2));
            assert_eq!(settings.access_rights.write, Access::Key(KeyNumber::Key1));
            session = next;
        }
        assert_eq!(session.cmd_counter(), 6);
    }
}

#[test]
fn data_in_every_communication() {
    for model in ["desfire-ev2-4k", "desfire-ev3-8k"] {
        let desk = &mut Desk::new(model);
        let mut session = authenticate(desk, KeyNumber::Key0, &FACTORY).unwrap();
        for (file, mode) in FILES {
            // Around whole blocks, and the longest that goes into one command.
            for (offset, length) in [(0, 1), (3, 15), (0, 16), (100, 17), (5, 31), (16, 224)] {
                let data = pattern(length);
                session =
                    now(session.write_file_with_mode(desk, file, offset, &data, mode)).unwrap();
                let mut read = vec![0; length];
                let wanted = u32::try_from(length).unwrap();
                let (got, next) =
                    now(session.read_file_with_mode(desk, file, offset, wanted, mode, &mut read))
                        .unwrap();
                assert_eq!((got, &read), (length, &data), "{model} {mode:?}");
                session = next;
            }
        }
        assert_eq!(session.cmd_counter(), 36);
    }
}

#[test]
fn a_second_authentication_goes_on_with_the_transaction() {
    let desk = &mut Desk::new("desfire-ev2-4k");
    let session = authenticate(desk, KeyNumber::Key0, &FACTORY).unwrap();
    let (_, session) = now(session.get_uid(desk)).unwrap();
    let transaction = *session.ti();
    let session = now(session.authenticate(desk, KeyNumber::Key1, &FACTORY, [7; 16])).unwrap();
    assert_eq!((session.ti(), session.cmd_counter()), (&transaction, 1));
    let session = now(session.write_file(desk, File::Proprietary, 0, b"under key 1")).unwrap();
    // Key 1 writes and does not read.
    let mut read = [0; 11];
    let refused =
        now(session.read_file_with_mode(desk, File::Proprietary, 0, 11, CommMode::Full, &mut read));
    assert!(is_refused(&refused, ResponseStatus::AuthenticationError));
}

#[test]
fn changes_of_keys() {
    let desk = &mut Desk::new("desfire-ev3-4k");
    let (master, other) = ([0x11; 16], [0x22; 16]);
    let session = authenticate(desk, KeyNumber::Key0, &FACTORY).unwrap();
    let session =
        now(session.change_key(desk, NonMasterKeyNumber::Key2, &other, 5, &FACTORY)).unwrap();
    let (version, session) = now(session.get_key_version(desk, KeyNumber::Key2)).unwrap();
    assert_eq!(version, 5);
    // The session outlived the change of another key, and ends with that of its own.
    let _ = now(session.change_master_key(desk, &master, 9)).unwrap();
    for (number, old, new) in [
        (KeyNumber::Key0, FACTORY, master),
        (KeyNumber::Key2, FACTORY, other),
    ] {
        let refused = authenticate(desk, number, &old);
        assert!(is_refused(&refused, ResponseStatus::AuthenticationError));
        let session = authenticate(desk, number, &new).unwrap();
        now(session.get_uid(desk)).unwrap();
    }
}

#[test]
fn a_change_of_a_key_whose_old_value_is_wrong_is_refused() {
    let desk = &mut Desk::new("desfire-ev2-4k");
    let session = authenticate(desk, KeyNumber::Key0, &FACTORY).unwrap();
    let refused = now(session.change_key(desk, NonMasterKeyNumber::Key1, &[1; 16], 1, &[2; 16]));
    assert!(is_refused(&refused, ResponseStatus::IntegrityError));
    authenticate(desk, KeyNumber::Key1, &FACTORY).unwrap();
}

#[test]
fn changed_file_settings() {
    let desk = &mut Desk::new("desfire-ev2-4k");
    let session = authenticate(desk, KeyNumber::Key0, &FACTORY).unwrap();
    let rights = AccessRights {
        read: Access::Free,
        write: Access::Key(KeyNumber::Key4),
        read_write: Access::NoAccess,
        change: Access::Key(KeyNumber::Key0),
    };
    let update = FileSettingsUpdate::new(CommMode::Mac, rights);
    let session = now(session.change_file_settings(desk, File::Proprietary, &update)).unwrap();
    let (settings, mut session) = now(session.get_file_settings(desk, File::Proprietary)).unwrap();
    assert_eq!(
        (settings.comm_mode, settings.access_rights),
        (CommMode::Mac, rights)
    );
    // What everybody may read goes in clear, whatever the file's communication is, and counts all the same.
    let mut read = [0xFF; 4];
    let got = now(session.read_file_plain(desk, File::Proprietary, 0, 4, &mut read)).unwrap();
    assert_eq!((got, read), (4, [0; 4]));
    now(session.get_uid(desk)).unwrap();
}

fn is_refused<T>(outcome: &Result<T, SessionError<Infallible>>, status: ResponseStatus) -> bool {
    matches!(outcome, Err(SessionError::ErrorResponse(found)) if *found == status)
}
