//! Carrying out the steps of a plan on a tag.

use crate::contract::apdu::Command;
use crate::contract::{DriverError, Progress};

use super::super::steps::each;
use super::models::Chip;
use super::protection::Protection;
use super::secret::Secret;
use super::step::Step;
use super::tag::Tag;
use super::unlock;

impl Tag<'_> {
    /// Carries out steps in the order given.
    pub(super) fn carry_out(
        &mut self,
        chip: &'static Chip,
        steps: &[Step],
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), DriverError> {
        // What opens the tag, where it was left open and nothing has shown yet that it still is.
        let mut left_open = None;
        each(steps, progress, |step| match step {
            Step::Write { page, bytes } => {
                let command = Command::update_binary((*page).into(), bytes);
                self.write(chip, *page, &command, left_open.take())
            }
            Step::WriteSecret { page, bytes } => {
                let command = Command::update_binary_with_keys((*page).into(), bytes.as_slice());
                self.write(chip, *page, &command, left_open.take())
            }
            Step::Unlock { secrets } if self.shown.is_some() => {
                left_open = Some(secrets.as_slice());
                Ok(())
            }
            Step::Unlock { secrets } => unlock::unlock_with_any(self, chip, secrets, false),
            Step::Prove { secret } => {
                self.reselect()?;
                unlock::unlock_with_any(self, chip, std::slice::from_ref(secret), true)
            }
            Step::Confirm => self.confirm(chip),
        })
    }

    /// Writes a page. `left_open` is what opens the tag where it was left open.
    fn write(
        &mut self,
        chip: &Chip,
        page: u8,
        command: &Command,
        left_open: Option<&[Secret]>,
    ) -> Result<(), DriverError> {
        let mut response = command.send(self.card)?;
        if !response.is_success()
            && let Some(secrets) = left_open
        {
            // The reader has lost the tag for a moment, and the tag what it was shown.
            self.reselect()?;
            unlock::unlock_with_any(self, chip, secrets, false)?;
            response = command.send(self.card)?;
        }
        if response.is_success() {
            return Ok(());
        }
        self.reselect()?;
        Err(DriverError::Refused {
            step: format!("write page {page}"),
            status: response.status,
        })
    }

    fn confirm(&mut self, chip: &'static Chip) -> Result<(), DriverError> {
        self.read(chip.configuration_page)?;
        if Protection::of(chip, &self.memory).is_whole() {
            Ok(())
        } else {
            Err(DriverError::Malformed {
                step: "setting write protection".to_owned(),
            })
        }
    }
}
