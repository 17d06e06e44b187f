//! What happens at the encoders.

use super::{CardSession, EncoderError, EncoderName};

/// What happens at the encoders, in the order in which it happens.
///
/// Every [`Added`](Self::Added) is followed by one [`Removed`](Self::Removed); every
/// [`CardPlaced`](Self::CardPlaced) by one [`CardRemoved`](Self::CardRemoved) or [`Stuck`](Self::Stuck) before the next
/// card on that encoder.
#[derive(Debug)]
pub enum EncoderEvent {
    /// A reader is there.
    Added(EncoderName),
    /// A reader is gone.
    Removed(EncoderName),
    /// A card is on a reader, is powered and held. Drop the session to let other programs have the card.
    CardPlaced(CardSession),
    /// A card that was released but not removed is held again, on request: see
    /// [`Encoders::take_again`](super::Encoders::take_again). Another program may have changed what is on it.
    CardTaken(CardSession),
    /// The card was removed; its session no longer answers.
    CardRemoved(EncoderName),
    /// A card is there but could not be powered, or another program has it, or it is none that an encoder works on. In the second case
    /// [`CardPlaced`](Self::CardPlaced) follows when that program releases it.
    CardUnreadable(EncoderName, EncoderError),
    /// A command has not come back in time; the card's thread was given up, and the session with it. When the encoder
    /// answers again, a card that is still there is announced again.
    Stuck(EncoderName),
    /// The PC/SC service stopped answering; it is being looked for.
    ServiceLost,
    /// The PC/SC service is back; every reader is announced again.
    ServiceBack,
}
