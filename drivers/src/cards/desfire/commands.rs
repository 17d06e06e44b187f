//! Questions that a card answers anybody.

use crate::contract::DriverError;

use super::link::{Link, Outcome, malformed};
use super::wire::{Instruction, Status, from_three_bytes};

impl Link<'_> {
    /// The version byte of a key of what is selected; `None` when there is no such key.
    pub(super) fn key_version(&mut self, number: u8) -> Result<Option<u8>, DriverError> {
        const STEP: &str = "tell a key's version";
        let reply = self.exchange(Instruction::GetKeyVersion, &[number], STEP)?;
        if reply.outcome == Outcome::Card(Status::NoSuchKey) {
            return Ok(None);
        }
        match reply.data_of(STEP)?.as_slice() {
            [version] => Ok(Some(*version)),
            _ => Err(malformed(STEP)),
        }
    }

    /// Settings, and number and type of the keys, of what is selected; `None` where only the key's owner may know.
    pub(super) fn key_settings(&mut self) -> Result<Option<[u8; 2]>, DriverError> {
        const STEP: &str = "tell its key settings";
        let reply = self.exchange(Instruction::GetKeySettings, &[], STEP)?;
        if let Outcome::Card(Status::PermissionDenied | Status::AuthenticationError) = reply.outcome
        {
            return Ok(None);
        }
        // EV2 and EV3 append more for an application with several key sets, which ours is not.
        match reply.data_of(STEP)?.as_slice() {
            [settings, keys, ..] => Ok(Some([*settings, *keys])),
            _ => Err(malformed(STEP)),
        }
    }

    /// The settings of a file of the selected application, as the card reports them; `None` when there is no such file.
    pub(super) fn file_settings(&mut self, file: u8) -> Result<Option<Vec<u8>>, DriverError> {
        const STEP: &str = "tell its file's settings";
        let reply = self.exchange(Instruction::GetFileSettings, &[file], STEP)?;
        if reply.outcome == Outcome::Card(Status::FileNotFound) {
            return Ok(None);
        }
        reply.data_of(STEP).map(Some)
    }

    /// Free bytes of the card.
    pub(super) fn free_memory(&mut self) -> Result<usize, DriverError> {
        const STEP: &str = "tell its free memory";
        let reply = self.exchange(Instruction::GetFreeMemory, &[], STEP)?;
        let bytes = reply.data_of(STEP)?;
        let bytes = <[u8; 3]>::try_from(bytes).map_err(|_| malformed(STEP))?;
        Ok(from_three_bytes(bytes))
    }
}
