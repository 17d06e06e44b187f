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
//! later state does not cancel it; see [`Issuance::due_reports`].

use std::fmt;

use cardbridge_drivers::contract::Uid;
use cardbridge_drivers::keys::KeyVersion;
use cardbridge_drivers::record::Record;
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
    /// The card is being wiped: it may hold anything between the whole record and nothing. The same card, placed again, is
    /// wiped to the end.
    Wiping,
    /// The card was read and holds this record no more. The credential may be issued again.
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
    /// Somebody decided to give this issuance up.
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
    /// When the last sink took the report that it was issued.
    pub reported_at: Option<Timestamp>,
    /// How Seam named the credential to people when it was claimed, such as "Room 101". For this desk alone: it is neither on
    /// the card nor in the report.
    #[serde(skip)]
    pub display_name: Option<String>,
    /// That its card is no longer good. There only when something is to be reported: a card that was never found good needs
    /// no such report when it is wiped.
    #[serde(flatten)]
    pub invalidation: Option<Invalidation>,
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

/// That a card which was good is so no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Invalidation {
    /// The id of the report. It is not the issuance's, under which a receiver has seen the first report.
    #[serde(skip)]
    pub message_id: Uuid,
    /// When the card was found wiped or superseded.
    pub invalidated_at: Timestamp,
    /// When the last sink took the report.
    pub invalidation_reported_at: Option<Timestamp>,
}

/// What the outside world is told of an issuance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Report {
    /// The card was written, read back and found good.
    Issued,
    /// That card was wiped, or its credential was issued again on another one.
    Invalidated,
}

impl Report {
    /// The word in the journal.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Invalidated => "invalidated",
        }
    }

    /// What happened once every sink has taken it.
    #[must_use]
    pub fn taken(self) -> Event {
        match self {
            Self::Issued => Event::Reported,
            Self::Invalidated => Event::InvalidationReported,
        }
    }
}

impl Issuance {
    /// Whether its card was found good, whatever became of it since.
    #[must_use]
    pub fn is_written(&self) -> bool {
        self.written_at.is_some()
    }

    /// Whether its card holds the record no more, so that the credential is free again.
    #[must_use]
    pub fn is_wiped(&self) -> bool {
        self.state == State::Wiped
    }

    /// The reports that are still to be sent, in order.
    pub fn due_reports(&self) -> impl Iterator<Item = Report> {
        let issued = self.written_at.is_some() && self.reported_at.is_none();
        let invalidated = self
            .invalidation
            .as_ref()
            .is_some_and(|invalidation| invalidation.invalidation_reported_at.is_none());
        let issued = issued.then_some(Report::Issued);
        issued
            .into_iter()
            .chain(invalidated.then_some(Report::Invalidated))
    }

    /// The id under which a report is sent, each time the same.
    #[must_use]
    pub fn message_id(&self, report: Report) -> Uuid {
        match (report, &self.invalidation) {
            (Report::Invalidated, Some(invalidation)) => invalidation.message_id,
            _ => self.issuance_id,
        }
    }

    /// What an event leads to. Nothing of `self` changes, so that the journal can be written first.
    ///
    /// # Errors
    /// When the event has no place in this state.
    pub fn after(&self, event: Event, at: Timestamp) -> Result<Self, Impossible> {
        let mut next = Self {
            state: self.state.next(event)?,
            ..self.clone()
        };
        let invalidated = || Invalidation {
            message_id: new_id(at),
            invalidated_at: at,
            invalidation_reported_at: None,
        };
        match event {
            Event::Verified => next.written_at = Some(at),
            Event::Reported => next.reported_at = Some(at),
            // A card that was never found good was handed to no guest, and its credential was not reported as issued.
            Event::Wiped if self.is_written() => {
                next.invalidation.get_or_insert_with(invalidated);
            }
            Event::Superseded => {
                next.invalidation.get_or_insert_with(invalidated);
            }
            Event::InvalidationReported => {
                if let Some(invalidation) = &mut next.invalidation {
                    invalidation.invalidation_reported_at = Some(at);
                }
            }
            Event::WriteBegins
            | Event::Interrupted
            | Event::GivenUp
            | Event::WipeBegins
            | Event::Wiped => {}
        }
        Ok(next)
    }

    /// The end of validity that its record holds, in seconds since 1970; `None` when it holds none.
    #[must_use]
    pub fn ends_at(&self) -> Option<i64> {
        Record::peek(&self.record).ok()?.ends_at
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

/// A time-ordered id. A clock from before 1970, as on a board whose battery is empty, is more than such an id can say, and must not
/// keep what happened out of the journal.
pub(crate) fn new_id(now: Timestamp) -> Uuid {
    if now < Timestamp::UNIX_EPOCH {
        Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, 0, 0))
    } else {
        Uuid::now_v7()
    }
}

fn as_text<S: serde::Serializer>(uid: &Uid, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(uid)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{Event, State, new_id};

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
    fn an_id_is_made_whatever_the_clock_says() {
        let times = [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX];
        let ids = times.map(|now| [new_id(now), new_id(now)]);
        for [one, other] in ids {
            assert_ne!(one, other);
        }
    }

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
