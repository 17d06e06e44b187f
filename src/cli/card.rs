//! Where a card is expected, and what to say of it.

use std::time::Duration;

use clap::Args;

use super::simulated::{Finds, SimulatedArgs};
use super::{Context, Exit, Failure};
use crate::compose::Composer;
use crate::config::Config;
use crate::desk::reading::Verdict;
use crate::desk::target::{Target, Which};
use crate::encoder::{EncoderError, EncoderName, Slot, Tray, choose, survey};
use crate::text::Hint;

/// Where a card is expected, and for how long.
#[derive(Debug, Clone, Args)]
pub(super) struct CardArgs {
    /// Use the encoder whose name contains this. Default: the first card on any encoder.
    #[arg(long, value_name = "NAME")]
    reader: Option<String>,
    /// Wait so many seconds for a card.
    #[arg(long, value_name = "S", default_value_t = 60)]
    timeout: u64,
    #[command(flatten)]
    pub(super) simulated: SimulatedArgs,
}

/// The encoders on which a card is expected, as they were before they were watched.
#[derive(Debug)]
pub(super) struct Expected {
    names: Result<String, EncoderError>,
    is_card_there: bool,
}

impl Expected {
    /// A card on an encoder that Seam drives: whether there is one, Seam does not say.
    pub(super) fn on(encoder: &EncoderName) -> Self {
        Self {
            names: Ok(encoder.to_string()),
            is_card_there: false,
        }
    }

    /// Asks for a card, where none is there already. Without an encoder to place one on, there is nothing to ask for.
    pub(super) fn tell(&self, context: &Context) {
        if let (Ok(names), false) = (&self.names, self.is_card_there) {
            context.output.note(&format!("place a card on {names}"));
        }
    }

    /// Why there is none.
    pub(super) fn error(&self) -> Option<&EncoderError> {
        self.names.as_ref().err()
    }

    /// What to do when no card came.
    pub(super) fn place_again(&self) -> String {
        let names = self.names.as_deref().unwrap_or("the encoder");
        format!("place a card on {names}, flat and in the middle, and try again")
    }
}

impl CardArgs {
    /// Whether the encoder that is asked for can only be one that Seam drives: no reader of this machine has that in its name.
    pub(super) fn is_elsewhere(&self, config: &Config) -> Option<String> {
        let name = self.reader(config).filter(|_| !self.simulated.is_on())?;
        let missing = matches!(
            self.present(config, None),
            Err(EncoderError::NoEncoder { .. } | EncoderError::NoService(_))
        );
        missing.then_some(name)
    }

    /// How long a card is waited for.
    pub(super) fn patience(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }

    /// The part of a name that flag or configuration asks for.
    pub(super) fn reader(&self, config: &Config) -> Option<String> {
        self.simulated.reader(self.reader.as_ref(), config)
    }

    /// Where the desk is to expect a card.
    pub(super) fn target(&self, config: &Config) -> Target {
        Target {
            encoder: self.reader(config).map(Which::Name),
            patience: self.patience(),
        }
    }

    /// The simulated encoders, if it is to be those, with a card on them.
    pub(super) fn tray(
        &self,
        composer: &Composer<'_>,
        finds: Finds,
    ) -> Result<Option<Tray>, Failure> {
        let reader = self.reader.as_deref();
        self.simulated.tray_for_one(composer, reader, finds)
    }

    /// The encoders as they are now.
    pub(super) fn expected(&self, config: &Config, tray: Option<&Tray>) -> Expected {
        match self.present(config, tray) {
            Ok((names, is_card_there)) => Expected {
                names: Ok(names),
                is_card_there,
            },
            Err(error) => Expected {
                names: Err(error),
                is_card_there: false,
            },
        }
    }

    /// Their names, and whether a card is on one of them.
    fn present(
        &self,
        config: &Config,
        tray: Option<&Tray>,
    ) -> Result<(String, bool), EncoderError> {
        let slots: Vec<Slot> = tray
            .map_or_else(survey, |tray| Ok(tray.survey()))?
            .into_iter()
            .filter(|slot| slot.why_no_encoder().is_none())
            .collect();
        let names = choose(
            self.reader(config).as_deref(),
            slots.iter().map(|slot| slot.name.clone()).collect(),
        )?;
        let is_card_there = slots
            .iter()
            .any(|slot| slot.has_card && names.contains(&slot.name));
        let names: Vec<_> = names.iter().map(ToString::to_string).collect();
        Ok((names.join(" or "), is_card_there))
    }
}

/// What to say of a card under keys whose owner is not known here.
pub(super) fn under_unknown_keys(has_site_keys: bool) -> Failure {
    let verdict = Verdict::KeysUnknown { has_site_keys };
    Failure::new(Exit::Card, verdict.to_string(), verdict.hint()).coded("card_keys_unknown")
}
