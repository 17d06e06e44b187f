//! One credential's way onto one card, as a pure state machine without I/O.
//!
//! ```text
//! Claiming ─► Writing ─► Reporting ─► Closed
//!     │        │    ▲
//!     │        ▼    │
//!     │       Torn ─┘
//!     ▼        ▼
//!     Abandoned
//! ```
//!
//! Each state stands in the journal before it is acted on. A refusal is not a state: it comes before the first entry, so
//! that it leaves nothing behind.

use std::fmt;

use cardbridge_drivers::contract::Uid;
use cardbridge_drivers::keys::KeyVersion;
use jiff::Timestamp;
use serde::Serialize;
use thiserror::Error;
use uuid::Uuid;

/// Where an issuance stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The credential is taken for this card and its bytes are fixed. Nothing was written yet.
    Claiming,
    /// The card may hold anything between its old contents and the whole record.
    Writing,
    /// Writing stopped half-way, as far as we know. The same card, put down again, goes on.
    Torn,
    /// The record was read back whole and verified; the outside world is to be told.
    Reporting,
    /// Written, verified and reported.
    Closed,
    /// Given up before the card was found good.
    Abandoned,
}

/// What can happen to an issuance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The first, or the next, write command is about to be sent.
    WriteBegins,
    /// The card was read back and holds the record, whole and verified.
    Verified,
    /// Writing or reading back stopped with an error.
    Interrupted,
    /// Every configured sink has taken the report.
    Reported,
    /// Somebody decided to give this issuance up.
    GivenUp,
}

/// An event that cannot happen in a state: a fault in the program, never in the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an issuance that is {state} cannot take the event {event:?}")]
pub struct Impossible {
    /// The state it was in.
    pub state: State,
    /// The event that came.
    pub event: Event,
}

impl State {
    /// All of them, in the order of a life.
    pub const ALL: [Self; 6] = [
        Self::Claiming,
        Self::Writing,
        Self::Torn,
        Self::Reporting,
        Self::Closed,
        Self::Abandoned,
    ];

    /// Where an event leads.
    ///
    /// # Errors
    /// When the event has no place in this state.
    pub fn next(self, event: Event) -> Result<Self, Impossible> {
        match (self, event) {
            // Writing again from Writing: the agent was killed and cannot know how far it came.
            (Self::Claiming | Self::Writing | Self::Torn, Event::WriteBegins) => Ok(Self::Writing),
            // From Torn too: the last answer was lost, and the card turns out to be whole.
            (Self::Writing | Self::Torn, Event::Verified) => Ok(Self::Reporting),
            (Self::Writing | Self::Torn, Event::Interrupted) => Ok(Self::Torn),
            (Self::Reporting, Event::Reported) => Ok(Self::Closed),
            (Self::Claiming | Self::Writing | Self::Torn, Event::GivenUp) => Ok(Self::Abandoned),
            (state, event) => Err(Impossible { state, event }),
        }
    }

    /// The word in the journal and in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Claiming => "claiming",
            Self::Writing => "writing",
            Self::Torn => "torn",
            Self::Reporting => "reporting",
            Self::Closed => "closed",
            Self::Abandoned => "abandoned",
        }
    }

    /// The state of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Whether a credential goes onto a card for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The first card of this credential.
    First,
    /// The credential was on a card before.
    Again,
}

