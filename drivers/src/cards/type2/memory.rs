//! What was read of a tag.

use std::collections::BTreeMap;

use super::models::{FIRST_USER_PAGE, PAGE};

/// The pages that were read of one tag. Anything absent was not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Memory {
    pages: BTreeMap<u8, [u8; PAGE]>,
    /// The reader has no way to the tag's own commands, so that a secret which the tag may carry could not be tried.
    pub(super) lacks_raw_path: bool,
}

impl Memory {
    /// Remembers what was read from page `first` on.
    pub(super) fn insert(&mut self, first: u8, bytes: &[u8]) {
        self.pages
            .extend((first..=u8::MAX).zip(bytes.as_chunks().0.iter().copied()));
    }

    /// What was read of one page.
    pub(super) fn page(&self, number: u8) -> Option<[u8; PAGE]> {
        self.pages.get(&number).copied()
    }

    /// What was read of the data area's first `bytes` bytes, up to the first page that was not.
    pub(super) fn area(&self, bytes: usize) -> Vec<u8> {
        let mut area: Vec<u8> = (FIRST_USER_PAGE..)
            .map_while(|number| self.page(number))
            .take(bytes.div_ceil(PAGE))
            .flatten()
            .collect();
        area.truncate(bytes);
        area
    }
}
