//! A guest's name: it is shown to the desk, and goes into no journal, log, error or card.

use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// A guest's name. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GuestName(Arc<str>);

impl GuestName {
    /// The name, to be shown.
    #[must_use]
    pub fn show(&self) -> &str {
        &self.0
    }
}

impl From<&str> for GuestName {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

impl fmt::Debug for GuestName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GuestName(…)")
    }
}

impl Serialize for GuestName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