/// One issuance, as the journal holds it. Its JSON is what `encode` and `history` print.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Issuance {
    /// A time-ordered UUID; also the id of the report, so that a receiver sees each issuance once.
    pub issuance_id: Uuid,
    /// The credential.
    pub acs_credential_id: String,
    /// The card, in lower-case hex.
    #[serde(serialize_with = "as_text")]
    pub card_uid: Uid,
    /// What stands on the card as its number.
    pub card_number: String,
    /// The card's model, such as `ntag215`.
    pub card_type: String,
    /// The driver that writes it.
    pub driver: String,
    /// Where it stands.
    pub state: State,
    /// When the card was read back and found good.
    pub written_at: Option<Timestamp>,
    /// When the last sink took the report.
    pub reported_at: Option<Timestamp>,
    /// How Seam named the credential to people when it was claimed, such as "Room 101". For this desk alone: it is neither on
    /// the card nor in the report.
    #[serde(skip)]
    pub display_name: Option<String>,
    /// The encoder on which it began.
    #[serde(skip)]
    pub encoder: String,
    /// When it was claimed.
    #[serde(skip)]
    pub claimed_at: Timestamp,
    /// The bytes for the card, fixed before the first write.
    #[serde(skip)]
    pub record: Vec<u8>,
    /// The site key version that the card carries once it is whole; `None` when it is written under no key.
    #[serde(skip)]
    pub key_version: Option<KeyVersion>,
    /// Other versions that the card may still carry until then.
    #[serde(skip)]
    pub earlier_keys: Vec<KeyVersion>,
    /// First card or another one.
    #[serde(skip)]
    pub kind: Kind,
    /// The `created_at` of every warning `needs_to_be_reissued` that the credential had when it was claimed: this card answers
    /// them. `None` in an entry made before they were noted.
    #[serde(skip)]
    pub answers: Option<Vec<String>>,
    /// Whether somebody allowed what stood on the card to be lost.
    #[serde(skip)]
    pub overwrite: bool,
    /// What the report says of the credential besides its id.
    #[serde(skip)]
    pub origin: Origin,
}

impl Issuance {
    /// Whether its card was found good.
    #[must_use]
    pub fn is_written(&self) -> bool {
        matches!(self.state, State::Reporting | State::Closed)
    }

    /// Whether this card answers the warning `needs_to_be_reissued` of that `created_at`. An entry that does not say counts as
    /// answering it: a card too few can be asked for with --reissue, one too many cannot be called back.
    #[must_use]
    pub fn answers(&self, warned_at: &str) -> bool {
        self.answers
            .as_ref()
            .is_none_or(|answered| answered.iter().any(|one| one == warned_at))
    }

    /// Every site key version that the card may carry after this.
    pub fn keys_on_card(&self) -> impl Iterator<Item = KeyVersion> {
        let until_then = if self.is_written() {
            &[]
        } else {
            self.earlier_keys.as_slice()
        };
        self.key_version
            .into_iter()
            .chain(until_then.iter().copied())
    }
}

/// Where a credential comes from: what Seam's event names besides its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Its workspace.
    pub workspace_id: String,
    /// Its access control system.
    pub acs_system_id: String,
    /// Its connected account.
    pub connected_account_id: String,
}

fn as_text<S: serde::Serializer>(uid: &Uid, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(uid)
}

#[cfg(test)]
mod tests {
    use super::{Event, State};

    const EVENTS: [Event; 5] = [
        Event::WriteBegins,
        Event::Verified,
        Event::Interrupted,
        Event::Reported,
        Event::GivenUp,
    ];

    #[test]
    fn reporting_is_reached_only_by_reading_back() {
        for state in State::ALL {
            for event in EVENTS {
                if state.next(event) == Ok(State::Reporting) {
                    assert_eq!(event, Event::Verified);
                    assert!(matches!(state, State::Writing | State::Torn), "{state}");
                }
            }
        }
    }

    #[test]
    fn a_written_card_is_never_given_up() {
        for state in [State::Reporting, State::Closed] {
            assert!(state.next(Event::GivenUp).is_err(), "{state}");
        }
    }

    #[test]
    fn the_ends_are_ends() {
        for event in EVENTS {
            assert!(State::Closed.next(event).is_err());
            assert!(State::Abandoned.next(event).is_err());
        }
    }

    #[test]
    fn every_word_reads_back() {
        for state in State::ALL {
            assert_eq!(State::from_word(state.as_str()), Some(state));
        }
        assert_eq!(State::from_word("written"), None);
    }
}
