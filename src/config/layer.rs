//! What one source of settings says, and the order in which sources override each other.

use std::path::PathBuf;

use cardbridge_drivers::contract::OwnSettings;

use super::{KeySource, Located, ReaderSource, SecretSource};

/// What one source says: everything optional, nothing checked.
#[derive(Debug, Default)]
pub struct Layer {
    /// Which file to read (flags and environment only).
    pub config_file: Option<PathBuf>,
    /// See [`super::Config::state_dir`].
    pub state_dir: Option<Located<PathBuf>>,
    /// See [`super::SeamConfig::endpoint`].
    pub endpoint: Option<Located<String>>,
    /// See [`super::AuthSource::ApiKey`].
    pub api_key: Option<SecretSource>,
    /// See [`super::AuthSource::PersonalAccessToken`].
    pub personal_access_token: Option<SecretSource>,
    /// See [`super::AuthSource::PersonalAccessToken`].
    pub workspace_id: Option<Located<String>>,
    /// See [`super::SeamConfig::acs_system_ids`].
    pub acs_system_ids: Option<Vec<String>>,
    /// See [`super::RecordConfig::key`].
    pub record_key_file: Option<Located<PathBuf>>,
    /// See [`super::RecordConfig::key`].
    pub record_key_id: Option<Located<String>>,
    /// See [`super::RecordConfig::previous`].
    pub previous_record_keys: Vec<KeySource>,
    /// See [`super::CardsConfig::site_keys`].
    pub site_keys_file: Option<Located<PathBuf>>,
    /// See [`super::CardsConfig::desfire_aid`].
    pub desfire_aid: Option<Located<String>>,
    /// See [`super::CardsConfig::type2_password`].
    pub type2_password: Option<bool>,
    /// See [`super::CardsConfig::own`]. Only a file has these.
    pub own: OwnSettings,
    /// See [`super::CardsConfig::classic_sectors`].
    pub classic_sectors: Option<Located<String>>,
    /// See [`super::WebhookConfig::url`].
    pub report_url: Option<Located<String>>,
    /// See [`super::WebhookConfig::secret`].
    pub report_secret: Option<SecretSource>,
    /// See [`super::ReportConfig::assign_card`].
    pub assign_card: Option<bool>,
    /// See [`super::EncoderConfig::reader`].
    pub reader: Option<String>,
    /// See [`super::EncoderConfig::watchdog`].
    pub watchdog_seconds: Option<Located<u64>>,
    /// See [`super::EncoderConfig::profiles`].
    pub profiles: Vec<ReaderSource>,
    /// See [`super::RunConfig::auto`].
    pub auto: Option<bool>,
    /// See [`super::ServeConfig::listen`].
    pub listen: Option<Located<String>>,
    /// See [`super::ServeConfig::host_names`].
    pub host_names: Option<Located<Vec<String>>>,
    /// See [`super::ServeConfig::allowed_origins`].
    pub allowed_origins: Option<Located<Vec<String>>>,
    /// See [`super::ServeConfig::card_timeout`].
    pub card_timeout_seconds: Option<Located<u64>>,
    /// See [`super::TlsFiles::certificate`].
    pub certificate_file: Option<Located<PathBuf>>,
    /// See [`super::TlsFiles::key`].
    pub tls_key_file: Option<Located<PathBuf>>,
    /// See [`super::PropertyConfig::url`].
    pub property_url: Option<SecretSource>,
    /// See [`super::PropertyConfig::desk`].
    pub property_desk: Option<Located<String>>,
    /// See [`super::PropertyConfig::ca_file`].
    pub property_ca_file: Option<Located<PathBuf>>,
}

impl Layer {
    /// This layer, and `lower` wherever it is silent. The key and the token for the API count as one setting: a key in the
    /// environment must not meet a token from the file.
    #[must_use]
    pub fn over(self, lower: Self) -> Self {
        let (api_key, personal_access_token) =
            if self.api_key.is_some() || self.personal_access_token.is_some() {
                (self.api_key, self.personal_access_token)
            } else {
                (lower.api_key, lower.personal_access_token)
            };
        Self {
            config_file: self.config_file.or(lower.config_file),
            state_dir: self.state_dir.or(lower.state_dir),
            endpoint: self.endpoint.or(lower.endpoint),
            api_key,
            personal_access_token,
            workspace_id: self.workspace_id.or(lower.workspace_id),
            acs_system_ids: self.acs_system_ids.or(lower.acs_system_ids),
            record_key_file: self.record_key_file.or(lower.record_key_file),
            record_key_id: self.record_key_id.or(lower.record_key_id),
            previous_record_keys: if self.previous_record_keys.is_empty() {
                lower.previous_record_keys
            } else {
                self.previous_record_keys
            },
            site_keys_file: self.site_keys_file.or(lower.site_keys_file),
            desfire_aid: self.desfire_aid.or(lower.desfire_aid),
            type2_password: self.type2_password.or(lower.type2_password),
            own: if self.own == OwnSettings::default() {
                lower.own
            } else {
                self.own
            },
            classic_sectors: self.classic_sectors.or(lower.classic_sectors),
            report_url: self.report_url.or(lower.report_url),
            report_secret: self.report_secret.or(lower.report_secret),
            assign_card: self.assign_card.or(lower.assign_card),
            reader: self.reader.or(lower.reader),
            watchdog_seconds: self.watchdog_seconds.or(lower.watchdog_seconds),
            profiles: if self.profiles.is_empty() {
                lower.profiles
            } else {
                self.profiles
            },
            auto: self.auto.or(lower.auto),
            listen: self.listen.or(lower.listen),
            host_names: self.host_names.or(lower.host_names),
            allowed_origins: self.allowed_origins.or(lower.allowed_origins),
            card_timeout_seconds: self.card_timeout_seconds.or(lower.card_timeout_seconds),
            certificate_file: self.certificate_file.or(lower.certificate_file),
            tls_key_file: self.tls_key_file.or(lower.tls_key_file),
            property_url: self.property_url.or(lower.property_url),
            property_desk: self.property_desk.or(lower.property_desk),
            property_ca_file: self.property_ca_file.or(lower.property_ca_file),
        }
    }
}
