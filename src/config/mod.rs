//! Flags, environment and file made into one checked configuration.
//!
//! Each source becomes a [`Layer`]: everything optional, nothing checked. `Config::from_layers` lays flag over environment
//! over file and parses what is left, so that the rest of the program never meets a raw setting. Secrets stay where they are
//! until a command needs them ([`SecretSource::read`]): listing drivers must not fail over a missing key file.

mod environment;
mod error;
mod file;
mod keys;
mod layer;
mod located;
mod origin;
mod own;
mod property;
mod readers;
mod secret;
mod serve;
mod site_keys;

use std::path::PathBuf;
use std::time::Duration;

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::{
    ClassicSectors, DesfireAid, OwnSettings, ReaderProfile, Registration,
};
use url::Url;

use crate::report::WebhookSecret;
use crate::seam::{DEFAULT_ENDPOINT, is_loopback, without_tokens};

pub use environment::Environment;
pub use error::{ConfigError, KeyKind, Wrapping};
pub use file::KNOWN_KEYS;
pub use keys::{KeyId, KeySource};
pub use layer::Layer;
pub use located::Located;
pub use origin::Origin;
pub use property::PropertyConfig;
pub use readers::ReaderSource;
pub use secret::{SecretSource, Warning, create_private};
pub use serve::{CARD_TIMEOUT, ServeConfig, TlsFiles};
pub use site_keys::{
    RotateFault, Rotated, SiteKeyFault, SiteKeyFile, SiteKeySource, entry as site_key_entry,
};

/// Everything that can be set, checked. A file may hold any of it:
///
/// ```toml
#[doc = include_str!("example.toml")]
/// ```
#[derive(Debug)]
pub struct Config {
    /// The file that was read, if there was one.
    pub file: Option<PathBuf>,
    /// Where the journal lives.
    pub state_dir: Located<PathBuf>,
    /// Where that of the service lives, on a machine where it is installed.
    pub state_dir_of_service: Option<PathBuf>,
    /// The API that credentials come from.
    pub seam: SeamConfig,
    /// The keys that card records are sealed and verified with.
    pub record: RecordConfig,
    /// The keys and settings that cards are written with.
    pub cards: CardsConfig,
    /// Where issuances are reported.
    pub report: ReportConfig,
    /// The readers.
    pub encoder: EncoderConfig,
    /// What `cardbridge run` does by itself.
    pub run: RunConfig,
    /// Where the desk page and the local API are served.
    pub serve: ServeConfig,
    /// The property whose desks have one database, if this desk is one of them.
    pub property: Option<PropertyConfig>,
}

/// Section `[seam]`.
#[derive(Debug)]
pub struct SeamConfig {
    /// `endpoint`: the API's base URL. https, or http to this very machine.
    pub endpoint: Located<Url>,
    /// `api_key_file`, or `personal_access_token_file` with `workspace_id`.
    pub auth: Option<AuthSource>,
    /// `acs_system_ids`: the access systems whose waiting credentials this desk takes; empty for all of the workspace.
    pub acs_system_ids: Vec<String>,
}

/// How the agent authenticates to the API.
#[derive(Debug)]
pub enum AuthSource {
    /// A key that belongs to one workspace.
    ApiKey(SecretSource),
    /// A person's token, which needs the workspace to be named.
    PersonalAccessToken {
        /// The token.
        token: SecretSource,
        /// The workspace.
        workspace_id: String,
    },
}

/// Section `[record]`.
#[derive(Debug)]
pub struct RecordConfig {
    /// `key_file` and `key_id`: what new records are sealed with.
    pub key: Option<KeySource>,
    /// `[[record.previous]]`: keys used before a rotation; cards sealed with them still verify.
    pub previous: Vec<KeySource>,
}

/// Section `[cards]`.
#[derive(Debug)]
pub struct CardsConfig {
    /// `site_keys_file`: what the keys of cards are made from.
    pub site_keys: Option<SiteKeySource>,
    /// `desfire_aid`: the DESFire application that holds the record.
    pub desfire_aid: DesfireAid,
    /// `type2_password`: whether NTAG21x and Ultralight EV1 get a password on writing.
    pub type2_password: bool,
    /// Sections `[drivers.NAME]`: what drivers have settings of their own for.
    pub own: OwnSettings,
    /// `classic_sectors`: which sectors of a MIFARE Classic get the site's keys.
    pub classic_sectors: ClassicSectors,
}

/// Section `[report]`.
#[derive(Debug)]
pub struct ReportConfig {
    /// `url` and `secret_file`: the receiver of the signed event.
    pub webhook: Option<WebhookConfig>,
    /// `assign_card`: also tell Seam by `/access_methods/assign_card`.
    pub assign_card: bool,
}

