//! After a refusal: nothing has changed, and something has to be different before the next try.

use cardbridge_drivers::contract::Others;
use cardbridge_drivers::profiles;

use super::{Advice, Front, Hint};
use crate::config::ConfigError;
use crate::issuance::refusal::Refusal;

impl Hint for Refusal {
    fn advice(&self, at: Front) -> Advice {
        let hint = match self {
            Self::NotACard { .. } => "choose a credential whose access method is card",
            Self::NothingBehind { .. } => "wait until Seam is ready to have the card encoded, then try again",
            Self::Ended { .. } => {
                return at.say("extend the stay (`cardbridge credentials update --ends-at …`), then try again", "extend the stay, then try again")
            }
            Self::NotATime(error) => return error.advice(at),
            Self::BeingDeleted => "create a new credential for this guest",
            Self::HasErrors(_) => "fix what Seam reports, or create a new credential",
            Self::AlreadyIssued { .. } | Self::AlreadyWritten { .. } => {
                return at.say("if the guest lost that card or needs it again, issue it again with --reissue", "if the guest lost that card or needs it again, issue it again")
            }
            Self::NoRecordKey => return ConfigError::NoRecordKey.advice(at),
            Self::BeingIssued => "wait until the other encoder is done",
            Self::BeingIssuedElsewhere { desk } => {
                return format!("take the card that {desk} writes; if it does not, try again in a minute").into();
            }
            Self::TakenOver { desk } => {
                return format!("take the card that {desk} has written, or is writing").into();
            }
            Self::BeingWrittenElsewhere { desk, .. } => {
                return format!("take another card, or wait until {desk} is done with this one").into();
            }
            Self::OpenElsewhere { card_uid, desk } => {
                return at.say(
                    format!("place card {card_uid} on the encoder of {desk} to finish it, or give it up and use this card with --reissue"),
                    format!("place card {card_uid} on the encoder of {desk} to finish it, or give it up and use this card"),
                );
            }
            Self::CardOpenElsewhere { desk, .. } => {
                return at.say(
                    format!("place this card on the encoder of {desk} to finish it, or take another card; give it up with --overwrite"),
                    format!("place this card on the encoder of {desk} to finish it, or take another card"),
                );
            }
            Self::AskedOfSeam { encoder } => {
                return at.say(
                    format!("wait a minute and try again; if the card on {encoder} was not written, give that up with --reissue"),
                    format!("wait a minute and try again; if the card on {encoder} was not written, issue it again"),
                );
            }
            Self::EncoderOfAnotherSystem { .. } => {
                "use an encoder of the credential's access system, or a reader of this machine"
            }
            Self::Unsealable(error) => return error.advice(at),
            Self::Contradictory(profiles::Refusal::WindowReversed { .. }) => {
                return at.say("correct ends_at with `cardbridge credentials update`, then try again", "correct the end of the stay, then try again")
            }
            Self::Contradictory(refusal) => return refusal.hint().into(),
            Self::RandomUid(_) | Self::UnknownCard => return super::another_type(at),
            Self::Foreign(others) => {
                let lost = Others::phrase(others);
                let lost = lost.as_deref().unwrap_or("what is on this one");
                return overwrite(lost, at);
            }
            Self::Beside { others, .. } => {
                let lost = Others::phrase(others);
                let lost = lost.as_deref().unwrap_or(Others::beside(others));
                return overwrite(&format!("the credential and {lost}"), at);
            }
            Self::Unverified(_) => return overwrite("what is on this one", at),
            Self::Superseded { .. } => {
                return at.say("wipe it with `cardbridge wipe`: until then it opens what its record says; or write it with --overwrite", "wipe it: until then it opens what its record says; or write over it")
            }
            Self::HoldsAnother { .. } => {
                return at.say("check that no guest uses this card any more, then write it with --overwrite, or take another card", "check that no guest uses this card any more, then write over it, or take another card")
            }
            Self::Card(error) => return error.advice(at),
            Self::KeyVersionMissing { version, .. } => {
                return at.say(
                    format!("put version {version} back into the site key file, from another desk or the copy in the safe (`cardbridge keys show` compares), then place the card on the reader again; until then take another one, with --reissue if this one was begun"),
                    format!("take another card; this desk lacks version {version} of the site key"),
                );
            }
            Self::BeingWritten { card_uid } => {
                return at.say(
                    format!("wait until card {card_uid} is finished, or stop the cardbridge that is writing it; then run the same command again"),
                    format!("wait until card {card_uid} is finished, then try again"),
                );
            }
            Self::OpenOnAnotherCard { card_uid } => {
                return at.say(
                    format!("place card {card_uid} again to finish it, or give it up and use this card with --reissue"),
                    format!("place card {card_uid} again to finish it, or give it up and use this card"),
                );
            }
            Self::BeingWiped { card_uid } => {
                return at.say(
                    format!("place card {card_uid} on the reader with `cardbridge wipe`, or use another card with --reissue"),
                    format!("place card {card_uid} on the reader to wipe it to the end, or issue another card"),
                );
            }
            Self::OpenForAnotherCredential { acs_credential_id } => {
                return at.say(
                    format!("finish it with `cardbridge encode --credential {acs_credential_id}`, or give it up with --overwrite"),
                    format!("finish it for credential {acs_credential_id}, or give that up and write over it"),
                );
            }
        };
        hint.into()
    }
}

fn overwrite(lost: &str, at: Front) -> Advice {
    at.say(
        format!("use another card, or add --overwrite if {lost} may be lost"),
        format!("use another card, or write over this one if {lost} may be lost"),
    )
}
