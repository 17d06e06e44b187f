//! What to do now: the one table of texts that tell a person how to go on after an error.
//!
//! The words for a command line and for a page are beside each other: [`Front`].
//!
//! The parts of the program say what happened, each error with its stable code, and know neither commands nor settings. What
//! fixes it depends on the program around them, so it is here: a file per source of errors, a `match` without a wildcard
//! wherever each case has an answer of its own, so that a new error cannot be without one.
//!
//! | file | for the errors of |
//! |---|---|
//! | `at_seam.rs` | an encoder that Seam drives |
//! | `codes.rs` | — every code that a page can meet |
//! | `config.rs` | the configuration, key files and secrets |
//! | `desk.rs` | a card that did not become a good one, or a blank one |
//! | `driver.rs` | drivers, and the channel to a card |
//! | `encoder.rs` | encoders, the PC/SC service and simulated cards on virtual readers |
//! | `journal.rs` | the journal |
//! | `property.rs` | the property's database |
//! | `record.rs` | the record on a card |
//! | `refusal.rs` | a refusal, before anything has changed |
//! | `seam.rs` | the client of the Seam API |
//! | `sim.rs` | the simulated Seam API |

use std::borrow::Cow;

mod at_seam;
mod codes;
mod config;
mod desk;
mod driver;
mod encoder;
mod journal;
mod property;
mod record;
mod refusal;
mod seam;
mod sim;

pub use self::codes::CODES;

/// For a card that no driver knows.
pub(crate) fn another_type(at: Front) -> Advice {
    at.say(
        "take a card of a type that `cardbridge drivers` lists",
        "take a card of another type: this desk cannot write this one",
    )
}

/// In place of what the person at the desk cannot do.
const UPKEEP: &str = "ask the person who looks after this computer";

/// What a person should do now. One line, in the imperative, lower case and without a full stop.
pub type Advice = Cow<'static, str>;

/// What the person who reads has before them: the ways to go on have other names there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Front {
    /// A command line, with commands, options and variables.
    CommandLine,
    /// A page: it offers buttons, and what takes more than them is not for the desk.
    Page,
}

impl Front {
    /// The words for either.
    fn say(self, typed: impl Into<Advice>, clicked: impl Into<Advice>) -> Advice {
        match self {
            Self::CommandLine => typed.into(),
            Self::Page => clicked.into(),
        }
    }

    /// What only the person can do who looks after the machine.
    fn upkeep(self, typed: impl Into<Advice>) -> Advice {
        self.say(typed, UPKEEP)
    }
}

/// An error that this table has an answer to.
pub trait Hint {
    /// What to do now, in the words of a front end.
    fn advice(&self, at: Front) -> Advice;

    /// The same at the command line.
    fn hint(&self) -> Advice {
        self.advice(Front::CommandLine)
    }
}
