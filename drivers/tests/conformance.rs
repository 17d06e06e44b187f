//! Every registered driver, on every model, on every reader model, in every set-up.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::{DriverSettings, ReaderProfile};
use cardbridge_drivers::testing::conformance::{self, Ability, Subject};
use cardbridge_drivers::testing::site_settings;

/// What the model says of itself.
fn expected_ability(subject: &Subject) -> Ability {
    let settings = DriverSettings {
        type2_password: subject.setup.type2_password,
        ..site_settings()
    };
    if !subject.model.can_be_written(&settings, subject.profile) {
        Ability::Refuses
    } else if subject.model.wants_key(&settings) {
        Ability::WritesUnderKeys
    } else {
        Ability::Writes
    }
}

#[test]
fn every_driver_keeps_its_promises() {
    let subjects: Vec<Subject> = conformance::subjects().collect();
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(vec![]);
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(subject) = subjects.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(failure) = conformance::run(subject) {
                        failures.lock().unwrap().push(failure.to_string());
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn no_case_is_passed_over_unseen() {
    for subject in conformance::subjects() {
        assert_eq!(
            subject.ability().unwrap(),
            expected_ability(&subject),
            "{}, {} on {}, {}",
            subject.registration.name,
            subject.model.name,
            subject.profile.name,
            subject.setup.name
        );
    }
}

#[test]
fn every_model_and_every_reader_is_a_subject() {
    let tried: BTreeSet<_> = conformance::subjects()
        .map(|subject| (subject.model.name, subject.profile.name))
        .collect();
    for model in cards::ALL
        .iter()
        .flat_map(|registration| registration.models)
    {
        for profile in ReaderProfile::ALL {
            assert!(tried.contains(&(model.name, profile.name)));
        }
    }
}
