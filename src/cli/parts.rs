//! The parts of the agent, made from the configuration.

use std::path::Path;

use cardbridge_drivers::contract::DriverSettings;
use cardbridge_drivers::record::RecordKey;
use tokio::sync::mpsc::UnboundedReceiver;

use super::{Context, Failure, printable};
use crate::config::{
    AuthSource, Config, ConfigError, KeySource, SecretSource, Warning, WebhookConfig,
};
use crate::desk::Agent;
use crate::encoder::{EncoderEvent, EncoderSettings, Encoders, Profiles};
use crate::issuance::journal::{Journal, is_open_to_others};
use crate::issuance::{RecordKeys, Setup};
use crate::queue::Intake;
use crate::report::{AssignCardSink, EventSink, Reporter, Sink};
use crate::seam::{Auth, Client, Secret, Settings};

impl Context {
    /// A client of the configured API.
    pub(super) fn client(&self, config: &Config) -> Result<Client, Failure> {
        let auth = match &config.seam.auth {
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
        let client = Client::new(Settings::new(auth).at(config.seam.endpoint.value.as_str()))?;
        let output = self.output.clone();
        client.on_silence(move |silence| output.note(&printable(&silence.to_string())));
        Ok(client)
    }

    /// The record keys; the one for new records must be there.
    pub(super) fn record_keys(&self, config: &Config) -> Result<RecordKeys, Failure> {
        let sealing = config.record.key.as_ref().ok_or(ConfigError::NoRecordKey)?;
        let read = |key: &KeySource| -> Result<RecordKey, Failure> {
            self.warn_of(key.warning());
            Ok(key.read()?)
        };
        let earlier = config
            .record
            .previous
            .iter()
            .map(read)
            .collect::<Result<_, _>>()?;
        Ok(RecordKeys::new(read(sealing)?, earlier))
    }

    /// What cards are read and written with.
    pub(super) fn setup(&self, config: &Config) -> Result<Setup, Failure> {
        Ok(Setup {
            keys: self.record_keys(config)?,
            drivers: self.driver_settings(config)?,
        })
    }

    /// What drivers are told. Without site keys the cards that need none are still served.
    pub(super) fn driver_settings(&self, config: &Config) -> Result<DriverSettings, Failure> {
        let file = match &config.cards.site_keys {
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
            desfire_aid: config.cards.desfire_aid,
            type2_password: config.cards.type2_password,
        })
    }

    /// What sends reports to where they are configured to go.
    pub(super) fn reporter(
        &self,
        config: &Config,
        client: Option<&Client>,
    ) -> Result<Reporter, Failure> {
        let mut sinks = Vec::new();
        if let Some(webhook) = &config.report.webhook {
            sinks.push(Sink::Event(self.event_sink(webhook)?));
        }
        if let (true, Some(client)) = (config.report.assign_card, client) {
            sinks.push(Sink::AssignCard(AssignCardSink::new(client.clone())));
        }
        Ok(Reporter::new(sinks))
    }

    /// What posts the event to the configured receiver.
    pub(super) fn event_sink(&self, webhook: &WebhookConfig) -> Result<EventSink, Failure> {
        self.warn_of(webhook.secret.warning());
        Ok(EventSink::new(
            webhook.url.value.clone(),
            webhook.signing_secret()?,
        ))
    }

    /// The journal, made if there never was one.
    pub(super) fn journal(&self, config: &Config) -> Result<Journal, Failure> {
        self.tell_journal(config);
        let journal = Journal::open(&config.state_dir.value)?;
        self.warn_of(open_to_others(&config.state_dir.value));
        Ok(journal)
    }

    /// The whole agent. Says once, plainly, when nobody is told of issuances.
    pub(super) fn agent(&self, config: &Config) -> Result<Agent, Failure> {
        let client = self.client(config)?;
        let setup = self.setup(config)?;
        let reporter = self.reporter(config, Some(&client))?;
        let journal = self.journal(config)?;
        if reporter.has_no_sink() {
            self.output.warn(&no_receiver());
        }
        let intake = Intake::new(client, config.seam.acs_system_ids.clone());
        Ok(Agent::new(intake, journal, reporter, setup))
    }

    /// The PC/SC encoders, or those whose name has the part that flag or configuration asks for.
    pub(super) fn encoders(
        config: &Config,
        name_part: Option<String>,
    ) -> Result<(Encoders, UnboundedReceiver<EncoderEvent>), Failure> {
        let patience = config
            .encoder
            .watchdog
            .unwrap_or(EncoderSettings::default().patience);
        Ok(Encoders::pcsc(EncoderSettings {
            name_part,
            patience,
            profiles: reader_profiles(config),
        })?)
    }

    fn secret(&self, source: &SecretSource) -> Result<Secret, Failure> {
        self.warn_of(source.warning());
        Ok(source.read()?)
    }

    pub(super) fn warn_of(&self, warning: Option<Warning>) {
        if let Some(warning) = warning {
            self.output.warn(&warning);
        }
    }
}

/// Which make each reader is taken for.
pub(super) fn reader_profiles(config: &Config) -> Profiles {
    let known = config.encoder.profiles.iter();
    Profiles::new(
        known
            .map(|(part, profile)| (part.value.clone(), *profile))
            .collect(),
    )
}

/// A state directory that others can look into: what is in there says who stays in which room.
pub(super) fn open_to_others(directory: &Path) -> Option<Warning> {
    is_open_to_others(directory).then(|| Warning {
        what: format!(
            "the state directory {} is open to other users",
            directory.display()
        ),
        hint: format!("chmod 700 {}", directory.display()),
    })
}

/// No sink: issuances stay unreported until there is one.
pub(super) fn no_receiver() -> Warning {
    Warning {
        what: "issuances are not being reported: no report receiver is configured".to_owned(),
        hint: "set CARDBRIDGE_REPORT_URL and CARDBRIDGE_REPORT_SECRET_FILE; `cardbridge retry` then sends what is unreported"
            .to_owned(),
    }
}
