//! Reader names: which slots take cards without contacts, and which reader a part of a name means.

use std::fmt;

use serde::Serialize;

use super::EncoderError;

/// The name of a reader as PC/SC gives it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct EncoderName(pub String);

impl EncoderName {
    /// Whether `part` occurs in the name; upper and lower case are the same.
    #[must_use]
    pub fn contains(&self, part: &str) -> bool {
        self.0.to_lowercase().contains(&part.to_lowercase())
    }

    /// Whether it is no reader at all.
    #[must_use]
    pub fn is_simulated(&self) -> bool {
        self.0.starts_with(SIMULATED)
    }

    /// Whether this slot takes cards without contacts, as far as its name shows.
    ///
    /// One device often shows several slots: `… [ACR1252 Dual Reader PICC] 00 00` is the antenna, `… SAM] 01 00` holds a
    /// security module that always answers like a card. A name without any such word counts as an antenna: most
    /// readers with but one slot say nothing.
    #[must_use]
    pub fn is_contactless(&self) -> bool {
        let words: Vec<String> = self
            .0
            .split(|c: char| !c.is_ascii_alphanumeric())
            .map(str::to_ascii_lowercase)
            .collect();
        let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
        if has(OTHER_SLOTS) || TOKENS.iter().any(|token| self.contains(token)) {
            return false;
        }
        // The OMNIKEY dual-interface readers mark the antenna only ("5422CL"); the other slot has contacts.
        !has(OMNIKEY_DUAL) || words.iter().any(|word| word.ends_with("cl"))
    }
}

/// How the names of simulated encoders begin. They are in journals: the word never changes.
const SIMULATED: &str = "Simulated encoder ";
/// Words in the name of a slot that is no antenna.
const OTHER_SLOTS: &[&str] = &["sam", "icc", "contact", "contacted"];
/// Parts of the names of things that show themselves as readers with a card that is always there.
const TOKENS: &[&str] = &[
    "yubikey",
    "nitrokey",
    "token",
    "virtual smart card",
    "windows hello",
];
/// OMNIKEY models that have both a contact slot and an antenna.
const OMNIKEY_DUAL: &[&str] = &["5121", "5321", "5422", "5x21"];

/// The encoders that are meant: the one that `wanted` names, or without it all of them.
///
/// A whole name means that reader, even when it is a part of another's.
///
/// # Errors
/// [`EncoderError::NoEncoder`] when there is none, [`EncoderError::Ambiguous`] when `wanted` fits several.
pub fn choose(
    wanted: Option<&str>,
    present: Vec<EncoderName>,
) -> Result<Vec<EncoderName>, EncoderError> {
    let names = |encoders: &[EncoderName]| encoders.iter().map(|name| name.0.clone()).collect();
    let Some(wanted) = wanted else {
        return if present.is_empty() {
            Err(EncoderError::NoEncoder {
                wanted: None,
                present: Vec::new(),
            })
        } else {
            Ok(present)
        };
    };
    let matching = meant(Some(wanted), present.clone());
    match matching.len() {
        1 => Ok(matching),
        0 => Err(EncoderError::NoEncoder {
            wanted: Some(wanted.to_owned()),
            present: names(&present),
        }),
        _ => Err(EncoderError::Ambiguous {
            wanted: wanted.to_owned(),
            matching: names(&matching),
        }),
    }
}

/// The encoders that a part of a name fits, without it all of them. A whole name means that reader and no other.
pub(super) fn meant(part: Option<&str>, mut present: Vec<EncoderName>) -> Vec<EncoderName> {
    if let Some(part) = part {
        let is_whole = present.iter().any(|name| name.0 == part);
        present.retain(|name| name.0 == part || !is_whole && name.contains(part));
    }
    present
}

impl fmt::Display for EncoderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
