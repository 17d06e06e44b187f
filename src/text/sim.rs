//! After errors of the simulated Seam API.

use super::{Advice, Front, Hint, UPKEEP};
use crate::sim::SeedError;

impl Hint for SeedError {
    fn advice(&self, at: Front) -> Advice {
        if at == Front::Page {
            return UPKEEP.into();
        }
        let hint = match self {
            Self::Malformed { .. } => {
                "correct the seed file at that line; its fields are named as in the Seam API"
            }
            Self::Contradiction { .. } => {
                "correct the seed file there; every id that is mentioned must be defined in the file"
            }
        };
        hint.into()
    }
}
