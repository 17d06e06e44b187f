//! The promises about keys and readers, against drivers of keyed cards that are wrong on purpose.

use cardbridge_drivers::contract::{ReaderProfile, Registration};
use cardbridge_drivers::testing::conformance::{Setup, Subject};

use crate::failures_of;
use crate::toy::{Fault, MODEL, ToyCard, ToyDriver};

/// The names of the cases that fail.
fn failures(
    build: fn(&cardbridge_drivers::contract::DriverSettings) -> Box<dyn super::Driver>,
    profile: &'static ReaderProfile,
) -> Vec<String> {
    let registration: &'static Registration = Box::leak(Box::new(Registration {
        name: "toy",
        about: "cards with keys and nothing else",
        models: &[MODEL],
        settings: &[],
        build,
        simulate: ToyCard::boxed,
        specimens: |_, _| vec![],
    }));
    let subject = Subject {
        registration,
        model: &MODEL,
        profile,
        setup: Setup::PLAIN,
    };
    failures_of(&subject)
        .iter()
        .map(ToString::to_string)
        .collect()
}

macro_rules! failures_with {
    ($fault:ident) => {
        failures_with!($fault, ACR122U)
    };
    ($fault:ident, $profile:ident) => {
        failures(
            |settings| ToyDriver::boxed(settings, Fault::$fault),
            &ReaderProfile::$profile,
        )
    };
}

fn assert_caught(failures: &[String], promise: &str) {
    assert!(
        failures.iter().any(|failure| failure.contains(promise)),
        "\"{promise}\" is not among {failures:?}"
    );
}

#[test]
fn the_driver_without_a_fault_passes() {
    for profile in ReaderProfile::ALL {
        let build = |settings: &_| ToyDriver::boxed(settings, Fault::None);
        let none = failures(build, profile);
        assert!(none.is_empty(), "{}", none[0]);
    }
}

#[test]
fn taking_one_uid_for_another_is_caught() {
    assert_caught(&failures_with!(PadsShortUids), "another length");
}

#[test]
fn forgetting_to_roll_over_is_caught() {
    assert_caught(&failures_with!(ForgetsToRollOver), "rolls over");
}

#[test]
fn promising_another_version_than_is_written_is_caught() {
    assert_caught(&failures_with!(NamesTheOldVersion), "rolls over");
}

#[test]
fn a_record_that_is_whole_before_its_keys_is_caught() {
    assert_caught(&failures_with!(KeyAfterTheRecord), "keys roll over");
}

#[test]
fn forgetting_the_earlier_versions_is_caught() {
    let failures = failures_with!(KnowsOnlyTheCurrentVersion);
    assert_caught(&failures, "rolls over to the current one");
    assert_caught(&failures, "torn under an earlier key version");
}

#[test]
fn writing_before_looking_at_the_keys_is_caught() {
    assert_caught(
        &failures_with!(WritesBeforeItLooksAtKeys),
        "without site keys",
    );
}

#[test]
fn writing_another_sites_card_is_caught() {
    assert_caught(
        &failures_with!(TakesAnotherSitesCard),
        "another site's keys",
    );
}

#[test]
fn admitting_another_sites_card_is_caught() {
    let failures = failures_with!(AdmitsAnotherSitesCard);
    assert_caught(&failures, "another site's keys");
    assert_caught(&failures, "another site has torn");
}

#[test]
fn writing_without_site_keys_is_caught() {
    assert_caught(&failures_with!(WritesWithoutSiteKeys), "without site keys");
}

#[test]
fn a_wipe_that_only_says_so_is_caught() {
    assert_caught(&failures_with!(WipesNothing), "another site's keys");
}

#[test]
fn refusing_a_reader_is_right_and_refusing_it_late_is_caught() {
    let none = failures_with!(NeedsRawCommands, OMNIKEY_5022);
    assert!(none.is_empty(), "{}", none[0]);
    assert!(failures_with!(NeedsRawCommands).is_empty());
    assert_caught(
        &failures_with!(NoticesTheReaderLate, OMNIKEY_5022),
        "a reader that cannot write",
    );
}
