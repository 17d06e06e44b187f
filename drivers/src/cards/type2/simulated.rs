//! A simulated NTAG21x or Ultralight EV1, as strict as the silicon (NXP data sheets).
//!
//! What it does not have: counters, the originality signature (nobody but NXP can make one), ASCII mirroring,
//! `COMPATIBILITY_WRITE`. It answers NAK to these, as a chip does to a command it does not know.

mod locking;

use crate::contract::{Answer, SimulatedCard, Uid};

use super::models::{CC_PAGE, Chip, FIRST_USER_PAGE, PAGE, Product, READ_PAGES, STATIC_LOCK_PAGE};

const GET_VERSION: u8 = 0x60;
const READ: u8 = 0x30;
const FAST_READ: u8 = 0x3A;
const WRITE: u8 = 0xA2;
const PWD_AUTH: u8 = 0x1B;
const HLTA: u8 = 0x50;

/// The data area of a factory-fresh NTAG213: a lock control TLV, an empty NDEF TLV, the terminator.
const FACTORY_NTAG213: &[u8] = &[0x01, 0x03, 0xA0, 0x0C, 0x34, 0x03, 0x00, 0xFE];
/// That of NTAG215 and 216: an empty NDEF TLV, the terminator.
const FACTORY_NTAG: &[u8] = &[0x03, 0x00, 0xFE];

/// Takes the place of a byte in the first check byte: the UID goes on in a second cascade level.
const CASCADE_TAG: u8 = 0x88;
/// The byte between check byte and lock bytes.
const INTERNAL: u8 = 0x48;

/// One tag.
#[derive(Debug)]
pub(super) struct SimulatedTag {
    chip: &'static Chip,
    memory: Vec<u8>,
    state: State,
    failed_authentications: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Active,
    Authenticated,
    /// Halted or idle: deaf until selected again.
    Deaf,
}

/// The frame is one that this tag answers NAK.
struct Nak;

impl SimulatedTag {
    /// A tag fresh from the factory; `None` when the UID does not have the 7 bytes of such a tag.
    pub(super) fn new(chip: &'static Chip, uid: &Uid) -> Option<Self> {
        let &[u0, u1, u2, u3, u4, u5, u6] = uid.as_bytes() else {
            return None;
        };
        let mut tag = Self {
            chip,
            memory: vec![0; (usize::from(chip.last_page) + 1) * PAGE],
            state: State::Active,
            failed_authentications: 0,
        };
        tag.set(0, [u0, u1, u2, CASCADE_TAG ^ u0 ^ u1 ^ u2]);
        tag.set(1, [u3, u4, u5, u6]);
        tag.set(STATIC_LOCK_PAGE, [u3 ^ u4 ^ u5 ^ u6, INTERNAL, 0x00, 0x00]);
        tag.set(CC_PAGE, chip.factory_container);
        let content = match (chip.product, chip.size) {
            (Product::UltralightEv1, _) => &[],
            (Product::Ntag, 0x0F) => FACTORY_NTAG213,
            (Product::Ntag, _) => FACTORY_NTAG,
        };
        let area = usize::from(FIRST_USER_PAGE) * PAGE;
        tag.memory[area..area + content.len()].copy_from_slice(content);
        if let (Product::Ntag, Some(lock)) = (chip.product, chip.dynamic_lock) {
            tag.set(lock.page, [0x00, 0x00, 0x00, 0xBD]);
        }
        let (cfg0, cfg1) = match chip.product {
            Product::UltralightEv1 => ([0x00, 0x00, 0x00, 0xFF], [0x00, 0x05, 0x00, 0x00]),
            Product::Ntag => ([0x04, 0x00, 0x00, 0xFF], [0x00; PAGE]),
        };
        tag.set(chip.configuration_page, cfg0);
        tag.set(chip.configuration_page + 1, cfg1);
        tag.set(chip.configuration_page + 2, [0xFF; PAGE]);
        Some(tag)
    }

    fn page(&self, page: u8) -> [u8; PAGE] {
        let start = usize::from(page) * PAGE;
        [0, 1, 2, 3].map(|byte| self.memory[start + byte])
    }

    fn set(&mut self, page: u8, bytes: [u8; PAGE]) {
        let start = usize::from(page) * PAGE;
        self.memory[start..start + PAGE].copy_from_slice(&bytes);
    }

    fn command(&mut self, frame: &[u8]) -> Result<Answer, Nak> {
        match *frame {
            [GET_VERSION] => Ok(Answer::Frame(self.version())),
            [READ, page] => self.read(page),
            [FAST_READ, first, last] => self.fast_read(first, last),
            [WRITE, page, b0, b1, b2, b3] => self.write(page, [b0, b1, b2, b3]),
            [PWD_AUTH, b0, b1, b2, b3] => self.authenticate([b0, b1, b2, b3]),
            _ => Err(Nak),
        }
    }

