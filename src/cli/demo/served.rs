//! A card that the demo has placed on the encoder, and what became of it.

use cardbridge_drivers::contract::Model;

use crate::issuance::entry::Issuance;

/// One card, and what became of it.
#[derive(Debug, Clone)]
pub(super) struct Served {
    /// Seam's name of the credential.
    pub(super) name: String,
    pub(super) model: &'static Model,
    pub(super) issuance: Issuance,
    /// How many commands reached the card.
    pub(super) commands: usize,
}
