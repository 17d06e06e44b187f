//! The pages of one tag on one channel: reading them into [`Memory`], writing them, telling the chip.

use crate::contract::apdu::{Command, Frame, RawPath};
use crate::contract::{
    CardChannel, CardType, ChannelError, DriverError, Progress, Uid, Version, reselect,
};

use super::super::steps::each;
use super::memory::Memory;
use super::models::{CC_MAGIC, CC_PAGE, CHIPS, Chip, FIRST_USER_PAGE, PAGE, READ_PAGES};
use super::plan::Step;
use super::protection::Protection;
use super::unlock;

/// Bytes that one READ answers.
const READ_BYTES: u8 = 16;

/// One tag, and what has been read of it so far.
pub(super) struct Tag<'a> {
    card: &'a mut dyn CardChannel,
    raw: Option<RawPath>,
    uid: Uid,
    memory: Memory,
}

impl<'a> Tag<'a> {
    pub(super) fn new(card: &'a mut dyn CardChannel, uid: Uid) -> Self {
        Self {
            raw: RawPath::of(card),
            card,
            uid,
            memory: Memory::default(),
        }
    }

    pub(super) fn memory(&self) -> &Memory {
        &self.memory
    }

    pub(super) fn into_memory(self) -> Memory {
        self.memory
    }

    /// Takes the reader for one without a way to the tag's own commands, whatever its make: the tag answered none.
    pub(super) fn give_up_raw_path(&mut self) {
        self.raw = None;
    }

    /// Notes for whoever writes that this reader has no way to the tag's own commands.
    pub(super) fn note_missing_raw_path(&mut self) {
        self.memory.lacks_raw_path = !self.has_raw_path();
    }

    /// The chip by its version; without one that is known, by its capability container and where its memory ends.
    ///
    /// Factory containers tell NTAG213, 215 and 216 apart, but an Ultralight C formatted for NDEF has that of an NTAG213:
    /// only the end of the memory is certain, and finding it costs a NAK.
    pub(super) fn chip(&mut self, card_type: &CardType) -> Result<&'static Chip, DriverError> {
        const UNKNOWN: DriverError = DriverError::Unsupported {
            what: "a Type 2 tag of a size that is not known",
        };
        if let Version::Type2(version) = &card_type.version
            && let Some(chip) = Chip::by_version(version)
        {
            return Ok(chip);
        }
        let container = self.memory.page(CC_PAGE).ok_or(UNKNOWN)?;
        for chip in CHIPS.iter().filter(|chip| may_have(chip, container)) {
            let last = chip.last_readable_page();
            if self.can_read(last)? && !self.can_read(last + 1)? {
                return Ok(chip);
            }
        }
        Err(UNKNOWN)
    }

    /// Reads four pages from `first` on. Reading is repeated once after a refusal: the tag may have been halted, or the
    /// contact poor.
    pub(super) fn read(&mut self, first: u8) -> Result<(), DriverError> {
        let mut response = Command::read_binary(first.into(), READ_BYTES).send(self.card)?;
        if !response.is_success() {
            reselect(self.card, &self.uid)?;
            response = Command::read_binary(first.into(), READ_BYTES).send(self.card)?;
        }
        let step = || format!("read page {first}");
        if !response.is_success() {
            reselect(self.card, &self.uid)?;
            return Err(DriverError::Refused {
                step: step(),
                status: response.status,
            });
        }
        if response.data.len() != usize::from(READ_BYTES) {
            return Err(DriverError::Malformed { step: step() });
        }
        self.memory.insert(first, &response.data);
        Ok(())
    }

    /// Reads what is not known yet of the data area's first `bytes` bytes.
    pub(super) fn read_area(&mut self, bytes: usize) -> Result<(), DriverError> {
        for offset in (0..bytes).step_by(PAGE) {
            let number = page_of(offset)?;
            if self.memory.page(number).is_none() {
                self.read(number)?;
            }
        }
        Ok(())
    }

    /// Carries out steps in the order given.
    pub(super) fn carry_out(
        &mut self,
        chip: &'static Chip,
        steps: &[Step],
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), DriverError> {
        each(steps, progress, |step| match step {
            Step::Write { page, bytes } => {
                self.write(*page, &Command::update_binary((*page).into(), bytes))
            }
            Step::WriteSecret { page, bytes } => {
                let command = Command::update_binary_with_keys((*page).into(), bytes.as_slice());
                self.write(*page, &command)
            }
            Step::Unlock { secrets } => unlock::unlock_with_any(self, chip, secrets, false),
            Step::Prove { secret } => {
                self.reselect()?;
                unlock::unlock_with_any(self, chip, std::slice::from_ref(secret), true)
            }
            Step::Confirm => self.confirm(chip),
        })
    }

    /// Whether the reader lets a tag's own commands through.
    pub(super) fn has_raw_path(&self) -> bool {
        self.raw.is_some()
    }

    /// Sends one of the tag's own commands. `None`: refused, or there is no way to it; the tag is selected again.
    pub(super) fn exchange(&mut self, frame: &Frame) -> Result<Option<Vec<u8>>, DriverError> {
        match &mut self.raw {
            Some(raw) => raw.exchange(self.card, &self.uid, frame),
            None => Ok(None),
        }
    }

    /// Lets standard commands work again after the tag's own.
    pub(super) fn close_raw_path(&mut self) -> Result<(), ChannelError> {
        match &mut self.raw {
            Some(raw) => raw.close(self.card),
            None => Ok(()),
        }
    }

    /// Selects the tag again, which ends an authentication.
    pub(super) fn reselect(&mut self) -> Result<(), DriverError> {
        self.close_raw_path()?;
        reselect(self.card, &self.uid)
    }

    fn write(&mut self, page: u8, command: &Command) -> Result<(), DriverError> {
        let response = command.send(self.card)?;
        if response.is_success() {
            return Ok(());
        }
        reselect(self.card, &self.uid)?;
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

    fn can_read(&mut self, page: u8) -> Result<bool, DriverError> {
        let response = Command::read_binary(page.into(), READ_BYTES).send(self.card)?;
        if !response.is_success() {
            reselect(self.card, &self.uid)?;
        }
        Ok(response.is_success())
    }
}

/// The page on which byte `offset` of the data area is.
///
/// # Errors
/// [`DriverError::TooLong`] behind the last page that a tag can have.
pub(super) fn page_of(offset: usize) -> Result<u8, DriverError> {
    u8::try_from(offset / PAGE + usize::from(FIRST_USER_PAGE)).map_err(|_| DriverError::TooLong {
        what: "what is on the tag",
    })
}

fn may_have(chip: &Chip, container: [u8; PAGE]) -> bool {
    let whole = chip.capability_container();
    if container[0] == CC_MAGIC {
        [chip.factory_container, whole]
            .iter()
            .any(|known| known[..3] == container[..3])
    } else {
        chip.factory_container[0] != CC_MAGIC
    }
}

const _: () = assert!(READ_BYTES as usize == READ_PAGES as usize * PAGE);