    fn version(&self) -> Vec<u8> {
        let subtype = match self.chip.product {
            Product::UltralightEv1 => 0x01,
            Product::Ntag => 0x02,
        };
        let product = self.chip.product as u8;
        vec![
            0x00,
            0x04,
            product,
            subtype,
            0x01,
            0x00,
            self.chip.size,
            0x03,
        ]
    }

    /// Four pages; behind the last page that may be read it goes on at page 0.
    fn read(&self, page: u8) -> Result<Answer, Nak> {
        let pages = self.readable_pages();
        if page >= pages {
            return Err(Nak);
        }
        let bytes = (0..READ_PAGES)
            .map(|step| (u16::from(page) + u16::from(step)) % u16::from(pages))
            .flat_map(|page| self.seen(u8::try_from(page).unwrap_or(0)))
            .collect();
        Ok(Answer::Frame(bytes))
    }

    fn fast_read(&self, first: u8, last: u8) -> Result<Answer, Nak> {
        if first > last || last >= self.readable_pages() {
            return Err(Nak);
        }
        let bytes = (first..=last).flat_map(|page| self.seen(page)).collect();
        Ok(Answer::Frame(bytes))
    }

    /// What reading shows of a page: password and PACK read as zeros.
    fn seen(&self, page: u8) -> [u8; PAGE] {
        if page >= self.chip.configuration_page + 2 {
            [0; PAGE]
        } else {
            self.page(page)
        }
    }

    /// The number of pages that may be read now.
    fn readable_pages(&self) -> u8 {
        let pages = self.chip.last_page + 1;
        if self.protects_reads() && self.state != State::Authenticated {
            pages.min(self.first_protected_page())
        } else {
            pages
        }
    }

    fn first_protected_page(&self) -> u8 {
        self.page(self.chip.configuration_page)[3]
    }

    fn protects_reads(&self) -> bool {
        const PROT: u8 = 0x80;
        self.access() & PROT != 0
    }

    fn access(&self) -> u8 {
        self.page(self.chip.configuration_page + 1)[0]
    }

    fn write(&mut self, page: u8, bytes: [u8; PAGE]) -> Result<Answer, Nak> {
        let is_protected =
            page >= self.first_protected_page() && self.state != State::Authenticated;
        if page < STATIC_LOCK_PAGE || page > self.chip.last_page || is_protected {
            return Err(Nak);
        }
        if self.is_locked(page) {
            return Err(Nak);
        }
        let bytes = self.programmed(page, bytes);
        self.set(page, bytes);
        Ok(Answer::Ack)
    }

    fn authenticate(&mut self, password: [u8; PAGE]) -> Result<Answer, Nak> {
        const AUTHLIM: u8 = 0x07;
        let limit = self.access() & AUTHLIM;
        // A data sheet's limit n admits 2^n wrong passwords; 0 admits any number.
        let is_exhausted = limit > 0 && u16::from(self.failed_authentications) >= 1 << limit;
        if is_exhausted || password != self.page(self.chip.configuration_page + 2) {
            self.failed_authentications = self.failed_authentications.saturating_add(1);
            return Err(Nak);
        }
        self.failed_authentications = 0;
        self.state = State::Authenticated;
        let [p0, p1, ..] = self.page(self.chip.last_page);
        Ok(Answer::Frame(vec![p0, p1]))
    }
}

impl SimulatedCard for SimulatedTag {
    fn model(&self) -> &'static str {
        self.chip.model.name
    }

    fn uid(&self) -> Uid {
        let [u0, u1, u2, _] = self.page(0);
        let [u3, u4, u5, u6] = self.page(1);
        Uid::from([u0, u1, u2, u3, u4, u5, u6])
    }

    fn atr(&self) -> Vec<u8> {
        // Card name 0003, Ultralight, as most readers report every tag of this kind; the last byte is the XOR.
        vec![
            0x3B, 0x8F, 0x80, 0x01, 0x80, 0x4F, 0x0C, 0xA0, 0x00, 0x00, 0x03, 0x06, 0x03, 0x00,
            0x03, 0x00, 0x00, 0x00, 0x00, 0x68,
        ]
    }

    fn select(&mut self) {
        self.state = State::Active;
    }

    fn exchange(&mut self, frame: &[u8]) -> Answer {
        if self.state == State::Deaf {
            return Answer::Silence;
        }
        if frame == [HLTA, 0x00] {
            self.state = State::Deaf;
            return Answer::Silence;
        }
        self.command(frame).unwrap_or_else(|Nak| {
            self.state = State::Deaf;
            Answer::Nak
        })
    }

    fn memory(&self) -> Vec<u8> {
        self.memory.clone()
    }

    fn load(&mut self, memory: &[u8]) -> bool {
        let fits = memory.len() == self.memory.len();
        if fits {
            self.memory.copy_from_slice(memory);
        }
        fits
    }
}

#[cfg(test)]
mod tests;
