//! After errors of the simulated Seam API.

use super::{Advice, Hint};
use crate::sim::SeedError;

impl Hint for SeedError {
    fn hint(&self) -> Advice {
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
