//! Keys and blocks of MIFARE Classic, as a reader handles them.

use crate::contract::apdu::Response;
use crate::contract::{Answer, Authenticate, LoadKey};

use super::{
    FUNCTION_NOT_SUPPORTED, MEMORY_FAILURE, SimulatedReader, WRONG_ADDRESS_OF_BLOCK, WRONG_LENGTH,
    success,
};

type Key = [u8; 6];

/// The keys that were loaded into a reader: by slot, or by kind where the model has no slots.
#[derive(Debug, Default)]
pub(super) struct Keys(std::collections::BTreeMap<u8, Key>);

const KEY_A: u8 = 0x60;
const KEY_B: u8 = 0x61;
const BLOCK_BYTES: usize = 16;

/// The words of PC/SC part 3 (3.2.2.1.4 and 3.2.2.1.6).
const NOT_AUTHENTICATED: u16 = 0x6982;
const NO_VOLATILE_MEMORY: u16 = 0x6986;
const NO_NON_VOLATILE_MEMORY: u16 = 0x6987;
const NO_SUCH_KEY: u16 = 0x6988;
const WRONG_KEY_LENGTH: u16 = 0x6989;

impl SimulatedReader {
    pub(super) fn load_key(&mut self, p1: u8, p2: u8, data: &[u8]) -> Response {
        const VOLATILE: u8 = 0x00;
        const NON_VOLATILE: u8 = 0x20;

        let (memory, is_slot) = match self.load_key_form() {
            LoadKey::Volatile { .. } => (VOLATILE, p2 < self.profile.key_slots),
            LoadKey::NonVolatile { .. } => (NON_VOLATILE, p2 < self.profile.key_slots),
            LoadKey::ByKind => (VOLATILE, matches!(p2, KEY_A | KEY_B)),
        };
        if p1 != memory {
            return self.failure(match p1 {
                VOLATILE => NO_VOLATILE_MEMORY,
                NON_VOLATILE => NO_NON_VOLATILE_MEMORY,
                _ => FUNCTION_NOT_SUPPORTED,
            });
        }
        if !is_slot {
            return self.failure(NO_SUCH_KEY);
        }
        let Ok(key) = Key::try_from(data) else {
            return self.failure(WRONG_KEY_LENGTH);
        };
        self.keys.0.insert(p2, key);
        success(vec![])
    }

    /// The one form that this reader knows: see the module `testing::reader`.
    fn load_key_form(&self) -> LoadKey {
        self.profile.load_key_else.unwrap_or(self.profile.load_key)
    }

    pub(super) fn authenticate(&mut self, data: &[u8]) -> Response {
        let &[0x01, msb, lsb, kind, number] = data else {
            return self.failure(WRONG_LENGTH);
        };
        if self.profile.authenticate != Authenticate::General {
            return self.failure(FUNCTION_NOT_SUPPORTED);
        }
        self.authenticate_sector([msb, lsb], kind, number)
    }

    /// `FF 88`, from before PC/SC part 3 version 2.01.
    pub(super) fn authenticate_as_of_old(
        &mut self,
        block: &[u8],
        kind: u8,
        number: u8,
    ) -> Response {
        match block {
            &[msb, lsb] if self.profile.authenticate == Authenticate::Obsolete => {
                self.authenticate_sector([msb, lsb], kind, number)
            }
            _ => self.failure(FUNCTION_NOT_SUPPORTED),
        }
    }

    fn authenticate_sector(&mut self, block: [u8; 2], kind: u8, number: u8) -> Response {
        let ([0x00, block], KEY_A | KEY_B) = (block, kind) else {
            return self.failure(WRONG_ADDRESS_OF_BLOCK);
        };
        if !self.is_classic() {
            return self.failure(FUNCTION_NOT_SUPPORTED);
        }
        let form = self.load_key_form();
        let loaded = match form {
            LoadKey::ByKind if number == form.key_number() => Some(kind),
            LoadKey::ByKind => None,
            LoadKey::Volatile { .. } | LoadKey::NonVolatile { .. } => Some(number),
        };
        let Some(key) = loaded.and_then(|loaded| self.keys.0.get(&loaded)) else {
            return self.failure(NO_SUCH_KEY);
        };
        let uid = self.card.uid();
        let uid = uid.as_bytes();
        let frame = [&[kind, block], key.as_slice(), &uid[uid.len() - 4..]].concat();
        match self.card.exchange(&frame) {
            Answer::Ack => success(vec![]),
            _ => self.failure(NOT_AUTHENTICATED),
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
