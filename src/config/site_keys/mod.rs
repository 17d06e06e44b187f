//! The site keys: one file with every version, parsed by hand so that nothing of a key is copied or quoted on the way.
//!
//! ```toml
//! # Only where another system gave the property's DESFire cards a PICC key of its own: 32 hex digits.
//! # picc_key = "…"
//!
//! [[site_key]]
//! version = 1
//! key = "…"
//! created = "2026-11-22"
//! ```

mod fault;
mod rotate;

use std::borrow::Cow;
use std::path::PathBuf;

use cardbridge_drivers::keys::{KeyVersion, SecretKey, SiteKey, SiteKeys};
use jiff::civil::Date;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use zeroize::Zeroizing;

pub use fault::{RotateFault, SiteKeyFault};
pub use rotate::Rotated;

use super::file::line_at;
use super::{ConfigError, KeyKind, Located, Origin, Warning, secret};

/// Where the site keys are read from.
#[derive(Debug, Clone)]
pub struct SiteKeySource {
    /// The file.
    pub file: Located<PathBuf>,
}

/// What a site key file holds.
#[derive(Debug, Clone)]
pub struct SiteKeyFile {
    /// Every version.
    pub keys: SiteKeys,
    /// The day on which each was made, the current one first.
    pub created: Vec<(KeyVersion, Date)>,
    /// See [`cardbridge_drivers::contract::DriverSettings::picc_key`].
    pub picc_key: Option<SecretKey>,
}

impl SiteKeySource {
    /// The keys.
    ///
    /// # Errors
    /// When the file cannot be read, can be read by everyone on this machine, or holds no site keys.
    pub fn read(&self) -> Result<SiteKeyFile, ConfigError> {
        let path = &self.file.value;
        if secret::is_world_readable(path) {
            return Err(ConfigError::Exposed { path: path.clone() });
        }
        let bytes = secret::read_key_file(path, KeyKind::Site)?;
        SiteKeyFile::parse(&bytes).map_err(|source| ConfigError::SiteKeys {
            path: path.clone(),
            source,
        })
    }

    /// Whether others can read or change the keys too.
    #[must_use]
    pub fn warning(&self) -> Option<Warning> {
        match self.file.origin {
            // What the service manager hands over has a group mode that represents an access list.
            Origin::ServiceCredential(_) => None,
            _ => secret::open_to_group(&self.file.value),
        }
    }

    /// Where it is set.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.file.origin
    }
}

impl SiteKeyFile {
    /// Reads a file's content. No copy of a key is left behind but those in the result.
    ///
    /// # Errors
    /// [`SiteKeyFault`], with the line.
    pub fn parse(bytes: &[u8]) -> Result<Self, SiteKeyFault> {
        let text = std::str::from_utf8(bytes).map_err(|_| SiteKeyFault::NotText)?;
        // Not `DeTable::parse`: its error would hold a copy of the text.
        let (table, errors) = DeTable::parse_recoverable(text);
        if let Some(error) = errors.first() {
            return Err(SiteKeyFault::Syntax {
                line: line_at(text, error.span().map_or(0, |span| span.start)),
            });
        }
        let place = Place(text);
        let mut picc_key = None;
        let mut entries = Vec::new();
        for (name, value) in table.get_ref() {
            match (name.get_ref().as_ref(), value.get_ref()) {
                ("picc_key", _) => picc_key = Some(place.key(value, "picc_key")?),
                ("site_key", DeValue::Array(items)) => {
                    for item in items {
                        entries.push(place.entry(item)?);
                    }
                }
                ("site_key", _) => return Err(place.value(value, "site_key", SECTIONS)),
                _ => return Err(place.unknown(name)),
            }
        }
        entries.sort_by_key(|(key, _)| std::cmp::Reverse(key.version));
        let created = entries
            .iter()
            .map(|(key, date)| (key.version, *date))
            .collect();
        let keys = SiteKeys::new(entries.into_iter().map(|(key, _)| key).collect())?;
        Ok(Self {
            keys,
            created,
            picc_key,
        })
    }

