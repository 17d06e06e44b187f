//! One tag as it was found.

use std::sync::Arc;

use crate::contract::{CardKeys, DriverError, Inspection};

use super::access::{Access, NEEDS_RAW_PATH};
use super::memory::Memory;
use super::models::Chip;
use super::secret::{Secret, Secrets};

/// One tag as it was found.
#[derive(Debug)]
pub(super) struct InspectedTag {
    pub(super) chip: &'static Chip,
    pub(super) summary: Inspection,
    pub(super) memory: Memory,
    pub(super) secrets: Arc<Secrets>,
}

impl InspectedTag {
    pub(super) fn access(&self) -> Access {
        Access::of(self.chip, &self.memory, self.summary.keys)
    }

    /// The secret that the card is to carry; `None` for a card that is not to be protected.
    ///
    /// # Errors
    /// [`DriverError::NoSiteKeys`] and [`DriverError::Reader`], when it is to be and cannot.
    pub(super) fn wanted(&self) -> Result<Option<Secret>, DriverError> {
        if !self.secrets.protect(self.chip, self.summary.keys) {
            return Ok(None);
        }
        let secret = self.secrets.current(&self.summary.uid);
        let secret = secret.ok_or(DriverError::NoSiteKeys {
            card: self.chip.model.title,
        })?;
        if self.memory.lacks_raw_path {
            return Err(NEEDS_RAW_PATH);
        }
        Ok(Some(secret))
    }

    /// The secrets of which one opens a card that is protected.
    pub(super) fn known(&self) -> Vec<Secret> {
        let may_fit = |keys| match self.summary.keys {
            CardKeys::None | CardKeys::Unknown => false,
            CardKeys::Mixed => true,
            found @ (CardKeys::Factory | CardKeys::Site(_)) => keys == found,
        };
        let mut secrets = self.secrets.candidates(self.chip, &self.summary.uid);
        secrets.retain(|secret| may_fit(secret.keys));
        secrets
    }
}
