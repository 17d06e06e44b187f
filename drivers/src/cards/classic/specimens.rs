//! Cards that are not fresh: formatted and filled by others, with an application of theirs beside, under unknown keys, locked.

use crate::contract::{Finding, Specimen, Uid};
use crate::record::{ndef, tlv};

use super::access::{Bits, Conditions};
use super::keys::Key;
use super::layout::area_blocks;
use super::mad::{self, Directory};
use super::sectors::{BLOCK, Block, Chip, MAD1_SECTOR, MAD2_SECTOR, trailer_block};
use super::simulated::{READ_ONLY, SimulatedClassic, first_data_block};
use super::trailer;

const STRANGER: [u8; 6] = [0x53, 0x54, 0x52, 0x4E, 0x47, 0x52];
/// Some application.
const APPLICATION: [u8; 2] = [0x07, 0x38];

/// NDEF messages of others, each in its TLV.
const FOREIGN_MESSAGES: [(&str, &str); 5] = [
    ("a URI record", "030ad101065504742e636f2f61fe"),
    ("two records", "030e9101035504616251010355046364fe"),
    ("a length that runs past the end", "03ffff00d20f"),
    ("a block behind an empty message", "0300fd0401020304fe"),
    ("a block in front of an empty message", "fd04112233440300fe"),
];

/// NDEF by AN1304 that everybody may write.
const PUBLIC: Conditions = Conditions::new(Bits::FREE_DATA, Bits::TRAILER_WRITTEN_BY_B);

/// Every specimen of a model; none for an unknown one.
pub(super) fn of(model: &str, uid: Uid) -> Vec<Specimen> {
    let Some(chip) = Chip::by_name(model) else {
        return vec![];
    };
    let mut specimens = Specimens {
        chip,
        uid,
        all: vec![],
    };
    specimens.foreign();
    specimens.applications_of_others();
    specimens.unregistered();
    specimens.unknown_keys();
    specimens.locked();
    specimens.all
}

struct Specimens {
    chip: &'static Chip,
    uid: Uid,
    all: Vec<Specimen>,
}

impl Specimens {
    fn foreign(&mut self) {
        for (what, area) in FOREIGN_MESSAGES {
            let area = hex::decode(area).unwrap_or_default();
            self.add(what, Finding::Foreign, |card| card.format(&area));
        }
        let last = first_data_block(self.chip.sectors - 1);
        self.add("data without a directory", Finding::Foreign, |card| {
            card.put(last, [0x11; BLOCK]);
        });
        self.add(
            "data where the directory will be",
            Finding::Foreign,
            |card| {
                card.put(2, [0x22; BLOCK]);
            },
        );
        self.add(
            "a directory whose checksum is wrong",
            Finding::Foreign,
            |card| {
                card.format(&[]);
                // Its entries are gone, and the checksum is still for them.
                card.put(2, [0; BLOCK]);
            },
        );
    }

    fn applications_of_others(&mut self) {
        self.add(
            "an application of somebody else in sector 1",
            Finding::Locked,
            |card| {
                card.format(&[]);
                card.register(1, APPLICATION);
                card.lock_out(1);
            },
        );
        let last = self.chip.sectors - 1;
        self.add(
            "an application that is registered and has transport keys",
            Finding::Locked,
            |card| {
                card.format(&[]);
                card.register(2, APPLICATION);
                card.put(trailer_block(2), trailer::transport());
            },
        );
        self.add(
            "unknown keys on the last sector, free by the directory",
            Finding::Locked,
            |card| {
                card.format(&[]);
                card.register(last, mad::FREE);
                card.lock_out(last);
            },
        );
        self.add(
            "unknown keys on the last sector, NDEF by the directory",
            Finding::Locked,
            |card| {
                card.format(&[]);
                card.lock_out(last);
            },
        );
    }

    /// What is in a sector that the directory calls free, or that no directory names.
    fn unregistered(&mut self) {
        let last = self.chip.sectors - 1;
        self.add(
            "data in a sector that is free by the directory",
            Finding::Foreign,
            |card| {
                card.format(&[]);
                card.register(last, mad::FREE);
                card.put(trailer_block(last), trailer::transport());
                card.put(first_data_block(last) + 1, *b"balance: 25.00 E");
            },
        );
        self.add(
            "a sector with conditions of its own, free by the directory",
            Finding::Foreign,
            |card| {
                card.format(&[]);
                card.register(last, mad::FREE);
                let key = Key::transport();
                card.put(trailer_block(last), trailer::raw(&key, PUBLIC, 0x69, &key));
            },
        );
        self.add("a secret in the place of key B", Finding::Foreign, |card| {
            let secret = Key::new(STRANGER);
            card.put(
                trailer_block(last),
                trailer::raw(&Key::transport(), Conditions::TRANSPORT, 0x69, &secret),
            );
        });
    }

