//! Keys: the factory's, another system's, the site's; and what becomes of them.

use super::*;
use crate::contract::apdu::{Command, Response};
use crate::contract::{CardKeys, ChannelError, Finding};

fn given() -> DriverSettings {
    DriverSettings {
        picc_key: Some(SecretKey::new([0x77; 16])),
        ..site_settings()
    }
}

fn with_given_key(model: &str, version: u8) -> SimulatedDesfire {
    card(model).with_picc_key(&CardKey::aes(&[0x77; 16]), version)
}

fn site(version: u8) -> CardKeys {
    CardKeys::Site(KeyVersion::new(version).unwrap())
}

#[test]
fn the_picc_master_key_of_a_new_card_becomes_the_site_s_and_rolls_over() {
    for model in MODELS {
        let mut desk = Desk::new(card(model), &settings_before());
        assert_eq!(desk.inspect().unwrap().summary().keys, CardKeys::Factory);
        desk.issue(&record(0, 100));
        assert_eq!(desk.inspect().unwrap().summary().keys, site(1));
        assert_eq!(desk.picc_version(), 1);
        let mut desk = Desk::new(card_of(model, &desk.memory()), &site_settings());
        desk.issue(&record(0, 100));
        assert_eq!(desk.inspect().unwrap().summary().keys, site(2));
        assert_eq!(desk.picc_version(), 2);
        if model.ends_with("2k") {
            // There is no room for another application.
            continue;
        }
        // It is the one that this site would find again: without the application a new one can be made.
        let other = crate::contract::DesfireAid::new([1, 2, 3]).unwrap();
        let settings = DriverSettings {
            desfire_aid: other,
            ..site_settings()
        };
        let mut desk = Desk::new(card_of(model, &desk.memory()), &settings);
        assert_eq!(desk.inspect().unwrap().summary().keys, site(2));
        desk.issue(&record(1, 50));
        assert_eq!(desk.picc_version(), 2);
    }
}

#[test]
fn the_picc_master_key_of_another_system_is_used_and_stays() {
    for model in MODELS {
        // Versions that mean nothing, the factory's, and those of our own keys.
        for version in [9, 0, 1, 2] {
            let mut desk = Desk::new(with_given_key(model, version), &given());
            let seen = desk.inspect().unwrap();
            assert_eq!(seen.summary().contents, Contents::Blank);
            assert_eq!(desk.wrong_keys(), 0, "{model} {version}");
            desk.write(&*seen, &record(0, 100)).unwrap();
            assert_eq!(desk.wrong_keys(), 0, "{model} {version}");
            let seen = desk.inspect().unwrap();
            assert_eq!(seen.summary().contents, Contents::Record(record(0, 100)));
            assert_eq!(seen.summary().keys, site(2));
            assert!(contains(&desk.memory(), &[0x77; 16]));
            assert_eq!(desk.picc_version(), version);
        }
    }
}

#[test]
fn a_card_from_the_factory_gets_keys_of_its_own_also_where_another_system_s_key_is_known() {
    let mut desk = Desk::new(card("desfire-ev3-4k"), &given());
    desk.issue(&record(0, 100));
    assert_eq!(desk.picc_version(), 2);
}

#[test]
fn another_picc_master_key_than_the_settings_have_is_tried_once() {
    for model in MODELS {
        for version in [9, 0, 2] {
            let theirs = CardKey::aes(&[0x78; 16]);
            let card = card(model).with_picc_key(&theirs, version);
            let mut desk = Desk::new(card, &given());
            let seen = desk.inspect().unwrap();
            assert_eq!(desk.wrong_keys(), 1);
            assert_eq!(seen.summary().keys, CardKeys::Unknown);
            assert_eq!(seen.summary().contents, Contents::Foreign);
            let admitted = seen.check_fits(1);
            assert!(matches!(admitted, Err(DriverError::Locked { .. })));
        }
    }
}

#[test]
fn no_key_is_tried_twice_on_any_card() {
    for specimen in (REGISTRATION.specimens)("desfire-ev2-4k", Uid::from(UID)) {
        let reader = SimulatedReader::new(specimen.card, ReaderProfile::ACR122U);
        let mut desk = Desk {
            reader: Recorder::new(reader),
            driver: (REGISTRATION.build)(&site_settings()),
            card_type: None,
        };
        let seen = desk.inspect();
        // Only a UID that is not known leaves nothing to say of the card.
        assert!(
            seen.is_ok() || specimen.what.contains("random UID"),
            "{}: {seen:?}",
            specimen.what
        );
        let most = usize::from(specimen.finding == Finding::Locked);
        assert!(desk.wrong_keys() <= most, "{}", specimen.what);
        if let (Ok(seen), Finding::Locked) = (seen, specimen.finding) {
            assert!(desk.write(&*seen, b"record").is_err());
            assert!(desk.sent().is_empty(), "{}", specimen.what);
        }
    }
}

