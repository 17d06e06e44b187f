//! After a refusal: nothing has changed, and something has to be different before the next try.

use cardbridge_drivers::contract::Others;
use cardbridge_drivers::profiles;

use super::{Advice, Hint};
use crate::config::ConfigError;
use crate::issuance::refusal::Refusal;

impl Hint for Refusal {
    fn hint(&self) -> Advice {
        let hint = match self {
            Self::NotACard { .. } => "choose a credential whose access method is card",
            Self::Ended { .. } => {
                "extend the stay (`cardbridge credentials update --ends-at …`), then try again"
            }
            Self::NotATime(error) => return error.hint(),
            Self::BeingDeleted => "create a new credential for this guest",
            Self::HasErrors(_) => "fix what Seam reports, or create a new credential",
            Self::AlreadyIssued { .. } | Self::AlreadyWritten { .. } => {
                "if the guest lost that card or needs it again, issue it again with --reissue"
            }
            Self::NoRecordKey => return ConfigError::NoRecordKey.hint(),
            Self::BeingIssued => "wait until the other encoder is done",
            Self::Unsealable(error) => return error.hint(),
            Self::Contradictory(profiles::Refusal::WindowReversed { .. }) => {
                "correct ends_at with `cardbridge credentials update`, then try again"
            }
            Self::Contradictory(refusal) => return refusal.hint().into(),
            Self::RandomUid(_) | Self::UnknownCard => super::ANOTHER_TYPE,
            Self::Foreign(others) => {
                let lost = Others::phrase(others);
                let lost = lost.as_deref().unwrap_or("what is on this one");
                return overwrite(lost).into();
            }
            Self::Beside { others, .. } => {
                let lost = Others::phrase(others);
                let lost = lost.as_deref().unwrap_or(Others::beside(others));
                return overwrite(&format!("the credential and {lost}")).into();
            }
            Self::Unverified(_) => return overwrite("what is on this one").into(),
            Self::Superseded { .. } => {
                "wipe it with `cardbridge wipe`: until then it opens what its record says; or write it with --overwrite"
            }
            Self::HoldsAnother { .. } => {
                "check that no guest uses this card any more, then write it with --overwrite, or take another card"
            }
            Self::Card(error) => return error.hint(),
            Self::KeyVersionMissing { version, .. } => {
                return format!(
                    "put version {version} back into the site key file, from another desk or the copy in the safe (`cardbridge keys show` compares), then place the card on the reader again; until then take another one, with --reissue if this one was begun"
                )
                .into();
            }
            Self::BeingWritten { card_uid } => {
                return format!(
                    "wait until card {card_uid} is finished, or stop the cardbridge that is writing it; then run the same command again"
                )
                .into();
            }
            Self::OpenOnAnotherCard { card_uid } => {
                return format!(
                    "place card {card_uid} again to finish it, or give it up and use this card with --reissue"
                )
                .into();
            }
            Self::BeingWiped { card_uid } => {
                return format!(
                    "place card {card_uid} on the reader with `cardbridge wipe`, or use another card with --reissue"
                )
                .into();
            }
            Self::OpenForAnotherCredential { acs_credential_id } => {
                return format!(
                    "finish it with `cardbridge encode --credential {acs_credential_id}`, or give it up with --overwrite"
                )
                .into();
            }
        };
        hint.into()
    }
}

fn overwrite(lost: &str) -> String {
    format!("use another card, or add --overwrite if {lost} may be lost")
}
