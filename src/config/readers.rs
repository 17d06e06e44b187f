//! `[[encoder.profiles]]`: what a reader is, where its name does not say, or is wrong.

use std::fmt::Display;

use cardbridge_drivers::contract::apdu::RawForm;
use cardbridge_drivers::contract::{Authenticate, LoadKey, ReaderProfile};

use super::{ConfigError, Located};

/// One entry as it is in the file.
#[derive(Debug)]
pub struct ReaderSource {
    /// `reader`: a part of the PC/SC name.
    pub reader: Located<String>,
    /// `like`: the model that it is, or is most like.
    pub like: Located<String>,
    /// `load_key`: where a MIFARE key goes.
    pub load_key: Option<Located<String>>,
    /// `authenticate`: the form of the authenticate command.
    pub authenticate: Option<Located<String>>,
    /// `raw`: the way for a tag's own commands.
    pub raw: Option<Located<String>>,
    /// `longest_apdu`: in bytes.
    pub longest_apdu: Option<Located<u64>>,
    /// `signals`: whether it may beep and light up.
    pub signals: Option<bool>,
}

/// The names of the forms, for the file and for messages.
const LOAD_KEYS: &[(&str, LoadKey)] = &[
    ("volatile", LoadKey::Volatile { slot: 0 }),
    ("non-volatile", LoadKey::NonVolatile { slot: 0 }),
    ("by-kind", LoadKey::ByKind),
];
const AUTHENTICATES: &[(&str, Authenticate)] = &[
    ("general", Authenticate::General),
    ("obsolete", Authenticate::Obsolete),
];
const RAW_FORMS: &[(&str, &[RawForm])] = &[
    ("pn532", &[RawForm::Pn532]),
    ("plain", &[RawForm::Plain]),
    ("transparent", &[RawForm::Transparent]),
    ("none", &[]),
];

/// The shortest APDU that a DESFire can be written with, and the longest short one (ISO/IEC 7816-4).
const APDU_BYTES: std::ops::RangeInclusive<u64> = 61..=261;

impl ReaderSource {
    /// The part of the name, and the model with what the entry overrides.
    pub(super) fn parse(self) -> Result<(Located<String>, ReaderProfile), ConfigError> {
        let models = ReaderProfile::ALL
            .iter()
            .map(|profile| (profile.name, *profile))
            .collect::<Vec<_>>();
        let mut profile = one_of(self.like, "reader model", &models)?;
        if let Some(form) = self.load_key {
            profile.load_key = one_of(form, "way to load a key", LOAD_KEYS)?;
            profile.load_key_else = None;
        }
        if let Some(form) = self.authenticate {
            profile.authenticate = one_of(form, "authenticate command", AUTHENTICATES)?;
        }
        if let Some(form) = self.raw {
            profile.raw = one_of(form, "way for a tag's own commands", RAW_FORMS)?;
        }
        if let Some(Located { value, origin }) = self.longest_apdu {
            profile.longest_apdu = usize::try_from(value)
                .ok()
                .filter(|_| APDU_BYTES.contains(&value))
                .ok_or_else(|| ConfigError::Value {
                    origin,
                    problem: format!(
                        "{value} is not between {} and {} bytes",
                        APDU_BYTES.start(),
                        APDU_BYTES.end()
                    ),
                })?;
        }
        if self.signals == Some(false) {
            profile.signals = None;
        }
        if self.reader.value.is_empty() {
            return Err(ConfigError::Value {
                origin: self.reader.origin,
                problem: "it is a part of every reader's name".to_owned(),
            });
        }
        Ok((self.reader, profile))
    }
}

fn one_of<T: Copy>(
    name: Located<String>,
    what: impl Display,
    known: &[(&str, T)],
) -> Result<T, ConfigError> {
    let parsed = name.parse(|name| {
        known
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| *value)
            .ok_or_else(|| {
                let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
                format!("`{name}` is no {what}; known are {}", names.join(", "))
            })
    })?;
    Ok(parsed.value)
}
