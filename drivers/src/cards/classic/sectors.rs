//! How the memory of MIFARE Classic is laid out (NXP data sheets MF1S50, MF1S70, MF1ICS20): blocks of 16 bytes, sectors of 4
//! blocks, from the 33rd sector on of 16. The last block of a sector is its trailer.

use crate::contract::{Family, Model, ModelKey};
use crate::record::tlv;

/// Bytes of a block, the unit of reading and writing.
pub(super) const BLOCK: usize = 16;
/// One block.
pub(super) type Block = [u8; BLOCK];

/// The sector of the first application directory.
pub(super) const MAD1_SECTOR: u8 = 0;
/// The sector of the second, on cards that have one.
pub(super) const MAD2_SECTOR: u8 = 16;
/// Set by the manufacturer; never written.
pub(super) const MANUFACTURER_BLOCK: u8 = 0;

const FIRST_LARGE_SECTOR: u8 = 32;
const SMALL_BLOCKS: u8 = 4;
const LARGE_BLOCKS: u8 = 16;

/// One size of card.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Chip {
    pub(super) model: &'static Model,
    pub(super) sectors: u8,
    /// The card name in the ATR (PC/SC part 3, supplement).
    pub(super) card_name: u8,
    /// What it answers to selection.
    pub(super) sak: u8,
    /// The lower byte of `ATQA` with a UID of 4 bytes; one of 7 bytes adds 40.
    pub(super) atqa: u8,
}

/// The models: all sectors but those of the directories hold NDEF.
pub(super) static MODELS: [Model; 3] = [
    model("classic-mini", "MIFARE Classic Mini", 320, 4 * 48),
    model("classic-1k", "MIFARE Classic 1K", 1024, 15 * 48),
    model("classic-4k", "MIFARE Classic 4K", 4096, 30 * 48 + 8 * 240),
];

pub(super) static CHIPS: [Chip; 3] = [
    Chip {
        model: &MODELS[0],
        sectors: 5,
        card_name: 0x26,
        sak: 0x09,
        atqa: 0x04,
    },
    Chip {
        model: &MODELS[1],
        sectors: 16,
        card_name: 0x01,
        sak: 0x08,
        atqa: 0x04,
    },
    Chip {
        model: &MODELS[2],
        sectors: 40,
        card_name: 0x02,
        sak: 0x18,
        atqa: 0x02,
    },
];

const fn model(name: &'static str, title: &'static str, memory: usize, area_bytes: usize) -> Model {
    Model {
        name,
        title,
        memory,
        capacity: tlv::capacity(area_bytes),
        key: ModelKey::Site,
        key_needs_raw_path: false,
    }
}

impl Chip {
    /// The chip that a reader says it is: by a card name, or by what the card answered to selection, which is how ACS
    /// readers name a card that PC/SC has no name for (`FF`, SAK).
    pub(super) fn by_family(family: Family) -> Option<&'static Self> {
        const NAMED_BY_SAK: u8 = 0xFF;
        let Family::Storage { name } = family else {
            return None;
        };
        match name.to_be_bytes() {
            [0x00, name] => CHIPS.iter().find(|chip| chip.card_name == name),
            [NAMED_BY_SAK, sak] => Self::by_sak(sak),
            _ => None,
        }
    }

    /// The chip that answers this to selection. Bits 1, 4 and 5 identify it (NXP AN10833, 3.2); the others are the maker's, such as
    /// the 88 of a 1K of Infineon's.
    fn by_sak(sak: u8) -> Option<&'static Self> {
        const TELLING: u8 = 0x19;
        CHIPS.iter().find(|chip| chip.sak == sak & TELLING)
    }

    pub(super) fn by_name(name: &str) -> Option<&'static Self> {
        CHIPS.iter().find(|chip| chip.model.name == name)
    }

    /// The only one with a second directory.
    pub(super) fn largest() -> &'static Self {
        &CHIPS[2]
    }

    pub(super) fn has_mad2_sector(&self) -> bool {
        self.sectors > MAD2_SECTOR
    }

    /// The sectors that can hold data, in the order of their addresses.
    pub(super) fn data_sectors(&self) -> impl Iterator<Item = u8> + use<> {
        (0..self.sectors).filter(|sector| !is_directory(*sector))
    }
}

