//! Secrets: from a file or the environment, never from argv, and never shown.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{ConfigError, Located, Origin};
use crate::seam::Secret;

/// Where a secret is to be had.
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
            return Err(ConfigError::EmptySecret {
                origin: self.origin().clone(),
            });
        }
        Ok(secret)
    }

    /// Where the setting stands.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        match self {
            Self::Inline(secret) => &secret.origin,
            Self::File(file) => &file.origin,
        }
    }

    /// Whether others on this machine can read the secret.
    #[must_use]
    pub fn warning(&self) -> Option<Warning> {
        match self {
            Self::Inline(_) => None,
            Self::File(file) => world_readable(&file.value),
        }
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

/// A warning when everyone may read the file.
pub(super) fn world_readable(path: &Path) -> Option<Warning> {
    readable(path, 0o004, "everyone on this machine")
}

/// A warning when the group of the file may read it.
pub(super) fn group_readable(path: &Path) -> Option<Warning> {
    readable(path, 0o040, "its whole group")
}

#[cfg(unix)]
fn readable(path: &Path, bit: u32, by: &str) -> Option<Warning> {
    use std::os::unix::fs::PermissionsExt;
    let about = fs::metadata(path).ok()?;
    (about.is_file() && about.permissions().mode() & bit != 0).then(|| Warning {
        what: format!("{} can be read by {by}", path.display()),
        hint: format!("chmod 600 {}", path.display()),
    })
}

/// Other systems have no mode to look at.
#[cfg(not(unix))]
fn readable(_path: &Path, _bit: u32, _by: &str) -> Option<Warning> {
    None
}
