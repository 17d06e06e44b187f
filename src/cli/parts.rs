//! The parts of the agent, made from the configuration.

use super::{Context, Failure};
use crate::config::{AuthSource, Config, ConfigError, SecretSource, Warning};
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
        Ok(Client::new(
            Settings::new(auth).at(config.seam.endpoint.value.as_str()),
        )?)
    }

    fn secret(&self, source: &SecretSource) -> Result<Secret, Failure> {
        self.warn_of(source.warning());
        Ok(source.read()?)
    }

    fn warn_of(&self, warning: Option<Warning>) {
        if let Some(warning) = warning {
            self.output.warn(&warning);
        }
    }
}
