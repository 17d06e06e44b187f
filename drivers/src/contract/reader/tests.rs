//! The table of readers: names, and what every entry must hold.

use super::*;

#[test]
fn readers_are_known_by_their_names() {
    for (reader, name) in [
        // As libccid and pcsc-lite, acsccid, and Windows call them.
        ("ACS ACR122U PICC Interface 00 00", "acr122u"),
        ("ACS ACR122U 00 00", "acr122u"),
        ("ACS ACR122 0", "acr122u"),
        (
            "ACS ACR1252 1S CL Reader [ACR1252 Dual Reader PICC] 00 00",
            "acr1252u",
        ),
        ("ACS ACR1252 Dual Reader PICC 0", "acr1252u"),
        ("ACS ACR1255U-J1 PICC Reader 00 00", "acr1252u"),
        (
            "ACS ACR1552 1S CL Reader [ACR1552 1S PICC] 00 00",
            "acr1552u",
        ),
        (
            "HID Global OMNIKEY 5022 Smart Card Reader [OMNIKEY 5022 Smart Card Reader] (KJ0) 00 00",
            "omnikey-5022",
        ),
        ("HID Global OMNIKEY 5427 CK 00 00", "omnikey-5427"),
        ("OMNIKEY CardMan 5x21-CL 0", "omnikey-5x21"),
        ("OMNIKEY CardMan (076B:5321) 5321 00 01", "omnikey-5x21"),
        ("HID Global OMNIKEY 5321 CL 00 00", "omnikey-5x21"),
        (
            "Identiv uTrust 3700 F CL Reader [uTrust 3700 F CL Reader] (530) 00 00",
            "utrust-3700f",
        ),
        (
            "Identive CLOUD 3700 F Contactless Reader 00 00",
            "utrust-3700f",
        ),
        (
            "SCM Microsystems Inc. SCL011 Contactless Reader [SCL01x Contactless Reader] 00 00",
            "scl011",
        ),
        ("Virtual PCD 00 00", "generic"),
        ("Simulated encoder 00 00", "generic"),
        // The digits of a serial number name no model.
        ("Gemalto PC Twin Reader (50225427) 00 00", "generic"),
    ] {
        assert_eq!(ReaderProfile::of_reader(reader).name, name, "{reader}");
    }
}

#[test]
fn names_are_unique_and_found() {
    for profile in ReaderProfile::ALL {
        assert_eq!(ReaderProfile::named(profile.name), Some(*profile));
        for part in profile.name_parts {
            assert_eq!(ReaderProfile::of_reader(part), *profile);
            assert_eq!(*part, part.to_lowercase());
        }
    }
    assert_eq!(ReaderProfile::named("acr999"), None);
    assert_eq!(ReaderProfile::ALL.last(), Some(&ReaderProfile::GENERIC));
}

#[test]
fn every_slot_in_use_is_one_that_the_reader_has() {
    for profile in ReaderProfile::ALL {
        for form in profile.load_keys() {
            match form {
                LoadKey::Volatile { slot } | LoadKey::NonVolatile { slot } => {
                    assert!(slot < profile.key_slots, "{}", profile.name);
                }
                LoadKey::ByKind => {}
            }
        }
        assert_ne!(Some(profile.load_key), profile.load_key_else);
    }
}

#[test]
fn what_goes_over_the_connection_to_the_card_stays_with_the_reader() {
    let signals = ReaderProfile::ALL
        .iter()
        .filter_map(|profile| profile.signals);
    for signals in signals {
        for commands in [Some(signals.done), Some(signals.refused), signals.quiet] {
            let pseudo_apdu = commands.and_then(|commands| commands.pseudo_apdu);
            assert!(pseudo_apdu.is_none_or(|bytes| bytes.starts_with(&[0xFF])));
        }
        assert_ne!(signals.done, signals.refused);
    }
}

#[test]
fn keys_go_in_the_form_of_each_make() {
    let key = [0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5];
    for (form, load, authenticate) in [
        (
            LoadKey::Volatile { slot: 1 },
            "ff82000106a0a1a2a3a4a5",
            "ff860000050100046101",
        ),
        (
            LoadKey::NonVolatile { slot: 0 },
            "ff82200006a0a1a2a3a4a5",
            "ff860000050100046100",
        ),
        (
            LoadKey::ByKind,
            "ff82006106a0a1a2a3a4a5",
            "ff860000050100046101",
        ),
    ] {
        let command = form.command(KeyKind::B, &key);
        assert_eq!(hex::encode(command.to_bytes().unwrap().as_slice()), load);
        assert!(!format!("{command:?}").contains("a0a1"), "{command:?}");
        let command = Authenticate::General.command(4, KeyKind::B, form);
        assert_eq!(
            hex::encode(command.to_bytes().unwrap().as_slice()),
            authenticate
        );
    }
    let old = Authenticate::Obsolete.command(4, KeyKind::A, LoadKey::Volatile { slot: 1 });
    assert_eq!(
        hex::encode(old.to_bytes().unwrap().as_slice()),
        "ff8800046001"
    );
    assert_eq!(format!("{old:?}"), "Command(ff8800046001)");
}
