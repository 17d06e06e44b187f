//! What a desk asks of the property's database, and what that answers.

use cardbridge_drivers::contract::Uid;
use uuid::Uuid;

use crate::issuance::elsewhere::{Elsewhere, Fence};
use crate::issuance::refusal::Refusal;
use crate::issuance::state::State;

/// What is to be taken.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Made before, so that it can be asked whether it was taken when the answer is lost.
    pub issuance_id: Uuid,
    /// The credential.
    pub acs_credential_id: String,
    /// The card; none where an encoder of Seam's writes it.
    pub card_uid: Option<Uid>,
    /// The encoder.
    pub encoder: String,
    /// Issuances of this desk that make way, and how they end.
    pub superseded: Vec<(Uuid, State)>,
}

/// What the policy says to what other desks have done: what it decides, and which of their issuances make way.
pub type Decide<'a, T> = dyn Fn(&[Elsewhere]) -> Result<(T, Vec<Uuid>), Refusal> + Send + Sync + 'a;

/// What was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken<T> {
    /// The number under which it is known.
    pub fence: Fence,
    /// What the policy has decided.
    pub decided: T,
}

/// Whether the first write may come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// It may.
    Yes,
    /// It was taken over meanwhile, by this desk.
    TakenOver(String),
}

/// What another desk has ended of this one's, or found out about its card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Which issuance.
    pub issuance_id: Uuid,
    /// Its number.
    pub fence: Fence,
    /// How it was ended.
    pub state: State,
    /// By which desk.
    pub desk: String,
}

/// How the property's database has an issuance that was shared with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// As it was shared.
    AsShared(Fence),
    /// Another desk has ended it.
    EndedElsewhere {
        /// The number under which it is known.
        fence: Fence,
        /// How it was ended.
        state: State,
        /// By which desk.
        desk: String,
    },
}
