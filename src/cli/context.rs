//! What every command is given: the flags, the environment, and where to speak.

use std::sync::Arc;

use super::{Failure, Global, Output, printable};
use crate::compose::{Composer, Listener, Remark};
use crate::config::{Config, Environment, Layer};

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

    /// The same with what flags of the command itself say.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub(super) fn config_with(&self, flags: Layer) -> Result<Config, Failure> {
        Ok(Config::load(
            flags.over(self.global.layer()),
            &self.environment,
        )?)
    }

    /// The same command, with the settings that the installed service has.
    pub(super) fn as_service(&self) -> Self {
        Self {
            global: self.global.clone(),
            environment: self.environment.of_service(),
            output: self.output.clone(),
        }
    }

    /// What makes the parts of the agent; what there is to know about the configuration goes to stderr.
    pub(super) fn composer<'a>(&self, config: &'a Config) -> Composer<'a> {
        let output = self.output.clone();
        let listener: Listener = Arc::new(move |remark| match remark {
            Remark::Warning(warning) => output.warn(&warning),
            Remark::JournalOfService(_) if output.json() => {}
            Remark::JournalOfService(directory) => {
                output.note(&format!("journal of the service, in {directory}"));
            }
            Remark::ApiSilent(words) => output.note(&printable(&words)),
        });
        Composer::new(config, listener)
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
