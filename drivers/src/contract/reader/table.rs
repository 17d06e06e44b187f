//! The reader models.
//!
//! **Nothing here was tried on a reader**: it is what manuals and published programs say. What rests on less is marked
//! *unverified* at its entry.
//!
//! | fact | source |
//! |---|---|
//! | ACR122U: two volatile key slots, `FF 86`, `FF 00 40` LED and buzzer, `FF 00 52` beep at cards | ACS, API ACR122U 2.04, 5.1, 5.2, 6.2, 6.7 |
//! | ACR122U: frames of 64 bytes, a wrapped APDU of 61 | libccid's reader description (dwFeatures 00020040); libfreefare issue 16 |
//! | ACR122U: non-volatile load fails | liblogicalaccess, mifarepcsccommands.cpp |
//! | ACR1252U: two volatile key slots, nothing else; `E0 00 00 28` buzzer; `FF 00 40` as on the ACR122U | ACS, ACM1252U reference manual 1.03, 5.2.4.1, 5.6.1, its sister without a case |
//! | ACR1255U-J1: `E0 00 00 28` buzzer, in 10 ms | ACS, ACR1255U-J1 reference manual 1.07, 6.8.5 |
//! | ACR1252U, ACR1552U: tag commands without a PN532 around them | `SimplyPrint` nfc-agent, internal/core/card.go |
//! | a tag's answer of 128 bytes through an ACR1252U, once in thousands with bytes doubled | NXP community, thread 498289 |
//! | the same through a PN532: up to 262 bytes in one frame; more than that, and through an ACR122U, *unverified* | NXP, PN532 user manual, 7.3.9 |
//! | Identiv: `FF 82 00 60`, and number 01 in `FF 86` | Identiv, uTrust 3720F reference manual 1.00, 6.2.3, 6.2.4; liblogicalaccess, mifarescmcommands.cpp |
//! | OMNIKEY 5x21: wants `FF 82 20` and a slot below 20, else says 6986 | `StackOverflow` 18830280 |
//! | OMNIKEY: Ultralight C is gone from the guides | HID, PLT-03092 A.1, PLT-03273 A.1 |
//! | names | the reader lists of libccid and acsccid; that they differ: acshk/acsccid issue 16 |
//!
//! Beeps at cards that are kept in the reader for good (`E0 00 00 21` of ACS) are left as they are. Readers of Identiv and
//! HID give no signal: Identiv's lights go by the firmware unless that is switched off (escape B2), and what HID's take is
//! under their own tree of settings.

use super::{Authenticate, LoadKey, ReaderProfile, SignalCommands, Signals};
use crate::contract::apdu::RawForm;

const EXTENDED_READER: usize = 261;
const READER_OF_64_BYTE_FRAMES: usize = 61;
/// What a short APDU brings back, less the header that a PN532 puts before it.
const RAW_ANSWER: usize = 256 - 3;

impl ReaderProfile {
    /// ACS ACR122U: a PN532 behind short APDUs.
    pub const ACR122U: Self = Self {
        name: "acr122u",
        title: "ACS ACR122U",
        name_parts: &["acr122"],
        load_key: LoadKey::Volatile { slot: 0 },
        load_key_else: None,
        key_slots: 2,
        authenticate: Authenticate::General,
        raw: &[RawForm::Pn532],
        longest_apdu: READER_OF_64_BYTE_FRAMES,
        longest_raw_answer: RAW_ANSWER,
        says_6300: true,
        signals: Some(Signals {
            // Green and a beep of 100 ms; red and three of 100 ms.
            done: both(&[0xFF, 0x00, 0x40, 0xA0, 0x04, 0x01, 0x00, 0x01, 0x01]),
            refused: both(&[0xFF, 0x00, 0x40, 0x50, 0x04, 0x01, 0x01, 0x03, 0x01]),
            quiet: Some(both(&[0xFF, 0x00, 0x52, 0x00, 0x00])),
        }),
    };

    /// ACS ACR1252U and ACR1255U. Raw commands and the second way to beep *unverified* on the ACR1255U.
    pub const ACR1252U: Self = Self {
        name: "acr1252u",
        title: "ACS ACR1252U, ACR1255U",
        name_parts: &["acr1252", "acr1255"],
        raw: &[RawForm::Plain],
        longest_apdu: EXTENDED_READER,
        signals: Some(Signals {
            done: SignalCommands {
                escape: &[0xE0, 0x00, 0x00, 0x28, 0x01, 0x0A],
                pseudo_apdu: Some(&[0xFF, 0x00, 0x40, 0x00, 0x04, 0x01, 0x00, 0x01, 0x01]),
            },
            refused: SignalCommands {
                escape: &[0xE0, 0x00, 0x00, 0x28, 0x01, 0x32],
                pseudo_apdu: Some(&[0xFF, 0x00, 0x40, 0x00, 0x04, 0x01, 0x01, 0x03, 0x01]),
            },
            quiet: None,
        }),
        ..Self::ACR122U
    };