/// Whether a sector is kept for a directory.
pub(super) fn is_directory(sector: u8) -> bool {
    matches!(sector, MAD1_SECTOR | MAD2_SECTOR)
}

/// The first block of a sector.
pub(super) fn first_block(sector: u8) -> u8 {
    if sector < FIRST_LARGE_SECTOR {
        sector.saturating_mul(SMALL_BLOCKS)
    } else {
        let small = FIRST_LARGE_SECTOR * SMALL_BLOCKS;
        (sector - FIRST_LARGE_SECTOR)
            .saturating_mul(LARGE_BLOCKS)
            .saturating_add(small)
    }
}

/// The trailer's block.
pub(super) fn trailer_block(sector: u8) -> u8 {
    first_block(sector) + (blocks_in(sector) - 1)
}

/// The blocks for data: all but the trailer, and in sector 0 all but the manufacturer's too.
pub(super) fn data_blocks(sector: u8) -> std::ops::Range<u8> {
    let first = first_block(sector);
    let skipped = u8::from(first == MANUFACTURER_BLOCK);
    first + skipped..trailer_block(sector)
}

/// The sector of a block.
pub(super) fn sector_of(block: u8) -> u8 {
    let small = FIRST_LARGE_SECTOR * SMALL_BLOCKS;
    match block.checked_sub(small) {
        None => block / SMALL_BLOCKS,
        Some(beyond) => FIRST_LARGE_SECTOR + beyond / LARGE_BLOCKS,
    }
}

/// Which of the four groups of access bits is a block's: in a large sector one is for five blocks. 3 is the trailer's.
pub(super) fn group_of(block: u8) -> usize {
    let sector = sector_of(block);
    let within = block - first_block(sector);
    let blocks_per_group = if blocks_in(sector) == LARGE_BLOCKS {
        5
    } else {
        1
    };
    usize::from(within / blocks_per_group)
}

fn blocks_in(sector: u8) -> u8 {
    if sector < FIRST_LARGE_SECTOR {
        SMALL_BLOCKS
    } else {
        LARGE_BLOCKS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sectors_and_blocks_of_a_4k() {
        assert_eq!((first_block(0), trailer_block(0)), (0, 3));
        assert_eq!((first_block(31), trailer_block(31)), (124, 127));
        assert_eq!((first_block(32), trailer_block(32)), (128, 143));
        assert_eq!((first_block(39), trailer_block(39)), (240, 255));
        assert_eq!(data_blocks(0), 1..3);
        assert_eq!(data_blocks(16), 64..67);
        for block in 0..=u8::MAX {
            let sector = sector_of(block);
            assert!((first_block(sector)..=trailer_block(sector)).contains(&block));
        }
        let groups: Vec<_> = (128..144).map(group_of).collect();
        assert_eq!(groups, [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3]);
        assert_eq!([4, 5, 6, 7].map(group_of), [0, 1, 2, 3]);
    }

    #[test]
    fn a_card_of_another_maker_is_told_by_what_it_answers_to_selection() {
        let model = |name| {
            let chip = Chip::by_family(Family::Storage { name })?;
            Some(chip.model.name)
        };
        for (name, expected) in [
            (0x0001, Some("classic-1k")),
            (0xFF88, Some("classic-1k")),
            (0xFF08, Some("classic-1k")),
            (0xFF28, Some("classic-1k")),
            (0xFF18, Some("classic-4k")),
            (0xFF38, Some("classic-4k")),
            (0xFF09, Some("classic-mini")),
            // Of 2 KB, for which there is no map; a TNP3xxx; an Ultralight; ISO/IEC 14443-4.
            (0xFF19, None),
            (0xFF01, None),
            (0xFF00, None),
            (0xFF20, None),
            (0x8801, None),
        ] {
            assert_eq!(model(name), expected, "{name:04X}");
        }
    }

    #[test]
    fn sizes() {
        for chip in &CHIPS {
            let blocks = usize::from(trailer_block(chip.sectors - 1)) + 1;
            assert_eq!(blocks * BLOCK, chip.model.memory);
            let data: usize = chip
                .data_sectors()
                .map(|sector| data_blocks(sector).len())
                .sum();
            assert_eq!(tlv::capacity(data * BLOCK), chip.model.capacity);
        }
        assert_eq!(
            MODELS.each_ref().map(|model| model.capacity),
            [171, 694, 3334]
        );
    }
}
