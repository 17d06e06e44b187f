//! The configuration file: found, checked for keys that mean nothing, and read into a [`Layer`].

use std::io;
use std::path::{Path, PathBuf};

use cardbridge_drivers::contract::OwnSettings;
use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::readers::ReaderSource;
use super::{ConfigError, Environment, KeySource, Layer, Located, Origin, SecretSource, secret};

/// Every section with its keys; the first one is the top of the file.
pub const KNOWN_KEYS: &[(&str, &[&str])] = &[
    (
        "",
        &[
            "state_dir",
            "seam",
            "record",
            "cards",
            "report",
            "encoder",
            "run",
            "serve",
            "property",
        ],
    ),
    (
        "seam",
        &[
            "endpoint",
            "api_key_file",
            "personal_access_token_file",
            "workspace_id",
            "acs_system_ids",
        ],
    ),
    ("record", &["key_file", "key_id", "previous"]),
    ("record.previous", &["key_file", "key_id"]),
    (
        "cards",
        &[
            "site_keys_file",
            "desfire_aid",
            "type2_password",
            "classic_sectors",
        ],
    ),
    ("report", &["url", "secret_file", "assign_card"]),
    ("encoder", &["reader", "watchdog_seconds", "profiles"]),
    (
        "encoder.profiles",
        &[
            "reader",
            "like",
            "load_key",
            "authenticate",
            "raw",
            "longest_apdu",
            "signals",
        ],
    ),
    ("run", &["auto"]),
    (
        "serve",
        &[
            "listen",
            "host_names",
            "allowed_origins",
            "card_timeout_seconds",
            "certificate_file",
            "key_file",
        ],
    ),
    ("property", &["postgres_file", "desk", "ca_file"]),
];

/// The section around those of the drivers, which know their keys themselves.
pub(super) const DRIVERS: &str = "drivers";

/// The file that applies: the named one, which must exist, or the first of the usual ones that does.
pub(super) fn find(
    flag: Option<&Path>,
    environment: &Environment,
) -> Result<Option<PathBuf>, ConfigError> {
    if let Some(path) = flag {
        return Ok(Some(path.to_owned()));
    }
    if let Some(path) = environment.path("CARDBRIDGE_CONFIG") {
        return Ok(Some(path));
    }
    for path in environment.usual_config_files() {
        match path.try_exists() {
            Ok(true) => return Ok(Some(path)),
            Ok(false) => {}
            // A directory that the running user may not enter holds no configuration of that user.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
            Err(source) => return Err(ConfigError::Unreadable { path, source }),
        }
    }
    Ok(None)
}

/// The text of a file.
pub(super) fn read(path: &Path) -> Result<String, ConfigError> {
    String::from_utf8(secret::read_file(path)?.to_vec()).map_err(|_| ConfigError::Unreadable {
        path: path.to_owned(),
        source: io::Error::new(io::ErrorKind::InvalidData, "it is not text"),
    })
}

