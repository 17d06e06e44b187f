//! What a tag's configuration protects with its password or key, and the pages that change it.

use super::memory::Memory;

use super::models::{CC_PAGE, Chip, PAGE, Product};

/// The first page that we protect: everything that we write. Page 2 is left out, because an Ultralight C knows no
/// protection from there on (data sheet `MF0ICU2`, 7.5.6: AUTH0 from 03 hex on); setting its lock bits makes a card
/// useless and no more.
const FIRST_PAGE: u8 = CC_PAGE;

/// NTAG21x and Ultralight EV1, ACCESS in CFG1: reading is protected too.
const PROT: u8 = 0x80;
/// The configuration is frozen for good.
const CFGLCK: u8 = 0x40;
/// How many wrong passwords lock the tag for good; 0 is any number.
const AUTHLIM: u8 = 0x07;
/// Ultralight C, AUTH1: reading is free.
const WRITE_ONLY: u8 = 0x01;

/// The configuration of one tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Protection {
    chip: &'static Chip,
    cfg0: [u8; PAGE],
    cfg1: [u8; PAGE],
}

impl Protection {
    /// Judges a memory of which the guard pages were read. A configuration that was not counts as protecting everything.
    pub(super) fn of(chip: &'static Chip, memory: &Memory) -> Self {
        let read = |number, unread| memory.page(number).unwrap_or(unread);
        let unread = match chip.product {
            Product::UltralightC => [0x00; PAGE],
            Product::UltralightEv1 | Product::Ntag => [0xFF; PAGE],
        };
        Self {
            chip,
            cfg0: read(chip.configuration_page, [0x00; PAGE]),
            cfg1: read(chip.configuration_page + 1, unread),
        }
    }

    /// AUTH0: the first page that cannot be written without authentication.
    pub(super) fn first_page(&self) -> u8 {
        match self.chip.product {
            Product::UltralightC => self.cfg0[0],
            Product::UltralightEv1 | Product::Ntag => self.cfg0[3],
        }
    }

    /// Whether anything is protected.
    pub(super) fn is_on(&self) -> bool {
        self.first_page() <= self.chip.last_page
    }

    /// Whether it is what [`Self::closed`] and [`Self::access`] make.
    pub(super) fn is_whole(&self) -> bool {
        let covers_ours = match self.chip.product {
            Product::UltralightC => self.first_page() == FIRST_PAGE,
            Product::UltralightEv1 | Product::Ntag => self.first_page() <= FIRST_PAGE,
        };
        covers_ours && self.access().is_none()
    }

    /// Whether the configuration cannot be changed any more.
    pub(super) fn is_frozen(&self) -> bool {
        self.chip.product != Product::UltralightC && self.cfg1[0] & CFGLCK != 0
    }

    /// Whether wrong passwords are counted and lock the tag for good. Ours never are, so such a password is not ours.
    pub(super) fn counts_attempts(&self) -> bool {
        self.chip.product != Product::UltralightC && self.cfg1[0] & AUTHLIM != 0
    }

    /// The first configuration page with nothing protected.
    pub(super) fn open(&self) -> [u8; PAGE] {
        self.with_first_page(match self.chip.product {
            Product::UltralightC => 0x30,
            Product::UltralightEv1 | Product::Ntag => 0xFF,
        })
    }

    /// The first configuration page with everything protected that we write.
    pub(super) fn closed(&self) -> [u8; PAGE] {
        self.with_first_page(FIRST_PAGE)
    }

    /// The second configuration page, if it must change: reading free, no limit of attempts, and nothing else touched.
    pub(super) fn access(&self) -> Option<[u8; PAGE]> {
        let [access, rest @ ..] = self.cfg1;
        let wanted = match self.chip.product {
            Product::UltralightC => access | WRITE_ONLY,
            Product::UltralightEv1 | Product::Ntag => access & !(PROT | AUTHLIM),
        };
        (wanted != access).then_some([wanted, rest[0], rest[1], rest[2]])
    }

    fn with_first_page(&self, first: u8) -> [u8; PAGE] {
        let mut cfg0 = self.cfg0;
        match self.chip.product {
            Product::UltralightC => cfg0[0] = first,
            Product::UltralightEv1 | Product::Ntag => cfg0[3] = first,
        }
        cfg0
    }
}