    /// ACS ACR1552U. Keys and buzzer as on the ACR1252U: *unverified*.
    pub const ACR1552U: Self = Self {
        name: "acr1552u",
        title: "ACS ACR1552U",
        name_parts: &["acr1552"],
        signals: Some(Signals {
            done: SignalCommands {
                escape: &[0xE0, 0x00, 0x00, 0x28, 0x01, 0x0A],
                pseudo_apdu: None,
            },
            refused: SignalCommands {
                escape: &[0xE0, 0x00, 0x00, 0x28, 0x01, 0x32],
                pseudo_apdu: None,
            },
            quiet: None,
        }),
        ..Self::ACR1252U
    };

    /// HID OMNIKEY 5022. Where it keeps keys is *unverified*: volatile first, which leaves none behind. It has no way for a
    /// tag's own commands that HID publishes.
    pub const OMNIKEY_5022: Self = Self {
        name: "omnikey-5022",
        title: "HID OMNIKEY 5022",
        name_parts: &["omnikey 5022"],
        load_key: LoadKey::Volatile { slot: 0 },
        load_key_else: Some(LoadKey::NonVolatile { slot: 0 }),
        key_slots: 32,
        authenticate: Authenticate::General,
        raw: &[],
        longest_apdu: EXTENDED_READER,
        longest_raw_answer: 0,
        says_6300: false,
        signals: None,
    };

    /// HID OMNIKEY 5427 and its sister 5127: *unverified*, as the 5022.
    pub const OMNIKEY_5427: Self = Self {
        name: "omnikey-5427",
        title: "HID OMNIKEY 5427",
        name_parts: &["omnikey 5427", "omnikey 5127", "omnikey 5x27"],
        ..Self::OMNIKEY_5022
    };

    /// HID OMNIKEY 5321, 5121 and 5021, once `CardMan`: only non-volatile slots. Frames *unverified*: the shorter ones.
    pub const OMNIKEY_5X21: Self = Self {
        name: "omnikey-5x21",
        title: "HID OMNIKEY 5x21",
        name_parts: &[
            "omnikey 5321",
            "omnikey 5121",
            "omnikey 5021",
            "omnikey 5x21",
            "cardman 5321",
            "cardman 5121",
            "cardman 5021",
            "cardman 5x21",
            "(076b:5321)",
        ],
        load_key: LoadKey::NonVolatile { slot: 0 },
        load_key_else: None,
        longest_apdu: READER_OF_64_BYTE_FRAMES,
        ..Self::OMNIKEY_5022
    };

    /// Identiv uTrust 3700F and the readers of the same manual, once CLOUD. Transparent sessions *unverified*.
    pub const UTRUST_3700F: Self = Self {
        name: "utrust-3700f",
        title: "Identiv uTrust 3700F",
        name_parts: &["utrust", "identive cloud", "cloud 37", "cloud 47"],
        load_key: LoadKey::ByKind,
        load_key_else: None,
        key_slots: 1,
        authenticate: Authenticate::General,
        raw: &[RawForm::Transparent],
        longest_apdu: EXTENDED_READER,
        longest_raw_answer: 0,
        says_6300: false,
        signals: None,
    };

    /// Identiv SCL011, once SCM. Older than transparent sessions; frames *unverified*: the shorter ones.
    pub const SCL011: Self = Self {
        name: "scl011",
        title: "Identiv SCL011",
        name_parts: &["scl011", "scl010", "scl01x"],
        raw: &[],
        longest_apdu: READER_OF_64_BYTE_FRAMES,
        ..Self::UTRUST_3700F
    };

    /// Any reader that keeps to PC/SC part 3: tried in every way, and given no signals, since it is not known what else they
    /// would do.
    pub const GENERIC: Self = Self {
        name: "generic",
        title: "PC/SC part 3 reader",
        name_parts: &[],
        load_key: LoadKey::Volatile { slot: 0 },
        load_key_else: Some(LoadKey::NonVolatile { slot: 0 }),
        key_slots: 1,
        authenticate: Authenticate::General,
        raw: &[RawForm::Pn532, RawForm::Plain, RawForm::Transparent],
        longest_apdu: EXTENDED_READER,
        longest_raw_answer: 0,
        says_6300: false,
        signals: None,
    };

    /// Every model, the generic one last.
    pub const ALL: &[Self] = &[
        Self::ACR122U,
        Self::ACR1252U,
        Self::ACR1552U,
        Self::OMNIKEY_5022,
        Self::OMNIKEY_5427,
        Self::OMNIKEY_5X21,
        Self::UTRUST_3700F,
        Self::SCL011,
        Self::GENERIC,
    ];
}

/// The same bytes both ways, as ACS has it on the ACR122U.
const fn both(command: &'static [u8]) -> SignalCommands {
    SignalCommands {
        escape: command,
        pseudo_apdu: Some(command),
    }
}