#[test]
fn our_application_is_written_on_whatever_became_of_the_picc_master_key() {
    for model in MODELS {
        let mut desk = Desk::new(card(model), &settings_before());
        desk.issue(&record(0, 100));
        for version in [0, 1, 2, 9] {
            let theirs = CardKey::aes(&[0x78; 16]);
            let card = card_of(model, &desk.memory()).with_picc_key(&theirs, version);
            let mut desk = Desk::new(card, &site_settings());
            let seen = desk.inspect().unwrap();
            assert_eq!(seen.summary().contents, Contents::Record(record(0, 100)));
            desk.write(&*seen, &record(1, 100)).unwrap();
            let seen = desk.inspect().unwrap();
            assert_eq!(seen.summary().contents, Contents::Record(record(1, 100)));
            assert_eq!(seen.summary().keys, site(2));
            assert!(
                contains(&desk.memory(), &[0x78; 16]),
                "the key stays theirs"
            );
        }
    }
}

#[test]
fn a_picc_master_key_that_may_never_be_changed_stays_and_the_card_is_written_all_the_same() {
    for model in MODELS {
        // Nothing is free without the key, or all of it.
        for frozen in [0x00, 0x0E] {
            let card = card(model).with_picc_settings(frozen);
            let mut desk = Desk::new(card, &settings_before());
            assert_eq!(desk.inspect().unwrap().summary().keys, CardKeys::Factory);
            desk.issue(&record(0, 100));
            assert_eq!(desk.inspect().unwrap().summary().keys, site(1));
            assert_eq!(desk.picc_version(), 0);
            let mut desk = Desk::new(card_of(model, &desk.memory()), &site_settings());
            desk.issue(&record(1, 100));
            assert_eq!(desk.inspect().unwrap().summary().keys, site(2));
            assert_eq!(desk.picc_version(), 0);
            assert_eq!(desk.wrong_keys(), 0);
        }
    }
}

#[test]
fn a_random_uid_is_seen_through_and_its_picc_master_key_stays() {
    for model in MODELS {
        let cards = [
            (card(model).with_random_uid(), site_settings(), 0),
            (with_given_key(model, 9).with_random_uid(), given(), 9),
            (with_given_key(model, 0).with_random_uid(), given(), 0),
            (card(model).with_random_uid(), given(), 0),
        ];
        for (card, settings, version) in cards {
            let mut desk = Desk::new(card, &settings);
            let card_type = identify(&mut desk.reader).unwrap();
            assert!(card_type.uid.is_random());
            for seed in [0, 1] {
                let seen = desk.inspect().unwrap();
                assert_eq!(seen.summary().uid, Uid::from(UID));
                desk.write(&*seen, &record(seed, 100)).unwrap();
                desk.reader.channel_mut().reset();
                let seen = desk.inspect().unwrap();
                assert_eq!(seen.summary().contents, Contents::Record(record(seed, 100)));
                assert_eq!(seen.summary().keys, site(2));
                assert_eq!(desk.wrong_keys(), 0);
            }
            assert_eq!(desk.picc_version(), version);
        }
    }
}

#[test]
fn a_random_uid_that_nobody_tells_us_is_refused() {
    let hidden = with_given_key("desfire-ev2-4k", 2).with_random_uid();
    let mut desk = Desk::new(hidden, &site_settings());
    let seen = desk.inspect();
    assert!(matches!(seen, Err(DriverError::Locked { .. })), "{seen:?}");
    assert_eq!(desk.wrong_keys(), 0);
}

#[test]
fn an_application_without_its_file_needs_room_for_it() {
    for (free, has_room) in [(2 * 1024 + 64, true), (2 * 1024 + 63, false)] {
        let zero = [(); 3].map(|()| (CardKey::aes(&[0; 16]), 0));
        let aid = *site_settings().desfire_aid.as_bytes();
        let card = card("desfire-ev1-4k")
            .with_application(aid, 0x0B, &zero)
            .with_free_memory(free);
        let mut desk = Desk::new(card, &site_settings());
        let seen = desk.inspect().unwrap();
        assert_eq!(seen.summary().contents, Contents::Blank);
        assert_eq!(seen.summary().keys, CardKeys::Factory);
        if has_room {
            desk.write(&*seen, &record(0, 1022)).unwrap();
            assert_eq!(desk.inspect().unwrap().summary().keys, site(2));
        } else {
            let refused = desk.write(&*seen, b"r");
            assert!(matches!(
                refused,
                Err(DriverError::TooSmall { available: 0, .. })
            ));
            assert!(desk.sent().is_empty());
        }
    }
}