/// A receiver of signed events.
#[derive(Debug)]
pub struct WebhookConfig {
    /// Where the event is posted. https, or http to this very machine.
    pub url: Located<Url>,
    /// The `whsec_…` string that the event is signed with.
    pub secret: SecretSource,
}

impl WebhookConfig {
    fn parse(
        address: Option<Located<String>>,
        secret: Option<SecretSource>,
    ) -> Result<Option<Self>, ConfigError> {
        match (address, secret) {
            (Some(address), Some(secret)) => Ok(Some(Self {
                url: address.parse(url)?,
                secret,
            })),
            (Some(Located { origin, .. }), None) => Err(ConfigError::NoReportSecret { origin }),
            (None, _) => Ok(None),
        }
    }

    /// What reports are signed with.
    ///
    /// # Errors
    /// When it cannot be read, or is no such secret.
    pub fn signing_secret(&self) -> Result<WebhookSecret, ConfigError> {
        WebhookSecret::parse(self.secret.read()?.expose()).map_err(|source| {
            ConfigError::ReportSecret {
                origin: self.secret.origin().clone(),
                source,
            }
        })
    }
}

/// Section `[encoder]`.
#[derive(Debug)]
pub struct EncoderConfig {
    /// `reader`: a part of the PC/SC name; without it every encoder serves.
    pub reader: Option<String>,
    /// `watchdog_seconds`: how long one command may take before the reader is given up and reopened.
    pub watchdog: Option<Duration>,
    /// `[[encoder.profiles]]`: parts of reader names, and the model of such a reader.
    pub profiles: Vec<(Located<String>, ReaderProfile)>,
}

/// Section `[run]`.
#[derive(Debug)]
pub struct RunConfig {
    /// `auto`: take waiting credentials from the queue and encode them as cards are placed.
    pub auto: bool,
}

impl Config {
    /// Reads the file that applies (the one named by flag or environment, else the user's, else the machine's) and lays
    /// `flags` over `environment` over it.
    ///
    /// # Errors
    /// When a file cannot be read or says something that is not understood; the text names the place.
    pub fn load(flags: Layer, environment: &Environment) -> Result<Self, ConfigError> {
        Self::load_for(flags, environment, cards::ALL)
    }

