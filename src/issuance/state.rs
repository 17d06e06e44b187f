//! One credential's way onto one card, as a pure state machine without I/O.
//!
//! ```text
//! Claiming ─► Writing ─► Reporting ─► Closed
//!     │        │    ▲
//!     │        ▼    │
//!     │       Torn ─┘
//!     ▼        ▼
//!     Abandoned
//!
//! Claiming, Writing, Torn, Reporting, Closed, Superseded ─► Wiping ─► Wiped
//! Abandoned, Reporting, Closed ─► Superseded
//! ```
//!
//! Each state is in the journal before it is acted on. A refusal is not a state: it comes before the first entry, so
//! that it leaves nothing behind.
//!
//! There are two reports. *Issued* is due once the card was found good. *Invalidated* is due once a card on which the
//! credential was found good was wiped, or once a whole card was found to be superseded. The issued one goes first, and a
//! later state does not cancel it; see [`Issuance::due_reports`](super::entry::Issuance::due_reports).

use std::fmt;

use serde::Serialize;
use thiserror::Error;

/// The state of an issuance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The credential is claimed for this card and its bytes are fixed. Nothing was written yet.
    Claiming,
    /// The card may hold anything between its old contents and the whole record.
    Writing,
    /// Writing stopped before its end, as far as we know. The same card, placed again, goes on.
    Torn,
    /// The record was read back whole and verified; it is still to be reported.
    Reporting,
    /// Written, verified and reported.
    Closed,
    /// Given up before the card was found good.
    Abandoned,
    /// The card is being wiped: it may hold anything between the whole record and nothing. The same card, placed again, is
    /// wiped to the end.
    Wiping,
    /// The card was read and no longer holds this record. The credential may be issued again.
    Wiped,
    /// The card is whole, but its credential was issued again on another card: it has to be wiped.
    Superseded,
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
    /// Every configured sink has taken the report that the card was issued.
    Reported,
    /// This issuance was given up, by decision.
    GivenUp,
    /// The first command that wipes the card is about to be sent.
    WipeBegins,
    /// The card was read and does not hold the record any more.
    Wiped,
    /// The card was read and holds the whole record, but the credential was issued again on another card since.
    Superseded,
    /// Every configured sink has taken the report that the card is no longer good.
    InvalidationReported,
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

impl Impossible {
    /// The word by which scripts know it. It never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "internal_fault"
    }
}

impl State {
    /// All of them, in the order of a life.
    pub const ALL: [Self; 9] = [
        Self::Claiming,
        Self::Writing,
        Self::Torn,
        Self::Reporting,
        Self::Closed,
        Self::Abandoned,
        Self::Wiping,
        Self::Wiped,
        Self::Superseded,
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
            // From Wiping again: the agent was killed and cannot know how far it came.
            (
                Self::Claiming
                | Self::Writing
                | Self::Torn
                | Self::Reporting
                | Self::Closed
                | Self::Superseded
                | Self::Wiping,
                Event::WipeBegins,
            ) => Ok(Self::Wiping),
            // Without Wiping before: the record went by another way, such as another desk, or under another record.
            (Self::Wiping | Self::Reporting | Self::Closed | Self::Superseded, Event::Wiped) => {
                Ok(Self::Wiped)
            }
            (Self::Abandoned | Self::Reporting | Self::Closed, Event::Superseded) => {
                Ok(Self::Superseded)
            }
            // A report that was still to be sent is sent all the same.
            (
                Self::Wiping | Self::Wiped | Self::Superseded,
                Event::Reported | Event::InvalidationReported,
            ) => Ok(self),
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
            Self::Wiping => "wiping",
            Self::Wiped => "wiped",
            Self::Superseded => "superseded",
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

#[cfg(test)]
mod tests {
    use super::{Event, State};

    const EVENTS: [Event; 9] = [
        Event::WriteBegins,
        Event::Verified,
        Event::Interrupted,
        Event::Reported,
        Event::GivenUp,
        Event::WipeBegins,
        Event::Wiped,
        Event::Superseded,
        Event::InvalidationReported,
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
    fn nothing_is_written_after_an_end() {
        for state in [
            State::Closed,
            State::Abandoned,
            State::Wiping,
            State::Wiped,
            State::Superseded,
        ] {
            for event in [Event::WriteBegins, Event::Verified, Event::Interrupted] {
                assert!(state.next(event).is_err(), "{state} {event:?}");
            }
        }
        for event in EVENTS {
            let is_report = matches!(event, Event::Reported | Event::InvalidationReported);
            assert_eq!(State::Wiped.next(event).is_ok(), is_report, "{event:?}");
        }
    }

    #[test]
    fn a_card_is_wiped_only_after_the_journal_says_so_or_when_its_record_is_gone() {
        for state in [State::Claiming, State::Writing, State::Torn] {
            assert!(state.next(Event::Wiped).is_err(), "{state}");
            assert_eq!(state.next(Event::WipeBegins), Ok(State::Wiping), "{state}");
        }
        assert_eq!(State::Wiping.next(Event::Wiped), Ok(State::Wiped));
    }

    #[test]
    fn every_word_reads_back() {
        for state in State::ALL {
            assert_eq!(State::from_word(state.as_str()), Some(state));
        }
        assert_eq!(State::from_word("written"), None);
    }
}
