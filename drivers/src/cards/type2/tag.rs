//! The pages of one tag on one channel: reading them into [`Memory`], writing them, telling the chip.

use crate::contract::apdu::{Command, Frame, RawPath};
use crate::contract::{
    CardChannel, CardKeys, CardType, ChannelError, DriverError, Uid, Version, reselect,
};

use super::in_force::InForce;
use super::memory::Memory;
use super::models::{CC_MAGIC, CC_PAGE, CHIPS, Chip, FIRST_USER_PAGE, PAGE, READ_PAGES, page_of};

/// Bytes that one READ answers.
const READ_BYTES: u8 = 16;
/// `FAST_READ` of NTAG21x and Ultralight EV1 (data sheet NTAG21x, 10.3): the pages from one to another.
const FAST_READ: u8 = 0x3A;

/// One tag, and what has been read of it so far.
pub(super) struct Tag<'a> {
    pub(super) card: &'a mut dyn CardChannel,
    raw: Option<RawPath>,
    uid: Uid,
    pub(super) memory: Memory,
    /// How many pages it gives in one piece; `None` where it gives no more than a READ.
    fast: Option<u8>,
    /// The secret that it was shown since it was last selected.
    pub(super) shown: Option<CardKeys>,
    /// The chip, where an earlier operation identified it since then.
    told: Option<&'static Chip>,
}

impl<'a> Tag<'a> {
    pub(super) fn new(card: &'a mut dyn CardChannel, uid: Uid) -> Self {
        let in_force = InForce::take(card, uid);
        Self {
            raw: RawPath::of(card),
            card,
            uid,
            memory: Memory::default(),
            fast: None,
            shown: in_force.and_then(|known| known.keys),
            told: in_force.map(|known| known.chip),
        }
    }

    /// The chip that an earlier operation identified since the tag was selected, and the secret that it was shown.
    pub(super) fn in_force(&self) -> Option<(&'static Chip, Option<CardKeys>)> {
        Some((self.told?, self.shown))
    }

    /// Remembers that the tag was shown this secret.
    pub(super) fn note_shown(&mut self, keys: CardKeys) {
        self.shown = Some(keys);
    }

    /// Leaves the tag to the next operation, with what it was shown.
    pub(super) fn rest(self, chip: &'static Chip) -> Memory {
        InForce::keep(self.card, self.uid, chip, self.shown);
        self.memory
    }

    /// Reads in long pieces from now on, where chip and reader do that.
    pub(super) fn read_fast(&mut self, chip: &Chip) {
        let longest = self.card.profile().longest_raw_answer / PAGE;
        let pages = u8::try_from(longest).unwrap_or(u8::MAX);
        let has_command = chip.product.version_byte().is_some();
        self.fast = (has_command && self.has_raw_path() && pages > READ_PAGES).then_some(pages);
    }

    pub(super) fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Takes the reader for one without a way to the tag's own commands, whatever its make: the tag answered none.
    pub(super) fn give_up_raw_path(&mut self) {
        self.raw = None;
    }

    /// Notes for the write that this reader has no way to the tag's own commands.
    pub(super) fn note_missing_raw_path(&mut self) {
        self.memory.lacks_raw_path = !self.has_raw_path();
    }

    /// The chip by its version; without one that is known, by its capability container and where its memory ends.
    ///
    /// Factory containers distinguish NTAG213, 215 and 216, but an Ultralight C formatted for NDEF has that of an NTAG213:
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
            self.reselect()?;
            response = Command::read_binary(first.into(), READ_BYTES).send(self.card)?;
        }
        let step = || format!("read page {first}");
        if !response.is_success() {
            self.reselect()?;
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

    /// Reads what is not known yet of the pages from `first` to `last`.
    pub(super) fn read_pages(&mut self, first: u8, last: u8) -> Result<(), DriverError> {
        for page in first..=last {
            if self.memory.page(page).is_none() && !self.read_piece(page, last)? {
                self.read(page)?;
            }
        }
        Ok(())
    }

    /// Reads pages in one long piece. `false` where that saves nothing, or did not come through: a reader was seen to
    /// double bytes now and then (`contract/reader/table.rs`), so only an answer of the right length counts.
    pub(super) fn read_piece(&mut self, first: u8, last: u8) -> Result<bool, DriverError> {
        let Some(pages) = self.fast else {
            return Ok(false);
        };
        let last = last.min(first.saturating_add(pages - 1));
        if last - first < READ_PAGES {
            return Ok(false);
        }
        let answer = self.exchange(&Frame::new(&[FAST_READ, first, last]))?;
        let expected = (usize::from(last - first) + 1) * PAGE;
        match answer {
            Some(bytes) if bytes.len() == expected => {
                self.memory.insert(first, &bytes);
                Ok(true)
            }
            Some(_) => Ok(false),
            None => {
                self.fast = None;
                Ok(false)
            }
        }
    }

    /// Whether the memory ends where that of this chip does, by a READ that goes on at page 0 behind the end (data sheet
    /// `MF0ICU2`, 7.6.4): then its last two pages are known.
    pub(super) fn ends_as(&mut self, chip: &Chip) -> Result<bool, DriverError> {
        let first = chip.last_readable_page() - 1;
        let response = Command::read_binary(first.into(), READ_BYTES).send(self.card)?;
        if !response.is_success() {
            self.reselect()?;
            return Ok(false);
        }
        let (pages, _) = response.data.as_chunks::<PAGE>();
        let [_, _, page_0, page_1] = pages else {
            return Ok(false);
        };
        let uid = [&page_0[..3], page_1].concat();
        let ends = self.uid.as_bytes() == uid;
        if ends {
            self.memory.insert(first, &response.data[..2 * PAGE]);
        }
        Ok(ends)
    }

    /// Reads what is not known yet of the data area's first `bytes` bytes.
    pub(super) fn read_area(&mut self, bytes: usize) -> Result<(), DriverError> {
        match bytes.checked_sub(1) {
            Some(last) => self.read_pages(FIRST_USER_PAGE, page_of(last)?),
            None => Ok(()),
        }
    }

    /// Whether the reader lets a tag's own commands through.
    pub(super) fn has_raw_path(&self) -> bool {
        self.raw.is_some()
    }

    /// Sends one of the tag's own commands. `None`: refused, or there is no way to it; the tag is selected again.
    pub(super) fn exchange(&mut self, frame: &Frame) -> Result<Option<Vec<u8>>, DriverError> {
        let Some(raw) = &mut self.raw else {
            return Ok(None);
        };
        let answer = raw.exchange(self.card, &self.uid, frame)?;
        if answer.is_none() {
            self.forget();
        }
        Ok(answer)
    }

    /// The tag was selected again.
    fn forget(&mut self) {
        self.shown = None;
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
        self.forget();
        reselect(self.card, &self.uid)
    }

    fn can_read(&mut self, page: u8) -> Result<bool, DriverError> {
        let response = Command::read_binary(page.into(), READ_BYTES).send(self.card)?;
        if !response.is_success() {
            self.reselect()?;
        }
        Ok(response.is_success())
    }
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
