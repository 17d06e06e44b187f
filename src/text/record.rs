//! After errors of the record on a card.

use cardbridge_drivers::record::RecordError;

use super::{Advice, Front, Hint};

impl Hint for RecordError {
    fn advice(&self, at: Front) -> Advice {
        let hint = match self {
            Self::RandomUid => "take a card with a fixed UID; this one shows another each time",
            Self::TooLong { .. } | Self::NotOurs => {
                "take a blank card, or overwrite this one if it is not needed for anything else"
            }
            Self::Malformed(_) => "do not hand this card out; write it again or take another card",
            Self::UnsupportedAlgorithm | Self::NewerLayout { .. } => {
                "update cardbridge on this desk; a newer version wrote this card"
            }
            Self::UnknownKey { .. } => {
                return at.say(
                    "add the record key with this id to the configuration, or take a blank card",
                    "take a blank card; this desk lacks the key of this one",
                );
            }
            Self::DoesNotVerify => {
                "do not trust this card; issue the credential on a blank one, and check that all desks have the same record key"
            }
            Self::Encoding { .. } => "report this with the credential's id; no card was touched",
            // Errors of records may grow without notice: they are for those who read cards elsewhere, too.
            _ => "do not trust this card, and update cardbridge on this desk",
        };
        hint.into()
    }
}
