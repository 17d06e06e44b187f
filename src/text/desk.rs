//! After a card that did not become a good one, or a wipe that did not end with a blank one.

use cardbridge_drivers::contract::Others;

use super::{Advice, Front, Hint};
use crate::config::ConfigError;
use crate::desk::reading::Verdict;
use crate::desk::wipe::WipeError;
use crate::desk::{DeskError, IssueError};
use crate::issuance::refusal::Refusal;

impl Hint for IssueError {
    fn advice(&self, at: Front) -> Advice {
        let hint = match self {
            Self::Refused(refusal) => return refusal.advice(at),
            Self::Api(error) => return error.advice(at),
            Self::NotFound {
                issuance,
                confirmed_at: Some(_),
                ..
            } => {
                let card = issuance.card_uid;
                return at.say(
                    format!("place card {card} again in five minutes: it is then finished, or given up if the credential was deleted; to use it for another credential at once, add --overwrite"),
                    format!("place card {card} again in five minutes: it is then finished, or given up if the credential was deleted; or use it for another guest at once"),
                );
            }
            Self::NotFound {
                issuance,
                confirmed_at: None,
                ..
            } => {
                let card = issuance.card_uid;
                return at.say(
                    format!("check that SEAM_ENDPOINT and the API key are those of this property, then place card {card} again to finish it"),
                    format!("place card {card} again to finish it"),
                );
            }
            Self::CreationInDoubt(_) => return at.say(
                "run the same command again: it looks for the credential before it creates another",
                "try again: the credential is looked for before another one is created",
            ),
            Self::Resting(_) => "leave the card on the encoder: it goes on by itself",
            Self::NothingWaiting => {
                return at.say(
                    "create a card credential in Seam, or name one with --credential",
                    "create a card credential for the guest first",
                );
            }
            Self::Journal(error) => return error.advice(at),
            Self::Property(error) => return error.advice(at),
            Self::Unreadable(error) => return error.advice(at),
            Self::AtSeam(error) => return error.advice(at),
            Self::NotWiped(error) => return error.advice(at),
            Self::Interrupted { cause, issuance } => {
                return format!(
                    "place card {} again: it will be finished. ({})",
                    issuance.card_uid,
                    cause.advice(at)
                )
                .into();
            }
            Self::NotVerified { issuance } => {
                let card = issuance.card_uid;
                return at.say(
                    format!("place card {card} again to retry; if it happens again the card is worn out: take another one with --reissue"),
                    format!("place card {card} again to retry; if it happens again the card is worn out: take another one"),
                );
            }
        };
        hint.into()
    }
}

impl Hint for WipeError {
    fn advice(&self, at: Front) -> Advice {
        match self {
            Self::UnknownCard => super::another_type(at),
            Self::Foreign(others) => {
                let lost = Others::phrase(others);
                let lost = lost.as_deref().unwrap_or("its data");
                at.say(
                    format!("use another card, or write it with `cardbridge encode --overwrite` if {lost} may be lost"),
                    format!("use another card, or write over this one if {lost} may be lost"),
                )
            }
            Self::UnknownKeys => {
                at.say("take another card; if it is one of this property, compare `cardbridge keys show` with the other desks", "take another card; if it is one of this property, this desk lacks a key that other desks have")
            }
            Self::Valid { .. } => {
                at.say("make sure that this card is no longer in use, then wipe it with --yes", "make sure that this card is no longer in use, then wipe it")
            }
            Self::Beside { others, .. } => {
                let lost = Others::phrase(others);
                let lost = lost.as_deref().unwrap_or("its data");
                at.say(
                    format!("wipe it with --yes if {lost} may be lost too"),
                    format!("wipe it if {lost} may be lost too"),
                )
            }
            Self::Unreadable(error) => error.advice(at),
            Self::Journal(error) => error.advice(at),
            Self::Interrupted { cause, .. } => {
                let cause = cause.advice(at);
                at.say(
                    format!("place the card on the reader again and run `cardbridge wipe` to finish. ({cause})"),
                    format!("place the card on the reader again and wipe it to the end. ({cause})"),
                )
            }
            Self::NotBlank { .. } => {
                at.say("run `cardbridge wipe` with it again; if that does not help, destroy the card", "wipe it again; if that does not help, destroy the card")
            }
        }
    }
}

