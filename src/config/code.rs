//! The words by which scripts tell errors of the configuration apart. They stay as they are: texts may get better, a word never
//! changes.

use super::ConfigError;

impl ConfigError {
    /// The word for it.
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
            Self::SiteKeys { .. } => "site_keys_malformed",
            Self::Rotate { .. } => "site_keys_not_rotated",
            Self::Exposed { .. } => "site_keys_exposed",
            Self::ReportSecret { .. } => "report_secret_malformed",
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
