//! What every command is given: the flags, the environment, and where to speak.

use super::{Failure, Global, Output};
use crate::config::{Config, Environment, Located, Origin, Warning};

/// The surroundings of one command.
pub struct Context {
    global: Global,
    environment: Environment,
    /// Where its words go.
    pub output: Output,
}

impl Context {
    pub(super) fn new(global: Global, environment: Environment, output: Output) -> Self {
        Self {
            global,
            environment,
            output,
        }
    }

    /// The checked configuration. A command that needs none does not ask, so that a broken file does not stop it.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn config(&self) -> Result<Config, Failure> {
        Ok(Config::load(self.global.layer(), &self.environment)?)
    }

    /// The same command, with the settings that the installed service has.
    pub(super) fn as_service(&self) -> Self {
        Self {
            global: self.global.clone(),
            environment: self.environment.of_service(),
            output: self.output.clone(),
        }
    }

    /// Says which journal is meant where there are two that could be: that of the installed service, and one of a user's.
    pub(super) fn tell_journal(&self, config: &Config) {
        let Located { value, origin } = &config.state_dir;
        match &config.state_dir_of_service {
            Some(of_service) if of_service != value => self.output.warn(&Warning {
                what: format!(
                    "the journal in {} is not that of the installed service, in {}",
                    value.display(),
                    of_service.display()
                ),
                hint: format!(
                    "leave {origin} out to use the service's: what is issued from another journal can get a second card"
                ),
            }),
            Some(_) if *origin == Origin::Service && !self.output.json() => {
                self.output
                    .note(&format!("journal of the service, in {}", value.display()));
            }
            _ => {}
        }
    }

    /// Carries out work on the network on this one thread, which is enough for a desk and keeps an idle agent small.
    ///
    /// # Errors
    /// As `work`.
    pub fn block_on<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let outcome = runtime.block_on(work);
        // A name that is still being looked up cannot be called off, and is not waited for.
        runtime.shutdown_background();
        outcome
    }

    /// The environment, for the few things that are not settings.
    #[must_use]
    pub fn environment(&self) -> &Environment {
        &self.environment
    }
}
