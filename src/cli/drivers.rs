//! `cardbridge drivers`: what is built in.

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::ModelKey;
use clap::Args;
use serde::Serialize;

use super::{Context, Exit, Failure, table};

/// List the card types that can be written.
///
/// Memory and room are those of a card new from the factory, in bytes: what it has, and what it leaves for a record. A card
/// whose keys are the site's is written only where there are site keys.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  cardbridge drivers --json | jq -r '.[].name'")]
pub(super) struct Drivers {}

#[derive(Debug, Serialize)]
struct CardModel {
    name: &'static str,
    title: &'static str,
    driver: &'static str,
    memory: usize,
    capacity: usize,
    needs_site_keys: bool,
}

pub(super) fn run(context: &Context) -> Result<Exit, Failure> {
    let models: Vec<CardModel> = cards::ALL
        .iter()
        .flat_map(|driver| {
            driver.models.iter().map(|model| CardModel {
                name: model.name,
                title: model.title,
                driver: driver.name,
                memory: model.memory,
                capacity: model.capacity,
                needs_site_keys: model.key == ModelKey::Site,
            })
        })
        .collect();
    if context.output.json() {
        context.output.document(&models)?;
    } else {
        let rows = models
            .iter()
            .map(|model| {
                vec![
                    model.name.to_owned(),
                    model.title.to_owned(),
                    model.memory.to_string(),
                    model.capacity.to_string(),
                    if model.needs_site_keys {
                        "site"
                    } else {
                        "none"
                    }
                    .to_owned(),
                    model.driver.to_owned(),
                ]
            })
            .collect();
        let head = ["type", "card", "memory", "room", "keys", "driver"];
        context.output.text(&table(&head, rows, &[2, 3]))?;
    }
    Ok(Exit::Done)
}
