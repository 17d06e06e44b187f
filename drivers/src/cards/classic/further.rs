//! Looking at sectors that a record has not needed so far.

use crate::contract::DriverError;

use super::inspect::Look;
use super::layout::Memory;

impl Look<'_> {
    /// Looks at sectors that an inspection has passed over, and gives back what is known then. Whose they are is for the caller to
    /// find in it.
    pub(super) fn look_at(mut self, sectors: &[u8]) -> Result<Memory, DriverError> {
        for &sector in sectors.iter().rev() {
            if self.find_credential(sector)? {
                self.read_data(sector)?;
            }
        }
        self.session.leave(None);
        Ok(self.memory)
    }

    /// Looks at the free sectors behind those of a record, as far as they can be taken: a card may have been written where only
    /// those that were needed were wanted.
    pub(super) fn look_behind_declared(&mut self) -> Result<(), DriverError> {
        for sector in self.memory.free_behind_declared() {
            if !self.find_credential(sector)? {
                break;
            }
            self.read_data(sector)?;
            if !self.memory.is_free(sector) {
                break;
            }
        }
        Ok(())
    }
}