#[test]
fn there_is_room_on_every_card_that_is_said_to_have_it() {
    for model in ["desfire-ev1-2k", "desfire-ev1-4k", "desfire-ev2-8k"] {
        let file = Chip::by_name(model).unwrap().record_file;
        for spare in 0..400 {
            let card = card(model).with_free_memory(2 * file + spare);
            let mut desk = Desk::new(card, &site_settings());
            let seen = desk.inspect().unwrap();
            if seen.check_fits(1).is_ok() {
                desk.write(&*seen, b"r").unwrap();
            } else {
                assert!(spare < 320, "{model} {spare}");
            }
        }
    }
}

#[test]
fn what_others_have_on_the_card_stays() {
    let theirs = [(CardKey::aes(&[0x78; 16]), 9)];
    let aid = [0x01, 0x02, 0x03];
    let contents = b"somebody else's bytes";
    let file = crate::cards::desfire::simulated::builder::PreparedFile {
        number: FILE,
        kind: crate::cards::desfire::wire::FileType::Standard,
        communication: crate::cards::desfire::wire::Communication::Plain,
        rights: crate::cards::desfire::wire::AccessRights::from_bytes([0xEE, 0xEE]),
        contents,
    };
    let card = card("desfire-ev2-4k")
        .with_application(aid, 0x0F, &theirs)
        .with_file(aid, &file);
    let mut desk = Desk::new(card, &site_settings());
    desk.issue(&record(0, 300));
    let seen = desk.inspect().unwrap();
    seen.wipe(&mut desk.reader).unwrap();
    assert_eq!(desk.inspect().unwrap().summary().contents, Contents::Blank);
    let memory = desk.memory();
    assert!(contains(&memory, contents) && contains(&memory, &[0x78; 16]));
    assert_ne!(aid, PICC);
}

#[test]
fn a_shorter_record_leaves_nothing_of_the_longer_one() {
    for model in MODELS {
        let mut desk = Desk::new(card(model), &site_settings());
        let long: Vec<u8> = record(0, 500).into_iter().rev().collect();
        desk.issue(&long);
        desk.issue(&record(1, 20));
        assert!(!long.windows(8).any(|part| contains(&desk.memory(), part)));
    }
}

#[test]
fn no_key_is_shown() {
    let driver = (REGISTRATION.build)(&given());
    let shown = format!("{driver:?}");
    for byte in ["119", "0x77", "7777"] {
        assert!(!shown.contains(byte), "{shown}");
    }
}

#[test]
fn a_record_under_keys_that_are_not_all_the_site_s_is_torn() {
    for model in MODELS {
        let mut desk = Desk::new(card(model), &settings_before());
        desk.issue(&record(0, 100));
        let memory = desk.memory();
        let file = memory.len() - Chip::by_name(model).unwrap().record_file;
        let contents = &memory[file..];
        let uid = Uid::from(UID);
        let settings = site_settings();
        let keyring = crate::cards::desfire::keyring::Keyring::new(&settings);
        for (versions, keys) in [
            ([1, 1, 1], site(1)),
            ([1, 2, 1], CardKeys::Mixed),
            ([1, 2, 2], CardKeys::Mixed),
            ([0, 2, 0], CardKeys::Mixed),
            ([0, 0, 0], CardKeys::Factory),
        ] {
            let of = |number: u8| {
                let version = versions[usize::from(number)];
                let key = keyring.application_key(&uid, number, version);
                (key.unwrap(), version)
            };
            let chip = Chip::by_name(model).unwrap();
            let [_, _, r0, r1, ..] = crate::cards::desfire::file_settings(chip);
            let file = crate::cards::desfire::simulated::builder::PreparedFile {
                number: FILE,
                kind: crate::cards::desfire::wire::FileType::Backup,
                communication: crate::cards::desfire::wire::Communication::Full,
                rights: crate::cards::desfire::wire::AccessRights::from_bytes([r0, r1]),
                contents,
            };
            let card = card(model)
                .with_picc_key(&CardKey::aes(&[0x78; 16]), 9)
                .with_application(keyring.aid(), 0x0B, &[of(0), of(1), of(2)])
                .with_file(keyring.aid(), &file);
            let mut desk = Desk::new(card, &settings);
            let seen = desk.inspect().unwrap();
            assert_eq!(seen.summary().keys, keys, "{versions:?}");
            if keys == site(1) {
                assert_eq!(seen.summary().contents, Contents::Record(record(0, 100)));
            } else {
                assert_eq!(seen.summary().contents, Contents::Torn, "{versions:?}");
            }
            seen.wipe(&mut desk.reader).unwrap();
            assert_eq!(desk.inspect().unwrap().summary().contents, Contents::Blank);
            desk.issue(&record(1, 90));
            assert_eq!(desk.inspect().unwrap().summary().keys, site(2));
        }
    }
}

