//! `cardbridge keys`: the key that card records are sealed with, and the keys that cards are written under.

mod new;
mod random;
mod rotate;
mod show;
mod site;

use clap::Subcommand;

use super::{Context, Exit, Failure};

/// Create, show and renew the keys of records and cards.
#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    New(new::New),
    Show(show::Show),
    Rotate(rotate::Rotate),
}

impl Keys {
    pub(super) fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self {
            Self::New(command) => command.run(context),
            Self::Show(_) => show::run(context),
            Self::Rotate(command) => command.run(context),
        }
    }
}
