//! The flags that every command takes.

use std::path::PathBuf;

use clap::{ArgAction, Args};

use crate::config::{Layer, Located, Origin, SecretSource};

/// Flags of every command. Those that repeat a setting of the file override it.
#[derive(Debug, Clone, Default, Args)]
pub struct Global {
    /// Print one JSON document on stdout, or one per line where results stream.
    ///
    /// A failure prints {"error":{"code":…,"exit":…,"message":…,"hint":…}} in its place; a code never changes.
    #[arg(long, global = true, display_order = LAST)]
    pub json: bool,
    /// Say more on stderr: -v what is done, -vv how, -vvv every exchange (secrets stay out). RUST_LOG is finer.
    #[arg(long, short, global = true, action = ArgAction::Count, display_order = LAST)]
    pub verbose: u8,
    /// Read this configuration file [env: CARDBRIDGE_CONFIG].
    #[arg(long, global = true, value_name = "FILE", display_order = LAST)]
    config: Option<PathBuf>,
    /// Keep the journal here [env: CARDBRIDGE_STATE_DIR].
    #[arg(long, global = true, value_name = "DIR", hide_short_help = true, help_heading = SETTINGS)]
    state_dir: Option<PathBuf>,
    /// The API's address [env: SEAM_ENDPOINT].
    #[arg(long, global = true, value_name = "URL", hide_short_help = true, help_heading = SETTINGS)]
    endpoint: Option<String>,
    /// The file with the Seam API key [env: SEAM_API_KEY holds the key itself].
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true, help_heading = SETTINGS)]
    api_key_file: Option<PathBuf>,
    /// The file with a personal access token [env: SEAM_PERSONAL_ACCESS_TOKEN holds the token itself].
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true, help_heading = SETTINGS)]
    personal_access_token_file: Option<PathBuf>,
    /// The workspace a personal access token is used for [env: SEAM_WORKSPACE_ID].
    #[arg(long, global = true, value_name = "ID", hide_short_help = true, help_heading = SETTINGS)]
    workspace_id: Option<String>,
    /// The record key: 64 hex digits, or 32 raw bytes [env: CARDBRIDGE_RECORD_KEY_FILE].
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true, help_heading = SETTINGS)]
    record_key_file: Option<PathBuf>,
    /// The keys that cards are written under [env: CARDBRIDGE_SITE_KEYS_FILE].
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true, help_heading = SETTINGS)]
    site_keys_file: Option<PathBuf>,
    /// Where issuances are reported [env: CARDBRIDGE_REPORT_URL].
    #[arg(long, global = true, value_name = "URL", hide_short_help = true, help_heading = SETTINGS)]
    report_url: Option<String>,
    /// The file with the whsec_… string that reports are signed with [env: CARDBRIDGE_REPORT_SECRET_FILE].
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true, help_heading = SETTINGS)]
    report_secret_file: Option<PathBuf>,
}

/// A command's own flags come first in its help.
const LAST: usize = 100;
const SETTINGS: &str = "Settings (flags override the environment, which overrides the file)";

impl Global {
    /// What the flags say, as a source of settings.
    #[must_use]
    pub fn layer(&self) -> Layer {
        Layer {
            config_file: self.config.clone(),
            state_dir: flag("--state-dir", self.state_dir.as_ref()),
            endpoint: flag("--endpoint", self.endpoint.as_ref()),
            api_key: flag("--api-key-file", self.api_key_file.as_ref()).map(SecretSource::File),
            personal_access_token: flag(
                "--personal-access-token-file",
                self.personal_access_token_file.as_ref(),
            )
            .map(SecretSource::File),
            workspace_id: flag("--workspace-id", self.workspace_id.as_ref()),
            record_key_file: flag("--record-key-file", self.record_key_file.as_ref()),
            site_keys_file: flag("--site-keys-file", self.site_keys_file.as_ref()),
            report_url: flag("--report-url", self.report_url.as_ref()),
            report_secret: flag("--report-secret-file", self.report_secret_file.as_ref())
                .map(SecretSource::File),
            ..Layer::default()
        }
    }
}

/// A setting that a flag gives.
pub(super) fn flag<T: Clone>(name: &'static str, value: Option<&T>) -> Option<Located<T>> {
    value.map(|value| Located {
        value: value.clone(),
        origin: Origin::Flag(name),
    })
}
