//! Keys and blocks of MIFARE Classic, as a reader handles them.

use crate::contract::apdu::Response;
use crate::contract::{Answer, LoadKey};

use super::{
    FUNCTION_NOT_SUPPORTED, MEMORY_FAILURE, SimulatedReader, WRONG_ADDRESS_OF_BLOCK, WRONG_LENGTH,
    success,
};

type Key = [u8; 6];

/// The keys that were loaded into a reader: by slot, or by kind where the make has no slots.
#[derive(Debug, Default)]
pub(super) struct Keys(std::collections::BTreeMap<u8, Key>);

const KEY_A: u8 = 0x60;
const KEY_B: u8 = 0x61;
const BLOCK_BYTES: usize = 16;

impl SimulatedReader {
    pub(super) fn load_key(&mut self, p1: u8, p2: u8, data: &[u8]) -> Response {
        const VOLATILE: u8 = 0x00;
        const NON_VOLATILE: u8 = 0x20;
        const WRONG_KEY_LENGTH: u16 = 0x6989;

        let is_known = match self.profile.load_key {
            LoadKey::Volatile { slot } => p1 == VOLATILE && p2 <= slot.max(1),
            LoadKey::NonVolatile { slot } => p1 == NON_VOLATILE && p2 <= slot.max(1),
            LoadKey::ByKind => p1 == VOLATILE && matches!(p2, KEY_A | KEY_B),
        };
        if !is_known {
            return self.failure(FUNCTION_NOT_SUPPORTED);
        }
        let Ok(key) = Key::try_from(data) else {
            return self.failure(WRONG_KEY_LENGTH);
        };
        self.keys.0.insert(p2, key);
        success(vec![])
    }

    pub(super) fn authenticate(&mut self, data: &[u8]) -> Response {
        const NO_SUCH_KEY: u16 = 0x6988;

        let &[0x01, 0x00, block, kind @ (KEY_A | KEY_B), slot] = data else {
            return self.failure(WRONG_LENGTH);
        };
        if !self.is_classic() {
            return self.failure(FUNCTION_NOT_SUPPORTED);
        }
        let loaded = match self.profile.load_key {
            LoadKey::ByKind => kind,
            LoadKey::Volatile { .. } | LoadKey::NonVolatile { .. } => slot,
        };
        let Some(key) = self.keys.0.get(&loaded) else {
            return self.failure(NO_SUCH_KEY);
        };
        let uid = self.card.uid();
        let uid = uid.as_bytes();
        let frame = [&[kind, block], key.as_slice(), &uid[uid.len() - 4..]].concat();
        match self.card.exchange(&frame) {
            Answer::Ack => success(vec![]),
            _ => self.failure(MEMORY_FAILURE),
        }
    }

    /// The two passes of a Classic WRITE: the block, then its bytes.
    pub(super) fn write_block(&mut self, block: u8, data: &[u8]) -> Response {
        const WRITE: u8 = 0xA0;

        if data.len() != BLOCK_BYTES {
            return self.failure(WRONG_LENGTH);
        }
        if self.card.exchange(&[WRITE, block]) != Answer::Ack {
            return self.failure(WRONG_ADDRESS_OF_BLOCK);
        }
        match self.card.exchange(data) {
            Answer::Ack => success(vec![]),
            _ => self.failure(MEMORY_FAILURE),
        }
    }
}
