//! The conformance suite against drivers that are wrong on purpose: each must fail, and in the case that is about its fault.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on stops its test"
)]

mod keyed;
mod toy;
mod wrong;

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::{Driver, DriverSettings, ReaderProfile, Registration};
use cardbridge_drivers::testing::conformance::{self, Ability, CASES, Failure, Setup, Subject};

use wrong::{Fault, WrongDriver};

type Build = fn(&DriverSettings) -> Box<dyn Driver>;

/// Runs every case that applies to the model and gives the failures.
fn failures(model_name: &str, build: Build) -> Vec<Failure> {
    let (registration, model) = cards::model(model_name).unwrap();
    let registration: &'static Registration = Box::leak(Box::new(Registration {
        build,
        ..*registration
    }));
    failures_of(&Subject {
        registration,
        model,
        profile: &ReaderProfile::ACR122U,
        setup: Setup::PLAIN,
    })
}

fn failures_of(subject: &Subject) -> Vec<Failure> {
    // A driver that is wrong at first sight fails the first case too.
    let ability = subject.ability().unwrap_or(Ability::Writes);
    CASES
        .iter()
        .filter(|case| case.applies(ability))
        .filter_map(|case| conformance::run_case(case, subject).err())
        .collect()
}

fn assert_caught(model: &str, build: Build, promise: &str) {
    let failures = failures(model, build);
    let names: Vec<_> = failures.iter().map(|failure| failure.case).collect();
    assert!(
        names.iter().any(|name| name.contains(promise)),
        "\"{promise}\" is not among {names:?}"
    );
}

#[test]
fn the_driver_without_a_fault_passes() {
    let none = failures("ntag213", |_| WrongDriver::boxed(Fault::None));
    assert!(none.is_empty(), "{}", none[0]);
}

#[test]
fn writing_the_length_first_is_caught() {
    let build: Build = |_| WrongDriver::boxed(Fault::LengthFirst);
    assert_caught("ntag213", build, "pulled during a write");
    let failure = failures("ntag213", build)
        .into_iter()
        .find(|failure| failure.case.contains("pulled during a write"))
        .unwrap();
    let tear = failure.wrong.tear.unwrap();
    assert!(
        failure
            .to_string()
            .contains(&format!("pulled at command {}", tear.command))
    );
}

#[test]
fn leaving_the_old_length_in_place_is_caught() {
    assert_caught(
        "ntag215",
        |_| WrongDriver::boxed(Fault::OldLengthStays),
        "pulled during a write",
    );
}

#[test]
fn writing_the_capability_container_blind_is_caught() {
    let build: Build = |_| WrongDriver::boxed(Fault::BlindContainer);
    assert_caught("ultralight-ev1-48", build, "locked card");
    assert_caught("ntag213", build, "writes nothing");
}

#[test]
fn ignoring_locks_is_caught() {
    for model in ["ntag213", "ultralight-ev1-128"] {
        assert_caught(
            model,
            |_| WrongDriver::boxed(Fault::IgnoresLocks),
            "locked card",
        );
    }
}

#[test]
fn writing_what_stands_there_already_is_caught() {
    assert_caught(
        "ntag213",
        |_| WrongDriver::boxed(Fault::WritesEverything),
        "writes nothing",
    );
}

#[test]
fn hiding_a_pull_is_caught() {
    assert_caught(
        "ntag213",
        |_| WrongDriver::boxed(Fault::HidesErrors),
        "pulled during a write",
    );
}

#[test]
fn wiping_only_the_length_is_caught() {
    assert_caught(
        "ntag213",
        |_| WrongDriver::boxed(Fault::WipesOnlyLength),
        "keeps nothing",
    );
}

#[test]
fn wiping_the_message_before_its_length_is_caught() {
    assert_caught(
        "ntag213",
        |_| WrongDriver::boxed(Fault::WipesLengthLast),
        "pulled during a wipe",
    );
}

#[test]
fn an_inspection_that_writes_is_caught() {
    assert_caught(
        "ntag213",
        |_| WrongDriver::boxed(Fault::InspectionWrites),
        "every size",
    );
}

#[test]
fn taking_foreign_data_for_blank_is_caught() {
    assert_caught(
        "ntag213",
        |_| WrongDriver::boxed(Fault::SeesNothingForeign),
        "foreign",
    );
}

#[test]
fn refusing_the_last_byte_is_caught() {
    assert_caught(
        "ntag213",
        |_| WrongDriver::boxed(Fault::OneByteShort),
        "exactly the capacity",
    );
}
