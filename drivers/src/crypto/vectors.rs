//! The card vectors of this crate, for tests.

use serde_json::Value;

/// One of them: hex strings by name.
pub(crate) type Vector = Value;

/// The vector with this id.
pub(crate) fn vector(id: &str) -> Vector {
    let all: Vec<Vector> = serde_json::from_str(include_str!("../../vectors/cards.json")).unwrap();
    all.into_iter().find(|vector| vector["id"] == id).unwrap()
}

/// A hex string of a vector.
pub(crate) fn bytes(vector: &Vector, name: &str) -> Vec<u8> {
    hex::decode(vector[name].as_str().unwrap()).unwrap()
}
