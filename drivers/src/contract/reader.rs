//! What differs from one make of reader to the next: one table.
//!
//! PC/SC part 3 leaves open how a key is loaded and says nothing of a tag's own commands, so every make found its own way.

use super::apdu::RawForm;

/// One make of reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReaderProfile {
    /// The name for configuration and command line, such as `acr122u`.
    pub name: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// Parts of PC/SC reader names by which this make is known; upper and lower case are the same.
    pub name_parts: &'static [&'static str],
    /// How a MIFARE key gets into the reader.
    pub load_key: LoadKey,
    /// The ways for a tag's own commands, the likeliest first; none when the reader has no such way.
    pub raw: &'static [RawForm],
    /// The longest command APDU that reaches an ISO/IEC 14443-4 card whole, and the longest answer that comes back so.
    pub longest_apdu: usize,
    /// Whether every failure is `6300`, whatever it was.
    pub says_6300: bool,
}

/// The form of the load-key command (PC/SC part 3, 3.2.2.1.4).
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
    /// `FF 82 00 60` or `61`: P2 is the kind of key, as on readers of Identiv.
    ByKind,
}

impl ReaderProfile {
    /// ACS ACR122U: a PN532 behind short APDUs.
    pub const ACR122U: Self = Self {
        name: "acr122u",
        title: "ACS ACR122U",
        name_parts: &["acr122"],
        load_key: LoadKey::Volatile { slot: 0 },
        raw: &[RawForm::Pn532],
        longest_apdu: 61,
        says_6300: true,
    };

    /// ACS ACR1252U and ACR1255U.
    pub const ACR1252U: Self = Self {
        name: "acr1252u",
        title: "ACS ACR1252U",
        name_parts: &["acr1252", "acr1255"],
        load_key: LoadKey::Volatile { slot: 0 },
        raw: &[RawForm::Plain],
        longest_apdu: 261,
        says_6300: true,
    };

    /// Identiv uTrust 3700F.
    pub const UTRUST_3700F: Self = Self {
        name: "utrust-3700f",
        title: "Identiv uTrust 3700F",
        name_parts: &["utrust", "scl011"],
        load_key: LoadKey::ByKind,
        raw: &[RawForm::Transparent],
        longest_apdu: 261,
        says_6300: false,
    };

    /// HID OMNIKEY 5022 and 5427.
    pub const OMNIKEY_5022: Self = Self {
        name: "omnikey-5022",
        title: "HID OMNIKEY 5022",
        name_parts: &["5022", "5427"],
        load_key: LoadKey::NonVolatile { slot: 0 },
        raw: &[],
        longest_apdu: 261,
        says_6300: false,
    };

    /// Any reader that keeps to PC/SC part 3: tried in every way.
    pub const GENERIC: Self = Self {
        name: "generic",
        title: "PC/SC part 3 reader",
        name_parts: &[],
        load_key: LoadKey::Volatile { slot: 0 },
        raw: &[RawForm::Pn532, RawForm::Plain, RawForm::Transparent],
        longest_apdu: 261,
        says_6300: false,
    };

    /// Every make, the generic one last.
    pub const ALL: &[Self] = &[
        Self::ACR122U,
        Self::ACR1252U,
        Self::UTRUST_3700F,
        Self::OMNIKEY_5022,
        Self::GENERIC,
    ];

    /// The make of a reader with this PC/SC name.
    #[must_use]
    pub fn of_reader(pcsc_name: &str) -> Self {
        let name = pcsc_name.to_lowercase();
        Self::ALL
            .iter()
            .find(|profile| profile.name_parts.iter().any(|part| name.contains(part)))
            .copied()
            .unwrap_or(Self::GENERIC)
    }
}