    fn unknown_keys(&mut self) {
        let sectors = self.chip.sectors;
        self.add("unknown keys on sector 1", Finding::Locked, |card| {
            card.lock_out(1);
        });
        self.add("unknown keys on the last sector", Finding::Locked, |card| {
            card.lock_out(sectors - 1);
        });
        self.add("unknown keys on sector 0", Finding::Locked, |card| {
            card.lock_out(0);
        });
        self.add("unknown keys on every sector", Finding::Locked, |card| {
            (0..sectors).for_each(|sector| card.lock_out(sector));
        });
        let message = tlv::wrap(&ndef::wrap(b"a record")).unwrap_or_default();
        self.add(
            "key B of another site on every sector",
            Finding::Locked,
            |card| {
                card.format(&message);
                let key_b = Key::new(STRANGER);
                for sector in 0..sectors {
                    let gpb = card.gpb(sector);
                    card.put(
                        trailer_block(sector),
                        trailer::raw(&Key::public(sector), Conditions::OURS, gpb, &key_b),
                    );
                }
            },
        );
    }

    fn locked(&mut self) {
        let sectors = self.chip.sectors;
        self.add(
            "access bits that let nobody write",
            Finding::Locked,
            |card| {
                for sector in 0..sectors {
                    let key = Key::transport();
                    card.put(
                        trailer_block(sector),
                        trailer::raw(&key, READ_ONLY, 0x69, &key),
                    );
                }
            },
        );
        self.add(
            "a trailer that can never be changed",
            Finding::Locked,
            |card| {
                let key = Key::transport();
                let frozen = Conditions::new(Bits::FREE_DATA, Bits::FROZEN_TRAILER);
                card.put(trailer_block(2), trailer::raw(&key, frozen, 0x69, &key));
            },
        );
        for (what, sector) in [
            ("inconsistent access bits in sector 0", 0),
            ("inconsistent access bits in sector 1", 1),
        ] {
            self.add(what, Finding::Locked, |card| {
                let mut block = trailer::transport();
                block[7] ^= 0x10;
                card.put(trailer_block(sector), block);
            });
        }
    }

    fn add(&mut self, what: &'static str, finding: Finding, prepare: impl FnOnce(&mut Canvas)) {
        let Some(card) = SimulatedClassic::new(self.chip, &self.uid) else {
            return;
        };
        let mut canvas = Canvas {
            chip: self.chip,
            card,
        };
        prepare(&mut canvas);
        self.all.push(Specimen {
            what,
            finding,
            card: Box::new(canvas.card),
        });
    }
}

/// A card in the making.
struct Canvas {
    chip: &'static Chip,
    card: SimulatedClassic,
}

impl Canvas {
    fn put(&mut self, block: u8, bytes: Block) {
        self.card.put(block, bytes);
    }

    /// Formats all of the card for NDEF, as a phone does, and puts `area` there.
    fn format(&mut self, area: &[u8]) {
        let sectors: Vec<u8> = self.chip.data_sectors().collect();
        for (block, bytes) in area_blocks(&sectors).into_iter().zip(area.chunks(BLOCK)) {
            let mut padded = [0; BLOCK];
            padded[..bytes.len()].copy_from_slice(bytes);
            self.put(block, padded);
        }
        for sector in 0..self.chip.sectors {
            let conditions = if sector == MAD1_SECTOR || sector == MAD2_SECTOR {
                Conditions::OURS
            } else {
                PUBLIC
            };
            let gpb = match self.gpb(sector) {
                mad::GPB_NDEF => 0x40,
                gpb => gpb,
            };
            self.put(
                trailer_block(sector),
                trailer::raw(&Key::public(sector), conditions, gpb, &Key::transport()),
            );
        }
        self.directory();
    }

    /// Writes the directories: every sector holds NDEF.
    fn directory(&mut self) {
        self.register(MAD1_SECTOR, mad::NFC);
    }

    /// Writes the directories: every sector holds NDEF but this one.
    fn register(&mut self, sector: u8, application: [u8; 2]) {
        let mut places = vec![MAD1_SECTOR];
        if self.chip.has_mad2_sector() {
            places.push(MAD2_SECTOR);
        }
        for place in places {
            let mut directory = Directory::empty(place, self.chip);
            for ndef in self.chip.data_sectors() {
                directory.set(ndef, mad::NFC);
            }
            directory.set(sector, application);
            for (block, bytes) in directory.blocks() {
                self.put(block, bytes);
            }
        }
    }

    fn lock_out(&mut self, sector: u8) {
        let key = Key::new(STRANGER);
        self.put(
            trailer_block(sector),
            trailer::raw(&key, Conditions::OURS, 0x69, &key),
        );
    }

    fn gpb(&self, sector: u8) -> u8 {
        match sector {
            MAD1_SECTOR if self.chip.has_mad2_sector() => mad::GPB_MAD2,
            MAD1_SECTOR => mad::GPB_MAD1,
            MAD2_SECTOR => mad::GPB_MAD2_SECTOR,
            _ => mad::GPB_NDEF,
        }
    }
}
