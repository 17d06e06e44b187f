//! What is remembered of the card that a credential is on.

use uuid::Uuid;

/// The card that a credential was last issued on.
#[derive(Debug)]
pub(in crate::sim) struct LastCard {
    /// Which issuance of an agent made it; `None` when another encoder did, or when it is no longer good.
    pub(in crate::sim) issuance_id: Option<Uuid>,
    /// The credential's card number before any card.
    pub(in crate::sim) number_before: Option<String>,
}
