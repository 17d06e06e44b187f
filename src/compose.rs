//! Puts the parts of the agent together from the configuration, for what needs some or all of them: a command, or a service.
//!
//! It prints nothing. What the operator ought to know about the configuration goes to the listener that the [`Composer`] was
//! given.

use std::path::Path;
use std::sync::Arc;

use cardbridge_drivers::contract::DriverSettings;
use cardbridge_drivers::record::RecordKey;
use thiserror::Error;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::config::{
    AuthSource, Config, ConfigError, KeySource, Located, Origin, SecretSource, Warning,
    WebhookConfig,
};
use crate::desk::Agent;
use crate::encoder::simulated::TrayError;
use crate::encoder::{
    EncoderError, EncoderEvent, EncoderName, EncoderSettings, Encoders, ExchangeMeter, Profiles,
    Tray, choose,
};
use crate::issuance::journal::{Journal, JournalError, is_open_to_others};
use crate::issuance::{CardSettings, RecordKeys};
use crate::queue::{CredentialQueue, Property, PropertyError};
use crate::report::{AssignCardSink, EventSink, Reporter, Sink};
use crate::seam::{Attempted, Auth, Client, SeamError, Secret, Settings};

/// The folder of the simulated cards in the state directory.
const SIMULATED: &str = "simulated";

/// Something to know about the configuration that does no harm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// What works but should not stay so.
    Warning(Warning),
    /// The journal is that of the installed service, in this directory.
    JournalOfService(String),
    /// The API does not answer for so long that the person who waits should know.
    ApiSilent(String),
}

/// The listener for remarks. It is called from any thread and must return at once.
pub type Listener = Arc<dyn Fn(Remark) + Send + Sync>;

/// Why a part could not be had.
#[derive(Debug, Error)]
pub enum ComposeError {
    /// The configuration lacks something, or a file that it names will not do.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// No client of the API can be made.
    #[error(transparent)]
    Api(#[from] SeamError),
    /// The journal cannot be opened.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The encoders cannot be watched.
    #[error(transparent)]
    Encoder(#[from] EncoderError),
    /// The simulated cards cannot be used.
    #[error(transparent)]
    Simulated(#[from] TrayError),
    /// The property's database cannot be used as it is configured.
    #[error(transparent)]
    Property(#[from] PropertyError),
}

impl ComposeError {
    /// The word by which scripts know it. It never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Config(error) => error.code(),
            Self::Api(error) => error.code(),
            Self::Journal(error) => error.code(),
            Self::Encoder(error) => error.code(),
            Self::Simulated(error) => error.code(),
            Self::Property(error) => error.code(),
        }
    }
}

/// What makes the parts of one configuration.
pub struct Composer<'a> {
    config: &'a Config,
    listener: Listener,
    exchanges: ExchangeMeter,
    attempts: Option<AttemptMeter>,
}

/// Hears of each attempt at a call of the API.
pub type AttemptMeter = Arc<dyn Fn(Attempted) + Send + Sync>;

impl<'a> Composer<'a> {
    /// For this configuration; `listener` gets what the operator ought to know.
    #[must_use]
    pub fn new(config: &'a Config, listener: Listener) -> Self {
        Self {
            config,
            listener,
            exchanges: ExchangeMeter::default(),
            attempts: None,
        }
    }

    /// The same; these hear how long commands to cards and calls of the API take.
    #[must_use]
    pub fn measured(self, exchanges: ExchangeMeter, attempts: AttemptMeter) -> Self {
        Self {
            exchanges,
            attempts: Some(attempts),
            ..self
        }
    }

    /// A client of the configured API.
    ///
    /// # Errors
    /// When the secret cannot be read, or the settings will not do.
    pub fn client(&self) -> Result<Client, ComposeError> {
        let seam = &self.config.seam;
        let auth = match &seam.auth {
            None => return Err(ConfigError::NoAuth.into()),
            Some(AuthSource::ApiKey(key)) => Auth::ApiKey(self.secret(key)?),
            Some(AuthSource::PersonalAccessToken {
                token,
                workspace_id,
            }) => Auth::PersonalAccessToken {
                token: self.secret(token)?,
                workspace_id: workspace_id.clone(),
            },
        };
        let client = Client::new(Settings::new(auth).at(seam.endpoint.value.as_str()))?;
        let listener = Arc::clone(&self.listener);
        if let Some(meter) = self.attempts.clone() {
            client.on_attempt(move |attempted| meter(attempted));
        }
        client.on_silence(move |silence| listener(Remark::ApiSilent(silence.to_string())));
        Ok(client)
    }

