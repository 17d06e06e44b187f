//! `--simulated`: simulated encoders and cards instead of real ones.

use cardbridge_drivers::contract::{Model, Uid};
use clap::Args;

use super::{Context, Failure};
use crate::compose::{Composer, needs_site_keys, nothing_real_is_written};
use crate::config::Config;
use crate::encoder::{EncoderName, Tray};

/// Simulated encoders.
#[derive(Debug, Clone, Args)]
pub(super) struct SimulatedArgs {
    /// Use two simulated encoders instead of PC/SC. TYPE: a card type of `cardbridge drivers`, or the UID of a card that was used before.
    ///
    /// The cards are kept in the state directory. `encode` finds the first one named on its encoder, as a blank card; `read` and `wipe`
    /// take the one that is there from the last command, if it is of that type. Without TYPE the card stays that is there; `run`
    /// then has a blank card of every type beside its encoders. An issuance counts like one on a real card: it is recorded and reported.
    #[arg(long, value_name = "TYPE", num_args = 0.., value_parser = wanted)]
    simulated: Option<Vec<Wanted>>,
}

/// A card that is asked for.
#[derive(Debug, Clone, Copy)]
enum Wanted {
    Blank(&'static Model),
    Kept(Uid),
}

/// Which card a command wants to find on its encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finds {
    /// A blank one of the type.
    Blank,
    /// The one that the last command left there, if it is of the type.
    WhatIsThere,
}

impl SimulatedArgs {
    pub(super) fn is_on(&self) -> bool {
        self.simulated.is_some()
    }

    /// The part of a name that flag or configuration asks for. The configured one is that of a real encoder.
    pub(super) fn reader(&self, flag: Option<&String>, config: &Config) -> Option<String> {
        let configured = config.encoder.reader.as_ref().filter(|_| !self.is_on());
        flag.or(configured).cloned()
    }

    /// The tray of a command that works on one card, with that card on the first encoder; `None` where encoders are real.
    pub(super) fn tray_for_one(
        &self,
        composer: &Composer<'_>,
        reader: Option<&str>,
        finds: Finds,
    ) -> Result<Option<Tray>, Failure> {
        let Some(wanted) = &self.simulated else {
            return Ok(None);
        };
        let tray = composer.tray(reader)?;
        let encoders = tray.encoders();
        if let Some(first) = encoders.first() {
            match wanted.split_first() {
                None => place_usual(&tray, &encoders, first)?,
                Some((card, others)) => {
                    stock(&tray, others)?;
                    place(&tray, first, *card, finds)?;
                }
            }
        }
        Ok(Some(tray))
    }

    /// The tray of a command whose cards are placed by others; `None` where encoders are real.
    pub(super) fn tray_for_many(
        &self,
        composer: &Composer<'_>,
        reader: Option<&str>,
    ) -> Result<Option<Tray>, Failure> {
        let Some(wanted) = &self.simulated else {
            return Ok(None);
        };
        let tray = composer.tray(reader)?;
        if wanted.is_empty() {
            for model in Tray::models() {
                tray.blank(model)?;
            }
        }
        stock(&tray, wanted)?;
        Ok(Some(tray))
    }

    /// Says which of the tray's cards this desk cannot write.
    pub(super) fn warn_of_keys(context: &Context, tray: &Tray) {
        let is_there = |model: &Model| tray.cards().iter().any(|card| card.model == model.name);
        let locked = Tray::models().filter(|model| !tray.can_be_written(model) && is_there(model));
        let locked: Vec<_> = locked.map(|model| model.name).collect();
        if !locked.is_empty() {
            context.output.warn(&needs_site_keys(&locked));
        }
    }

    /// Says that nothing real is written, before a command that issues or takes back.
    pub(super) fn warn(&self, context: &Context) {
        if self.is_on() {
            context.output.warn(&nothing_real_is_written());
        }
    }
}

/// Has the cards on the tray. As many blank ones of a type as it is named.
fn stock(tray: &Tray, wanted: &[Wanted]) -> Result<(), Failure> {
    for (at, card) in wanted.iter().enumerate() {
        match card {
            Wanted::Blank(model) => {
                let so_far = wanted[..=at].iter();
                let count = so_far.filter(|other| other.is_of(model)).count();
                tray.have_blanks(model, count)?;
            }
            Wanted::Kept(uid) => {
                tray.memory(*uid)?;
            }
        }
    }
    Ok(())
}

/// Puts a card on the encoder, unless the right one is there.
fn place(tray: &Tray, encoder: &EncoderName, card: Wanted, finds: Finds) -> Result<(), Failure> {
    let uid = match card {
        Wanted::Blank(model) => {
            let there = tray.on(encoder)?;
            if finds == Finds::WhatIsThere && there.is_some_and(|card| card.model == model.name) {
                return Ok(());
            }
            tray.blank(model)?
        }
        Wanted::Kept(uid) => uid,
    };
    Ok(tray.move_to(encoder, uid)?)
}

/// A card to begin with, where none is on any of the encoders.
fn place_usual(tray: &Tray, encoders: &[EncoderName], first: &EncoderName) -> Result<(), Failure> {
    for encoder in encoders {
        if tray.on(encoder)?.is_some() {
            return Ok(());
        }
    }
    let card = Wanted::Blank(Tray::model(Tray::USUAL)?);
    place(tray, first, card, Finds::Blank)
}

impl Wanted {
    fn is_of(self, model: &Model) -> bool {
        matches!(self, Self::Blank(wanted) if wanted.name == model.name)
    }
}

fn wanted(text: &str) -> Result<Wanted, String> {
    if let Ok(model) = Tray::model(text) {
        return Ok(Wanted::Blank(model));
    }
    text.parse().map(Wanted::Kept).map_err(|_| {
        let names: Vec<_> = Tray::models().map(|model| model.name).collect();
        format!("the card types are {}", names.join(", "))
    })
}
