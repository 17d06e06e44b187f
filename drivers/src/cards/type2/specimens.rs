//! Tags that are not fresh: locked in every way that a Type 2 tag knows, or used by somebody else.

use crate::contract::{Finding, SimulatedCard, Specimen, Uid};

use super::models::{CC_MAGIC, CC_PAGE, Chip, FIRST_USER_PAGE, PAGE, Product, STATIC_LOCK_PAGE};
use super::simulated::SimulatedTag;

/// NDEF messages of others, each in its TLV.
const FOREIGN_MESSAGES: [(&str, &str); 5] = [
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
    specimens.protected_by_password();
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
        if self.chip.product == Product::UltralightEv1 {
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
            let locked = self.chip.last_user_page - super::models::FIRST_DYNAMIC_PAGE;
            let [low, high] = (1_u16 << (locked / lock.pages_per_bit)).to_le_bytes();
            for (what, bits) in [
                ("dynamic lock bit of page 16", [0x01, 0x00, 0x00, 0x00]),
                ("dynamic lock bit of the last page", [low, high, 0x00, 0x00]),
            ] {
                self.add(what, Finding::Locked, |memory| set(memory, lock.page, bits));
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

fn set(memory: &mut [u8], page: u8, bytes: [u8; PAGE]) {
    let start = usize::from(page) * PAGE;
    memory[start..start + PAGE].copy_from_slice(&bytes);
}

fn set_locks(memory: &mut [u8], bits: [u8; 2]) {
    let start = usize::from(STATIC_LOCK_PAGE) * PAGE + 2;
    memory[start..start + 2].copy_from_slice(&bits);
}
