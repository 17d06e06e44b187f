//! The places where a setting can come from.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;

/// Where a setting comes from: errors and `config check` name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A flag, such as `--endpoint`.
    Flag(&'static str),
    /// An environment variable.
    Variable(&'static str),
    /// A file that the service manager handed over in `$CREDENTIALS_DIRECTORY`.
    ServiceCredential(&'static str),
    /// A key of the configuration file.
    File {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The key with its section, such as `seam.endpoint`.
        key: Cow<'static, str>,
    },
    /// The service that is installed on this machine.
    Service,
    /// Built in.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Variable(name) => f.write_str(name),
            Self::ServiceCredential(name) => write!(f, "$CREDENTIALS_DIRECTORY/{name}"),
            Self::File { path, line, key } => {
                write!(f, "`{key}` in {} line {line}", path.display())
            }
            Self::Service => f.write_str("the installed service"),
            Self::Default => f.write_str("the default"),
        }
    }
}
