//! What a simulated tag lets be written: lock bits, one-time programmable bits, the counter, the frozen configuration.

use super::super::models::{
    CC_PAGE, FIRST_DYNAMIC_PAGE, LockGroups, PAGE, Product, STATIC_LOCK_PAGE,
};
use super::SimulatedTag;

/// CFG1 ACCESS: the first two configuration pages are frozen for good.
const CFGLCK: u8 = 0x40;

/// The 16-bit counter of an Ultralight C.
const COUNTER_PAGE: u8 = 0x29;

/// Static lock byte 0: each of these bits freezes lock bits of both bytes (NXP data sheet NTAG21x, 8.5.2).
const STATIC_BLOCKS: [(u8, [u8; 2]); 3] = [
    (0x01, [0x08, 0x00]),
    (0x02, [0xF0, 0x03]),
    (0x04, [0x00, 0xFC]),
];

impl SimulatedTag {
    /// Whether lock bits forbid any write to `page`.
    pub(super) fn is_locked(&self, page: u8) -> bool {
        let [_, _, low, high] = self.page(STATIC_LOCK_PAGE);
        let locks = u16::from_le_bytes([low, high]);
        match page {
            CC_PAGE..FIRST_DYNAMIC_PAGE => locks & 1 << page != 0,
            _ => self.is_dynamically_locked(page) || self.is_frozen_configuration(page),
        }
    }

    fn is_dynamically_locked(&self, page: u8) -> bool {
        let Some(lock) = self.chip.dynamic_lock else {
            return false;
        };
        let [low, high, ..] = self.page(lock.page);
        u16::from_le_bytes([low, high]) & lock.mask(self.chip, page) != 0
    }

    fn is_frozen_configuration(&self, page: u8) -> bool {
        let first = self.chip.configuration_page;
        let is_frozen = [&self.memory, &self.selected]
            .into_iter()
            .any(|memory| self.access(memory) & CFGLCK != 0);
        self.chip.product != Product::UltralightC && (first..first + 2).contains(&page) && is_frozen
    }

    /// What is on `page` after a permitted write of `bytes`; `None` when the page does not take them.
    pub(super) fn programmed(&self, page: u8, bytes: [u8; PAGE]) -> Option<[u8; PAGE]> {
        let old = self.page(page);
        let is_ultralight_c = self.chip.product == Product::UltralightC;
        let lock = self.chip.dynamic_lock.filter(|lock| lock.page == page);
        if is_ultralight_c && page == COUNTER_PAGE {
            return counted(old, bytes);
        }
        Some(match page {
            STATIC_LOCK_PAGE => {
                let frozen = STATIC_BLOCKS
                    .iter()
                    .filter(|(block, _)| old[2] & block != 0)
                    .fold([0; 2], |sum, (_, bits)| {
                        [sum[0] | bits[0], sum[1] | bits[1]]
                    });
                let [_, _, new0, new1] = bytes;
                [
                    old[0],
                    old[1],
                    old[2] | new0 & !frozen[0],
                    old[3] | new1 & !frozen[1],
                ]
            }
            CC_PAGE => [0, 1, 2, 3].map(|byte| old[byte] | bytes[byte]),
            _ => match lock.map(|lock| lock.groups) {
                Some(LockGroups::Of(_)) => {
                    let (low, high) = locked(old, bytes, dynamic_frozen(old[2]));
                    [low, high, old[2] | bytes[2], old[3]]
                }
                Some(LockGroups::UltralightC) => {
                    let (low, high) = locked(old, bytes, ultralight_c_frozen(old));
                    [low, high, old[2], old[3]]
                }
                // Nothing is said of the other three bytes of AUTH0 and AUTH1: they are treated as absent.
                None if is_ultralight_c && page == self.chip.configuration_page => {
                    [bytes[0], 0, 0, 0]
                }
                None if is_ultralight_c && page == self.chip.configuration_page + 1 => {
                    [bytes[0], 0, 0, 0]
                }
                None => bytes,
            },
        })
    }
}

/// Lock bytes after a write: set bits stay, frozen ones stay as they are.
fn locked(old: [u8; PAGE], new: [u8; PAGE], frozen: u16) -> (u8, u8) {
    let bits = u16::from_le_bytes([new[0], new[1]]) & !frozen;
    let [low, high] = (u16::from_le_bytes([old[0], old[1]]) | bits).to_le_bytes();
    (low, high)
}

/// The lock bits that the block-locking bits of an Ultralight C freeze (data sheet `MF0ICU2`, 7.5.3).
fn ultralight_c_frozen([low, high, ..]: [u8; PAGE]) -> u16 {
    const BLOCKS: [(u16, u16); 6] = [
        (1 << 0, 0x000E),
        (1 << 4, 0x00E0),
        (1 << 8, 1 << 12),
        (1 << 9, 1 << 13),
        (1 << 10, 1 << 14),
        (1 << 11, 1 << 15),
    ];
    let bits = u16::from_le_bytes([low, high]);
    BLOCKS
        .iter()
        .filter(|(block, _)| bits & block != 0)
        .fold(0, |sum, (_, frozen)| sum | frozen)
}

/// The counter after a write: the first one sets it, every other adds 0 to 15, and it never overflows (data sheet
/// `MF0ICU2`, 7.5.10).
fn counted(old: [u8; PAGE], new: [u8; PAGE]) -> Option<[u8; PAGE]> {
    const LARGEST_STEP: u16 = 0x0F;
    let value = |page: [u8; PAGE]| u16::from_le_bytes([page[0], page[1]]);
    let sum = match value(old) {
        0 => value(new),
        count if value(new) <= LARGEST_STEP => count.checked_add(value(new))?,
        _ => return None,
    };
    let [low, high] = sum.to_le_bytes();
    Some([low, high, 0, 0])
}

/// The dynamic lock bits that block-locking bits freeze: two lock bits for each.
fn dynamic_frozen(blocks: u8) -> u16 {
    (0..8)
        .filter(|block| blocks & 1 << block != 0)
        .fold(0, |sum, block| sum | 0b11 << (2 * block))
}
