//! What other desks of the property have done with a credential or a card, as far as it concerns this one.

use cardbridge_drivers::contract::Uid;
use jiff::Timestamp;
use uuid::Uuid;

use super::state::State;

/// The number under which the property's database has an issuance. A later claim has a greater one, whichever desk it is of: a desk that
/// was overtaken is known by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fence(i64);

impl Fence {
    /// As the database gives it.
    #[must_use]
    pub fn new(number: i64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> i64 {
        self.0
    }
}

/// One issuance of another desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// Its id.
    pub issuance_id: Uuid,
    /// Its number.
    pub fence: Fence,
    /// How people call the desk.
    pub desk: String,
    /// The credential.
    pub acs_credential_id: String,
    /// The card; none where an encoder of Seam's writes it.
    pub card_uid: Option<Uid>,
    /// The number of the card, once it is known.
    pub card_number: Option<String>,
    /// The encoder.
    pub encoder: String,
    /// Its state.
    pub state: State,
    /// When the card was found good, by that desk's clock.
    pub written_at: Option<Timestamp>,
    /// The warnings `needs_to_be_reissued` that the card answers; none where that is not known.
    pub answers: Option<Vec<String>>,
    /// Whether its card may have been written.
    pub is_begun: bool,
    /// Whether that desk may be at it this moment, by the clock of the database.
    pub is_leased: bool,
}

impl Elsewhere {
    /// Whether its credential and its card are taken, and the card is not yet known to be good.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.state, State::Claiming | State::Writing | State::Torn)
    }
}

/// The issuance whose card this is, if its credential has gone onto another card since, or it is known to be no longer its credential's.
/// `cards` are all of the credential, of whatever desk, the newest first.
#[must_use]
pub fn superseding<'a>(cards: &'a [Elsewhere], card_uid: &Uid) -> Option<&'a Elsewhere> {
    let is_here = |one: &Elsewhere| one.card_uid == Some(*card_uid);
    let at = cards.iter().position(|one| is_here(one) && one.is_begun)?;
    let (newer, here) = (&cards[..at], &cards[at]);
    let is_elsewhere = newer
        .iter()
        .any(|one| one.written_at.is_some() && !is_here(one));
    (is_elsewhere || here.state == State::Superseded).then_some(here)
}
