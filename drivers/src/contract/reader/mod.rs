//! What differs from one reader model to the next.
//!
//! PC/SC part 3 leaves open where a key goes and says nothing of a tag's own commands, so every manufacturer found its own way.
//! `table` holds the models: a new one is one entry there.

mod beep;
mod keys;
mod signals;
mod table;

use super::apdu::RawForm;

pub use beep::signal;
pub use keys::{Authenticate, KeyKind, LoadKey};
pub use signals::{Signal, SignalCommands, Signals};

/// One reader model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReaderProfile {
    /// The name for configuration and command line, such as `acr122u`.
    pub name: &'static str,
    /// The name, as shown to people.
    pub title: &'static str,
    /// Parts of PC/SC reader names by which this model is known, in lower case; upper and lower case are the same.
    pub name_parts: &'static [&'static str],
    /// How a MIFARE key gets into the reader.
    pub load_key: LoadKey,
    /// What to try when the reader refuses that: makes, and firmwares of one make, differ in which memory they have.
    pub load_key_else: Option<LoadKey>,
    /// How many keys each memory has room for, from slot 0 on.
    pub key_slots: u8,
    /// How a sector is authenticated with a loaded key.
    pub authenticate: Authenticate,
    /// The ways for a tag's own commands, the likeliest first; none when the reader has no such way.
    pub raw: &'static [RawForm],
    /// The longest command APDU that reaches an ISO/IEC 14443-4 card whole, and the longest answer that comes back so.
    pub longest_apdu: usize,
    /// The longest answer of a tag's own commands that comes back whole, in bytes; 0 where it is not known. Where it is not 0,
    /// `raw` has one way, and that is no transparent session.
    pub longest_raw_answer: usize,
    /// Whether every failure is `6300`, whatever it was.
    pub says_6300: bool,
    /// What makes the reader beep or light up; `None` when nothing does, or nothing may.
    pub signals: Option<Signals>,
}

impl ReaderProfile {
    /// The model of a reader with this PC/SC name.
    #[must_use]
    pub fn of_reader(pcsc_name: &str) -> Self {
        let name = pcsc_name.to_lowercase();
        Self::ALL
            .iter()
            .find(|profile| profile.name_parts.iter().any(|part| name.contains(part)))
            .copied()
            .unwrap_or(Self::GENERIC)
    }

    /// The model with this [`name`](Self::name).
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|profile| profile.name == name)
            .copied()
    }

    /// The ways to load a key, in the order in which to try them.
    pub fn load_keys(&self) -> impl Iterator<Item = LoadKey> {
        [Some(self.load_key), self.load_key_else]
            .into_iter()
            .flatten()
    }
}

#[cfg(test)]
mod tests;
