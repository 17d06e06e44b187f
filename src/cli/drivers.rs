//! `cardbridge drivers`: what is built in.

use cardbridge_drivers::cards;
use clap::Args;
use serde::Serialize;

use super::{Context, Exit, Failure, table};

/// List the card types that can be written.
///
/// The capacity is what a card new from the factory leaves for a record, in bytes.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  cardbridge drivers --json | jq -r '.[].name'")]
pub(super) struct Drivers {}

#[derive(Debug, Serialize)]
struct CardModel {
    name: &'static str,
    title: &'static str,
    driver: &'static str,
    capacity: usize,
}

pub(super) fn run(context: &Context) -> Result<Exit, Failure> {
    let models: Vec<CardModel> = cards::ALL
        .iter()
        .flat_map(|driver| {
            driver.models.iter().map(|model| CardModel {
                name: model.name,
                title: model.title,
                driver: driver.name,
                capacity: model.capacity,
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
                    model.capacity.to_string(),
                    model.driver.to_owned(),
                ]
            })
            .collect();
        context
            .output
            .text(&table(&["type", "card", "capacity", "driver"], rows, &[2]))?;
    }
    Ok(Exit::Done)
}
