//! Commands that list, make and delete applications.

use super::keys::names_a_key;
use super::{Outcome, SimulatedDesfire};
use crate::cards::desfire::models::Generation;
use crate::cards::desfire::simulated::state::{
    Application, DefaultKey, Family, MOST_APPLICATIONS_EV1, MOST_KEYS, application_bytes, settings,
};
use crate::cards::desfire::wire::{PICC, Status};

impl SimulatedDesfire {
    pub(super) fn application_ids(&self) -> Result<Outcome, Status> {
        self.at_card_level()?;
        self.allowed_by(settings::FREE_LISTING)?;
        let ids = self.memory.applications.iter();
        Ok(Outcome::open(ids.flat_map(|one| one.aid).collect()))
    }

    pub(super) fn create_application(&mut self, header: &[u8]) -> Result<Outcome, Status> {
        let &[a0, a1, a2, key_settings, kind] = header else {
            return Err(Status::LengthError);
        };
        self.at_card_level()?;
        self.allowed_by(settings::FREE_CREATION)?;
        let aid = [a0, a1, a2];
        let family = Family::from_bits(kind).ok_or(Status::ParameterError)?;
        // The bits between are for ISO names and further settings, which this card does not know.
        let keys = usize::from(kind & !Family::MASK);
        if aid == PICC || keys > MOST_KEYS || !names_a_key(key_settings, keys) {
            return Err(Status::ParameterError);
        }
        if self.memory.application(aid).is_some() {
            return Err(Status::DuplicateError);
        }
        if self.chip.generation == Generation::Ev1
            && self.memory.applications.len() >= MOST_APPLICATIONS_EV1
        {
            return Err(Status::CountError);
        }
        self.take_memory(application_bytes(family, keys))?;
        self.memory.applications.push(Application {
            aid,
            settings: key_settings,
            family,
            keys: vec![DefaultKey::of(family, self.memory.default_key.as_ref()); keys],
            files: vec![],
        });
        Ok(Outcome::nothing())
    }

    /// At card level under its master key. From inside an application, under that one's master key, where the card leaves
    /// creation free; the card itself is selected then.
    pub(super) fn delete_application(&mut self, header: &[u8]) -> Result<Outcome, Status> {
        let aid: [u8; 3] = header.try_into().map_err(|_| Status::LengthError)?;
        let from_inside = !self.is_card_level();
        if from_inside
            && (self.selected != aid || self.memory.settings & settings::FREE_CREATION == 0)
        {
            return Err(Status::PermissionDenied);
        }
        self.authenticated_with_master_key()?;
        if self.memory.application(aid).is_none() {
            return Err(Status::ApplicationNotFound);
        }
        self.memory.applications.retain(|one| one.aid != aid);
        if from_inside {
            self.selected = PICC;
            return Ok(Outcome::ending_session());
        }
        Ok(Outcome::nothing())
    }
}
