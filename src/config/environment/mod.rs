//! The environment variables, taken once.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::{fs, io};

use super::{Layer, Located, Origin, SecretSource};
use crate::seam::Secret;

/// Where the unit keeps the journal (`StateDirectory=cardbridge`).
const SERVICE_STATE: &str = "var/lib/cardbridge";
/// Where the unit's `LoadCredential=` finds secrets.
const SERVICE_SECRETS: &str = "etc/credstore";
/// Where units are installed, by an administrator and by packages.
const UNITS: [&str; 3] = [
    "etc/systemd/system/cardbridge.service",
    "usr/lib/systemd/system/cardbridge.service",
    "lib/systemd/system/cardbridge.service",
];

/// The variables of a process, and the machine around it. Holds secrets, so it has no `Debug`.
#[derive(Default)]
pub struct Environment {
    variables: HashMap<OsString, OsString>,
    /// The root of the file system; `None` where there is no machine to look at.
    machine: Option<PathBuf>,
    /// The folder of the service's secrets, where it is looked at from outside.
    credstore: Option<PathBuf>,
}

impl Environment {
    /// Those of this process.
    #[must_use]
    pub fn of_process() -> Self {
        Self {
            variables: std::env::vars_os().collect(),
            machine: Some(PathBuf::from("/")),
            credstore: None,
        }
    }

    /// What the service finds that is installed on this machine: its own state and secrets, and nothing of a user's.
    #[must_use]
    pub fn of_service(&self) -> Self {
        let kept = |name: &&OsString| {
            // How this machine reaches the network and its readers, which the service shares.
            let name = name.to_string_lossy().to_uppercase();
            name.ends_with("_PROXY")
                || matches!(
                    &*name,
                    "PATH" | "PCSCLITE_CSOCK_NAME" | "SSL_CERT_FILE" | "SSL_CERT_DIR"
                )
        };
        let variables = self.variables.iter().filter(|(name, _)| kept(name));
        let mut variables: HashMap<_, _> = variables
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let root = self.machine.clone().unwrap_or_default();
        variables.insert("STATE_DIRECTORY".into(), root.join(SERVICE_STATE).into());
        Self {
            variables,
            machine: self.machine.clone(),
            credstore: Some(root.join(SERVICE_SECRETS)),
        }
    }

    /// Why the service's secrets cannot be looked at, if so.
    #[must_use]
    pub fn hides_secrets_of_service(&self) -> Option<io::Error> {
        let folder = self.machine.as_ref()?.join(SERVICE_SECRETS);
        fs::read_dir(folder)
            .err()
            .filter(|error| error.kind() == io::ErrorKind::PermissionDenied)
    }

    /// Where the journal of the installed service is; `None` where none is installed.
    pub(super) fn state_dir_of_service(&self) -> Option<PathBuf> {
        let root = self.machine.as_ref()?;
        let is_installed = UNITS.iter().any(|unit| root.join(unit).exists());
        is_installed.then(|| root.join(SERVICE_STATE))
    }

