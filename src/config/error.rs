//! What can be wrong with a configuration. Every text names the place; every hint says what to type.

use std::path::PathBuf;
use std::{fmt, io};

use cardbridge_drivers::record::RecordKeyError;
use thiserror::Error;

use super::{Origin, RotateFault, SiteKeyFault};
use crate::report::MalformedSecret;

/// Why there is no usable configuration.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// A file could not be read.
    #[error("cannot read {}: {source}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file could not be written.
    #[error("cannot write {}: {source}", .path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A key file that is not there.
    #[error("there is no {kind} at {}", .path.display())]
    NoKeyFile {
        /// Where it should be.
        path: PathBuf,
        /// What it should hold.
        kind: KeyKind,
    },
    /// The configuration file is not TOML, or a value has the wrong type.
    #[error("{} line {line}: {}{problem}", .path.display(), .key.as_ref().map_or_else(String::new, |key| format!("`{key}`: ")))]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The key whose value it is, with its section.
        key: Option<String>,
        /// What the parser says.
        problem: String,
    },
    /// A key that means nothing.
    #[error("{} line {line}: unknown key `{key}`", .path.display())]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The key with its section.
        key: String,
        /// A known key that is spelt much the same.
        nearest: Option<String>,
    },
    /// A value that cannot be.
    #[error("{origin}: {problem}")]
    Value {
        /// Where it stands.
        origin: Origin,
        /// What is wrong with it.
        problem: String,
    },
    /// A secret that is there but empty.
    #[error("{origin} is empty")]
    EmptySecret {
        /// Where it stands.
        origin: Origin,
    },
    /// A secret's file with nothing in it.
    #[error("the file {}, which {origin} names, is empty", .path.display())]
    EmptySecretFile {
        /// The file.
        path: PathBuf,
        /// What names it.
        origin: Origin,
    },
    /// A secret with something around it that is not part of it.
    #[error("{place} does not hold a secret alone: {fault}")]
    SecretInWrapping {
        /// The variable or the file.
        place: String,
        /// What is around it; never the secret.
        fault: Wrapping,
    },
    /// A record key file that holds no key.
    #[error("{} is not a record key: {source}", .path.display())]
    RecordKey {
        /// The file.
        path: PathBuf,
        /// What is wrong with it; never its content.
        source: RecordKeyError,
    },
    /// A site key file that holds no site keys.
    #[error("{} holds no site keys that can be used: {source}", .path.display())]
    SiteKeys {
        /// The file.
        path: PathBuf,
        /// What is wrong with it; never a key.
        source: SiteKeyFault,
    },
    /// A site key file that gets no further version.
    #[error("{} cannot be rotated: {source}", .path.display())]
    Rotate {
        /// The file.
        path: PathBuf,
        /// Why.
        source: RotateFault,
    },
    /// A site key file that everyone on this machine can read.
    #[error("{} can be read by everyone on this machine, so its site keys are not used", .path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
    },
    /// A report secret that is none.
    #[error("{origin}: {source}")]
    ReportSecret {
        /// Where it stands.
        origin: Origin,
        /// What is wrong with it; never its content.
        source: MalformedSecret,
    },
    /// Both kinds of API credentials at the same level.
    #[error("both an API key and a personal access token are set")]
    TwoCredentials,
    /// A token without its workspace.
    #[error("a personal access token is set, but no workspace")]
    NoWorkspace,
    /// A report address without the secret to sign with.
    #[error("{origin} names a report receiver, but there is no secret to sign with")]
    NoReportSecret {
        /// Where the address stands.
        origin: Origin,
    },
    /// Passwords are asked for, and there is nothing to make them from.
    #[error("type2_password is set, but no site keys: every card will be refused")]
    NoSiteKeys,
    /// No place for the journal.
    #[error("there is no directory to keep the journal in")]
    NoStateDir,
    /// A command needs the API and nothing says who we are.
    #[error("no Seam API key is set")]
    NoAuth,
    /// A command needs the record key and there is none.
    #[error("no record key is set")]
    NoRecordKey,
}