    /// The record keys; the one for new records must be there.
    ///
    /// # Errors
    /// When there is none, or a key file will not do.
    pub fn record_keys(&self) -> Result<RecordKeys, ComposeError> {
        let record = &self.config.record;
        let sealing = record.key.as_ref().ok_or(ConfigError::NoRecordKey)?;
        let read = |key: &KeySource| -> Result<RecordKey, ConfigError> {
            self.warn_of(key.warning());
            key.read()
        };
        let earlier = record.previous.iter().map(read).collect::<Result<_, _>>()?;
        Ok(RecordKeys::new(read(sealing)?, earlier))
    }

    /// What cards are read and written with.
    ///
    /// # Errors
    /// When a key is missing or will not do.
    pub fn setup(&self) -> Result<CardSettings, ComposeError> {
        Ok(CardSettings {
            keys: self.record_keys()?,
            drivers: self.driver_settings()?.into(),
        })
    }

    /// The settings of drivers. Without site keys the cards that need none are still served.
    ///
    /// # Errors
    /// When the file with the site keys will not do.
    pub fn driver_settings(&self) -> Result<DriverSettings, ComposeError> {
        let cards = &self.config.cards;
        let file = match &cards.site_keys {
            None => None,
            Some(source) => {
                self.warn_of(source.warning());
                Some(source.read()?)
            }
        };
        let (site_keys, picc_key) =
            file.map_or((None, None), |file| (Some(file.keys), file.picc_key));
        Ok(DriverSettings {
            site_keys,
            picc_key,
            desfire_aid: cards.desfire_aid,
            type2_password: cards.type2_password,
            own: cards.own.clone(),
            classic_sectors: cards.classic_sectors,
        })
    }

    /// What sends reports to where they are configured to go; to `assign_card` only with a client.
    ///
    /// # Errors
    /// When the secret that reports are signed with will not do.
    pub fn reporter(&self, client: Option<&Client>) -> Result<Reporter, ComposeError> {
        let report = &self.config.report;
        let mut sinks = Vec::new();
        if let Some(webhook) = &report.webhook {
            sinks.push(Sink::Event(self.event_sink(webhook)?));
        }
        if let (true, Some(client)) = (report.assign_card, client) {
            sinks.push(Sink::AssignCard(AssignCardSink::new(client.clone())));
        }
        Ok(Reporter::new(sinks))
    }

    /// What posts the event to the configured receiver.
    ///
    /// # Errors
    /// As [`reporter`](Self::reporter).
    pub fn event_sink(&self, webhook: &WebhookConfig) -> Result<EventSink, ComposeError> {
        self.warn_of(webhook.secret.warning());
        Ok(EventSink::new(
            webhook.url.value.clone(),
            webhook.signing_secret()?,
        ))
    }

    /// The journal, made if there never was one.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn journal(&self) -> Result<Journal, ComposeError> {
        self.remark_on_journal();
        let state_dir = &self.config.state_dir.value;
        let journal = Journal::open(state_dir)?;
        self.warn_of(open_to_others(state_dir));
        Ok(journal)
    }

    /// The whole agent. Says once, plainly, when issuances are not being reported.
    ///
    /// # Errors
    /// When one of its parts cannot be had.
    pub fn agent(&self) -> Result<Agent, ComposeError> {
        let client = self.client()?;
        let setup = self.setup()?;
        let reporter = self.reporter(Some(&client))?;
        let journal = self.journal()?;
        if reporter.has_no_sink() {
            self.warn_of(Some(no_receiver()));
        }
        let queue = CredentialQueue::new(client, self.config.seam.acs_system_ids.clone());
        let property = self.property(&journal)?;
        let agent = Agent::new(queue, journal, reporter, setup);
        Ok(match property {
            Some(property) => agent.with_property(property),
            None => agent,
        })
    }

    /// The property that this desk belongs to, if it belongs to one. Nothing is connected yet.
    ///
    /// # Errors
    /// When it cannot be used as it is configured.
    pub fn property(&self, journal: &Journal) -> Result<Option<Property>, ComposeError> {
        let Some(config) = &self.config.property else {
            return Ok(None);
        };
        self.warn_of(config.url.warning());
        Ok(Some(Property::new(&config.settings()?, journal.id())?))
    }