    /// When a version was made.
    #[must_use]
    pub fn created(&self, version: KeyVersion) -> Option<Date> {
        self.created
            .iter()
            .find(|(of, _)| *of == version)
            .map(|(_, date)| *date)
    }
}

/// One entry as [`SiteKeyFile::parse`] reads it.
#[must_use]
pub fn entry(key: &SiteKey, created: Date) -> Zeroizing<String> {
    let mut digits = Zeroizing::new([0; 32]);
    // 16 bytes are 32 digits, and digits are text.
    let _ = hex::encode_to_slice(key.key.expose(), digits.as_mut());
    let digits = std::str::from_utf8(digits.as_ref()).unwrap_or_default();
    let before = format!("[[site_key]]\nversion = {}\nkey = \"", key.version);
    let after = format!("\"\ncreated = \"{created}\"\n");
    // Put together in one piece: a string that grows leaves parts of itself behind.
    Zeroizing::new([before.as_str(), digits, after.as_str()].concat())
}

const SECTIONS: &str = "a list of [[site_key]] sections";
const DIGITS: &str = "32 hex digits in quotes";
const VERSION: &str = "a number from 1 to 255";
const DATE: &str = "a day in quotes, such as \"2026-11-22\"";

/// The text at hand, for messages that name a line.
struct Place<'a>(&'a str);

impl Place<'_> {
    fn entry(&self, item: &Spanned<DeValue<'_>>) -> Result<(SiteKey, Date), SiteKeyFault> {
        let DeValue::Table(table) = item.get_ref() else {
            return Err(self.value(item, "site_key", SECTIONS));
        };
        let (mut version, mut key, mut created) = (None, None, None);
        for (name, value) in table {
            match name.get_ref().as_ref() {
                "version" => version = Some(self.version(value)?),
                "key" => key = Some(self.key(value, "key")?),
                "created" => created = Some(self.created(value)?),
                _ => return Err(self.unknown(name)),
            }
        }
        let missing = |name| SiteKeyFault::Missing {
            line: line_at(self.0, item.span().start),
            name,
        };
        Ok((
            SiteKey {
                version: version.ok_or_else(|| missing("version"))?,
                key: key.ok_or_else(|| missing("key"))?,
            },
            created.ok_or_else(|| missing("created"))?,
        ))
    }

    fn version(&self, value: &Spanned<DeValue<'_>>) -> Result<KeyVersion, SiteKeyFault> {
        let number = match value.get_ref() {
            DeValue::Integer(digits) if digits.radix() == 10 => digits.as_str().parse().ok(),
            _ => None,
        };
        number
            .and_then(KeyVersion::new)
            .ok_or_else(|| self.value(value, "version", VERSION))
    }

    fn key(
        &self,
        value: &Spanned<DeValue<'_>>,
        name: &'static str,
    ) -> Result<SecretKey, SiteKeyFault> {
        let mut key = Zeroizing::new([0; 16]);
        match value.get_ref() {
            // A string with escapes would be a copy that is never wiped.
            DeValue::String(Cow::Borrowed(digits))
                if hex::decode_to_slice(digits, key.as_mut()).is_ok() =>
            {
                Ok(SecretKey::new(*key))
            }
            _ => Err(self.value(value, name, DIGITS)),
        }
    }

    fn created(&self, value: &Spanned<DeValue<'_>>) -> Result<Date, SiteKeyFault> {
        let date = match value.get_ref() {
            DeValue::String(text) => text.parse().ok(),
            _ => None,
        };
        date.ok_or_else(|| self.value(value, "created", DATE))
    }

    fn value(
        &self,
        value: &Spanned<DeValue<'_>>,
        name: &'static str,
        wanted: &'static str,
    ) -> SiteKeyFault {
        SiteKeyFault::Value {
            line: line_at(self.0, value.span().start),
            name,
            wanted,
        }
    }

    fn unknown(&self, name: &Spanned<Cow<'_, str>>) -> SiteKeyFault {
        let text = name.get_ref();
        let could_be_a_key = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        SiteKeyFault::Unknown {
            line: line_at(self.0, name.span().start),
            name: (!could_be_a_key).then(|| text.to_string()),
        }
    }
}

#[cfg(test)]
mod tests;