    /// A variable that is set and not empty.
    #[must_use]
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.variables
            .get(OsStr::new(name))
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    }

    fn text(&self, name: &'static str) -> Option<Located<String>> {
        let value = self
            .variables
            .get(OsStr::new(name))?
            .to_string_lossy()
            .into_owned();
        (!value.is_empty()).then_some(Located {
            value,
            origin: Origin::Variable(name),
        })
    }

    fn file(&self, name: &'static str) -> Option<Located<PathBuf>> {
        self.path(name).map(|value| Located {
            value,
            origin: Origin::Variable(name),
        })
    }

    /// A secret counts as set even when it is empty: an empty key is an error, not a wish for the default.
    fn secret(&self, name: &'static str) -> Option<SecretSource> {
        let value = self
            .variables
            .get(OsStr::new(name))?
            .to_string_lossy()
            .into_owned();
        Some(SecretSource::Inline(Located {
            value: Secret::from(value),
            origin: Origin::Variable(name),
        }))
    }

    /// What the variables say.
    pub(super) fn layer(&self) -> Layer {
        Layer {
            state_dir: self.file("CARDBRIDGE_STATE_DIR"),
            endpoint: self.text("SEAM_ENDPOINT"),
            api_key: self.secret("SEAM_API_KEY"),
            personal_access_token: self.secret("SEAM_PERSONAL_ACCESS_TOKEN"),
            workspace_id: self.text("SEAM_WORKSPACE_ID"),
            record_key_file: self.file("CARDBRIDGE_RECORD_KEY_FILE"),
            site_keys_file: self.file("CARDBRIDGE_SITE_KEYS_FILE"),
            report_url: self.text("CARDBRIDGE_REPORT_URL"),
            report_secret: self
                .file("CARDBRIDGE_REPORT_SECRET_FILE")
                .map(SecretSource::File),
            listen: self.text("CARDBRIDGE_LISTEN"),
            property_url: self.secret("CARDBRIDGE_POSTGRES"),
            ..Layer::default()
        }
    }

    /// What systemd hands over by `LoadCredential=` under the names `seam_api_key`, `record_key`, `site_keys`, `report_secret` and
    /// `postgres`.
    pub(super) fn service_credentials(&self) -> Layer {
        let directory = self.path("CREDENTIALS_DIRECTORY");
        let file = |name: &'static str| {
            let value = match (&directory, &self.credstore) {
                (Some(directory), _) => directory.join(name),
                (None, Some(stored)) => stored.join(format!("cardbridge.{name}")),
                (None, None) => return None,
            };
            value.is_file().then_some(Located {
                value,
                origin: Origin::ServiceCredential(name),
            })
        };
        Layer {
            api_key: file("seam_api_key").map(SecretSource::File),
            record_key_file: file("record_key"),
            site_keys_file: file("site_keys"),
            report_secret: file("report_secret").map(SecretSource::File),
            property_url: file("postgres").map(SecretSource::File),
            ..Layer::default()
        }
    }

    /// Where state goes when nothing says so: to the service's directory, for the service itself and for everyone where one is
    /// installed, since two journals at one desk would let a credential onto two cards; else to the user's.
    pub(super) fn state_dir(&self) -> Option<Located<PathBuf>> {
        let of_service = self
            .path("STATE_DIRECTORY")
            .map(|path| (path, "STATE_DIRECTORY"));
        if let Some((value, name)) = of_service {
            return Some(Located {
                value,
                origin: Origin::Variable(name),
            });
        }
        if let Some(value) = self.state_dir_of_service() {
            return Some(Located {
                value,
                origin: Origin::Service,
            });
        }
        let of_user = || {
            let base = self
                .path("XDG_STATE_HOME")
                .map(|path| (path, "XDG_STATE_HOME"));
            let home = || {
                self.path("HOME")
                    .map(|home| (home.join(".local/state"), "HOME"))
            };
            base.or_else(home)
                .map(|(path, name)| (path.join("cardbridge"), name))
        };
        let (value, name) = of_user()?;
        Some(Located {
            value,
            origin: Origin::Variable(name),
        })
    }

    /// Where the user's own configuration is.
    #[must_use]
    pub fn config_dir(&self) -> Option<PathBuf> {
        self.path("XDG_CONFIG_HOME")
            .or_else(|| self.path("HOME").map(|home| home.join(".config")))
            .map(|base| base.join("cardbridge"))
    }

    /// The configuration files to look for when none is named, first found first taken.
    pub(super) fn usual_config_files(&self) -> Vec<PathBuf> {
        self.config_dir()
            .into_iter()
            .map(|directory| directory.join("cardbridge.toml"))
            .chain([PathBuf::from("/etc/cardbridge/cardbridge.toml")])
            .collect()
    }
}

impl<K: Into<OsString>, V: Into<OsString>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        Self {
            variables: variables
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
            machine: None,
            credstore: None,
        }
    }
}

#[cfg(test)]
mod tests;
