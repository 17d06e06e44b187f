//! What a simulated tag lets be written: lock bits, one-time programmable bits, the frozen configuration.

use super::super::models::{CC_PAGE, FIRST_DYNAMIC_PAGE, PAGE, STATIC_LOCK_PAGE};
use super::SimulatedTag;

/// CFG1 ACCESS: the first two configuration pages are frozen for good.
const CFGLCK: u8 = 0x40;

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
            _ if page <= self.chip.last_user_page => self.is_dynamically_locked(page),
            _ if self.is_frozen_configuration(page) => true,
            _ => false,
        }
    }

    fn is_dynamically_locked(&self, page: u8) -> bool {
        let Some(lock) = self.chip.dynamic_lock else {
            return false;
        };
        let Some(beyond) = page.checked_sub(FIRST_DYNAMIC_PAGE) else {
            return false;
        };
        let [low, high, ..] = self.page(lock.page);
        u16::from_le_bytes([low, high]) & 1 << (beyond / lock.pages_per_bit) != 0
    }

    fn is_frozen_configuration(&self, page: u8) -> bool {
        let first = self.chip.configuration_page;
        (first..first + 2).contains(&page) && self.access() & CFGLCK != 0
    }

    /// What stands on `page` after a permitted write of `bytes`.
    pub(super) fn programmed(&self, page: u8, bytes: [u8; PAGE]) -> [u8; PAGE] {
        let old = self.page(page);
        match page {
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
            _ if self.chip.dynamic_lock.is_some_and(|lock| lock.page == page) => {
                let frozen = dynamic_frozen(old[2]);
                let bits = u16::from_le_bytes([bytes[0], bytes[1]]) & !frozen;
                let [low, high] = (u16::from_le_bytes([old[0], old[1]]) | bits).to_le_bytes();
                [low, high, old[2] | bytes[2], old[3]]
            }
            _ => bytes,
        }
    }
}

/// The dynamic lock bits that block-locking bits freeze: two lock bits for each.
fn dynamic_frozen(blocks: u8) -> u16 {
    (0..8)
        .filter(|block| blocks & 1 << block != 0)
        .fold(0, |sum, block| sum | 0b11 << (2 * block))
}
