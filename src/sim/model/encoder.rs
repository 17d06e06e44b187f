//! The vendor's encoders, which Seam drives itself, and what the simulate paths made of their next card.

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::new_id;
use crate::sim::attempts::Failure;
use crate::sim::moment::Moment;
use crate::sim::state::{Row, State};

/// A vendor's encoder.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sim) struct Encoder {
    #[serde(default = "new_id")]
    pub(in crate::sim) acs_encoder_id: Uuid,
    pub(in crate::sim) acs_system_id: Uuid,
    display_name: String,
    #[serde(default = "Moment::now")]
    created_at: Moment,
    #[serde(skip)]
    pub(in crate::sim) next_encode: Option<NextEncode>,
    #[serde(skip)]
    pub(in crate::sim) next_scan: Option<NextScan>,
    /// The credential of the card that was encoded here last and still lies here.
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

/// What the next scan finds. A credential that is not named is the one that lies on the encoder.
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
    pub(in crate::sim) fn view(&self, state: &State) -> Value {
        let system = state.systems.get(self.acs_system_id);
        json!({
            "acs_encoder_id": self.acs_encoder_id,
            "acs_system_id": self.acs_system_id,
            "connected_account_id": system.map(|system| system.connected_account_id),
            "workspace_id": state.workspace.workspace_id,
            "display_name": self.display_name,
            "created_at": self.created_at,
            "errors": [],
        })
    }
}
