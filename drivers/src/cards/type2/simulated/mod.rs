//! A simulated NTAG21x, Ultralight EV1 or Ultralight C, as strict as the silicon (NXP data sheets).
//!
//! What it does not have: the counters of NTAG21x and Ultralight EV1, the originality signature (only NXP can make
//! one), ASCII mirroring, `COMPATIBILITY_WRITE`. It answers NAK to these, as a chip does to a command it does not know.
//!
//! Whether a change of password, key, AUTH0 or ACCESS counts at once or from the next selection on is not said of every
//! chip (an NTAG215 was seen to go by the old AUTH0 until then, flipperzero-firmware issue 4321; CFGLCK does so by its data
//! sheet). This one refuses what either reading refuses.

mod authentication;
mod challenge;
mod locking;

use crate::contract::{Answer, FieldLost, Mishap, SimulatedCard, Uid, Writes};

use super::models::{CC_PAGE, Chip, FIRST_USER_PAGE, PAGE, Product, READ_PAGES, STATIC_LOCK_PAGE};
use challenge::{Challenge, FACTORY_KEY_PAGES};

const GET_VERSION: u8 = 0x60;
const READ: u8 = 0x30;
const FAST_READ: u8 = 0x3A;
const WRITE: u8 = 0xA2;
const PWD_AUTH: u8 = 0x1B;
const AUTHENTICATE: u8 = 0x1A;
const HLTA: u8 = 0x50;

/// Takes the place of a byte in the first check byte: the UID goes on in a second cascade level.
const CASCADE_TAG: u8 = 0x88;
/// The byte between check byte and lock bytes.
const INTERNAL: u8 = 0x48;

/// One tag.
#[derive(Debug)]
pub(super) struct SimulatedTag {
    chip: &'static Chip,
    memory: Vec<u8>,
    /// The memory when it was last selected, whose configuration may still be in force.
    selected: Vec<u8>,
    state: State,
    failed_authentications: u8,
    writes: Writes,
}

