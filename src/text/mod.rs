//! What to do now: the one table of texts that tell a person how to go on after an error.
//!
//! The parts of the program say what happened, each error with its stable code, and know neither commands nor settings. What
//! fixes it depends on the program around them, so it is here: a file per source of errors, a `match` without a wildcard
//! wherever each case has an answer of its own, so that a new error cannot be without one.
//!
//! | file | for the errors of |
//! |---|---|
//! | `config.rs` | the configuration, key files and secrets |
//! | `desk.rs` | a card that did not become a good one, or a blank one |
//! | `driver.rs` | drivers, and the channel to a card |
//! | `encoder.rs` | encoders, the PC/SC service and simulated cards on virtual readers |
//! | `journal.rs` | the journal |
//! | `record.rs` | the record on a card |
//! | `refusal.rs` | a refusal, before anything has changed |
//! | `seam.rs` | the client of the Seam API |
//! | `sim.rs` | the simulated Seam API |

use std::borrow::Cow;

mod config;
mod desk;
mod driver;
mod encoder;
mod journal;
mod record;
mod refusal;
mod seam;
mod sim;

/// For a card that no driver knows.
pub(crate) const ANOTHER_TYPE: &str = "take a card of a type that `cardbridge drivers` lists";

/// What a person should do now. One line, in the imperative, lower case and without a full stop.
pub type Advice = Cow<'static, str>;

/// An error that this table has an answer to.
pub trait Hint {
    /// What to do now.
    fn hint(&self) -> Advice;
}
