//! What an issuance takes against the least that it could take, on every model: the excess is bounded.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on stops its test"
)]

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::Uid;
use cardbridge_drivers::testing::cost::{self, Cost, CountingDesk};

const UID: [u8; 7] = [0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80];

/// The first issue of a record of so many bytes, and that of another one on the same card.
fn costs(model: &str, bytes: usize) -> [Cost; 2] {
    let mut desk = CountingDesk::with(cards::simulate(model, Uid::from(UID)).unwrap());
    [0, 1].map(|seed| desk.issue(&cost::record(seed, bytes)).unwrap())
}

fn never_below_the_least(cost: Cost) -> bool {
    cost.spent.commands >= cost.least.commands && cost.spent.bytes >= cost.least.bytes
}

#[test]
fn a_type_2_issuance_takes_few_commands_more_than_it_must() {
    let (type2, _) = cards::model("ntag213").unwrap();
    for model in type2.models {
        let mut worst = [0; 2];
        for bytes in 1..=model.capacity {
            for (worst, cost) in worst.iter_mut().zip(costs(model.name, bytes)) {
                assert!(
                    never_below_the_least(cost),
                    "{} {bytes}: {cost:?}",
                    model.name
                );
                *worst = cost.excess().max(*worst);
            }
        }
        println!("{}: at most {worst:?} above", model.name);
        // Guard pages far behind the record, and the pieces of a long one; an Ultralight C refuses to tell a version first.
        let allowed = if model.name == "ultralight-c" {
            [6, 6]
        } else {
            [3, 6]
        };
        assert!(
            worst[0] <= allowed[0] && worst[1] <= allowed[1],
            "{}: {worst:?}",
            model.name
        );
    }
}

#[test]
fn every_model_has_a_row_and_none_lies_below_its_least() {
    let table = cost::table().unwrap();
    println!("{table}");
    for model in cards::ALL.iter().flat_map(|driver| driver.models) {
        assert!(
            table.contains(&format!("| {} | {} |", model.title, model.memory)),
            "{table}"
        );
        if model.capacity >= cost::RECORD_BYTES {
            for cost in costs(model.name, cost::RECORD_BYTES) {
                assert!(never_below_the_least(cost), "{}: {cost:?}", model.name);
            }
        }
    }
}

#[test]
fn a_desfire_issuance_takes_few_commands_more_than_it_must() {
    let (desfire, _) = cards::model("desfire-ev1-4k").unwrap();
    for model in desfire.models {
        let mut worst = [0; 2];
        for bytes in (1..=200).chain([300, 500, model.capacity]) {
            for (worst, cost) in worst.iter_mut().zip(costs(model.name, bytes)) {
                assert!(
                    never_below_the_least(cost),
                    "{} {bytes}: {cost:?}",
                    model.name
                );
                *worst = cost.excess().max(*worst);
            }
        }
        println!("{}: at most {worst:?} above", model.name);
        assert!(worst[0] <= 7 && worst[1] <= 2, "{}: {worst:?}", model.name);
    }
}

#[test]
fn a_classic_issuance_takes_few_commands_more_than_it_must() {
    // On a new card: the site's key tried first, the trailers looked at, and each sector opened under its new key.
    for (model, allowed) in [
        ("classic-mini", [9, 5]),
        ("classic-1k", [20, 5]),
        ("classic-4k", [45, 6]),
    ] {
        let (_, listed) = cards::model(model).unwrap();
        let mut worst = [0; 2];
        for bytes in (1..=160).chain([listed.capacity]) {
            for (worst, cost) in worst.iter_mut().zip(costs(model, bytes)) {
                assert!(never_below_the_least(cost), "{model} {bytes}: {cost:?}");
                *worst = cost.excess().max(*worst);
            }
        }
        println!("{model}: at most {worst:?} above");
        assert!(
            worst[0] <= allowed[0] && worst[1] <= allowed[1],
            "{model}: {worst:?}"
        );
    }
}