    /// The same for these drivers, which may have settings of their own.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_for(
        flags: Layer,
        environment: &Environment,
        drivers: &[Registration],
    ) -> Result<Self, ConfigError> {
        let (file, from_file) = match file::find(flags.config_file.as_deref(), environment)? {
            Some(path) => {
                let text = file::read(&path)?;
                let layer = Layer {
                    own: own::settings(&path, &text, drivers)?,
                    ..file::parse(&path, &text)?
                };
                (Some(path), layer)
            }
            None => (None, Layer::default()),
        };
        Self::from_layers(flags, environment.layer(), from_file, environment, file)
    }

    /// What is missing when passwords are asked for and there is nothing to make them from. No error of the configuration
    /// itself, since it must be readable by `keys new --site`, which fixes it.
    #[must_use]
    pub fn site_keys_wanted(&self) -> Option<ConfigError> {
        let wanted = self.cards.type2_password && self.cards.site_keys.is_none();
        wanted.then_some(ConfigError::NoSiteKeys)
    }

    /// What keeps an agent from its work: something that it needs and that is not set, or cannot be used as it is.
    #[must_use]
    pub fn obstacle(&self) -> Option<ConfigError> {
        let auth = match &self.seam.auth {
            None => return Some(ConfigError::NoAuth),
            Some(AuthSource::ApiKey(key)) => key.read(),
            Some(AuthSource::PersonalAccessToken { token, .. }) => token.read(),
        };
        let Some(sealing) = &self.record.key else {
            return Some(ConfigError::NoRecordKey);
        };
        let keys = || {
            for key in std::iter::once(sealing).chain(&self.record.previous) {
                key.read()?;
            }
            if let Some(keys) = &self.cards.site_keys {
                keys.read()?;
            }
            if let Some(webhook) = &self.report.webhook {
                webhook.signing_secret()?;
            }
            if let Some(property) = &self.property {
                property.settings()?;
            }
            Ok(())
        };
        auth.map(drop).and_then(|()| keys()).err()
    }

    fn from_layers(
        flags: Layer,
        variables: Layer,
        from_file: Layer,
        environment: &Environment,
        file: Option<PathBuf>,
    ) -> Result<Self, ConfigError> {
        let layer = flags
            .over(variables)
            .over(environment.service_credentials())
            .over(from_file);
        let endpoint = match layer.endpoint {
            Some(endpoint) => endpoint.parse(url)?,
            None => Located {
                value: DEFAULT_ENDPOINT.to_owned(),
                origin: Origin::Default,
            }
            .parse(url)?,
        };
        let state_dir = match layer.state_dir {
            Some(state_dir) => state_dir,
            None => environment.state_dir().ok_or(ConfigError::NoStateDir)?,
        };
        let auth = match (layer.api_key, layer.personal_access_token) {
            (Some(_), Some(_)) => return Err(ConfigError::TwoCredentials),
            (Some(key), None) => Some(AuthSource::ApiKey(key)),
            (None, Some(token)) => Some(AuthSource::PersonalAccessToken {
                token,
                workspace_id: layer.workspace_id.ok_or(ConfigError::NoWorkspace)?.value,
            }),
            (None, None) => None,
        };
        let key = match (layer.record_key_file, layer.record_key_id) {
            (Some(file), id) => Some(KeySource::new(file, id)?),
            (None, _) => None,
        };
        let classic_sectors = match layer.classic_sectors {
            Some(sectors) => sectors.parse(classic_sectors)?.value,
            None => ClassicSectors::default(),
        };
        let desfire_aid = match layer.desfire_aid {
            Some(aid) => aid.parse(desfire_aid)?.value,
            None => DesfireAid::default(),
        };
        let webhook = WebhookConfig::parse(layer.report_url, layer.report_secret)?;
        let watchdog = layer.watchdog_seconds.map(seconds).transpose()?;
        let profiles = layer
            .profiles
            .into_iter()
            .map(ReaderSource::parse)
            .collect::<Result<_, _>>()?;
        let serve = ServeConfig::parse(
            layer.listen,
            layer.host_names,
            layer.allowed_origins,
            (layer.certificate_file, layer.tls_key_file),
            layer.card_timeout_seconds.map(seconds).transpose()?,
        )?;
        let property = PropertyConfig::parse(
            layer.property_url,
            layer.property_desk,
            layer.property_ca_file,
        )?;
        Ok(Self {
            file,
            state_dir,
            state_dir_of_service: environment.state_dir_of_service(),
            seam: SeamConfig {
                endpoint,
                auth,
                acs_system_ids: layer.acs_system_ids.unwrap_or_default(),
            },
            record: RecordConfig {
                key,
                previous: layer.previous_record_keys,
            },
            cards: CardsConfig {
                site_keys: layer.site_keys_file.map(|file| SiteKeySource { file }),
                desfire_aid,
                type2_password: layer.type2_password.unwrap_or_default(),
                own: layer.own,
                classic_sectors,
            },
            report: ReportConfig {
                webhook,
                assign_card: layer.assign_card.unwrap_or_default(),
            },
            encoder: EncoderConfig {
                reader: layer.reader,
                watchdog,
                profiles,
            },
            run: RunConfig {
                auto: layer.auto.unwrap_or_default(),
            },
            serve,
            property,
        })
    }
}

/// A time that a person can wait.
fn seconds(seconds: Located<u64>) -> Result<Duration, ConfigError> {
    match seconds.value {
        seconds @ 1..=600 => Ok(Duration::from_secs(seconds)),
        value => Err(ConfigError::Value {
            origin: seconds.origin,
            problem: format!("{value} is not between 1 and 600 seconds"),
        }),
    }
}

fn classic_sectors(text: &str) -> Result<ClassicSectors, String> {
    match text {
        "all" => Ok(ClassicSectors::All),
        "needed" => Ok(ClassicSectors::Needed),
        _ => Err(format!("`{text}` is neither \"all\" nor \"needed\"")),
    }
}

/// Three bytes in the order in which they are sent; 000000 is the card itself.
fn desfire_aid(text: &str) -> Result<DesfireAid, String> {
    let mut bytes = [0; 3];
    hex::decode_to_slice(text, &mut bytes)
        .ok()
        .and_then(|()| DesfireAid::new(bytes))
        .ok_or_else(|| {
            format!(
                "`{text}` is not a DESFire AID: 6 hex digits other than 000000, such as \"cb1d9e\""
            )
        })
}

/// An address that secrets may be sent to: https, or http to the loopback interface only.
fn url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| {
        // A name and password, or a query, may be in it, even if it is no address.
        let shown = text.rsplit('@').next().unwrap_or_default();
        let shown = shown.split(['?', '#']).next().unwrap_or_default();
        format!("`{shown}` is not a URL: {error}")
    })?;
    let loopback = url.host().is_some_and(|host| is_loopback(&host));
    match url.scheme() {
        "https" if url.host().is_some() => Ok(url),
        "http" if loopback => Ok(url),
        "http" => Err(format!(
            "`{}` would send secrets unencrypted: http is for this machine only",
            without_tokens(&url)
        )),
        scheme => Err(format!(
            "`{scheme}` is not a scheme to reach a server by: write https://…"
        )),
    }
}

#[cfg(test)]
mod tests;