/// What a key file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// The record key.
    Record,
    /// The site keys.
    Site,
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Record => "record key",
            Self::Site => "site key file",
        })
    }
}

/// What came along when a secret was copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Wrapping {
    /// More than the one line.
    #[error("it has more than one line")]
    Lines,
    /// Quotes around it.
    #[error("it is in quotes")]
    Quotes,
    /// Something before it, such as `v1,` or a name.
    #[error("something is in front of the secret, such as `v1,` or a name")]
    Front,
    /// A blank in it.
    #[error("it has a blank in it")]
    Blank,
}

impl ConfigError {
    /// What to do now.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Unreadable { path, source } => match source.kind() {
                io::ErrorKind::NotFound => format!("create {}, or name another file", path.display()),
                io::ErrorKind::PermissionDenied => {
                    format!("let the user that runs cardbridge read it: ls -l {}", path.display())
                }
                _ => format!("look at it: ls -l {}", path.display()),
            },
            Self::Unwritable { .. } => "name a place where this user may write".to_owned(),
            Self::NoKeyFile { path, kind: KeyKind::Record } => format!(
                "copy the property's record key there from another desk; at the first desk of a property, make it with `cardbridge keys \
                 new {}`",
                path.display()
            ),
            Self::NoKeyFile { path, kind: KeyKind::Site } => format!(
                "copy the property's site keys there from another desk; at the first desk of a property, make them with `cardbridge keys \
                 new --site {}`",
                path.display()
            ),
            Self::Syntax { .. } => "fix that line, then run `cardbridge config check`".to_owned(),
            Self::UnknownKey { nearest: Some(nearest), .. } => format!("did you mean `{nearest}`?"),
            Self::UnknownKey { nearest: None, .. } => {
                "take the line out; `cardbridge config example` shows every key there is".to_owned()
            }
            Self::Value { .. } => "correct it, then run `cardbridge config check`".to_owned(),
            Self::EmptySecret { origin: Origin::Variable(name) } => {
                format!("set {name} to the key, or unset it to use the configuration file")
            }
            Self::EmptySecret { .. } | Self::EmptySecretFile { .. } => "put the secret into that file".to_owned(),
            Self::SecretInWrapping { .. } => {
                "leave only the secret itself there, on one line: for example whsec_… or seam_…".to_owned()
            }
            Self::RecordKey { source, .. } => source.hint().to_owned(),
            Self::SiteKeys { source, .. } => source.hint().to_owned(),
            Self::Rotate { source, .. } => source.hint().to_owned(),
            Self::Exposed { path } => format!("chmod 600 {}", path.display()),
            Self::ReportSecret { source, .. } => source.hint().to_owned(),
            Self::TwoCredentials => {
                "keep one: SEAM_API_KEY, or SEAM_PERSONAL_ACCESS_TOKEN with SEAM_WORKSPACE_ID".to_owned()
            }
            Self::NoWorkspace => "set SEAM_WORKSPACE_ID, or workspace_id in section [seam]".to_owned(),
            Self::NoReportSecret { .. } => {
                "set CARDBRIDGE_REPORT_SECRET_FILE, or secret_file in section [report], to the file with the whsec_… string"
                    .to_owned()
            }
            Self::NoSiteKeys => {
                "copy the property's site keys from another desk, or make the first with `cardbridge keys new --site`; then set \
                 CARDBRIDGE_SITE_KEYS_FILE, or site_keys_file in section [cards]"
                    .to_owned()
            }
            Self::NoStateDir => "set CARDBRIDGE_STATE_DIR, or state_dir in the configuration file".to_owned(),
            Self::NoAuth => "set SEAM_API_KEY, or api_key_file in section [seam]; `cardbridge demo` needs neither".to_owned(),
            Self::NoRecordKey => {
                "copy the property's record key from another desk, or make the first one with `cardbridge keys new FILE`; then set \
                 CARDBRIDGE_RECORD_KEY_FILE, or key_file in section [record]"
                    .to_owned()
            }
        }
    }
}
