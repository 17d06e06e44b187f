//! The pages of one tag on one channel: reading them into an [`Image`], writing them, telling the chip.

use crate::contract::apdu::Command;
use crate::contract::{
    CardChannel, CardType, DriverError, Image, Progress, Uid, Version, reselect,
};

use super::models::{CC_MAGIC, CC_PAGE, CHIPS, Chip, FIRST_USER_PAGE, PAGE, READ_PAGES};

/// Bytes that one READ answers.
const READ_BYTES: u8 = 16;

/// One page to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) page: u8,
    pub(super) bytes: [u8; PAGE],
}

/// One tag, and what has been read of it so far.
pub(super) struct Tag<'a> {
    card: &'a mut dyn CardChannel,
    uid: Uid,
    image: Image,
}

impl<'a> Tag<'a> {
    pub(super) fn new(card: &'a mut dyn CardChannel, uid: Uid) -> Self {
        Self {
            card,
            uid,
            image: Image::default(),
        }
    }

    pub(super) fn image(&self) -> &Image {
        &self.image
    }

    pub(super) fn into_image(self) -> Image {
        self.image
    }

    /// The chip by its version, or without one by its capability container and where its memory ends.
    ///
    /// Factory containers tell NTAG213, 215 and 216 apart, but an Ultralight C formatted for NDEF has that of an NTAG213:
    /// only the end of the memory is certain, and finding it costs a NAK.
    pub(super) fn chip(&mut self, card_type: &CardType) -> Result<&'static Chip, DriverError> {
        const UNKNOWN: DriverError = DriverError::Unsupported {
            what: "a Type 2 tag of a size that is not known",
        };
        if let Version::Type2(version) = &card_type.version {
            return Chip::by_version(version).ok_or(UNKNOWN);
        }
        let container = page(&self.image, CC_PAGE).ok_or(UNKNOWN)?;
        for chip in CHIPS.iter().filter(|chip| may_have(chip, container)) {
            if self.can_read(chip.last_page)? && !self.can_read(chip.last_page + 1)? {
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
        for (page, bytes) in (u16::from(first)..).zip(response.data.chunks(PAGE)) {
            self.image.insert(page, bytes.to_vec());
        }
        Ok(())
    }

    /// Reads what is not known yet of the data area's first `bytes` bytes.
    pub(super) fn read_area(&mut self, bytes: usize) -> Result<(), DriverError> {
        for number in (0..bytes).step_by(PAGE).map(page_of) {
            if page(&self.image, number).is_none() {
                self.read(number)?;
            }
        }
        Ok(())
    }

    /// Writes pages in the order given.
    pub(super) fn write_all(
        &mut self,
        steps: &[Step],
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), DriverError> {
        for (done, step) in (1..).zip(steps) {
            let response = Command::update_binary(step.page.into(), &step.bytes).send(self.card)?;
            if !response.is_success() {
                reselect(self.card, &self.uid)?;
                return Err(DriverError::Refused {
                    step: format!("write page {}", step.page),
                    status: response.status,
                });
            }
            progress(Progress {
                done,
                total: steps.len(),
            });
        }
        Ok(())
    }

    fn can_read(&mut self, page: u8) -> Result<bool, DriverError> {
        let response = Command::read_binary(page.into(), READ_BYTES).send(self.card)?;
        if !response.is_success() {
            reselect(self.card, &self.uid)?;
        }
        Ok(response.is_success())
    }
}

/// What was read of one page.
pub(super) fn page(image: &Image, page: u8) -> Option<[u8; PAGE]> {
    image.block(page.into())?.try_into().ok()
}

/// What was read of the data area's first `bytes` bytes, up to the first page that was not.
pub(super) fn area(image: &Image, bytes: usize) -> Vec<u8> {
    let mut area: Vec<u8> = (FIRST_USER_PAGE..)
        .map_while(|number| page(image, number))
        .take(bytes.div_ceil(PAGE))
        .flatten()
        .collect();
    area.truncate(bytes);
    area
}

/// The page on which byte `offset` of the data area stands.
pub(super) fn page_of(offset: usize) -> u8 {
    // No data area has more than 222 pages.
    u8::try_from(offset / PAGE + usize::from(FIRST_USER_PAGE)).unwrap_or(u8::MAX)
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
