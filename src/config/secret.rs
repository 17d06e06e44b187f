//! Secrets: from a file or the environment, never from argv, and never shown.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{ConfigError, KeyKind, Located, Origin, Wrapping};
use crate::seam::Secret;

/// Where a secret is read from.
#[derive(Debug, Clone)]
pub enum SecretSource {
    /// In the environment.
    Inline(Located<Secret>),
    /// In a file.
    File(Located<PathBuf>),
}

/// Something that works but should not stay so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// What is wrong.
    pub what: String,
    /// What to type.
    pub hint: String,
}

impl SecretSource {
    /// The secret, without the line end that editors leave behind it.
    ///
    /// # Errors
    /// When its file cannot be read or is not text, or the secret is empty.
    pub fn read(&self) -> Result<Secret, ConfigError> {
        self.read_as(wrapping)
    }

    /// The same of what says how to connect to a database: a URL with a password in it, or words and values with blanks between them.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_url(&self) -> Result<Secret, ConfigError> {
        self.read_as(|text| match wrapping(text) {
            Some(Wrapping::Lines) => Some(Wrapping::Lines),
            // A value may end with one.
            Some(Wrapping::Quotes) if text.starts_with(QUOTES) => Some(Wrapping::Quotes),
            _ => None,
        })
    }

    fn read_as(&self, wrapping: fn(&str) -> Option<Wrapping>) -> Result<Secret, ConfigError> {
        let secret = match self {
            Self::Inline(secret) => Secret::from(secret.value.expose().trim()),
            Self::File(file) => {
                let bytes = read_file(&file.value)?;
                let text = std::str::from_utf8(&bytes).map_err(|_| ConfigError::Value {
                    origin: file.origin.clone(),
                    problem: format!("{} is not text", file.value.display()),
                })?;
                Secret::from(text.trim())
            }
        };
        if secret.expose().is_empty() {
            return Err(match self {
                Self::Inline(secret) => ConfigError::EmptySecret {
                    origin: secret.origin.clone(),
                },
                Self::File(file) => ConfigError::EmptySecretFile {
                    path: file.value.clone(),
                    origin: file.origin.clone(),
                },
            });
        }
        if let Some(fault) = wrapping(secret.expose()) {
            let place = match self {
                Self::Inline(secret) => secret.origin.to_string(),
                Self::File(file) => file.value.display().to_string(),
            };
            return Err(ConfigError::SecretInWrapping { place, fault });
        }
        Ok(secret)
    }

    /// Where it is set.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        match self {
            Self::Inline(secret) => &secret.origin,
            Self::File(file) => &file.origin,
        }
    }

    /// Whether others on this machine can read or change the secret.
    #[must_use]
    pub fn warning(&self) -> Option<Warning> {
        match self {
            Self::Inline(_) => None,
            Self::File(file) => open_to_others(&file.value),
        }
    }
}

const QUOTES: [char; 5] = ['"', '\'', '`', '“', '”'];

/// What came along when the secret was copied from a web page, a shell file or a header. Secrets of Seam and of webhooks are one
/// word that begins with what it is.
fn wrapping(text: &str) -> Option<Wrapping> {
    const BEGINNINGS: [&str; 2] = ["whsec_", "seam_"];
    if text.lines().count() > 1 {
        Some(Wrapping::Lines)
    } else if text.starts_with(QUOTES) || text.ends_with(QUOTES) {
        Some(Wrapping::Quotes)
    } else if BEGINNINGS
        .iter()
        .any(|beginning| text.find(beginning).is_some_and(|at| at > 0))
    {
        Some(Wrapping::Front)
    } else if text.contains(char::is_whitespace) {
        Some(Wrapping::Blank)
    } else {
        None
    }
}

/// The content of a secret's or of the configuration file. Longer than any of them is refused, so that a wrong path (a device
/// has no length to look at) does not fill the memory.
pub(super) fn read_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, ConfigError> {
    const LONGEST: usize = 64 * 1024;
    let unreadable = |source| ConfigError::Unreadable {
        path: path.to_owned(),
        source,
    };
    // Room for all of it at once: a buffer that grows leaves pieces of a secret behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST + 1));
    File::open(path)
        .and_then(|file| file.take(LONGEST as u64 + 1).read_to_end(&mut bytes))
        .map_err(unreadable)?;
    if bytes.len() > LONGEST {
        return Err(unreadable(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "it is larger than 64 KiB, which neither a secret nor a configuration is",
        )));
    }
    Ok(bytes)
}

/// Creates a file that was not there before, which only the user can read. Nothing is written yet.
///
/// # Errors
/// When it is there already, or cannot be created.
pub fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The content of a key file. A desk without its key needs that of the property, not a new one.
pub(super) fn read_key_file(path: &Path, kind: KeyKind) -> Result<Zeroizing<Vec<u8>>, ConfigError> {
    read_file(path).map_err(|error| match error {
        ConfigError::Unreadable { path, source } if source.kind() == io::ErrorKind::NotFound => {
            ConfigError::NoKeyFile { path, kind }
        }
        error => error,
    })
}

/// Whether everyone on this machine may read the file.
pub(super) fn is_world_readable(path: &Path) -> bool {
    open(path, 0o004)
}

/// A warning when everyone may read the file, or others may put another secret into it.
pub(super) fn open_to_others(path: &Path) -> Option<Warning> {
    warning(
        path,
        &[
            (0o002, CHANGED, EVERYONE),
            (0o020, CHANGED, GROUP),
            (0o004, READ, EVERYONE),
        ],
    )
}

/// A warning when anyone but its owner may read or change the file.
pub(super) fn open_to_group(path: &Path) -> Option<Warning> {
    warning(
        path,
        &[
            (0o002, CHANGED, EVERYONE),
            (0o020, CHANGED, GROUP),
            (0o040, READ, GROUP),
        ],
    )
}

const READ: &str = "read";
const CHANGED: &str = "changed";
const EVERYONE: &str = "everyone on this machine";
const GROUP: &str = "its whole group";

/// The first of the bits that is set.
fn warning(path: &Path, bits: &[(u32, &str, &str)]) -> Option<Warning> {
    let (_, done, by) = bits.iter().find(|(bit, ..)| open(path, *bit))?;
    Some(Warning {
        what: format!("{} can be {done} by {by}", path.display()),
        hint: format!("chmod 600 {}", path.display()),
    })
}

#[cfg(unix)]
fn open(path: &Path, bit: u32) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|about| about.is_file() && about.permissions().mode() & bit != 0)
}

/// Other systems have no mode to look at.
#[cfg(not(unix))]
fn open(_path: &Path, _bit: u32) -> bool {
    false
}
