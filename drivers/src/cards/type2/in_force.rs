//! What a tag has been shown since it was last selected, kept with the channel from one operation to the next.

use crate::contract::{CardChannel, CardKeys, Session, Uid};

use super::models::Chip;

/// What is in force on one tag until it is selected again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct InForce {
    uid: Uid,
    pub(super) chip: &'static Chip,
    /// The secret that it was shown, if it was shown one: its protected pages are open.
    pub(super) keys: Option<CardKeys>,
}

impl InForce {
    /// What is known of this tag, which is to be kept again.
    pub(super) fn take(card: &mut dyn CardChannel, uid: Uid) -> Option<Self> {
        let known: Self = card.session().and_then(Session::take)?;
        (known.uid == uid).then_some(known)
    }

    /// Keeps what is known of this tag.
    pub(super) fn keep(
        card: &mut dyn CardChannel,
        uid: Uid,
        chip: &'static Chip,
        keys: Option<CardKeys>,
    ) {
        if let Some(session) = card.session() {
            session.keep(Self { uid, chip, keys });
        }
    }
}
