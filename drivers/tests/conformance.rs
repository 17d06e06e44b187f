//! Every registered driver, on every model, on every make of reader.

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::ReaderProfile;
use cardbridge_drivers::testing::conformance::{self, Subject};

#[test]
fn every_driver_keeps_its_promises() {
    let subjects = cards::ALL.iter().flat_map(|registration| {
        registration.models.iter().flat_map(move |model| {
            ReaderProfile::ALL.iter().map(|profile| Subject {
                registration,
                model,
                profile,
            })
        })
    });
    std::thread::scope(|scope| {
        let running: Vec<_> = subjects
            .map(|subject| scope.spawn(move || conformance::run(&subject)))
            .collect();
        let failures: Vec<_> = running
            .into_iter()
            .filter_map(|thread| thread.join().unwrap().err())
            .map(|failure| failure.to_string())
            .collect();
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    });
}
