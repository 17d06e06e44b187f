//! One issuance as the journal knows it: what it is to bring onto which card, and what has become of it.
//!
//! What it is to do is fixed before the first write. What becomes of it changes only by [`Issuance::after`], which asks the
//! [state machine](super::state).

use std::ops::Deref;

use cardbridge_drivers::contract::Uid;
use cardbridge_drivers::keys::KeyVersion;
use cardbridge_drivers::record::Record;
use jiff::Timestamp;
use tracing::Span;
use uuid::Uuid;

use super::state::{Event, Impossible, State};

/// Whether a credential goes onto a card for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The first card of this credential.
    First,
    /// The credential was on a card before.
    Again,
}

/// What an issuance is to bring onto which card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// A time-ordered UUID; also the id of the report, so that a receiver sees each issuance once.
    pub issuance_id: Uuid,
    /// The credential.
    pub acs_credential_id: String,
    /// The card.
    pub card_uid: Uid,
    /// The number that the card is to hold.
    pub card_number: String,
    /// The card's model, such as `ntag215`.
    pub card_type: String,
    /// The driver that writes it.
    pub driver: String,
    /// How Seam named the credential to people when it was claimed, such as "Room 101". For this desk alone: it is neither on
    /// the card nor in the report.
    pub display_name: Option<String>,
    /// The encoder on which it began.
    pub encoder: String,
    /// When it was claimed.
    pub claimed_at: Timestamp,
    /// The bytes for the card, fixed before the first write.
    pub record: Vec<u8>,
    /// The site key version that the card carries once it is whole; `None` when it is written under no key.
    pub key_version: Option<KeyVersion>,
    /// Other versions that the card may still carry until then.
    pub earlier_keys: Vec<KeyVersion>,
    /// First card or another one.
    pub kind: Kind,
    /// The `created_at` of every warning `needs_to_be_reissued` that the credential had when it was claimed: this card answers
    /// them. `None` in an entry made before they were noted.
    pub answers: Option<Vec<String>>,
    /// Whether it was allowed to lose what was on the card.
    pub overwrite: bool,
    /// What the report says of the credential besides its id.
    pub origin: Origin,
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

/// What has become of an issuance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Course {
    pub(super) state: State,
    pub(super) written_at: Option<Timestamp>,
    pub(super) reported_at: Option<Timestamp>,
    pub(super) invalidation: Option<Invalidation>,
}

/// That a card which was good no longer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalidation {
    /// The id of the report. It is not the issuance's, under which a receiver has seen the first report.
    pub message_id: Uuid,
    /// When the card was found wiped or superseded.
    pub invalidated_at: Timestamp,
    /// When the last sink took the report.
    pub invalidation_reported_at: Option<Timestamp>,
}

/// What is reported to the outside world about an issuance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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

/// One issuance, as the journal has it. What its [`Plan`] says can be read from it, but not changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuance {
    plan: Plan,
    course: Course,
}

impl Deref for Issuance {
    type Target = Plan;

    fn deref(&self) -> &Plan {
        &self.plan
    }
}

impl Issuance {
    /// What every line of the log that belongs to it is marked with.
    #[must_use]
    pub fn span(&self) -> Span {
        tracing::error_span!("issuance", issuance_id = %self.issuance_id)
    }

    /// One that is about to take its credential and its card.
    #[must_use]
    pub fn claiming(plan: Plan) -> Self {
        let course = Course {
            state: State::Claiming,
            written_at: None,
            reported_at: None,
            invalidation: None,
        };
        Self { plan, course }
    }

    /// One that the journal holds.
    pub(super) fn restored(plan: Plan, course: Course) -> Self {
        Self { plan, course }
    }

    /// Its state.
    #[must_use]
    pub fn state(&self) -> State {
        self.course.state
    }

    /// When the card was read back and found good.
    #[must_use]
    pub fn written_at(&self) -> Option<Timestamp> {
        self.course.written_at
    }

    /// When the last sink took the report that it was issued.
    #[must_use]
    pub fn reported_at(&self) -> Option<Timestamp> {
        self.course.reported_at
    }

    /// That its card is no longer good. There only when something is to be reported: a card that was never found good needs
    /// no such report when it is wiped.
    #[must_use]
    pub fn invalidation(&self) -> Option<&Invalidation> {
        self.course.invalidation.as_ref()
    }

    /// Whether its card was found good, whatever became of it since.
    #[must_use]
    pub fn is_written(&self) -> bool {
        self.course.written_at.is_some()
    }

    /// Whether its card no longer holds the record, so that the credential is free again.
    #[must_use]
    pub fn is_wiped(&self) -> bool {
        self.course.state == State::Wiped
    }

    /// The reports that are still to be sent, in order.
    pub fn due_reports(&self) -> impl Iterator<Item = Report> + use<> {
        let issued = self.is_written() && self.course.reported_at.is_none();
        let invalidated = self
            .invalidation()
            .is_some_and(|invalidation| invalidation.invalidation_reported_at.is_none());
        let issued = issued.then_some(Report::Issued);
        issued
            .into_iter()
            .chain(invalidated.then_some(Report::Invalidated))
    }

    /// The id under which a report is sent, each time the same.
    #[must_use]
    pub fn message_id(&self, report: Report) -> Uuid {
        match (report, self.invalidation()) {
            (Report::Invalidated, Some(invalidation)) => invalidation.message_id,
            _ => self.issuance_id,
        }
    }

    /// What an event leads to. Nothing of `self` changes, so that the journal can be written first.
    ///
    /// # Errors
    /// When the event has no place in this state.
    pub fn after(&self, event: Event, at: Timestamp) -> Result<Self, Impossible> {
        let mut next = self.clone();
        let course = &mut next.course;
        course.state = course.state.next(event)?;
        let invalidated = || Invalidation {
            message_id: new_id(at),
            invalidated_at: at,
            invalidation_reported_at: None,
        };
        match event {
            Event::Verified => course.written_at = Some(at),
            Event::Reported => course.reported_at = Some(at),
            // A card that was never found good was handed to no guest, and its credential was not reported as issued.
            Event::Wiped if self.is_written() => {
                course.invalidation.get_or_insert_with(invalidated);
            }
            Event::Superseded => {
                course.invalidation.get_or_insert_with(invalidated);
            }
            Event::InvalidationReported => {
                if let Some(invalidation) = &mut course.invalidation {
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

    /// The same under other site keys: what it is about to leave on its card, and what may still be there.
    pub(super) fn under_keys(&self, version: Option<KeyVersion>, earlier: Vec<KeyVersion>) -> Self {
        let mut next = self.clone();
        next.plan.key_version = version;
        next.plan.earlier_keys = earlier;
        next
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
        self.plan
            .answers
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

/// A time-ordered id. A clock from before 1970, as on a board whose battery is empty, is more than such an id can say, and must not
/// keep what happened out of the journal.
pub(crate) fn new_id(now: Timestamp) -> Uuid {
    if now < Timestamp::UNIX_EPOCH {
        Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, 0, 0))
    } else {
        Uuid::now_v7()
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::new_id;

    #[test]
    fn an_id_is_made_whatever_the_clock_says() {
        let times = [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX];
        let ids = times.map(|now| [new_id(now), new_id(now)]);
        for [one, other] in ids {
            assert_ne!(one, other);
        }
    }
}
