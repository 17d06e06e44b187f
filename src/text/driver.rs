//! After errors of drivers and of the channel to a card.

use cardbridge_drivers::contract::{ChannelError, DriverError};

use super::{Advice, Front, Hint};

impl Hint for ChannelError {
    fn advice(&self, at: Front) -> Advice {
        let hint = match self {
            Self::Removed => {
                "place the same card on the encoder again and leave it there until the job is done"
            }
            Self::Communication | Self::Unresponsive => {
                "remove the card, place it flat on the encoder, and wait"
            }
            Self::TooLong => {
                "use another card; this is a bug in cardbridge, please report it with this message"
            }
            Self::ReaderGone => {
                return at.say(
                    "check the encoder's USB plug, then run `cardbridge doctor`",
                    "check the encoder's USB plug",
                );
            }
        };
        hint.into()
    }
}

impl Hint for DriverError {
    fn advice(&self, at: Front) -> Advice {
        let hint = match self {
            Self::Channel(error) => return error.advice(at),
            Self::TooSmall {
                smallest: Some(smallest),
                ..
            } => {
                return format!("take a larger card: {smallest} is the smallest that holds it")
                    .into();
            }
            Self::TooSmall { smallest: None, .. } => {
                "no card that this desk can write holds it: issue the credential with fewer doors"
            }
            Self::Locked { .. } => "take another card; this one cannot be written at this desk",
            Self::NoSiteKeys { .. } => {
                return at.say("copy the property's site key file from another desk (the first one makes it: `cardbridge keys new --site`), or take a card that needs none", "take a card of another type: this desk has no keys for this one")
            }
            Self::TooLong { .. } => "issue the credential with fewer doors",
            Self::Reader { .. } => "use an encoder of another model, or another card",
            Self::Unsupported { .. } => return super::another_type(at),
            Self::Refused { .. } | Self::Malformed { .. } => {
                "remove the card, place it flat on the encoder and try again; if it happens again, take another card"
            }
        };
        hint.into()
    }
}
