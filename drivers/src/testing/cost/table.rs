//! The table of all cards: what fits on each, and what an issuance on it takes.

use crate::cards;
use crate::contract::{DriverError, Model, ModelKey, SimulatedCard, Uid};

use crate::testing::conformance::Setup;

use super::{Cost, CountingDesk, record};

/// Bytes of the record whose issuance the table counts: a guest room, and doors on the way to it.
pub const RECORD_BYTES: usize = 100;

const HEAD: &str = "\
| card | memory | record | site keys | first issue: APDUs | bytes | issued again: APDUs | bytes |
|---|--:|--:|:-:|--:|--:|--:|--:|
";

/// The README's table, in Markdown: memory and room for a record in bytes, then what a record of [`RECORD_BYTES`] takes on
/// a card fresh from the factory, and on one that holds another record; in brackets the least.
///
/// # Errors
/// What a driver answers.
pub fn table() -> Result<String, DriverError> {
    let mut table = HEAD.to_owned();
    for driver in cards::ALL {
        for model in driver.models {
            table += &row(model, model.title, CountingDesk::with)?;
        }
        if !Setup::of(driver).iter().any(Setup::looks_late) {
            continue;
        }
        for model in driver.models {
            let title = format!("{}, `classic_sectors = \"needed\"`", model.title);
            let desk = |card| CountingDesk::with(card).with_needed_sectors();
            table += &row(model, &title, desk)?;
        }
    }
    Ok(table)
}

fn row(
    model: &'static Model,
    title: &str,
    desk: impl Fn(Box<dyn SimulatedCard>) -> CountingDesk,
) -> Result<String, DriverError> {
    let costs = if model.capacity < RECORD_BYTES {
        "– | – | – | –".to_owned()
    } else {
        let [first, again] = costs(model, desk)?;
        format!("{} | {}", cells(first), cells(again))
    };
    let keys = if model.key == ModelKey::Site {
        "yes"
    } else {
        ""
    };
    Ok(format!(
        "| {} | {} | {} | {keys} | {costs} |\n",
        title, model.memory, model.capacity
    ))
}

/// The first issue on a card of this model, and the next one.
fn costs(
    model: &'static Model,
    desk: impl Fn(Box<dyn SimulatedCard>) -> CountingDesk,
) -> Result<[Cost; 2], DriverError> {
    let card = any_card(model.name).ok_or(super::UNKNOWN)?;
    let mut desk = desk(card);
    Ok([
        desk.issue(&record(0, RECORD_BYTES))?,
        desk.issue(&record(1, RECORD_BYTES))?,
    ])
}

fn cells(cost: Cost) -> String {
    let Cost { spent, least } = cost;
    format!(
        "{} ({}) | {} ({})",
        spent.commands, least.commands, spent.bytes, least.bytes
    )
}

/// A card of this model with whichever length of UID it can have.
fn any_card(model: &str) -> Option<Box<dyn SimulatedCard>> {
    const BYTES: [u8; 7] = [0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80];
    [&BYTES[..], &BYTES[3..]]
        .into_iter()
        .filter_map(|bytes| Uid::try_from(bytes).ok())
        .find_map(|uid| cards::simulate(model, uid))
}
