//! The vendor's encoders, which Seam drives itself, and what the simulate paths made of their next card.

use serde::Deserialize;
use uuid::Uuid;

use super::{Failure, new_id};
use crate::sim::table::Row;
use crate::sim::time::Time;

/// A vendor's encoder.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim) struct Encoder {
    #[serde(default = "new_id")]
    pub(in crate::sim) acs_encoder_id: Uuid,
    pub(in crate::sim) acs_system_id: Uuid,
    pub(in crate::sim) display_name: String,
    #[serde(default = "Time::now")]
    pub(in crate::sim) created_at: Time,
    #[serde(skip)]
    pub(in crate::sim) next_encode: Option<NextEncode>,
    #[serde(skip)]
    pub(in crate::sim) next_scan: Option<NextScan>,
    /// The credential of the card that was encoded here last and is still on the encoder.
    #[serde(skip)]
    pub(in crate::sim) card_on_encoder: Option<Uuid>,
}

/// What the next encode comes to.
#[derive(Debug, Clone, Copy)]
pub(in crate::sim) enum NextEncode {
    Succeeds,
    /// Fails, or fails only for this one credential.
    Fails(Failure, Option<Uuid>),
}

/// What the next scan finds. A credential that is not named is the one on the encoder.
#[derive(Debug, Clone, Copy)]
pub(in crate::sim) enum NextScan {
    Finds(Option<Uuid>),
    FindsOutOfSync(Option<Uuid>),
    FindsUnknownCard,
    FindsEmptyCard,
    Fails(Failure),
}

impl Row for Encoder {
    const NOT_FOUND: &'static str = "acs_encoder_not_found";
    fn id(&self) -> Uuid {
        self.acs_encoder_id
    }
}

impl Encoder {
    /// A card number such as the docs show for a card that the vendor's encoder wrote.
    pub(in crate::sim) fn new_card_number() -> String {
        let id = Uuid::new_v4().simple().to_string();
        id.get(..16).unwrap_or(&id).to_owned()
    }
}
