//! What can be wrong with a configuration. Every text names the place.

use std::path::PathBuf;
use std::{fmt, io};

use cardbridge_drivers::record::RecordKeyError;
use thiserror::Error;

use super::{Origin, RotateFault, SiteKeyFault};
use crate::queue::UrlFault;
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
        /// Where it is set.
        origin: Origin,
        /// What is wrong with it.
        problem: String,
    },
    /// A secret that is there but empty.
    #[error("{origin} is empty")]
    EmptySecret {
        /// Where it is set.
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
        /// Where it is set.
        origin: Origin,
        /// What is wrong with it; never its content.
        source: MalformedSecret,
    },
    /// The URL of the property's database is none that can be used.
    #[error("{origin}: {fault}")]
    PropertyUrl {
        /// Where it is set.
        origin: Origin,
        /// What is wrong with it; never a part of it.
        fault: UrlFault,
    },
    /// A desk of a property without its database.
    #[error("{origin} is set, but not where the property's database is")]
    NoPropertyUrl {
        /// What is set.
        origin: Origin,
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
        /// Where the address is set.
        origin: Origin,
    },
    /// Passwords are asked for, and there is nothing to make them from.
    #[error("type2_password is set, but no site keys: every card will be refused")]
    NoSiteKeys,
    /// No place for the journal.
    #[error("there is no directory to keep the journal in")]
    NoStateDir,
    /// A command needs the API, and neither a key nor a token is set.
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
    /// The word by which scripts know it. It never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "file_unreadable",
            Self::Unwritable { .. } => "file_unwritable",
            Self::NoKeyFile { .. } => "key_file_missing",
            Self::Syntax { .. } => "configuration_syntax",
            Self::UnknownKey { .. } => "configuration_unknown_key",
            Self::Value { .. } => "configuration_value",
            Self::EmptySecret { .. } | Self::EmptySecretFile { .. } => "secret_empty",
            Self::SecretInWrapping { .. } => "secret_in_wrapping",
            Self::RecordKey { .. } => "record_key_malformed",
            Self::SiteKeys { source, .. } => source.code(),
            Self::Rotate { source, .. } => source.code(),
            Self::Exposed { .. } => "site_keys_exposed",
            Self::ReportSecret { source, .. } => source.code(),
            Self::PropertyUrl { fault, .. } => fault.code(),
            Self::NoPropertyUrl { .. } => "no_property_url",
            Self::TwoCredentials => "two_api_credentials",
            Self::NoWorkspace => "no_workspace",
            Self::NoReportSecret { .. } => "no_report_secret",
            Self::NoSiteKeys => "type2_password_without_site_keys",
            Self::NoStateDir => "no_state_directory",
            Self::NoAuth => "no_api_key",
            Self::NoRecordKey => "no_record_key",
        }
    }
}
