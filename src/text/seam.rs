//! After errors of the Seam API and of the settings of its client.

use super::{Advice, Front, Hint, UPKEEP};
use crate::seam::{
    ActionAttemptErrorType, ApiError, AttemptError, Call, Effect, SeamError, SettingsError,
    UnreadableTime,
};

const NOT_THE_API: &str = "check that the endpoint (SEAM_ENDPOINT) is a Seam API and that no proxy or captive portal answers in its place";

impl Hint for SeamError {
    fn advice(&self, at: Front) -> Advice {
        let hint = match self {
            Self::Settings(error) => return error.advice(at),
            Self::Attempt(error) => return error.advice(at),
            Self::Refused(error) if !self.may_have_happened() => return error.advice(at),
            Self::Unreachable { cause, .. } if cause.is_mistrust() => {
                return at.upkeep("check the clock of this machine; if a proxy intercepts TLS, install its CA certificate for the whole system; otherwise the certificate does not match the endpoint (SEAM_ENDPOINT)")
            }
            Self::Unreachable { .. } => {
                return at.say("check the network of this machine, the endpoint (SEAM_ENDPOINT) and the proxy, then try again", "check the network of this machine, then try again")
            }
            Self::Tls(_) => {
                return at.upkeep("install the system's CA certificates (package ca-certificates), then try again")
            }
            Self::Unsendable { .. } => {
                "this is a bug in cardbridge; please report it with this message"
            }
            Self::Refused(_)
            | Self::Interrupted { .. }
            | Self::TimedOut { .. }
            | Self::Unusable { .. } => return self
                .call()
                .map_or(Advice::from("try again"), |call| after_doubt(call, self, at)),
        };
        hint.into()
    }
}

/// What to do after an answer that leaves open whether the call took effect.
fn after_doubt(call: Call, error: &SeamError, at: Front) -> Advice {
    if let SeamError::Unusable { status, .. } = error {
        match status {
            300..=399 => {
                return at.upkeep("set the endpoint (SEAM_ENDPOINT) to the address of the API itself; redirects are not followed, they could carry the key away");
            }
            400..=499 => return at.upkeep(NOT_THE_API),
            _ => {}
        }
    }
    let hint = match call.effect() {
        Effect::Read if error.odd().is_some() => {
            "give this message to Seam's support; nothing else is affected by it"
        }
        Effect::Read if matches!(error, SeamError::Unusable { .. }) => {
            return at.upkeep(NOT_THE_API);
        }
        Effect::Read => "check the network of this machine, then try again",
        Effect::Create => {
            "it may have been created: list by acs_user_id (or by the e-mail address for a user) before you create again, or there may be two"
        }
        Effect::Change => "it may have happened: look at the object before you try again",
        Effect::Act => {
            "it may have begun: look at the credential and at the action attempts before you try again"
        }
    };
    hint.into()
}

impl Hint for ApiError {
    fn advice(&self, at: Front) -> Advice {
        let hint = match (self.status, self.error_type.as_deref()) {
            (401, _) => {
                return at.upkeep("check the API key: it is wrong, was revoked, or belongs to another workspace")
            }
            (403, _) => {
                return at.upkeep("use a key that may do this: an API key of the workspace, or a token of one of its members")
            }
            (404, Some(kind)) if kind.ends_with("_not_found") => {
                "check the id: there is no such thing in this workspace, or it was deleted"
            }
            (404 | 405, _) => return at.upkeep("check that the endpoint (SEAM_ENDPOINT) is a Seam API"),
            (429, _) => {
                "wait a little, then try again; the workspace sends more requests than Seam allows"
            }
            (400, Some("missing_workspace_id")) => {
                return at.upkeep("set SEAM_WORKSPACE_ID to the id of the workspace");
            }
            (400..=499, _) => "correct what the message names, then try again",
            _ => {
                "try again in a few minutes; if it stays, see status.seam.co and give the request id to Seam's support"
            }
        };
        hint.into()
    }
}

impl Hint for SettingsError {
    fn advice(&self, at: Front) -> Advice {
        if at == Front::Page {
            return UPKEEP.into();
        }
        let hint = match self {
            Self::EndpointInTheClear(_) => {
                "use https; plain http is for this machine only (127.0.0.1, ::1, localhost)"
            }
            Self::EndpointUnreadable(_)
            | Self::EndpointScheme(_)
            | Self::EndpointWithCredentials
            | Self::EndpointWithQuery => {
                "set the endpoint (SEAM_ENDPOINT) to the address of the API alone, such as https://connect.getseam.com"
            }
            Self::ProxyUnreadable { .. } => {
                "write it as http://user:password@host:port, with special characters of the password escaped: # as %23, / as %2F, \\ as %5C, @ as %40"
            }
            Self::KeyEmpty
            | Self::KeyUnreadable
            | Self::KeyWithoutPrefix
            | Self::KeyOfAnotherKind(_) => {
                "copy an API key of the workspace from the Seam Console into SEAM_API_KEY"
            }
            Self::TokenGivenAsKey => {
                "set SEAM_PERSONAL_ACCESS_TOKEN to the token and SEAM_WORKSPACE_ID to the workspace"
            }
            Self::TokenWithoutPrefix => {
                "copy a personal access token from the Seam Console into SEAM_PERSONAL_ACCESS_TOKEN, or an API key into SEAM_API_KEY"
            }
            Self::WorkspaceMissing | Self::WorkspaceUnreadable => {
                "set SEAM_WORKSPACE_ID to the id of the workspace"
            }
        };
        hint.into()
    }
}

impl Hint for AttemptError {
    fn advice(&self, _: Front) -> Advice {
        use ActionAttemptErrorType as Type;
        let Self::Failed { failure, .. } = self else {
            return "look at the action attempt and at the credential before you start another: it may still end well".into();
        };
        let hint = match failure.error_type {
            Type::NoCredentialOnEncoder => "place a card on the encoder and start again",
            Type::EncodingInterrupted => {
                "place the same card on the encoder again, leave it there until it is done, and start again"
            }
            Type::IncompatibleCardFormat => {
                "take a card of a type that the access system writes, and start again"
            }
            Type::CredentialCannotBeReissued => "create a new credential for this card",
            Type::CredentialDeleted => "create the credential again: it was deleted",
            Type::CredentialNotFound => {
                "check the card number: the access system does not know this card"
            }
            Type::EncoderNotOnline | Type::EncoderCommunicationTimeout => {
                "check that the access system's encoder is switched on and connected, then start again"
            }
            Type::BridgeDisconnected => {
                "check that Seam Bridge runs at the property, then start again"
            }
            Type::ActionAttemptExpired => {
                "start again, and place the card on the encoder within the time"
            }
            Type::UncategorizedError | Type::Unknown(_) => {
                "look at the credential in the access system, then start again"
            }
        };
        hint.into()
    }
}

impl Hint for UnreadableTime {
    fn advice(&self, _: Front) -> Advice {
        "correct the time in the access system or in Seam, then try again".into()
    }
}
