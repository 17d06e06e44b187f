//! The key of a client: wiped when dropped, never shown.

use std::fmt;

use zeroize::Zeroizing;

/// An API key or token. `Debug` does not show it; there is no `Display` and no `Serialize`.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// The key itself. Whatever gets it must not log it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Takes the key out of a text that others wrote, such as an error message that echoes a header.
    pub(super) fn scrub(&self, text: String) -> String {
        if !self.0.is_empty() && text.contains(self.expose()) {
            text.replace(self.expose(), "[redacted]")
        } else {
            text
        }
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
