//! Why the property's database could not be asked.

use std::path::PathBuf;

use thiserror::Error;

/// Why the property's database could not be asked. Nothing has changed there, as far as is known.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PropertyError {
    /// It does not answer, or not in time.
    #[error("the property's database cannot be reached: {0}")]
    Unreachable(String),
    /// It does not know the user, or the password is another.
    #[error("the property's database refuses the user or the password: {0}")]
    LoginRefused(String),
    /// The server has no such database.
    #[error("the property's database is not there: {0}")]
    NoDatabase(String),
    /// The server's certificate has no signature that is trusted, is of another name, or has ended.
    #[error("the certificate of the property's database is not trusted: {0}")]
    NotTrusted(String),
    /// The server speaks no TLS.
    #[error("the property's database offers no TLS, and it is on another machine")]
    NoTls,
    /// The certificates in the file cannot be used.
    #[error("{}: {problem}", .path.display())]
    Certificates {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The server is older than what is needed.
    #[error("the property's database is PostgreSQL {found}; 13 or newer is needed")]
    TooOld {
        /// Its version, in the server's words.
        found: String,
    },
    /// A later program has changed the tables.
    #[error(
        "the property's database was set up by a newer cardbridge (version {found}, this one knows {known})"
    )]
    Newer {
        /// The version of the tables.
        found: i32,
        /// The version that this program makes.
        known: i32,
    },
    /// The user may not do what is needed.
    #[error("the user of the property's database lacks rights: {0}")]
    NoRights(String),
    /// It takes no writes.
    #[error("the property's database takes no writes: {0}")]
    ReadOnly(String),
    /// The URL cannot be used.
    #[error("the URL of the property's database: {0}")]
    Url(UrlFault),
    /// Anything else that it says.
    #[error("the property's database failed: {0}")]
    Failed(String),
}

impl PropertyError {
    /// The word by which scripts know it. It never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "property_unreachable",
            Self::LoginRefused(_) => "property_login_refused",
            Self::NoDatabase(_) => "property_database_missing",
            Self::NotTrusted(_) => "property_not_trusted",
            Self::NoTls => "property_without_tls",
            Self::Certificates { .. } => "property_certificates_unusable",
            Self::TooOld { .. } => "property_too_old",
            Self::Newer { .. } => "property_newer",
            Self::NoRights(_) => "property_without_rights",
            Self::ReadOnly(_) => "property_read_only",
            Self::Url(fault) => fault.code(),
            Self::Failed(_) => "property_failed",
        }
    }

    /// Whether the configuration has to be another before it can be asked.
    #[must_use]
    pub fn is_of_configuration(&self) -> bool {
        !matches!(
            self,
            Self::Unreachable(_) | Self::ReadOnly(_) | Self::Failed(_)
        )
    }
}

/// What is wrong with the URL of a database. It never holds a part of the URL, in which a password is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum UrlFault {
    /// It is none.
    #[error("it is not the URL of a PostgreSQL database")]
    NotOne,
    /// It names no host.
    #[error("it names no host")]
    NoHost,
    /// It names no user.
    #[error("it names no user")]
    NoUser,
    /// It names no database.
    #[error("it names no database")]
    NoDatabase,
    /// It forbids TLS to another machine.
    #[error("sslmode=disable would send the password unencrypted: that is for this machine only")]
    Unencrypted,
}

impl UrlFault {
    /// The word by which scripts know it. It never changes.
    #[must_use]
    pub fn code(self) -> &'static str {
        "property_url"
    }
}
