//! A card is read once, and known from then on until something is done with it.

use std::sync::Arc;

use cardbridge_drivers::contract::{CardChannel, ChannelError};

use crate::encoder::CardSession;
use crate::issuance::CardSettings;
use crate::issuance::inspect::{Sight, examine};

/// What a card is and holds, as one who has these keys sees it.
#[derive(Debug)]
pub(super) struct Known {
    setup: Arc<CardSettings>,
    pub(super) sight: Sight,
}

/// What is known of a card, which is read unless nothing was done with it since that was last done.
pub(super) async fn known(
    card: &CardSession,
    setup: &Arc<CardSettings>,
) -> Result<Arc<Known>, ChannelError> {
    if let Some(known) = card.learnt::<Known>()
        && Arc::ptr_eq(&known.setup, setup)
    {
        return Ok(known);
    }
    let setup = Arc::clone(setup);
    let read = move |channel: &mut dyn CardChannel| Known {
        sight: examine(channel, &setup.drivers, setup.keys.all()),
        setup,
    };
    card.learn(read, |known| known.sight.seen.is_ok()).await
}
