//! The supported chips: generation, size, `GetVersion`.

use crate::contract::{Model, ModelKey};

use super::wire::three_bytes;

/// The generation, which settles the secure messaging.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Generation {
    /// Secure messaging of EV1 only.
    Ev1,
    /// Secure messaging of EV1 and EV2.
    Ev2,
    /// As EV2.
    Ev3,
}

/// One chip.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Chip {
    pub(super) model: &'static Model,
    pub(super) generation: Generation,
    /// The storage size byte of `GetVersion`: the power of two in the upper seven bits, and 1 in the last for "at least".
    pub(super) storage: u8,
    /// What `GetFreeMemory` says of a card that holds nothing. Known of EV1 (nfc-tools, "MIFARE DESFire EV1"); taken to be
    /// the same on EV2 and EV3, which is not verified.
    pub(super) free_memory: usize,
    /// Bytes of the file that holds the record and its length.
    pub(super) record_file: usize,
    /// The same as a command says it.
    pub(super) record_file_bytes: [u8; 3],
}

/// Bytes of the length before the record in its file.
pub(super) const LENGTH_BYTES: usize = 2;

const SMALL_FILE: usize = 512;
const LARGE_FILE: usize = 1024;

const fn model(name: &'static str, title: &'static str, memory: usize) -> Model {
    let file = if memory == 2048 {
        SMALL_FILE
    } else {
        LARGE_FILE
    };
    Model {
        name,
        title,
        memory,
        capacity: file - LENGTH_BYTES,
        key: ModelKey::Site,
        key_needs_raw_path: false,
    }
}

const fn chip(index: usize, generation: Generation) -> Chip {
    let model = &MODELS[index];
    let (storage, free_memory) = match model.memory {
        2048 => (0x16, 2304),
        4096 => (0x18, 4864),
        _ => (0x1A, 7936),
    };
    let record_file = model.capacity + LENGTH_BYTES;
    let Some(record_file_bytes) = three_bytes(record_file) else {
        panic!("a file is larger than a command can say");
    };
    Chip {
        model,
        generation,
        storage,
        free_memory,
        record_file,
        record_file_bytes,
    }
}

/// The models, for the registration.
pub(super) static MODELS: [Model; 9] = [
    model("desfire-ev1-2k", "MIFARE DESFire EV1 2K", 2048),
    model("desfire-ev1-4k", "MIFARE DESFire EV1 4K", 4096),
    model("desfire-ev1-8k", "MIFARE DESFire EV1 8K", 8192),
    model("desfire-ev2-2k", "MIFARE DESFire EV2 2K", 2048),
    model("desfire-ev2-4k", "MIFARE DESFire EV2 4K", 4096),
    model("desfire-ev2-8k", "MIFARE DESFire EV2 8K", 8192),
    model("desfire-ev3-2k", "MIFARE DESFire EV3 2K", 2048),
    model("desfire-ev3-4k", "MIFARE DESFire EV3 4K", 4096),
    model("desfire-ev3-8k", "MIFARE DESFire EV3 8K", 8192),
];

static CHIPS: [Chip; 9] = [
    chip(0, Generation::Ev1),
    chip(1, Generation::Ev1),
    chip(2, Generation::Ev1),
    chip(3, Generation::Ev2),
    chip(4, Generation::Ev2),
    chip(5, Generation::Ev2),
    chip(6, Generation::Ev3),
    chip(7, Generation::Ev3),
    chip(8, Generation::Ev3),
];

const NXP: u8 = 0x04;
const DESFIRE: u8 = 0x01;

impl Chip {
    /// The chip of this model.
    pub(super) fn by_name(model: &str) -> Option<&'static Self> {
        CHIPS.iter().find(|chip| chip.model.name == model)
    }

    /// The chip whose hardware says so in the first part of `GetVersion`. The major version gives the generation (01,
    /// 12, 33), the storage size the rest. Subtype, minor version and protocol distinguish capacitances and revisions, nothing
    /// that matters here.
    pub(super) fn by_hardware(hardware: [u8; 7]) -> Option<&'static Self> {
        let [NXP, DESFIRE, _subtype, major, _minor, storage, _protocol] = hardware else {
            return None;
        };
        let generation = match major {
            0x01 => Generation::Ev1,
            0x12 => Generation::Ev2,
            0x33 => Generation::Ev3,
            _ => return None,
        };
        CHIPS
            .iter()
            .find(|chip| chip.generation == generation && chip.storage == storage)
    }

    /// The first part of `GetVersion`: vendor, type, subtype, major, minor, storage size, protocol.
    pub(super) fn hardware(&self) -> [u8; 7] {
        let major = match self.generation {
            Generation::Ev1 => 0x01,
            Generation::Ev2 => 0x12,
            Generation::Ev3 => 0x33,
        };
        [NXP, DESFIRE, 0x01, major, 0x00, self.storage, 0x05]
    }

    /// The second part, in the same order, as cards say it (outputs in proxmark3 issues 583 and 1029, and a manual of a
    /// reader module).
    pub(super) fn software(&self) -> [u8; 7] {
        let [major, minor] = match self.generation {
            Generation::Ev1 => [0x01, 0x04],
            Generation::Ev2 => [0x02, 0x01],
            Generation::Ev3 => [0x03, 0x00],
        };
        [NXP, DESFIRE, 0x01, major, minor, self.storage, 0x05]
    }

    /// Whether it knows `AuthenticateEV2First`.
    pub(super) fn has_ev2_messaging(&self) -> bool {
        self.generation >= Generation::Ev2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_chip_is_known_by_its_name_and_by_its_hardware() {
        for chip in &CHIPS {
            assert_eq!(Chip::by_name(chip.model.name), Some(chip));
            assert_eq!(Chip::by_hardware(chip.hardware()), Some(chip));
            assert!(chip.free_memory > chip.record_file * 2);
            // The size byte: so many bytes or more.
            assert_eq!(1 << (chip.storage >> 1), chip.model.memory);
        }
    }

    #[test]
    fn what_is_no_desfire_is_unknown() {
        for hardware in [
            [0x04, 0x01, 0x01, 0x00, 0x02, 0x18, 0x05], // the first DESFire
            [0x04, 0x08, 0x01, 0x30, 0x00, 0x13, 0x05], // DESFire Light
            [0x04, 0x04, 0x02, 0x30, 0x00, 0x11, 0x05], // NTAG 424
            [0x04, 0x01, 0x01, 0x12, 0x00, 0x1C, 0x05], // 16 KB
            [0x05, 0x01, 0x01, 0x01, 0x00, 0x18, 0x05],
        ] {
            assert_eq!(Chip::by_hardware(hardware), None);
        }
    }
}