    /// The PC/SC encoders, or those whose name has this part.
    ///
    /// # Errors
    /// When they cannot be watched.
    pub fn encoders(
        &self,
        name_part: Option<String>,
    ) -> Result<(Encoders, UnboundedReceiver<EncoderEvent>), ComposeError> {
        let watchdog = self.config.encoder.watchdog;
        Ok(Encoders::pcsc(EncoderSettings {
            name_part,
            patience: watchdog.unwrap_or(EncoderSettings::default().patience),
            profiles: reader_profiles(self.config),
            meter: self.exchanges.clone(),
        })?)
    }

    /// The simulated encoders, or the one whose name has this part, and the cards that the state directory keeps. No card reader service is
    /// asked for anything.
    ///
    /// # Errors
    /// When no encoder has the name, or the cards cannot be used.
    pub fn tray(&self, name_part: Option<&str>) -> Result<Tray, ComposeError> {
        let all = Tray::ENCODERS.map(|name| EncoderName(name.to_owned()));
        let names = choose(name_part, all.to_vec())?;
        let folder = self.config.state_dir.value.join(SIMULATED);
        let tray = Tray::kept_in(&folder, names.iter().map(|name| name.0.as_str()))?;
        let watchdog = self.config.encoder.watchdog;
        let tray = tray.with_patience(watchdog.unwrap_or(EncoderSettings::default().patience));
        Ok(match self.config.cards.site_keys {
            Some(_) => tray,
            None => tray.without_site_keys(),
        })
    }

    /// Says which journal is meant where there are two that could be: that of the installed service, and one of a user's.
    pub fn remark_on_journal(&self) {
        let Located { value, origin } = &self.config.state_dir;
        match &self.config.state_dir_of_service {
            Some(of_service) if of_service != value => self.warn_of(Some(Warning {
                what: format!(
                    "the journal in {} is not that of the installed service, in {}",
                    value.display(),
                    of_service.display()
                ),
                hint: format!(
                    "leave {origin} out to use the service's: what is issued from another journal can get a second card"
                ),
            })),
            Some(_) if *origin == Origin::Service => {
                (self.listener)(Remark::JournalOfService(value.display().to_string()));
            }
            _ => {}
        }
    }

    /// Tells the listener of a warning, if there is one.
    pub fn warn_of(&self, warning: Option<Warning>) {
        if let Some(warning) = warning {
            (self.listener)(Remark::Warning(warning));
        }
    }

    fn secret(&self, source: &SecretSource) -> Result<Secret, ConfigError> {
        self.warn_of(source.warning());
        source.read()
    }
}

/// Which model each reader is recognised as.
#[must_use]
pub fn reader_profiles(config: &Config) -> Profiles {
    let known = config.encoder.profiles.iter();
    Profiles::new(
        known
            .map(|(part, profile)| (part.value.clone(), *profile))
            .collect(),
    )
}

/// A state directory that others can look into: what is in there says who stays in which room.
#[must_use]
pub fn open_to_others(directory: &Path) -> Option<Warning> {
    is_open_to_others(directory).then(|| Warning {
        what: format!(
            "the state directory {} is open to other users",
            directory.display()
        ),
        hint: format!("chmod 700 {}", directory.display()),
    })
}

/// Simulated encoders: what is issued on them counts, though it is on no card that a person could hold.
#[must_use]
pub fn nothing_real_is_written() -> Warning {
    Warning {
        what: "the encoders are simulated: no real card is written, but every issuance is recorded and reported as if one were"
            .to_owned(),
        hint: "use it with a sandbox workspace or `cardbridge sim-api`; at a property, start again without --simulated"
            .to_owned(),
    }
}

/// Simulated cards that are refused for want of keys.
#[must_use]
pub fn needs_site_keys(types: &[&str]) -> Warning {
    Warning {
        what: format!(
            "cards of these types are refused, because this desk has no site keys: {}",
            types.join(", ")
        ),
        hint: "create keys with `cardbridge keys new --site`, and name the file in CARDBRIDGE_SITE_KEYS_FILE"
            .to_owned(),
    }
}

/// No sink: issuances stay unreported until there is one.
#[must_use]
pub fn no_receiver() -> Warning {
    Warning {
        what: "issuances are not being reported: no report receiver is configured".to_owned(),
        hint: "set CARDBRIDGE_REPORT_URL and CARDBRIDGE_REPORT_SECRET_FILE; `cardbridge retry` then sends what is unreported"
            .to_owned(),
    }
}