/// What a file with this text says; `path` is for the messages, and relative paths in it start from its directory.
pub(super) fn parse(path: &Path, text: &str) -> Result<Layer, ConfigError> {
    let place = Place { path, text };
    let table = place.table()?;
    place.check_keys(table.get_ref(), "")?;
    let file: File =
        toml::from_str(text).map_err(|error| place.syntax(&error, Some(table.get_ref())))?;
    file.into_layer(&place)
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    state_dir: Option<Spanned<PathBuf>>,
    seam: Seam,
    record: Record,
    cards: Cards,
    report: Report,
    encoder: Encoder,
    run: Run,
    serve: Serve,
    property: Property,
    /// Read by `own`, which knows what each driver takes.
    #[serde(rename = "drivers")]
    _drivers: IgnoredAny,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Seam {
    endpoint: Option<Spanned<String>>,
    api_key_file: Option<Spanned<PathBuf>>,
    personal_access_token_file: Option<Spanned<PathBuf>>,
    workspace_id: Option<Spanned<String>>,
    acs_system_ids: Option<Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Record {
    key_file: Option<Spanned<PathBuf>>,
    key_id: Option<Spanned<String>>,
    previous: Vec<PreviousKey>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PreviousKey {
    key_file: Spanned<PathBuf>,
    key_id: Spanned<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Cards {
    site_keys_file: Option<Spanned<PathBuf>>,
    desfire_aid: Option<Spanned<String>>,
    type2_password: Option<bool>,
    classic_sectors: Option<Spanned<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Report {
    url: Option<Spanned<String>>,
    secret_file: Option<Spanned<PathBuf>>,
    assign_card: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Encoder {
    reader: Option<String>,
    watchdog_seconds: Option<Spanned<u64>>,
    profiles: Vec<Profile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Profile {
    reader: Spanned<String>,
    like: Spanned<String>,
    load_key: Option<Spanned<String>>,
    authenticate: Option<Spanned<String>>,
    raw: Option<Spanned<String>>,
    longest_apdu: Option<Spanned<u64>>,
    signals: Option<bool>,
}

impl Profile {
    fn located(self, place: &Place<'_>) -> ReaderSource {
        let text =
            |value: Option<Spanned<String>>, key| value.map(|value| place.located(value, key));
        ReaderSource {
            reader: place.located(self.reader, "encoder.profiles.reader"),
            like: place.located(self.like, "encoder.profiles.like"),
            load_key: text(self.load_key, "encoder.profiles.load_key"),
            authenticate: text(self.authenticate, "encoder.profiles.authenticate"),
            raw: text(self.raw, "encoder.profiles.raw"),
            longest_apdu: self
                .longest_apdu
                .map(|value| place.located(value, "encoder.profiles.longest_apdu")),
            signals: self.signals,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Run {
    auto: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Serve {
    listen: Option<Spanned<String>>,
    host_names: Option<Spanned<Vec<String>>>,
    allowed_origins: Option<Spanned<Vec<String>>>,
    card_timeout_seconds: Option<Spanned<u64>>,
    certificate_file: Option<Spanned<PathBuf>>,
    key_file: Option<Spanned<PathBuf>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Property {
    postgres_file: Option<Spanned<PathBuf>>,
    desk: Option<Spanned<String>>,
    ca_file: Option<Spanned<PathBuf>>,
}

impl File {
    fn into_layer(self, place: &Place<'_>) -> Result<Layer, ConfigError> {
        let text =
            |value: Option<Spanned<String>>, key| value.map(|value| place.located(value, key));
        let file = |value: Option<Spanned<PathBuf>>, key| {
            value.map(|value| place.beside(value, key)).transpose()
        };
        let list =
            |value: Option<Spanned<Vec<String>>>, key| value.map(|value| place.located(value, key));
        let previous_record_keys = self
            .record
            .previous
            .into_iter()
            .map(|key| {
                KeySource::new(
                    place.beside(key.key_file, "record.previous.key_file")?,
                    Some(place.located(key.key_id, "record.previous.key_id")),
                )
            })
            .collect::<Result<_, _>>()?;
        Ok(Layer {
            config_file: None,
            state_dir: file(self.state_dir, "state_dir")?,
            endpoint: text(self.seam.endpoint, "seam.endpoint"),
            api_key: file(self.seam.api_key_file, "seam.api_key_file")?.map(SecretSource::File),
            personal_access_token: file(
                self.seam.personal_access_token_file,
                "seam.personal_access_token_file",
            )?
            .map(SecretSource::File),
            workspace_id: text(self.seam.workspace_id, "seam.workspace_id"),
            acs_system_ids: self.seam.acs_system_ids,
            record_key_file: file(self.record.key_file, "record.key_file")?,
            record_key_id: text(self.record.key_id, "record.key_id"),
            previous_record_keys,
            site_keys_file: file(self.cards.site_keys_file, "cards.site_keys_file")?,
            desfire_aid: text(self.cards.desfire_aid, "cards.desfire_aid"),
            type2_password: self.cards.type2_password,
            classic_sectors: text(self.cards.classic_sectors, "cards.classic_sectors"),
            report_url: text(self.report.url, "report.url"),
            report_secret: file(self.report.secret_file, "report.secret_file")?
                .map(SecretSource::File),
            assign_card: self.report.assign_card,
            reader: self.encoder.reader,
            watchdog_seconds: self
                .encoder
                .watchdog_seconds
                .map(|value| place.located(value, "encoder.watchdog_seconds")),
            profiles: self
                .encoder
                .profiles
                .into_iter()
                .map(|profile| profile.located(place))
                .collect(),
            auto: self.run.auto,
            listen: text(self.serve.listen, "serve.listen"),
            host_names: list(self.serve.host_names, "serve.host_names"),
            allowed_origins: list(self.serve.allowed_origins, "serve.allowed_origins"),
            card_timeout_seconds: self
                .serve
                .card_timeout_seconds
                .map(|value| place.located(value, "serve.card_timeout_seconds")),
            certificate_file: file(self.serve.certificate_file, "serve.certificate_file")?,
            tls_key_file: file(self.serve.key_file, "serve.key_file")?,
            property_url: file(self.property.postgres_file, "property.postgres_file")?
                .map(SecretSource::File),
            property_desk: text(self.property.desk, "property.desk"),
            property_ca_file: file(self.property.ca_file, "property.ca_file")?,
            own: OwnSettings::default(),
        })
    }
}

/// The file at hand, for messages that name a line.
pub(super) struct Place<'a> {
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
}

impl<'a> Place<'a> {
    /// The file as TOML.
    pub(super) fn table(&self) -> Result<Spanned<DeTable<'a>>, ConfigError> {
        DeTable::parse(self.text).map_err(|error| self.syntax(&error, None))
    }

    pub(super) fn line(&self, offset: usize) -> usize {
        line_at(self.text, offset)
    }

    fn located<T>(&self, value: Spanned<T>, key: &'static str) -> Located<T> {
        let line = self.line(value.span().start);
        Located {
            value: value.into_inner(),
            origin: Origin::File {
                path: self.path.to_owned(),
                line,
                key: key.into(),
            },
        }
    }

    /// A relative path starts from the file's own directory, wherever the program was started. One of nothing but blanks names no file:
    /// it would mean that directory.
    fn beside(
        &self,
        value: Spanned<PathBuf>,
        key: &'static str,
    ) -> Result<Located<PathBuf>, ConfigError> {
        let mut located = self.located(value, key);
        if located.value.to_string_lossy().trim().is_empty() {
            return Err(ConfigError::Value {
                origin: located.origin,
                problem: "the path is empty".to_owned(),
            });
        }
        if let Some(directory) = self.path.parent() {
            located.value = directory.join(&located.value);
        }
        Ok(located)
    }

    /// `table`: the file as far as it is TOML.
    fn syntax(&self, error: &toml::de::Error, table: Option<&DeTable<'_>>) -> ConfigError {
        let at = error.span().map_or(0, |span| span.start);
        ConfigError::Syntax {
            path: self.path.to_owned(),
            line: self.line(at),
            key: table.and_then(|table| key_at(table, at)),
            problem: error
                .message()
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned(),
        }
    }

    /// Names the first key that means nothing. A section that should be one and is not is left to the parser.
    fn check_keys(&self, table: &DeTable<'_>, section: &str) -> Result<(), ConfigError> {
        let Some((_, known)) = KNOWN_KEYS.iter().find(|(name, _)| *name == section) else {
            return Ok(());
        };
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            if section.is_empty() && name == DRIVERS {
                continue;
            }
            let path = if section.is_empty() {
                name.to_owned()
            } else {
                format!("{section}.{name}")
            };
            if !known.contains(&name) {
                return Err(ConfigError::UnknownKey {
                    path: self.path.to_owned(),
                    line: self.line(key.span().start),
                    nearest: nearest(name, section),
                    key: path,
                });
            }
            match value.get_ref() {
                DeValue::Table(inner) => self.check_keys(inner, &path)?,
                DeValue::Array(items) => {
                    for item in items {
                        if let DeValue::Table(inner) = item.get_ref() {
                            self.check_keys(inner, &path)?;
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// The key, with its section, whose value has the byte at `offset`. A section's own span is that of its head.
fn key_at(table: &DeTable<'_>, offset: usize) -> Option<String> {
    table.iter().find_map(|(name, value)| {
        let name = name.get_ref();
        let within = |table| key_at(table, offset).map(|key| format!("{name}.{key}"));
        let inner = match value.get_ref() {
            DeValue::Table(table) => within(table),
            DeValue::Array(items) => items.iter().find_map(|item| match item.get_ref() {
                DeValue::Table(table) => within(table),
                _ => None,
            }),
            _ => None,
        };
        inner.or_else(|| value.span().contains(&offset).then(|| name.to_string()))
    })
}

/// The line, from 1, of the byte at `offset`.
pub(super) fn line_at(text: &str, offset: usize) -> usize {
    text.bytes()
        .take(offset)
        .filter(|byte| *byte == b'\n')
        .count()
        + 1
}

/// The known key that was probably meant: spelt much the same in this section, or the same in another one.
fn nearest(name: &str, section: &str) -> Option<String> {
    let keys = KNOWN_KEYS
        .iter()
        .flat_map(|(place, keys)| keys.iter().map(move |key| (*place, *key)));
    let qualified = |place: &str, key: &str| {
        if place.is_empty() {
            key.to_owned()
        } else {
            format!("{place}.{key}")
        }
    };
    let near_here = keys
        .clone()
        .filter(|(place, _)| *place == section)
        .map(|(place, key)| (edits(name, key), qualified(place, key)))
        .filter(|(distance, _)| *distance <= 2.max(name.len() / 3))
        .min();
    let elsewhere = || {
        keys.clone()
            .find(|(_, key)| *key == name)
            .map(|(place, key)| qualified(place, key))
    };
    near_here.map(|(_, key)| key).or_else(elsewhere)
}

/// How many letters must be put in, taken out or changed (Levenshtein).
pub(super) fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let changed = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}
