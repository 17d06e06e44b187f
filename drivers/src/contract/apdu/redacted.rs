//! An APDU as it may stand in a log.

use std::fmt;

/// Shows a command APDU in hex with every byte hidden that may be a key or a password: the data of load-key commands,
/// of authentications, and of everything that goes to the tag past the reader.
///
/// Answers hold no secrets of ours and need no redacting.
#[derive(Clone, Copy)]
pub struct Redacted<'a>(pub &'a [u8]);

impl Redacted<'_> {
    /// How many bytes may be shown from the start.
    fn shown(&self) -> usize {
        const HEADER_AND_LENGTH: usize = 5;
        match self.0 {
            // The UID, and reading and writing the card's open memory.
            [0xFF, 0xCA | 0xB0 | 0xD6, ..] => self.0.len(),
            // Load key, authenticate, raw commands such as PWD_AUTH, and whatever else there is.
            _ => HEADER_AND_LENGTH,
        }
    }
}

impl fmt::Display for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (shown, hidden) = self.0.split_at(self.shown().min(self.0.len()));
        f.write_str(&hex::encode(shown))?;
        if hidden.is_empty() {
            return Ok(());
        }
        write!(f, " [{} bytes redacted]", hidden.len())
    }
}

impl fmt::Debug for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
