//! One page of a list.

use super::error::Odd;

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// What is on it and is not as the API describes it.
    pub odd: Vec<Odd>,
    /// Where the next one begins; none on the last.
    pub next_page_cursor: Option<String>,
}
