//! The simulated card against exchanges that others published or recorded, and against what it must refuse.

mod keeping;
mod recorded;
mod refusals;
mod settings;
mod tampering;
mod terminal;
mod vectors;

use serde_json::Value;

use super::*;

const UID: [u8; 7] = [0x04, 0x95, 0x8C, 0xAA, 0x5C, 0x5E, 0x80];

fn card(model: &str) -> SimulatedDesfire {
    with_uid(model, UID)
}

fn with_uid(model: &str, uid: [u8; 7]) -> SimulatedDesfire {
    SimulatedDesfire::new(Chip::by_name(model).unwrap(), &Uid::from(uid)).unwrap()
}

fn unhex(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap()
}

/// The field of a vector, from hex.
fn bytes(vector: &Value, field: &str) -> Vec<u8> {
    unhex(vector[field].as_str().unwrap())
}

fn sends(card: &mut SimulatedDesfire, frame: &[u8]) -> String {
    match card.exchange(frame) {
        Answer::Frame(answer) => hex::encode(answer),
        other => panic!("{other:?}"),
    }
}
