//! The card's random numbers: the operating system's, or in tests those that a published example has.

use std::collections::VecDeque;

/// Where random numbers come from.
#[derive(Debug, Default)]
pub(super) struct Random {
    prescribed: VecDeque<Vec<u8>>,
}

impl Random {
    /// So many fresh bytes; `None` when there are none.
    pub(super) fn bytes(&mut self, count: usize) -> Option<Vec<u8>> {
        if self
            .prescribed
            .front()
            .is_some_and(|next| next.len() == count)
        {
            return self.prescribed.pop_front();
        }
        let mut bytes = vec![0; count];
        getrandom::fill(&mut bytes).ok()?;
        Some(bytes)
    }

    /// The next random number of its length.
    #[cfg(test)]
    pub(super) fn prescribe(&mut self, bytes: &[u8]) {
        self.prescribed.push_back(bytes.to_vec());
    }
}
