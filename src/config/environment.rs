//! The environment variables, taken once.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use super::{Layer, Located, Origin, SecretSource};
use crate::seam::Secret;

/// The variables of a process. Holds secrets, so it has no `Debug`.
#[derive(Default)]
pub struct Environment(HashMap<OsString, OsString>);

impl Environment {
    /// Those of this process.
    #[must_use]
    pub fn of_process() -> Self {
        Self(std::env::vars_os().collect())
    }

    /// A variable that is set and not empty.
    #[must_use]
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.0
            .get(OsStr::new(name))
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    }

    fn text(&self, name: &'static str) -> Option<Located<String>> {
        let value = self.0.get(OsStr::new(name))?.to_string_lossy().into_owned();
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

    /// A secret counts as set even when it is empty: an empty key is a mistake to be told, not a wish for the default.
    fn secret(&self, name: &'static str) -> Option<SecretSource> {
        let value = self.0.get(OsStr::new(name))?.to_string_lossy().into_owned();
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
            ..Layer::default()
        }
    }

    /// What systemd hands over by `LoadCredential=` under the names `seam_api_key`, `record_key`, `site_keys` and
    /// `report_secret`.
    pub(super) fn service_credentials(&self) -> Layer {
        let Some(directory) = self.path("CREDENTIALS_DIRECTORY") else {
            return Layer::default();
        };
        let file = |name: &'static str| {
            let value = directory.join(name);
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
            ..Layer::default()
        }
    }

    /// Where state goes when nothing says so: the service's directory, else the user's.
    pub(super) fn state_dir(&self) -> Option<Located<PathBuf>> {
        let of_service = self
            .path("STATE_DIRECTORY")
            .map(|path| (path, "STATE_DIRECTORY"));
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
        let (value, name) = of_service.or_else(of_user)?;
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
        Self(
            variables
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}
