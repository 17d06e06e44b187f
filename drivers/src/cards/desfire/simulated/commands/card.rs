//! Commands on the card as a whole.

use zeroize::Zeroizing;

use super::{Outcome, SimulatedDesfire};
use crate::cards::desfire::simulated::state::{DefaultKey, configuration, size};
use crate::cards::desfire::wire::{Communication, Status};

/// Batch number, week and year of production, the latter two in BCD.
const PRODUCTION: [u8; 7] = [0xBA, 0x45, 0x19, 0xE3, 0x20, 0x49, 0x13];

impl SimulatedDesfire {
    pub(super) fn version(&self) -> Outcome {
        let uid = if self.memory.has_random_uid() {
            [0; 7]
        } else {
            self.memory.uid
        };
        let mut outcome =
            Outcome::open([self.chip.hardware(), self.chip.software(), uid, PRODUCTION].concat());
        outcome.frames = &[7, 7];
        outcome
    }

    pub(super) fn card_uid(&self) -> Outcome {
        Outcome {
            communication: Communication::Full,
            ..Outcome::open(self.memory.uid.to_vec())
        }
    }

    pub(super) fn free_memory_answer(&self) -> Outcome {
        Outcome::open(size(self.free_memory()).to_vec())
    }

    pub(super) fn format(&mut self) -> Result<Outcome, Status> {
        self.at_card_level()?;
        self.authenticated_with_master_key()?;
        if self.memory.configuration & configuration::NO_FORMAT != 0 {
            return Err(Status::PermissionDenied);
        }
        self.memory.applications.clear();
        self.memory.used = 0;
        Ok(Outcome::nothing())
    }

    pub(super) fn set_configuration(
        &mut self,
        header: &[u8],
        data: &[u8],
    ) -> Result<Outcome, Status> {
        const CONFIGURATION: u8 = 0x00;
        const DEFAULT_KEY: u8 = 0x01;
        self.at_card_level()?;
        match (header, data) {
            ([DEFAULT_KEY], [key @ .., version]) => {
                let key = <[u8; DefaultKey::BYTES]>::try_from(key);
                self.memory.default_key = Some(DefaultKey {
                    bytes: Zeroizing::new(key.map_err(|_| Status::LengthError)?),
                    version: *version,
                });
                Ok(Outcome::nothing())
            }
            ([CONFIGURATION], [bits])
                if bits & !(configuration::NO_FORMAT | configuration::RANDOM_UID) == 0 =>
            {
                self.memory.configuration |= bits;
                Ok(Outcome::nothing())
            }
            _ => Err(Status::ParameterError),
        }
    }
}
