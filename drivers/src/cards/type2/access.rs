//! What a tag lets us write, judged from its lock bits, capability container and configuration.

use crate::contract::{CardKeys, DriverError};
use crate::record::{ndef, tlv};

use super::super::too_small;
use super::memory::Memory;
use super::models::{
    CC_MAGIC, CC_PAGE, Chip, FIRST_DYNAMIC_PAGE, FIRST_USER_PAGE, PAGE, Product, STATIC_LOCK_PAGE,
    page_of,
};
use super::protection::Protection;

/// The reader lets none of a tag's own commands through.
pub(super) const NEEDS_RAW_PATH: DriverError = DriverError::Reader {
    what: "send a tag its own commands, which a password or key on the card takes",
};

/// What the capability container says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    /// The tag is formatted for NDEF.
    Ready {
        /// Bytes of the data area that it declares, as far as the chip has them.
        area_bytes: usize,
    },
    /// Not formatted; every bit that it has is one that we would set too.
    Unwritten,
    /// One-time programmable bits are there that are not NDEF's: they can never be cleared.
    Alien,
}

/// The protections of one tag.
#[derive(Debug, Clone, Copy)]
pub(super) struct Access {
    chip: &'static Chip,
    static_locks: u16,
    dynamic_locks: u16,
    container: [u8; PAGE],
    protection: Protection,
    barrier: Barrier,
}

/// What keeps us from protected pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Barrier {
    /// Nothing: there is no protection, or we know what opens it.
    None,
    /// A password or key that may be ours, on a reader that cannot ask.
    Reader,
    /// A password or key that is not ours.
    Unknown,
}

impl Access {
    /// Judges a memory of which page 2 and the guard pages were read. A page that was not counts as wholly locked.
    pub(super) fn of(chip: &'static Chip, memory: &Memory, keys: CardKeys) -> Self {
        const ALL_LOCKED: [u8; PAGE] = [0xFF; PAGE];
        let read = |number| memory.page(number);
        let [_, _, static0, static1] = read(STATIC_LOCK_PAGE).unwrap_or(ALL_LOCKED);
        let dynamic_locks = chip.dynamic_lock.map_or(0, |lock| {
            let [low, high, ..] = read(lock.page).unwrap_or(ALL_LOCKED);
            u16::from_le_bytes([low, high])
        });
        let protection = Protection::of(chip, memory);
        let may_be_ours = memory.lacks_raw_path && !protection.counts_attempts();
        Self {
            chip,
            static_locks: u16::from_le_bytes([static0, static1]),
            dynamic_locks,
            container: read(CC_PAGE).unwrap_or(ALL_LOCKED),
            protection,
            barrier: match keys {
                CardKeys::Unknown if may_be_ours => Barrier::Reader,
                CardKeys::Unknown => Barrier::Unknown,
                _ => Barrier::None,
            },
        }
    }

    pub(super) fn container(&self) -> Container {
        const VERSION_1: u8 = 0x10;
        let [magic, version, size, _] = self.container;
        if magic == CC_MAGIC && version & 0xF0 == VERSION_1 && size > 0 {
            let declared = usize::from(size) * 8;
            return Container::Ready {
                area_bytes: declared.min(self.chip.area_bytes()),
            };
        }
        if self.completed_container().is_some() {
            Container::Unwritten
        } else {
            Container::Alien
        }
    }

    /// How many bytes a record may have.
    pub(super) fn capacity(&self) -> usize {
        tlv::capacity(self.reachable_bytes())
    }

    /// The capability container that must be written before a record of so many bytes; `None` when what is there
    /// will do.
    pub(super) fn container_for(&self, record_bytes: usize) -> Option<[u8; PAGE]> {
        match self.container() {
            Container::Ready { area_bytes } if needed_bytes(record_bytes) <= area_bytes => None,
            _ => self.completed_container(),
        }
    }

    /// Checks that a record of so many bytes can be written.
    pub(super) fn check_fits(&self, record_bytes: usize) -> Result<(), DriverError> {
        self.permits_container()?;
        if needed_bytes(record_bytes) > self.reachable_bytes() {
            return Err(too_small(record_bytes, self.capacity(), self.chip.model));
        }
        if self.container_for(record_bytes).is_some() {
            self.permits_page(CC_PAGE)?;
        }
        let last = page_of(needed_bytes(record_bytes) - 1)?;
        (FIRST_USER_PAGE..=last).try_for_each(|number| self.permits_page(number))
    }

    /// Checks that one page can be written.
    pub(super) fn permits_page(&self, number: u8) -> Result<(), DriverError> {
        let locked = |what| Err(DriverError::Locked { what });
        if number >= self.protection.first_page() {
            self.permits_protected()?;
        }
        if number < FIRST_DYNAMIC_PAGE {
            return match self.static_locks & 1 << number {
                0 => Ok(()),
                _ => locked("static lock bits are set"),
            };
        }
        let is_configuration =
            (self.chip.configuration_page..self.chip.first_secret_page()).contains(&number);
        if is_configuration && self.protection.is_frozen() {
            return locked("its configuration is frozen");
        }
        if self.is_dynamically_locked(number) {
            return locked("dynamic lock bits are set");
        }
        Ok(())
    }

    fn permits_protected(&self) -> Result<(), DriverError> {
        match (self.barrier, self.chip.product) {
            (Barrier::None, _) => Ok(()),
            (Barrier::Reader, _) => Err(NEEDS_RAW_PATH),
            (Barrier::Unknown, Product::UltralightC) => Err(DriverError::Locked {
                what: "a key that is not this site's protects its memory",
            }),
            (Barrier::Unknown, Product::UltralightEv1 | Product::Ntag) => {
                Err(DriverError::Locked {
                    what: "a password protects its memory",
                })
            }
        }
    }

    fn permits_container(&self) -> Result<(), DriverError> {
        let locked = |what| Err(DriverError::Locked { what });
        match self.container() {
            Container::Alien => locked("its one-time programmable page is used for something else"),
            Container::Ready { .. } if self.container[3] != 0 => {
                locked("its capability container makes it read-only")
            }
            Container::Ready { .. } => Ok(()),
            Container::Unwritten => self.permits_page(CC_PAGE),
        }
    }

    fn is_dynamically_locked(&self, number: u8) -> bool {
        self.chip
            .dynamic_lock
            .is_some_and(|lock| self.dynamic_locks & lock.mask(self.chip, number) != 0)
    }

    /// The whole container, if nothing but setting bits leads to it.
    fn completed_container(&self) -> Option<[u8; PAGE]> {
        let whole = self.chip.capability_container();
        let is_superset = self
            .container
            .iter()
            .zip(whole)
            .all(|(is, want)| is | want == want);
        is_superset.then_some(whole)
    }

    fn reachable_bytes(&self) -> usize {
        let declared = match self.container() {
            Container::Ready { area_bytes } => area_bytes,
            Container::Unwritten | Container::Alien => 0,
        };
        if self.completed_container().is_some() && self.permits_page(CC_PAGE).is_ok() {
            self.chip.area_bytes()
        } else {
            declared
        }
    }
}

fn needed_bytes(record_bytes: usize) -> usize {
    tlv::area_bytes(ndef::message_bytes(record_bytes))
}
