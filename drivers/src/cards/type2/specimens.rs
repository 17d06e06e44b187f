//! Tags that are not fresh: locked in every way that a Type 2 tag knows, or used by another system.

use crate::contract::{Finding, SimulatedCard, Specimen, Uid};
use crate::record::{ndef, tlv};

use super::models::{
    CC_MAGIC, CC_PAGE, Chip, FIRST_DYNAMIC_PAGE, FIRST_USER_PAGE, PAGE, Product, STATIC_LOCK_PAGE,
};
use super::simulated::SimulatedTag;

/// NDEF messages of others, each in its TLV.
const FOREIGN_MESSAGES: [(&str, &str); 8] = [
    ("a URI record", "030ad101065504742e636f2f61fe"),
    (
        "a record of another media type",
        "0310d20a03746578742f706c61696e616263fe",
    ),
    ("two records", "030e91010355046162510103550463 64fe"),
    ("a length that runs past the end", "03fff00dd20f"),
    (
        "a proprietary block behind an empty message",
        "0300fd0401020304fe",
    ),
    (
        "a proprietary block in front of an empty message",
        "fd04112233440300fe",
    ),
    (
        "an unknown block behind lock control and an empty message",
        "0103a00c3403004201aafe",
    ),
    (
        "a second message behind an empty one",
        "03000305d101015500fe",
    ),
];

