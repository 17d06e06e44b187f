//! Keys of MIFARE Classic on their way into a reader (PC/SC part 3, 3.2.2.1.4 to 3.2.2.1.6).

use super::super::apdu::Command;

/// Which of a sector's two keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// Key A.
    A,
    /// Key B.
    B,
}

impl KeyKind {
    /// The byte that commands name it by: 60 or 61.
    #[must_use]
    pub fn byte(self) -> u8 {
        match self {
            Self::A => 0x60,
            Self::B => 0x61,
        }
    }
}

/// The form of the load-key command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadKey {
    /// `FF 82 00 slot`: the reader forgets the key when it loses power.
    Volatile {
        /// The slot.
        slot: u8,
    },
    /// `FF 82 20 slot`: the reader keeps the key.
    NonVolatile {
        /// The slot.
        slot: u8,
    },
    /// `FF 82 00 60` or `61`: P2 is the kind of key, as on readers of Identiv (uTrust 3720F reference manual, 6.2.3).
    ByKind,
}

impl LoadKey {
    /// The command that puts the 6 bytes of `key` into the reader.
    #[must_use]
    pub fn command(self, kind: KeyKind, key: &[u8; 6]) -> Command {
        let [p1, p2] = match self {
            Self::Volatile { slot } => [0x00, slot],
            Self::NonVolatile { slot } => [0x20, slot],
            Self::ByKind => [0x00, kind.byte()],
        };
        Command::new([0xFF, 0x82, p1, p2]).with_secret(key)
    }

    /// The number by which an authentication names a key that was loaded in this form. Readers of Identiv, which have no
    /// slots, want 01 (uTrust 3720F reference manual, 6.2.4).
    #[must_use]
    pub fn key_number(self) -> u8 {
        match self {
            Self::Volatile { slot } | Self::NonVolatile { slot } => slot,
            Self::ByKind => 0x01,
        }
    }
}

/// The form of the authenticate command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authenticate {
    /// `FF 86 00 00 05 01 MSB LSB kind number`, since PC/SC part 3 version 2.01.
    General,
    /// `FF 88 MSB LSB kind number`, before that.
    Obsolete,
}

impl Authenticate {
    /// The command that authenticates the sector of `block` with a loaded key.
    #[must_use]
    pub fn command(self, block: u16, kind: KeyKind, loaded: LoadKey) -> Command {
        let [msb, lsb] = block.to_be_bytes();
        let number = loaded.key_number();
        match self {
            Self::General => Command::new([0xFF, 0x86, 0x00, 0x00]).with_data(&[
                0x01,
                msb,
                lsb,
                kind.byte(),
                number,
            ]),
            // Kind and number are where other commands have Lc and data.
            Self::Obsolete => Command::unframed([0xFF, 0x88, msb, lsb], &[kind.byte(), number]),
        }
    }
}
