//! The passwords and the key of a simulated tag.

use crate::contract::Answer;

use super::super::handshake::{MORE, RANDOM};
use super::super::models::PAGE;
use super::challenge::Challenge;
use super::{Nak, SimulatedTag, State, page_of};

impl SimulatedTag {
    /// Begins a handshake; an earlier authentication is over with it.
    pub(super) fn challenge(&mut self) -> Result<Answer, Nak> {
        let key = self.key(&self.memory);
        // Under a key that changed since the selection neither the old nor the new one is good for sure.
        if key != self.key(&self.selected) {
            return Err(Nak);
        }
        let mut random = [0; RANDOM];
        getrandom::fill(&mut random).map_err(|_| Nak)?;
        let challenge = Challenge::new(&key, random);
        let frame = [&[MORE], challenge.sent.as_bytes()].concat();
        self.state = State::Challenged(challenge);
        Ok(Answer::Frame(frame))
    }

    /// The key in the order of the cipher: on the pages each half is stored back to front.
    fn key(&self, memory: &[u8]) -> [u8; 16] {
        let first = usize::from(self.chip.first_secret_page()) * PAGE;
        std::array::from_fn(|at| {
            let half = at / 8 * 8;
            memory[first + half + 7 - at % 8]
        })
    }

    pub(super) fn authenticate(&mut self, password: [u8; PAGE]) -> Result<Answer, Nak> {
        const AUTHLIM: u8 = 0x07;
        let limit = self.access(&self.memory) & AUTHLIM;
        let is_exhausted = limit > 0 && self.failed_authentications >= limit;
        let secret = |memory: &[u8]| {
            let first = self.chip.first_secret_page();
            (page_of(memory, first), page_of(memory, first + 1))
        };
        let (expected, [p0, p1, ..]) = secret(&self.memory);
        let is_settled = secret(&self.memory) == secret(&self.selected);
        if is_exhausted || password != expected || !is_settled {
            self.failed_authentications = self.failed_authentications.saturating_add(1);
            return Err(Nak);
        }
        self.failed_authentications = 0;
        self.state = State::Authenticated;
        Ok(Answer::Frame(vec![p0, p1]))
    }
}
