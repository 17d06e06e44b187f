//! The MIFARE application directory (NXP AN10787): which sector is whose.
//!
//! `CRC · info · AID of sectors 1 to 15` on blocks 1 and 2 of sector 0; on a card with a second directory the same for
//! sectors 17 to 39 on the three blocks of sector 16. An AID has 2 bytes, the lower first.

use super::sectors::{BLOCK, Block, Chip, MAD2_SECTOR, data_blocks};

/// NFC, application 03 of cluster E1.
pub(super) const NFC: [u8; 2] = [0x03, 0xE1];
/// Free.
pub(super) const FREE: [u8; 2] = [0x00, 0x00];
/// Above the memory of the card.
const NOT_APPLICABLE: [u8; 2] = [0x05, 0x00];

const HEADER: usize = 2;
const AID: usize = 2;

/// The general purpose byte of sector 0: a directory is there (DA), more than one application may be (MA), its version.
pub(super) const GPB_MAD1: u8 = 0xC1;
pub(super) const GPB_MAD2: u8 = 0xC2;
/// That of sector 16 is reserved.
pub(super) const GPB_MAD2_SECTOR: u8 = 0x00;
/// That of an NDEF sector by AN1304: mapping 1.0, read by everybody, written only with a key of its own. (`40` would
/// promise that the public key writes.)
pub(super) const GPB_NDEF: u8 = 0x43;

/// Whether sector 0 says that there is a directory, and of which version.
pub(super) fn version(gpb: u8) -> Option<u8> {
    const DIRECTORY_AVAILABLE: u8 = 0x80;
    const VERSION: u8 = 0x03;
    let version = gpb & VERSION;
    (gpb & DIRECTORY_AVAILABLE != 0 && matches!(version, 1 | 2)).then_some(version)
}

/// CRC-8 of AN10787, 3.7: polynomial 1D, preset C7, highest bit first.
pub(super) fn crc8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0xC7, |crc, byte| {
        (0..8).fold(crc ^ byte, |crc, _| {
            if crc & 0x80 == 0 {
                crc << 1
            } else {
                crc << 1 ^ 0x1D
            }
        })
    })
}

/// One of the two directories, as its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Directory {
    /// Where it is: 0 or 16.
    sector: u8,
    bytes: Vec<u8>,
}

impl Directory {
    /// An empty one: every sector that the card has is free.
    pub(super) fn empty(sector: u8, chip: &Chip) -> Self {
        let mut directory = Self {
            sector,
            bytes: vec![0; data_blocks(sector).len() * BLOCK],
        };
        for covered in directory.covered() {
            if covered >= chip.sectors {
                directory.set(covered, NOT_APPLICABLE);
            }
        }
        directory
    }

    /// One that was read; `None` when its blocks were not.
    pub(super) fn read(sector: u8, block: impl Fn(u8) -> Option<Block>) -> Option<Self> {
        let blocks: Option<Vec<Block>> = data_blocks(sector).map(block).collect();
        Some(Self {
            sector,
            bytes: blocks?.concat(),
        })
    }

    /// Whether its checksum holds.
    pub(super) fn is_sound(&self) -> bool {
        self.bytes
            .split_first()
            .is_some_and(|(crc, rest)| *crc == crc8(rest))
    }

    /// The application of a sector; `None` for one that another directory describes, or none.
    pub(super) fn application(&self, sector: u8) -> Option<[u8; AID]> {
        let at = self.position(sector)?;
        self.bytes.get(at..at + AID)?.try_into().ok()
    }

    pub(super) fn set(&mut self, sector: u8, application: [u8; AID]) {
        let Some(at) = self.position(sector) else {
            return;
        };
        if let Some(entry) = self.bytes.get_mut(at..at + AID) {
            entry.copy_from_slice(&application);
        }
    }

    /// Its blocks, with a new checksum.
    pub(super) fn blocks(&self) -> impl Iterator<Item = (u8, Block)> {
        let mut bytes = self.bytes.clone();
        if let Some((crc, rest)) = bytes.split_first_mut() {
            *crc = crc8(rest);
        }
        let blocks: Vec<Block> = bytes
            .chunks(BLOCK)
            .filter_map(|chunk| chunk.try_into().ok())
            .collect();
        data_blocks(self.sector).zip(blocks)
    }

    fn covered(&self) -> std::ops::Range<u8> {
        if self.sector == MAD2_SECTOR {
            17..40
        } else {
            1..16
        }
    }

    fn position(&self, sector: u8) -> Option<usize> {
        let covered = self.covered();
        covered
            .contains(&sector)
            .then(|| HEADER + usize::from(sector - covered.start) * AID)
    }
}

#[cfg(test)]
mod tests {
    use super::super::sectors::MAD1_SECTOR;
    use super::*;

    #[test]
    fn crc_of_the_application_note() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../../vectors/cards.json")).unwrap();
        let vector = vectors
            .as_array()
            .unwrap()
            .iter()
            .find(|vector| vector["id"] == "mad-crc8")
            .unwrap();
        let data = hex::decode(vector["data"].as_str().unwrap()).unwrap();
        assert_eq!(hex::encode([crc8(&data)]), vector["crc"].as_str().unwrap());
    }

    #[test]
    fn the_directory_that_phones_write_on_a_1k() {
        // Publisher sector 1, all sectors NDEF: 14 01 03E1 03E1 ..., as cards formatted by Android have it.
        let mut directory = Directory::empty(MAD1_SECTOR, &super::super::sectors::CHIPS[1]);
        directory.bytes[1] = 0x01;
        (1..16).for_each(|sector| directory.set(sector, NFC));
        let blocks: Vec<_> = directory.blocks().collect();
        assert_eq!(blocks[0].0, 1);
        assert_eq!(hex::encode(blocks[0].1), "140103e103e103e103e103e103e103e1");
        assert_eq!(hex::encode(blocks[1].1), "03e103e103e103e103e103e103e103e1");
    }

    #[test]
    fn a_mini_has_no_sectors_above_its_memory() {
        let mut directory = Directory::empty(MAD1_SECTOR, &super::super::sectors::CHIPS[0]);
        (1..5).for_each(|sector| directory.set(sector, NFC));
        let blocks: Vec<_> = directory.blocks().collect();
        assert_eq!(
            hex::encode(&blocks[0].1[1..]),
            "0003e103e103e103e1050005000500"
        );
        assert_eq!(hex::encode(blocks[1].1), "05000500050005000500050005000500");
        assert_eq!(directory.application(4), Some(NFC));
        assert_eq!(directory.application(16), None);
        assert!(!directory.is_sound());
    }
}