#[derive(Debug)]
enum State {
    Active,
    /// An Ultralight C waits for the answer to its challenge, and for nothing else.
    Challenged(Challenge),
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
            selected: vec![],
            state: State::Active,
            failed_authentications: 0,
            writes: Writes::default(),
        };
        tag.set(0, [u0, u1, u2, CASCADE_TAG ^ u0 ^ u1 ^ u2]);
        tag.set(1, [u3, u4, u5, u6]);
        tag.set(STATIC_LOCK_PAGE, [u3 ^ u4 ^ u5 ^ u6, INTERNAL, 0x00, 0x00]);
        tag.set(CC_PAGE, chip.factory_container);
        let area = usize::from(FIRST_USER_PAGE) * PAGE;
        tag.memory[area..area + chip.factory_area.len()].copy_from_slice(chip.factory_area);
        if let (Product::Ntag, Some(lock)) = (chip.product, chip.dynamic_lock) {
            tag.set(lock.page, [0x00, 0x00, 0x00, 0xBD]);
        }
        let (cfg0, cfg1) = match chip.product {
            Product::UltralightEv1 => ([0x00, 0x00, 0x00, 0xFF], [0x00, 0x05, 0x00, 0x00]),
            Product::Ntag => ([0x04, 0x00, 0x00, 0xFF], [0x00; PAGE]),
            Product::UltralightC => ([0x30, 0x00, 0x00, 0x00], [0x00; PAGE]),
        };
        tag.set(chip.configuration_page, cfg0);
        tag.set(chip.configuration_page + 1, cfg1);
        match chip.product {
            Product::UltralightC => {
                for (page, bytes) in (chip.first_secret_page()..).zip(FACTORY_KEY_PAGES) {
                    tag.set(page, bytes);
                }
            }
            Product::UltralightEv1 | Product::Ntag => {
                tag.set(chip.first_secret_page(), [0xFF; PAGE]);
            }
        }
        tag.selected.clone_from(&tag.memory);
        Some(tag)
    }

    fn page(&self, page: u8) -> [u8; PAGE] {
        page_of(&self.memory, page)
    }

    fn set(&mut self, page: u8, bytes: [u8; PAGE]) {
        let start = usize::from(page) * PAGE;
        self.memory[start..start + PAGE].copy_from_slice(&bytes);
    }

    fn command(&mut self, frame: &[u8]) -> Result<Answer, Nak> {
        let is_ultralight_c = self.chip.product == Product::UltralightC;
        if let State::Challenged(challenge) = &self.state {
            let proof = challenge.proof(frame).ok_or(Nak)?;
            self.state = State::Authenticated;
            return Ok(Answer::Frame(proof));
        }
        match *frame {
            [READ, page] => self.read(page),
            [WRITE, page, b0, b1, b2, b3] => self.write(page, [b0, b1, b2, b3]),
            [AUTHENTICATE, 0x00] if is_ultralight_c => self.challenge(),
            [GET_VERSION] => self.version(),
            [FAST_READ, first, last] if !is_ultralight_c => self.fast_read(first, last),
            [PWD_AUTH, b0, b1, b2, b3] if !is_ultralight_c => self.authenticate([b0, b1, b2, b3]),
            _ => Err(Nak),
        }
    }

    fn version(&self) -> Result<Answer, Nak> {
        let product = self.chip.product.version_byte().ok_or(Nak)?;
        let subtype = match self.chip.product {
            Product::Ntag => 0x02,
            Product::UltralightEv1 | Product::UltralightC => 0x01,
        };
        let size = self.chip.size;
        Ok(Answer::Frame(vec![
            0x00, 0x04, product, subtype, 0x01, 0x00, size, 0x03,
        ]))
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
        if page >= self.chip.first_secret_page() {
            [0; PAGE]
        } else {
            self.page(page)
        }
    }

    /// The number of pages that may be read now. The key of an Ultralight C never can.
    fn readable_pages(&self) -> u8 {
        let pages = self.chip.last_readable_page() + 1;
        [&self.memory, &self.selected]
            .into_iter()
            .filter(|memory| !self.is_authenticated() && self.protects_reads(memory))
            .fold(pages, |pages, memory| {
                pages.min(self.first_protected_page(memory))
            })
    }

    fn is_authenticated(&self) -> bool {
        matches!(self.state, State::Authenticated)
    }

    fn first_protected_page(&self, memory: &[u8]) -> u8 {
        let cfg0 = page_of(memory, self.chip.configuration_page);
        match self.chip.product {
            Product::UltralightC => cfg0[0],
            Product::UltralightEv1 | Product::Ntag => cfg0[3],
        }
    }

    fn protects_reads(&self, memory: &[u8]) -> bool {
        const PROT: u8 = 0x80;
        const WRITE_ONLY: u8 = 0x01;
        let access = self.access(memory);
        match self.chip.product {
            Product::UltralightC => access & WRITE_ONLY == 0,
            Product::UltralightEv1 | Product::Ntag => access & PROT != 0,
        }
    }

    /// ACCESS, or AUTH1 on an Ultralight C.
    fn access(&self, memory: &[u8]) -> u8 {
        page_of(memory, self.chip.configuration_page + 1)[0]
    }

    fn write(&mut self, page: u8, bytes: [u8; PAGE]) -> Result<Answer, Nak> {
        let is_protected = !self.is_authenticated()
            && [&self.memory, &self.selected]
                .into_iter()
                .any(|memory| page >= self.first_protected_page(memory));
        if page < STATIC_LOCK_PAGE || page > self.chip.last_page || is_protected {
            return Err(Nak);
        }
        if self.is_locked(page) {
            return Err(Nak);
        }
        let bytes = self.programmed(page, bytes).ok_or(Nak)?;
        let start = usize::from(page) * PAGE;
        let place = &mut self.memory[start..start + PAGE];
        if let Err(FieldLost) = self.writes.store(place, &bytes) {
            self.state = State::Deaf;
            return Ok(Answer::Silence);
        }
        Ok(Answer::Ack)
    }
}

/// One page of a memory of this chip.
fn page_of(memory: &[u8], page: u8) -> [u8; PAGE] {
    let start = usize::from(page) * PAGE;
    [0, 1, 2, 3].map(|byte| memory[start + byte])
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
        self.selected.clone_from(&self.memory);
    }

    fn exchange(&mut self, frame: &[u8]) -> Answer {
        if matches!(self.state, State::Deaf) {
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
            self.selected.copy_from_slice(memory);
        }
        fits
    }

    fn writes(&self) -> u64 {
        self.writes.accepted()
    }

    fn spoil_next_write(&mut self, mishap: Option<Mishap>) {
        self.writes.spoil_next(mishap);
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod ultralight_c_tests;
