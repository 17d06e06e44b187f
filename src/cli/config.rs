//! `cardbridge config`: is the configuration right, and where does each setting come from?

use clap::Subcommand;
use serde::Serialize;
use serde_json::json;

use super::{Context, Exit, Failure};
use crate::config::{AuthSource, Config, ConfigError, KeySource, Origin, SecretSource, Warning};
use crate::seam::without_tokens;
use crate::text::Hint;

/// Check the configuration, or show all that can be set.
#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Read the configuration and every secret it names, and show where each setting comes from.
    ///
    /// Secrets themselves are not shown. Exits 3 at the first thing that is wrong.
    #[command(
        after_help = "Example:\n  cardbridge config check --config /etc/cardbridge/cardbridge.toml"
    )]
    Check,
    /// Print a configuration file with every key explained.
    #[command(
        after_help = "Example:\n  cardbridge config example > /etc/cardbridge/cardbridge.toml"
    )]
    Example,
}

impl ConfigCommand {
    pub(super) fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self {
            Self::Check => check(context),
            Self::Example => {
                let example = include_str!("../config/example.toml");
                if context.output.json() {
                    context.output.document(&json!({ "toml": example }))?;
                } else {
                    context.output.text(example.trim_end())?;
                }
                Ok(Exit::Done)
            }
        }
    }
}

#[derive(Debug, Serialize)]
struct Setting {
    name: &'static str,
    value: String,
    from: String,
}

#[derive(Debug, Serialize)]
struct Checked {
    file: Option<String>,
    settings: Vec<Setting>,
    warnings: Vec<String>,
    missing: Vec<String>,
}

fn check(context: &Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let mut warnings = Vec::new();
    let settings = settings(&config, &mut warnings)?;
    for warning in &warnings {
        context.output.warn(warning);
    }
    let missing = missing(&config);
    let checked = Checked {
        file: config.file.as_ref().map(|path| path.display().to_string()),
        settings,
        warnings: warnings.into_iter().map(|warning| warning.what).collect(),
        missing: missing.iter().map(ToString::to_string).collect(),
    };
    if context.output.json() {
        context.output.document(&checked)?;
        return Ok(Exit::Done);
    }
    let file = checked.file.as_deref().unwrap_or("no configuration file");
    context.output.note(file);
    let rows = checked
        .settings
        .into_iter()
        .map(|setting| vec![setting.name.to_owned(), setting.value, setting.from])
        .collect();
    context.output.table(&["setting", "value", "from"], rows)?;
    for error in missing {
        context.output.warn(&Warning {
            what: error.to_string(),
            hint: error.hint().into_owned(),
        });
    }
    Ok(Exit::Done)
}

/// What is not wrong, but stops some commands.
fn missing(config: &Config) -> Vec<ConfigError> {
    let mut missing = Vec::new();
    if config.seam.auth.is_none() {
        missing.push(ConfigError::NoAuth);
    }
    if config.record.key.is_none() {
        missing.push(ConfigError::NoRecordKey);
    }
    missing.extend(config.site_keys_wanted());
    missing
}

/// Every setting that is in force, each secret read once to see that it can be.
fn settings(config: &Config, warnings: &mut Vec<Warning>) -> Result<Vec<Setting>, ConfigError> {
    let mut settings = vec![
        setting(
            "state_dir",
            &config.state_dir.value.display(),
            &config.state_dir.origin,
        ),
        setting(
            "seam.endpoint",
            config.seam.endpoint.value.as_str(),
            &config.seam.endpoint.origin,
        ),
    ];
    let mut secret = |name, source: &SecretSource| -> Result<Setting, ConfigError> {
        source.read()?;
        warnings.extend(source.warning());
        let value = match source {
            SecretSource::Inline(_) => "(not shown)".to_owned(),
            SecretSource::File(file) => file.value.display().to_string(),
        };
        Ok(setting(name, &value, source.origin()))
    };
    match &config.seam.auth {
        Some(AuthSource::ApiKey(key)) => settings.push(secret("seam API key", key)?),
        Some(AuthSource::PersonalAccessToken {
            token,
            workspace_id,
        }) => {
            settings.push(secret("seam personal access token", token)?);
            settings.push(setting("seam.workspace_id", workspace_id, token.origin()));
        }
        None => {}
    }
    if let Some(webhook) = &config.report.webhook {
        settings.push(setting(
            "report.url",
            &without_tokens(&webhook.url.value),
            &webhook.url.origin,
        ));
        settings.push(secret("report secret", &webhook.secret)?);
        webhook.signing_secret()?;
    }
    for key in config.record.key.iter().chain(&config.record.previous) {
        settings.push(record_key(key)?);
        warnings.extend(key.warning());
    }
    if let Some(keys) = &config.cards.site_keys {
        let current = keys.read()?.keys.current().clone();
        let value = format!(
            "{} (version {}, fingerprint {})",
            keys.file.value.display(),
            current.version,
            current.key.fingerprint()
        );
        settings.push(setting("site keys", &value, keys.origin()));
        warnings.extend(keys.warning());
    }
    let listen = &config.serve.listen;
    settings.push(setting("serve.listen", &listen.value, &listen.origin));
    settings.extend(config.encoder.profiles.iter().map(|(part, profile)| {
        let value = format!("\"{}\" is like {}", part.value, profile.name);
        setting("encoder.profiles", &value, &part.origin)
    }));
    Ok(settings)
}

fn record_key(key: &KeySource) -> Result<Setting, ConfigError> {
    let value = format!(
        "{} (id {}, fingerprint {})",
        key.file.value.display(),
        key.id,
        key.read()?.fingerprint()
    );
    Ok(setting("record key", &value, key.origin()))
}

fn setting(name: &'static str, value: &(impl ToString + ?Sized), origin: &Origin) -> Setting {
    Setting {
        name,
        value: value.to_string(),
        from: origin.to_string(),
    }
}
