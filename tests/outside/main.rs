//! A driver from outside the program, one file: it passes the conformance suite, has a section of its own in the configuration, and
//! issues beside those that are built in.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on stops its test"
)]

mod tally;

use std::path::PathBuf;

use cardbridge::config::{Config, ConfigError, Environment, Layer};
use cardbridge_drivers::cards::{self, Registry};
use cardbridge_drivers::contract::{
    CardKeys, Contents, DriverSettings, ReaderProfile, Registration, SettingValue, Uid, identify,
};
use cardbridge_drivers::keys::KeyVersion;
use cardbridge_drivers::testing::{SimulatedReader, conformance, site_settings};

const TALLY: &Registration = &tally::REGISTRATION;
const UID: [u8; 7] = [0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80];

/// The configuration of a file with this text, for the drivers that are built in and this one.
fn config(text: &str) -> Result<Config, ConfigError> {
    let directory = tempfile::tempdir().unwrap();
    let path: PathBuf = directory.path().join("cardbridge.toml");
    std::fs::write(&path, text).unwrap();
    let environment: Environment = [("HOME", "/home/desk")].into_iter().collect();
    let flags = Layer {
        config_file: Some(path),
        ..Layer::default()
    };
    let drivers = [cards::ALL, &[*TALLY]].concat();
    Config::load_for(flags, &environment, &drivers)
}

#[test]
fn it_passes_the_conformance_suite_in_every_set_up() {
    let mut set_ups = 0;
    for subject in conformance::subjects_of(TALLY) {
        let ability = conformance::run(&subject).unwrap_or_else(|failure| panic!("{failure}"));
        assert_eq!(ability, conformance::Ability::WritesUnderKeys);
        set_ups += usize::from(subject.profile.name == ReaderProfile::ACR122U.name);
    }
    assert_eq!(set_ups, 2, "without its setting, and with it");
}

#[test]
fn its_section_of_the_configuration_is_its_own() {
    let own = config("[drivers.tally]\nmark = 42\n").unwrap().cards.own;
    assert_eq!(own.value("tally", "mark"), Some(&SettingValue::Number(42)));
    let silent = config("").unwrap().cards.own;
    assert_eq!(silent.value("tally", "mark"), None);
    for (text, told) in [
        (
            "\n[drivers.tally]\nmrak = 42\n",
            "line 3: unknown key `drivers.tally.mrak`",
        ),
        (
            "[drivers.tali]\nmark = 42\n",
            "line 1: unknown key `drivers.tali`",
        ),
        (
            "[drivers.type2]\nmark = 42\n",
            "line 2: unknown key `drivers.type2.mark`",
        ),
        ("drivers = 1\n", "line 1: `drivers`: it is a section"),
    ] {
        let error = config(text).unwrap_err().to_string();
        assert!(error.ends_with(told), "{error}");
    }
    let refused = config("[drivers.tally]\nmark = 100\n").unwrap_err();
    let told = refused.to_string();
    assert!(told.starts_with("`drivers.tally.mark` in "), "{told}");
    assert!(
        told.ends_with("line 2: it must be a number from 1 to 99"),
        "{told}"
    );
}

#[test]
fn it_issues_beside_those_that_are_built_in() {
    let mut settings: DriverSettings = site_settings();
    settings.own = config("[drivers.tally]\nmark = 42\n").unwrap().cards.own;
    let mut registry = Registry::built_in(settings);
    registry.add(TALLY);
    let card = (TALLY.simulate)("tally-128", Uid::from(UID)).unwrap();
    let mut reader = SimulatedReader::new(card, ReaderProfile::ACR122U);
    let card_type = identify(&mut reader).unwrap();
    let registered = registry.recognise(&card_type).unwrap();
    assert_eq!(registered.name, "tally");
    let seen = registered.driver.inspect(&mut reader, &card_type).unwrap();
    seen.write(&mut reader, b"a record", &mut |_| {}).unwrap();
    let read_back = registered.driver.inspect(&mut reader, &card_type).unwrap();
    let summary = read_back.summary();
    assert_eq!(summary.contents, Contents::Record(b"a record".to_vec()));
    assert_eq!(Some(summary.keys), KeyVersion::new(2).map(CardKeys::Site));
    assert_eq!(
        reader.card().memory()[4],
        42,
        "the mark that the file chose"
    );
}
