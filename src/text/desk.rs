//! After a card that did not become a good one, or a wipe that did not end with a blank one.

use cardbridge_drivers::contract::Others;

use super::{Advice, Hint};
use crate::desk::wipe::WipeError;
use crate::desk::{DeskError, IssueError};

impl Hint for IssueError {
    fn hint(&self) -> Advice {
        let hint = match self {
            Self::Refused(refusal) => return refusal.hint(),
            Self::Api(error) => return error.hint(),
            Self::NotFound {
                issuance,
                confirmed_at: Some(_),
                ..
            } => {
                return format!(
                    "place card {} again in five minutes: it is then finished, or given up if the credential was deleted; to use it for another credential at once, add --overwrite",
                    issuance.card_uid
                )
                .into();
            }
            Self::NotFound {
                issuance,
                confirmed_at: None,
                ..
            } => {
                return format!(
                    "check that SEAM_ENDPOINT and the API key are those of this property, then place card {} again to finish it",
                    issuance.card_uid
                )
                .into();
            }
            Self::CreationInDoubt(_) => {
                "run the same command again: it looks for the credential before it creates another"
            }
            Self::Resting(_) => "leave the card on the encoder: it goes on by itself",
            Self::NothingWaiting => {
                "create a card credential in Seam, or name one with --credential"
            }
            Self::Journal(error) => return error.hint(),
            Self::Unreadable(error) => return error.hint(),
            Self::NotWiped(error) => return error.hint(),
            Self::Interrupted { cause, issuance } => {
                return format!(
                    "place card {} again: it will be finished. ({})",
                    issuance.card_uid,
                    cause.hint()
                )
                .into();
            }
            Self::NotVerified { issuance } => {
                return format!(
                    "place card {} again to retry; if it happens again the card is worn out: take another one with --reissue",
                    issuance.card_uid
                )
                .into();
            }
        };
        hint.into()
    }
}

impl Hint for WipeError {
    fn hint(&self) -> Advice {
        let hint = match self {
            Self::UnknownCard => super::ANOTHER_TYPE,
            Self::Foreign(others) => {
                let lost = Others::phrase(others);
                let lost = lost.as_deref().unwrap_or("its data");
                return format!(
                    "use another card, or write it with `cardbridge encode --overwrite` if {lost} may be lost"
                )
                .into();
            }
            Self::UnknownKeys => {
                "take another card; if it is one of this property, compare `cardbridge keys show` with the other desks"
            }
            Self::Valid { .. } => {
                "make sure that this card is no longer in use, then wipe it with --yes"
            }
            Self::Beside { others, .. } => {
                let lost = Others::phrase(others);
                let lost = lost.as_deref().unwrap_or("its data");
                return format!("wipe it with --yes if {lost} may be lost too").into();
            }
            Self::Unreadable(error) => return error.hint(),
            Self::Journal(error) => return error.hint(),
            Self::Interrupted { cause, .. } => {
                return format!(
                    "place the card on the reader again and run `cardbridge wipe` to finish. ({})",
                    cause.hint()
                )
                .into();
            }
            Self::NotBlank { .. } => {
                "run `cardbridge wipe` with it again; if that does not help, destroy the card"
            }
        };
        hint.into()
    }
}

impl Hint for DeskError {
    fn hint(&self) -> Advice {
        let hint = match self {
            Self::Issue(error) => return error.hint(),
            Self::Wipe(error) => return error.hint(),
            Self::Encoder(error)
            | Self::NoCard {
                trouble: Some(error),
                ..
            } => return error.hint(),
            Self::Unreadable(error) => return error.hint(),
            Self::NoCard { encoder, .. } => {
                let on = encoder.as_ref().map_or("the encoder", |encoder| &encoder.0);
                return format!("place a card on {on}, flat and in the middle, and try again")
                    .into();
            }
            Self::Busy { .. } => "wait until it is done, or cancel it",
            Self::OtherCard { wanted, .. } => {
                return format!("place card {wanted} on the encoder, and try again").into();
            }
            Self::Cancelled => "nothing was changed",
            Self::Stopped | Self::Over => "nothing was changed; run the same command again",
            Self::StoppedCreating => {
                "run the same command again: it looks for the credential before it creates another"
            }
            Self::NotNoted(error) => {
                return format!(
                    "keep the card; {}, and run the same command with it: it will be recognised",
                    error.hint()
                )
                .into();
            }
            Self::Unsupported { .. } => "use another encoder",
            Self::Lacks(_) => "open it with what it lacks",
        };
        hint.into()
    }
}