impl Hint for DeskError {
    fn advice(&self, at: Front) -> Advice {
        let hint = match self {
            Self::Issue(error) => return error.advice(at),
            Self::Wipe(error) => return error.advice(at),
            Self::Encoder(error)
            | Self::NoCard {
                trouble: Some(error),
                ..
            } => return error.advice(at),
            Self::Unreadable(error) => return error.advice(at),
            Self::NoCard { encoder, .. } => {
                let on = encoder.as_ref().map_or("the encoder", |encoder| &encoder.0);
                return format!("place a card on {on}, flat and in the middle, and try again")
                    .into();
            }
            Self::Busy { .. } => "wait until it is done, or cancel it",
            Self::NoneFree => "name an encoder, or wait until the other order is done",
            Self::OtherCard { wanted, .. } => {
                return format!("place card {wanted} on the encoder, and try again").into();
            }
            Self::Cancelled => "nothing was changed",
            Self::Left { issuance } => {
                return format!("place card {} again to finish it", issuance.card_uid).into();
            }
            Self::NotAwaited { .. } => {
                return at.say(
                    "remove the card; `cardbridge history` says whether its credential is on another one now",
                    "remove the card; the history says whether the guest has another one now",
                );
            }
            Self::Stopped | Self::Over => {
                return at.say(
                    "nothing was changed; run the same command again",
                    "nothing was changed; try again",
                );
            }
            Self::StoppedCreating => return at.say(
                "run the same command again: it looks for the credential before it creates another",
                "try again: the credential is looked for before another one is created",
            ),
            Self::NotNoted(error) => {
                let cause = error.advice(at);
                return at.say(
                    format!("keep the card; {cause}, and run the same command with it: it will be recognised"),
                    format!("keep the card, and place it again later: it will be recognised. ({cause})"),
                );
            }
            Self::NoHolder { .. } => "create a credential for the guest in Seam",
            Self::SearchTimedOut => "try again, with more of the name or the number",
            Self::Unsupported { .. } => "use another encoder",
            Self::Lacks(_) => return at.upkeep("open it with what it lacks"),
        };
        hint.into()
    }
}

impl Hint for Verdict {
    fn advice(&self, at: Front) -> Advice {
        match self {
            Self::Genuine(_) | Self::GenuineBeside { .. } | Self::Blank => {
                "nothing is wrong with it".into()
            }
            Self::NotChecked => ConfigError::NoRecordKey.advice(at),
            Self::NotGenuine(error) => error.advice(at),
            Self::Superseded { acs_credential_id } => {
                let acs_credential_id = acs_credential_id.clone();
                Refusal::Superseded { acs_credential_id }.advice(at)
            }
            Self::Unwritable(error) | Self::Unreadable(error) => error.advice(at),
            Self::Torn { begun_for: Some(id) } => at.say(
                format!("place it on the reader again with `cardbridge encode --credential {id}` or `cardbridge run` to finish it"),
                "finish it for the guest it was begun for",
            ),
            Self::Torn { begun_for: None } => at.say(
                "write it again with `cardbridge encode`: the journal of this desk has nothing unfinished for it",
                "write it again: this desk has nothing unfinished for it",
            ),
            Self::KeysUnknown { has_site_keys: false } => {
                "if it is one of this property, copy the property's site key file from another desk; else take another card".into()
            }
            Self::KeysUnknown { has_site_keys: true } => WipeError::UnknownKeys.advice(at),
            Self::Foreign(_) => at.say(
                "use another card, or write it with `cardbridge encode --overwrite` if its data may be lost",
                "use another card, or write over this one if its data may be lost",
            ),
            Self::Unknown => super::another_type(at),
        }
    }
}