#[test]
fn keys_that_are_not_what_their_versions_say_are_found_before_anything_is_written() {
    let uid = Uid::from(UID);
    let settings = site_settings();
    let keyring = crate::cards::desfire::keyring::Keyring::new(&settings);
    for versions in [[0; 3], [1; 3], [1, 2, 1]] {
        for wrong in 0..3 {
            let of = |number: u8| {
                let version = versions[usize::from(number)];
                let key = keyring.application_key(&uid, number, version).unwrap();
                let theirs = CardKey::aes(&[0x78; 16]);
                (if number == wrong { theirs } else { key }, version)
            };
            let card = card("desfire-ev2-4k").with_application(
                keyring.aid(),
                0x0B,
                &[of(0), of(1), of(2)],
            );
            let mut desk = Desk::new(card, &settings);
            let seen = desk.inspect().unwrap();
            assert_eq!(
                seen.summary().keys,
                CardKeys::Unknown,
                "{versions:?} {wrong}"
            );
            assert_eq!(desk.wrong_keys(), 1);
        }
    }
}

#[test]
fn a_key_of_ours_rolls_over_also_where_another_system_s_key_is_known() {
    for model in MODELS {
        let mut desk = Desk::new(card(model), &settings_before());
        desk.issue(&record(0, 100));
        let mut desk = Desk::new(card_of(model, &desk.memory()), &given());
        let seen = desk.inspect().unwrap();
        assert_eq!(desk.wrong_keys(), 0);
        desk.write(&*seen, &record(1, 100)).unwrap();
        assert_eq!(desk.picc_version(), 2);
    }
}

/// A reader on whose card a key of another kind is refused in other words.
struct OtherWords {
    reader: SimulatedReader,
    word: Status,
}

impl CardChannel for OtherWords {
    fn atr(&self) -> &[u8] {
        self.reader.atr()
    }

    fn profile(&self) -> ReaderProfile {
        self.reader.profile()
    }

    fn transmit(&mut self, command: &Command) -> Result<Response, ChannelError> {
        let answer = self.reader.transmit(command)?;
        Ok(if answer.status == Status::AuthenticationError.word() {
            Response {
                status: self.word.word(),
                ..answer
            }
        } else {
            answer
        })
    }

    fn reconnect(&mut self) -> Result<(), ChannelError> {
        self.reader.reconnect()
    }
}

#[test]
fn a_key_that_is_refused_in_other_words_is_unknown_too() {
    for word in [Status::IllegalCommand, Status::PermissionDenied] {
        let theirs = CardKey::aes(&[0x78; 16]);
        let card = card("desfire-ev1-4k").with_picc_key(&theirs, 0);
        let reader = SimulatedReader::new(Box::new(card), ReaderProfile::ACR122U);
        let mut card = OtherWords { reader, word };
        let driver = (REGISTRATION.build)(&site_settings());
        let card_type = identify(&mut card).unwrap();
        let seen = driver.inspect(&mut card, &card_type).unwrap();
        assert_eq!(seen.summary().keys, CardKeys::Unknown, "{word:?}");
    }
}

#[test]
fn a_card_that_gives_new_applications_keys_of_its_own_is_refused_and_keeps_its_picc_key() {
    for model in MODELS {
        // A key that is not known; zeros that say to be of a version which zeros never have here.
        for (default, version) in [([0x5A; 24], 0), ([0x5A; 24], 9), ([0; 24], 9)] {
            let card = card(model).with_default_key(default, version);
            let mut desk = Desk::new(card, &site_settings());
            let seen = desk.inspect().unwrap();
            assert_eq!(seen.summary().contents, Contents::Blank);
            let refused = desk.write(&*seen, &record(0, 100));
            assert!(
                matches!(refused, Err(DriverError::Locked { .. })),
                "{refused:?}"
            );
            assert_eq!(desk.picc_version(), 0);
            let seen = desk.inspect().unwrap();
            let found = (seen.summary().contents.clone(), seen.summary().keys);
            assert_eq!(found, (Contents::Blank, CardKeys::Factory), "{model}");
        }
    }
}