/// A record in our form among data of others: blocks in front of the message, records in front of ours and behind it, blocks
/// behind the message.
const SHARED_MESSAGES: [(&str, [&str; 4]); 4] = [
    ("a text behind a record", ["", "", "5101055402656e6869", ""]),
    (
        "a text in front of a record",
        ["", "9101055402656e6869", "", ""],
    ),
    (
        "a proprietary block in front of a record",
        ["fd0411223344", "", "", ""],
    ),
    (
        "a proprietary block behind a record",
        ["", "", "", "fd0411223344"],
    ),
];

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
    specimens.locked();
    match chip.product {
        Product::UltralightC => specimens.protected_by_key(),
        Product::UltralightEv1 | Product::Ntag => specimens.protected_by_password(),
    }
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
            let area = hex::decode(area.replace(' ', "")).unwrap_or_default();
            let container = self.chip.capability_container();
            self.add(what, Finding::Foreign, |memory| {
                set(memory, CC_PAGE, container);
                let start = usize::from(FIRST_USER_PAGE) * PAGE;
                memory[start..start + area.len()].copy_from_slice(&area);
            });
        }
        for (what, parts) in SHARED_MESSAGES {
            let Some(area) = shared_area(parts) else {
                continue;
            };
            let container = self.chip.capability_container();
            // Under no key, anybody may have put it on a tag that is written under one.
            let finding = match self.chip.product {
                Product::UltralightC => Finding::Foreign,
                Product::UltralightEv1 | Product::Ntag => Finding::Beside,
            };
            self.add(what, finding, |memory| {
                set(memory, CC_PAGE, container);
                let start = usize::from(FIRST_USER_PAGE) * PAGE;
                memory[start..start + area.len()].copy_from_slice(&area);
            });
        }
        if self.chip.factory_container[0] != CC_MAGIC {
            let last = self.chip.last_user_page;
            self.add(
                "data without NDEF at the far end",
                Finding::Foreign,
                |memory| {
                    set(memory, last, [0, 0, 0, 1]);
                },
            );
        }
    }

    fn locked(&mut self) {
        for (what, bits) in [
            ("static lock bit of page 4", [0x10, 0x00]),
            ("static lock bit of page 5", [0x20, 0x00]),
            ("static lock bit of page 15", [0x00, 0x80]),
        ] {
            self.add(what, Finding::Locked, |memory| set_locks(memory, bits));
        }
        if let Some(lock) = self.chip.dynamic_lock {
            for (what, locked) in [
                ("dynamic lock bit of page 16", FIRST_DYNAMIC_PAGE),
                (
                    "dynamic lock bit of the last page",
                    self.chip.last_user_page,
                ),
            ] {
                let [low, high] = lock.mask(self.chip, locked).to_le_bytes();
                self.add(what, Finding::Locked, |memory| {
                    set(memory, lock.page, [low, high, 0x00, 0x00]);
                });
            }
        }
        let mut read_only = self.chip.capability_container();
        read_only[3] = 0x0F;
        self.add(
            "a read-only capability container",
            Finding::Locked,
            |memory| {
                set(memory, CC_PAGE, read_only);
            },
        );
        if self.chip.factory_container[0] != CC_MAGIC {
            self.add(
                "one-time programmable bits of another use",
                Finding::Locked,
                |memory| {
                    set(memory, CC_PAGE, [0x00, 0x00, 0x00, 0x07]);
                },
            );
            self.add("a locked capability container", Finding::Locked, |memory| {
                set_locks(memory, [0x08, 0x00]);
            });
        }
    }

    fn protected_by_password(&mut self) {
        const PROT: u8 = 0x80;
        let Chip {
            configuration_page,
            last_user_page,
            ..
        } = *self.chip;
        for (what, first, access) in [
            ("a password on all writes", FIRST_USER_PAGE, 0x00),
            ("a password on the last page's writes", last_user_page, 0x00),
            ("a password on everything", 0x00, PROT),
            ("a password on the data area", FIRST_USER_PAGE, PROT),
            ("a password on the data area's end", last_user_page, PROT),
            (
                "a password on reading the configuration",
                configuration_page,
                PROT,
            ),
        ] {
            self.add(what, Finding::Locked, |memory| {
                memory[usize::from(configuration_page) * PAGE + 3] = first;
                memory[usize::from(configuration_page + 1) * PAGE] = access;
            });
        }
    }

    /// An Ultralight C that cannot be protected, or is under an unknown key; and one that was protected
    /// under the key that it came with.
    fn protected_by_key(&mut self) {
        const READS_TOO: u8 = 0x00;
        const WRITES: u8 = 0x01;
        let Chip {
            configuration_page,
            last_user_page,
            ..
        } = *self.chip;
        for (what, bit) in [
            ("the lock bit of AUTH0", 0x20),
            ("the lock bit of AUTH1", 0x40),
            ("the lock bit of the key", 0x80),
        ] {
            let lock_page = last_user_page + 1;
            self.add(what, Finding::Locked, |memory| {
                set(memory, lock_page, [0x00, bit, 0x00, 0x00]);
            });
        }
        let key = self.chip.first_secret_page();
        for (what, first, access) in [
            ("an unknown key on all writes", CC_PAGE, WRITES),
            (
                "an unknown key on the last page's writes",
                last_user_page,
                WRITES,
            ),
            (
                "an unknown key on its configuration",
                configuration_page,
                WRITES,
            ),
            ("an unknown key on everything", 0x00, READS_TOO),
            (
                "an unknown key on the data area",
                FIRST_USER_PAGE,
                READS_TOO,
            ),
            (
                "an unknown key on the data area's end",
                last_user_page,
                READS_TOO,
            ),
            ("an unknown key on AUTH0", configuration_page, READS_TOO),
            ("an unknown key on AUTH1", configuration_page + 1, READS_TOO),
            ("an unknown key on itself", key, READS_TOO),
        ] {
            self.add(what, Finding::Locked, |memory| {
                set(memory, key, [0x5A; PAGE]);
                set(memory, configuration_page, [first, 0, 0, 0]);
                set(memory, configuration_page + 1, [access, 0, 0, 0]);
            });
        }
        self.add("nothing under the factory key", Finding::Shared, |memory| {
            set(memory, configuration_page, [CC_PAGE, 0, 0, 0]);
        });
        let container = self.chip.capability_container();
        for (what, access) in [
            ("a text under the factory key", WRITES),
            ("a text hidden under the factory key", READS_TOO),
        ] {
            self.add(what, Finding::Foreign, |memory| {
                set(memory, CC_PAGE, container);
                set(memory, FIRST_USER_PAGE, [0x03, 0x04, 0xD1, 0x01]);
                set(memory, FIRST_USER_PAGE + 1, [0x00, b'T', 0xFE, 0x00]);
                set(memory, configuration_page, [FIRST_USER_PAGE, 0, 0, 0]);
                set(memory, configuration_page + 1, [access, 0, 0, 0]);
            });
        }
    }

    fn add(&mut self, what: &'static str, finding: Finding, change: impl FnOnce(&mut [u8])) {
        let Some(mut card) = SimulatedTag::new(self.chip, &self.uid) else {
            return;
        };
        let mut memory = card.memory();
        change(&mut memory);
        card.load(&memory);
        self.all.push(Specimen {
            what,
            finding,
            card: Box::new(card),
        });
    }
}

fn shared_area([blocks, before, behind, more]: [&str; 4]) -> Option<Vec<u8>> {
    const MESSAGE_BEGIN: u8 = 0x80;
    const MESSAGE_END: u8 = 0x40;
    let [blocks, before, behind, more] = [blocks, before, behind, more].map(hex::decode);
    let (before, behind) = (before.ok()?, behind.ok()?);
    let mut ours = ndef::wrap(b"record");
    if !before.is_empty() {
        ours[0] &= !MESSAGE_BEGIN;
    }
    if !behind.is_empty() {
        ours[0] &= !MESSAGE_END;
    }
    let mut message = tlv::wrap(&[before, ours, behind].concat())?;
    let terminator = message.pop()?;
    Some([blocks.ok()?, message, more.ok()?, vec![terminator]].concat())
}

fn set(memory: &mut [u8], page: u8, bytes: [u8; PAGE]) {
    let start = usize::from(page) * PAGE;
    memory[start..start + PAGE].copy_from_slice(&bytes);
}

fn set_locks(memory: &mut [u8], bits: [u8; 2]) {
    let start = usize::from(STATIC_LOCK_PAGE) * PAGE + 2;
    memory[start..start + 2].copy_from_slice(&bits);
}
