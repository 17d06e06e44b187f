//! What a token is for, and what a path needs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Everything.
    Desk,
    /// Encodes and reads cards, and shows the kiosk page; no lists of guests, no history.
    Kiosk,
    /// Sees everything and changes nothing.
    ReadOnly,
}

/// What a path needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// To see what happens on the encoders. Every token may.
    Watch,
    /// To see guests and what was issued.
    Read,
    /// To have a card encoded or read.
    Encode,
    /// To change anything else.
    Change,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Desk, Self::Kiosk, Self::ReadOnly];

    /// Whether it is enough.
    #[must_use]
    pub fn may(self, need: Need) -> bool {
        match (self, need) {
            (Self::Desk, _)
            | (_, Need::Watch)
            | (Self::ReadOnly, Need::Read)
            | (Self::Kiosk, Need::Encode) => true,
            (Self::ReadOnly, Need::Encode | Need::Change)
            | (Self::Kiosk, Need::Read | Need::Change) => false,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Desk => "desk",
            Self::Kiosk => "kiosk",
            Self::ReadOnly => "read-only",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Scope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|scope| scope.name() == text);
        found.ok_or_else(|| format!("`{text}` is not desk, kiosk or read-only"))
    }
}
