//! Simulated cards that are locked or foreign.

use crate::contract::{Finding, SimulatedCard, Specimen, Uid};

use super::simulated::{FACTORY_SETTINGS, SimulatedNtag};

/// Cards whose file settings were changed, and cards that hold a link.
pub(super) fn specimens(_model: &str, uid: Uid) -> Vec<Specimen> {
    const LINK: &[u8] = &[0x00, 0x08, 0xD1, 0x01, 0x04, 0x55, 0x04, b'a', b'.', b'b'];
    let card = |at: usize, bytes: &[u8]| {
        let mut card = SimulatedNtag::new(uid)?;
        card.memory[at..at + bytes.len()].copy_from_slice(bytes);
        Some(Box::new(card) as Box<dyn SimulatedCard>)
    };
    let (file, foreign, locked) = (FACTORY_SETTINGS.len(), Finding::Foreign, Finding::Locked);
    [
        ("a link", foreign, card(file, LINK)),
        ("a length that lies", foreign, card(file, &[0xFF; 2])),
        ("a file written with a key", locked, card(2, &[0x00, 0xE0])),
        ("a file read with a key", locked, card(2, &[0x00, 0x0E])),
        ("a file that mirrors", locked, card(1, &[0x40])),
    ]
    .into_iter()
    .filter_map(|(what, finding, card)| {
        Some(Specimen {
            what,
            finding,
            card: card?,
        })
    })
    .collect()
}
