//! What every driver must pass, on every model, on every make of reader.
//!
//! Each case plays the desk: puts a simulated card on a simulated reader, pulls it at every command in both ways, puts it
//! back. A failure names the case, the card, the reader, the command at which the card was pulled, and shows the last
//! exchanges.

mod desk;
mod issuing;
mod specimens;
mod tearing;
mod wiping;

use std::fmt;

use crate::contract::{Model, ReaderProfile, Registration};

use super::{Exchange, Loss};

/// A driver, one of its models, and the reader to try it on.
#[derive(Debug, Clone, Copy)]
pub struct Subject {
    /// The driver.
    pub registration: &'static Registration,
    /// One of its models.
    pub model: &'static Model,
    /// The reader.
    pub profile: &'static ReaderProfile,
}

/// One thing that a driver promises.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// What is promised, in a few words.
    pub name: &'static str,
    run: fn(&Subject) -> Result<(), Wrong>,
}

/// Everything that a driver promises.
pub const CASES: &[Case] = &[
    Case {
        name: "a blank card takes a record of every size",
        run: issuing::first_issue,
    },
    Case {
        name: "writing the record that stands there writes nothing",
        run: issuing::same_record,
    },
    Case {
        name: "a record replaces another",
        run: issuing::another_record,
    },
    Case {
        name: "a record of exactly the capacity fits, one byte more is refused",
        run: issuing::full_card,
    },
    Case {
        name: "a card pulled during a write is never good, and writing again mends it",
        run: tearing::torn_write,
    },
    Case {
        name: "a card pulled during an inspection is unchanged",
        run: tearing::torn_inspection,
    },
    Case {
        name: "a wiped card is blank and keeps nothing of the record",
        run: wiping::wipe,
    },
    Case {
        name: "a card pulled during a wipe is never good, and wiping again ends it",
        run: wiping::torn_wipe,
    },
    Case {
        name: "what is not ours is foreign, and stays until it is overwritten",
        run: specimens::foreign,
    },
    Case {
        name: "a locked card is refused before anything is written",
        run: specimens::locked,
    },
];

/// Runs every case.
///
/// # Errors
/// The first case that fails.
pub fn run(subject: &Subject) -> Result<(), Failure> {
    CASES.iter().try_for_each(|case| run_case(case, subject))
}

/// Runs one case.
///
/// # Errors
/// What the driver did wrong.
pub fn run_case(case: &Case, subject: &Subject) -> Result<(), Failure> {
    (case.run)(subject).map_err(|wrong| Failure {
        case: case.name,
        subject: *subject,
        wrong,
    })
}

/// Inspects a card whose memory is `memory`. Whatever stands there, the driver must not panic, not write, and not find a
/// record unless its bytes are there.
///
/// # Errors
/// What the driver did wrong.
pub fn hostile(subject: &Subject, memory: &[u8]) -> Result<(), Failure> {
    specimens::hostile(subject, memory).map_err(|wrong| Failure {
        case: "hostile memory is seen through",
        subject: *subject,
        wrong,
    })
}

/// A promise that a driver broke.
#[derive(Debug)]
pub struct Failure {
    /// The [`Case`]'s name.
    pub case: &'static str,
    /// What was tried.
    pub subject: Subject,
    /// What went wrong.
    pub wrong: Wrong,
}

impl std::error::Error for Failure {}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Subject {
            registration,
            model,
            profile,
        } = &self.subject;
        writeln!(
            f,
            "{}, {} on {}: {}",
            registration.name, model.name, profile.name, self.case
        )?;
        writeln!(f, "  {}", self.wrong.what)?;
        if let Some(tear) = self.wrong.tear {
            writeln!(
                f,
                "  pulled at command {}, the {} lost",
                tear.command,
                tear.lost()
            )?;
        }
        for exchange in &self.wrong.last_exchanges {
            writeln!(f, "  {exchange:?}")?;
        }
        Ok(())
    }
}

/// What went wrong, and around which command.
#[derive(Debug)]
pub struct Wrong {
    /// What was seen instead of what was promised.
    pub what: String,
    /// When the card was pulled, if it was.
    pub tear: Option<Tear>,
    /// What went over the channel last.
    pub last_exchanges: Vec<Exchange>,
}

impl Wrong {
    fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            tear: None,
            last_exchanges: vec![],
        }
    }

    fn torn_at(self, tear: Tear) -> Self {
        Self {
            tear: Some(tear),
            ..self
        }
    }
}

/// The moment at which a card was pulled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tear {
    /// Index of the command, the operation's first being 0.
    pub command: usize,
    /// What was lost of it.
    pub loss: Loss,
}

impl Tear {
    fn lost(self) -> &'static str {
        match self.loss {
            Loss::Command => "command",
            Loss::Answer => "answer",
        }
    }
}
