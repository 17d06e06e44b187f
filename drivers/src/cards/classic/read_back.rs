//! Reading back what was just written, in what the write has left open.

use crate::contract::DriverError;

use super::super::ndef::Verdict;
use super::inspect::Look;
use super::keys::Credential;
use super::layout::Memory;
use super::write::Written;

impl Look<'_> {
    /// What a card holds that was just written: its record in the sectors that were left open or open with their keys, and the
    /// directories where they were written too. `None` where that is not as it was left, or the card is not.
    pub(super) fn read_back(&mut self, written: &Written) -> Result<Option<Verdict>, DriverError> {
        match self.goes_on(written) {
            Err(DriverError::Refused { .. } | DriverError::Malformed { .. }) | Ok(None) => {
                self.session.begin_anew();
                self.memory = Memory::new(self.memory.chip);
                Ok(None)
            }
            verdict => verdict,
        }
    }

    fn goes_on(&mut self, written: &Written) -> Result<Option<Verdict>, DriverError> {
        let Written {
            chip,
            layout,
            version,
            directories,
        } = written;
        let credential = Credential::Site(*version);
        self.memory = Memory::new(chip);
        for &sector in &layout.ndef {
            self.assume_finished(sector, credential, layout.gpb(sector));
        }
        let verdict = self.ndef_contents(&layout.ndef)?;
        for &(block, bytes) in directories {
            self.insert(block, bytes);
        }
        for &sector in &layout.directories {
            if !directories.is_empty() {
                self.memory.remember(sector, Some(credential));
            } else if self.try_credential(sector, credential)? {
                self.read_data(sector)?;
            }
        }
        let memory = &self.memory;
        let mut sectors = layout.sectors();
        let is_as_left = memory.is_formatted()
            && memory.declared() == layout.ndef
            && sectors.all(|sector| layout.is_finished(memory, sector, *version));
        Ok(is_as_left.then_some(verdict))
    }
}
