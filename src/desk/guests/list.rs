//! The list of the guests, and as JSON only once for all who ask.

use std::sync::Arc;

use serde::Serialize;

use super::guest::{Done, Guest};
use super::places::Property;

/// The guests, as they were at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct GuestList {
    /// Another number whenever something is different.
    pub revision: u64,
    /// The day that it is at the property, such as `2026-07-20`.
    pub today: String,
    /// The property.
    pub property: Property,
    /// Whether Seam has listed all who wait; if not, there may be more.
    pub complete: bool,
    /// How many wait, those included that are not shown.
    pub waiting: usize,
    /// Those who wait, the arrivals of today first, and those whose card wants attention.
    pub guests: Vec<Guest>,
    /// Whose cards were written today, the newest first.
    pub done_today: Vec<Done>,
    /// All that as JSON.
    #[serde(skip)]
    pub json: Arc<str>,
}
