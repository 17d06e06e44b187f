//! Cards that are not fresh: under keys of others, or without room.

use crate::contract::{DesfireAid, Finding, Specimen, Uid};

use super::card_key::{CardKey, KeyType};
use super::models::Chip;
use super::simulated::SimulatedDesfire;
use super::simulated::builder::PreparedFile;
use super::wire::{AccessRights, Communication, FileType};
use super::{APPLICATION_SETTINGS, FILE, file_settings};

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
    specimens.under_our_identifier();
    specimens.under_a_foreign_picc_key();
    specimens.without_room();
    specimens.set_up_by_others();
    specimens.all
}

/// The application that the settings name where they name none.
fn aid() -> [u8; 3] {
    *DesfireAid::default().as_bytes()
}

/// A key of another owner.
fn theirs() -> CardKey {
    CardKey::aes(&[0xA5; 16])
}

fn zero() -> CardKey {
    CardKey::aes(&[0; 16])
}

struct Specimens {
    chip: &'static Chip,
    uid: Uid,
    all: Vec<Specimen>,
}

impl Specimens {
    /// An application that has our identifier and belongs to another system, however much it looks like ours.
    fn under_our_identifier(&mut self) {
        let [ours, _] = APPLICATION_SETTINGS;
        for (what, versions) in [
            ("our identifier, keys of an unknown version", [9; 3]),
            ("our identifier, keys said to be from the factory", [0; 3]),
            ("our identifier, keys said to be the site's", [1; 3]),
            (
                "our identifier, keys said to be the site's current ones",
                [2; 3],
            ),
            (
                "our identifier, a change of keys as if cut short",
                [1, 2, 0],
            ),
        ] {
            for has_file in [false, true] {
                let chip = self.chip;
                self.add(what, Finding::Locked, |card| {
                    let keys = versions.map(|version| (theirs(), version));
                    let card = card.with_application(aid(), ours, &keys);
                    if has_file {
                        with_our_file(card, chip)
                    } else {
                        card
                    }
                });
            }
        }
        let three = [(zero(), 0), (zero(), 0), (zero(), 0)];
        self.add(
            "our identifier, keys from the factory, other settings",
            Finding::Locked,
            |card| card.with_application(aid(), 0x0F, &three),
        );
        self.add(
            "our identifier, keys from the factory, fewer of them",
            Finding::Locked,
            |card| card.with_application(aid(), ours, &three[..2]),
        );
        let contents = vec![0x5A; self.chip.record_file];
        self.add(
            "our identifier, keys from the factory, a file of another kind",
            Finding::Locked,
            |card| {
                let file = PreparedFile {
                    number: FILE,
                    kind: FileType::Standard,
                    communication: Communication::Plain,
                    rights: AccessRights::from_bytes([0xEE, 0xEE]),
                    contents: &contents,
                };
                card.with_application(aid(), ours, &three)
                    .with_file(aid(), &file)
            },
        );
        self.add("our identifier, DES keys", Finding::Locked, |card| {
            let keys = [(); 3].map(|()| (CardKey::factory(), 0));
            card.with_application(aid(), ours, &keys)
        });
    }

    fn under_a_foreign_picc_key(&mut self) {
        for (what, version) in [
            ("a PICC master key of an unknown version", 9),
            ("an AES PICC master key said to be from the factory", 0),
            ("a PICC master key said to be the site's", 1),
            ("a PICC master key said to be the site's current one", 2),
        ] {
            self.add(what, Finding::Locked, |card| {
                card.with_picc_key(&theirs(), version)
            });
        }
        let des = CardKey::new(KeyType::Des, &[0x5A; 8]).unwrap_or_else(CardKey::factory);
        self.add("a DES PICC master key", Finding::Locked, |card| {
            card.with_picc_key(&des, 0)
        });
        self.add(
            "a random UID behind a PICC master key that is said to be the site's",
            Finding::Locked,
            |card| card.with_random_uid().with_picc_key(&theirs(), 2),
        );
    }

    fn without_room(&mut self) {
        for (what, free) in [
            ("no memory left", 0),
            ("memory left for the file's data alone", {
                2 * self.chip.record_file
            }),
        ] {
            self.add(what, Finding::Full, |card| card.with_free_memory(free));
        }
    }

    fn set_up_by_others(&mut self) {
        /// The master key can be changed, and nothing else is free.
        const STRICT: u8 = 0x01;
        /// Everything is free, only that the master key can never be changed.
        const FROZEN: u8 = 0x0E;
        self.add(
            "an application of somebody else's",
            Finding::Shared,
            |card| {
                let aid = [0x01, 0x02, 0x03];
                let file = PreparedFile {
                    number: FILE,
                    kind: FileType::Standard,
                    communication: Communication::Plain,
                    rights: AccessRights::from_bytes([0xEE, 0xEE]),
                    contents: b"somebody else's",
                };
                card.with_application(aid, 0x0F, &[(theirs(), 9)])
                    .with_file(aid, &file)
            },
        );
        self.add(
            "nothing free without the PICC master key",
            Finding::Shared,
            |card| card.with_picc_settings(STRICT),
        );
        self.add(
            "a PICC master key that may never be changed",
            Finding::Shared,
            |card| card.with_picc_settings(FROZEN),
        );
        self.add("a random UID", Finding::Shared, |card| {
            card.with_random_uid()
        });
    }

    fn add(
        &mut self,
        what: &'static str,
        finding: Finding,
        change: impl FnOnce(SimulatedDesfire) -> SimulatedDesfire,
    ) {
        if let Some(card) = SimulatedDesfire::new(self.chip, &self.uid) {
            self.all.push(Specimen {
                what,
                finding,
                card: Box::new(change(card)),
            });
        }
    }
}

/// A file that looks like ours, in the application under our identifier.
fn with_our_file(card: SimulatedDesfire, chip: &Chip) -> SimulatedDesfire {
    let [_, _, r0, r1, ..] = file_settings(chip);
    let file = PreparedFile {
        number: FILE,
        kind: FileType::Backup,
        communication: Communication::Full,
        rights: AccessRights::from_bytes([r0, r1]),
        contents: &vec![0x5A; chip.record_file],
    };
    card.with_file(aid(), &file)
}
