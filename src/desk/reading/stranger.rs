//! What is known of a card that no driver knows, from its answer to reset and its version.

use cardbridge_drivers::contract::{CardType, Family, Version};

/// Card names of storage cards (PC/SC part 3, supplement; pcsc-tools), and those that ACS readers give to what has none.
const STORAGE_CARDS: &[(u16, &str)] = &[
    (0x0001, "a MIFARE Classic 1K"),
    (0x0002, "a MIFARE Classic 4K"),
    (
        0x0003,
        "a MIFARE Ultralight or NTAG of a kind that is not known",
    ),
    (0x0026, "a MIFARE Classic Mini"),
    (
        0x0036,
        "a MIFARE Plus with 2 KB, at security level 1 (not personalised for AES)",
    ),
    (
        0x0037,
        "a MIFARE Plus with 4 KB, at security level 1 (not personalised for AES)",
    ),
    (0x0038, "a MIFARE Plus with 2 KB, at security level 2"),
    (0x0039, "a MIFARE Plus with 4 KB, at security level 2"),
    (0x003A, "a MIFARE Ultralight C"),
    (0x003B, "a FeliCa card, as of a Japanese transport system"),
    (0x003D, "a MIFARE Ultralight EV1"),
    (0xF004, "a Topaz or Jewel tag"),
    (0xF011, "a FeliCa card, as of a Japanese transport system"),
    (0xF012, "a FeliCa card, as of a Japanese transport system"),
    (0xFF40, "a phone with NFC"),
];

/// Product types in the answer to `GetVersion`; the high nibble says how the product is made (NXP AN10833, not yet held
/// against cards).
const NXP: u8 = 0x04;
const DESFIRE: u8 = 0x01;
const PLUS: u8 = 0x02;
const NTAG_DNA: u8 = 0x04;
const DESFIRE_LIGHT: u8 = 0x08;

/// What the card probably is, as a noun with its article.
pub(super) fn known_as(atr: &[u8], card: Option<&CardType>) -> &'static str {
    match Family::from_atr(atr) {
        Family::Storage { name } => STORAGE_CARDS
            .iter()
            .find(|(known, _)| *known == name)
            .map_or("a storage card of another make", |(_, words)| words),
        Family::Part4 => part4(card),
        Family::Unknown => "a chip card with contacts, or one that no contactless reader names",
    }
}

/// The family for scripts.
pub(super) fn family(atr: &[u8]) -> &'static str {
    match Family::from_atr(atr) {
        Family::Storage { .. } => "storage",
        Family::Part4 => "iso14443-4",
        Family::Unknown => "other",
    }
}

fn part4(card: Option<&CardType>) -> &'static str {
    match card.map(|card| (&card.version, card.uid.is_random())) {
        Some((Version::Part4 { hardware, .. }, _)) => match hardware {
            [NXP, kind, ..] if kind & 0x0F == DESFIRE => {
                "a DESFire of a generation or size that is not known"
            }
            [NXP, kind, ..] if kind & 0x0F == PLUS => "a MIFARE Plus at security level 3",
            [NXP, kind, ..] if kind & 0x0F == NTAG_DNA => "an NTAG DNA that is no NTAG 424",
            [NXP, kind, ..] if kind & 0x0F == DESFIRE_LIGHT => "a DESFire Light",
            [NXP, ..] => "a chip card of NXP that is no DESFire",
            _ => "a chip card that answers as a DESFire does, of another maker",
        },
        // Phones and identity documents make up a serial number each time.
        Some((_, true)) => "a phone, or a passport or identity card",
        _ => "a payment card, a phone, or another chip card that is no DESFire",
    }
}
