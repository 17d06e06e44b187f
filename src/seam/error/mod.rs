//! What goes wrong between this client and the API: what happened, and what to do now.

use std::fmt;
use std::io;
use std::time::Duration;

use thiserror::Error;

use super::action_attempts::AttemptError;
use super::call::{Call, Effect};
use super::refusal::Refusal;

/// Why a call did not give what was asked for. No variant ever holds the key.
#[derive(Debug, Error)]
pub enum SeamError {
    /// The client was given settings that it cannot work with; nothing was sent.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The API answered with an error.
    #[error(transparent)]
    Refused(#[from] Box<Refusal>),
    /// No connection came about; nothing was sent.
    #[error("{call}: the seam api at {endpoint} cannot be reached: {cause}")]
    Unreachable {
        /// What was called.
        call: Call,
        /// The address that was tried.
        endpoint: String,
        /// Why.
        #[source]
        cause: Failure,
    },
    /// The connection broke before the answer was whole.
    #[error("{call}: the answer broke off: {cause}")]
    Interrupted {
        /// What was called.
        call: Call,
        /// Why.
        #[source]
        cause: Failure,
    },
    /// The answer was not there in time.
    #[error("{call}: no whole answer within {} s", after.as_secs_f32())]
    TimedOut {
        /// What was called.
        call: Call,
        /// How long the client waited.
        after: Duration,
    },
    /// The answer is not one that the API gives.
    #[error("{call}: {fault} (status {status}{})", RequestId(request_id.as_deref()))]
    Unusable {
        /// What was called.
        call: Call,
        /// The HTTP status.
        status: u16,
        /// Seam's name for the request.
        request_id: Option<String>,
        /// What is wrong with the answer.
        fault: Fault,
    },
    /// A request could not be put into JSON.
    #[error("{call}: the request cannot be put into json: {cause}")]
    Unsendable {
        /// What was called.
        call: Call,
        /// Why.
        #[source]
        cause: serde_json::Error,
    },
    /// The system's trusted certificates cannot be used.
    #[error("the system's trusted certificates cannot be used: {0}")]
    Tls(#[source] Failure),
    /// An action attempt did not end well.
    #[error(transparent)]
    Attempt(#[from] AttemptError),
}

impl SeamError {
    /// What to do now.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Settings(error) => error.hint(),
            Self::Attempt(error) => error.hint(),
            Self::Refused(refusal) if !self.may_have_happened() => refusal.hint(),
            Self::Unreachable { cause, .. } if cause.is_mistrust() => {
                "check the clock of this machine; if the network opens TLS, install its CA certificate for the whole system; else the endpoint (SEAM_ENDPOINT) is not who it says it is"
            }
            Self::Unreachable { .. } => {
                "check the network of this machine, the endpoint (SEAM_ENDPOINT) and the proxy, then try again"
            }
            Self::Tls(_) => {
                "install the system's CA certificates (package ca-certificates), then try again"
            }
            Self::Unsendable { .. } => {
                "this is a fault of cardbridge; please report it with this message"
            }
            Self::Refused(_)
            | Self::Interrupted { .. }
            | Self::TimedOut { .. }
            | Self::Unusable { .. } => self
                .call()
                .map_or("try again", |call| after_doubt(call, self)),
        }
    }

    /// Whether the API may have done what it was asked although no good answer came: a second call could do it twice. Always
    /// false for reads.
    #[must_use]
    pub fn may_have_happened(&self) -> bool {
        let changes = self.call().is_some_and(|call| call.effect != Effect::Read);
        changes
            && match self {
                Self::Refused(refusal) => refusal.status >= 500,
                Self::Unusable { status, .. } => !(300..500).contains(status),
                Self::Interrupted { .. } | Self::TimedOut { .. } => true,
                Self::Settings(_)
                | Self::Unreachable { .. }
                | Self::Unsendable { .. }
                | Self::Tls(_)
                | Self::Attempt(_) => false,
            }
    }

    /// The HTTP status, if there was an answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused(refusal) => Some(refusal.status),
            Self::Unusable { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// When the API is ready to be asked again, if it says so.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused(refusal) => refusal.retry_after,
            _ => None,
        }
    }

    /// Seam's name for the request, to give to Seam's support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Refused(refusal) => refusal.request_id.as_deref(),
            Self::Unusable { request_id, .. } => request_id.as_deref(),
            _ => None,
        }
    }

    /// Whether the API says that there is no such thing.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.is_not_found())
    }

    /// What was called.
    #[must_use]
    pub fn call(&self) -> Option<Call> {
        match self {
            Self::Refused(refusal) => Some(refusal.call),
            Self::Unreachable { call, .. }
            | Self::Interrupted { call, .. }
            | Self::TimedOut { call, .. }
            | Self::Unusable { call, .. }
            | Self::Unsendable { call, .. } => Some(*call),
            Self::Settings(_) | Self::Tls(_) | Self::Attempt(_) => None,
        }
    }
}

/// What to do after an answer that leaves open whether the call took effect.
fn after_doubt(call: Call, error: &SeamError) -> &'static str {
    match call.effect {
        _ if matches!(
            error,
            SeamError::Unusable {
                status: 300..=399,
                ..
            }
        ) =>
        {
            "set the endpoint (SEAM_ENDPOINT) to the address of the API itself; redirects are not followed, they could carry the key away"
        }
        _ if matches!(
            error,
            SeamError::Unusable {
                status: 400..=499,
                ..
            }
        ) =>
        {
            "check that the endpoint (SEAM_ENDPOINT) is a Seam API and that no proxy or captive portal answers in its place"
        }
        Effect::Read if matches!(error, SeamError::Unusable { .. }) => {
            "check that the endpoint (SEAM_ENDPOINT) is a Seam API and that no proxy or captive portal answers in its place"
        }
        Effect::Read => "check the network of this machine, then try again",
        Effect::Create => {
            "it may have been created: list by acs_user_id (or by the e-mail address for a user) before you create again, or there may be two"
        }
        Effect::Change => "it may have happened: look at the object before you try again",
        Effect::Act => {
            "it may have begun: look at the credential and at the action attempts before you try again"
        }
    }
}

/// Settings that a client cannot work with.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// The endpoint is no URL.
    #[error("the endpoint is not a url: {0}")]
    EndpointUnreadable(#[source] url::ParseError),
    /// The endpoint is neither https nor http.
    #[error("the endpoint has the scheme {0:?}; https is expected")]
    EndpointScheme(String),
    /// Plain http to another machine.
    #[error("plain http to {0} would send the key in the clear")]
    EndpointInTheClear(String),
    /// A name or password stands in the endpoint.
    #[error("the endpoint contains a user name or password")]
    EndpointWithCredentials,
    /// A query or fragment stands in the endpoint.
    #[error("the endpoint contains a query or a fragment")]
    EndpointWithQuery,
    /// There is no key.
    #[error("the seam key is empty")]
    KeyEmpty,
    /// The key has characters that no key has.
    #[error("the seam key contains characters that no key has, such as a line break")]
    KeyUnreadable,
    /// The key does not begin as one.
    #[error("the seam api key does not begin with seam_")]
    KeyWithoutPrefix,
    /// The key may not do what this client does.
    #[error("the seam key is {0}, which may not read or change credentials")]
    KeyOfAnotherKind(&'static str),
    /// A personal access token was given as an API key.
    #[error("the seam api key is a personal access token")]
    TokenGivenAsKey,
    /// The token does not begin as one.
    #[error("the seam personal access token does not begin with seam_at")]
    TokenWithoutPrefix,
    /// A token without a workspace.
    #[error("the personal access token comes without a workspace id")]
    WorkspaceMissing,
    /// The workspace id has characters that no id has.
    #[error("the workspace id contains characters that no id has")]
    WorkspaceUnreadable,
}

impl SettingsError {
    /// What to do now.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::EndpointInTheClear(_) => {
                "use https; plain http is for this machine only (127.0.0.1, ::1, localhost)"
            }
            Self::EndpointUnreadable(_)
            | Self::EndpointScheme(_)
            | Self::EndpointWithCredentials
            | Self::EndpointWithQuery => {
                "set the endpoint (SEAM_ENDPOINT) to the address of the API alone, such as https://connect.getseam.com"
            }
            Self::KeyEmpty
            | Self::KeyUnreadable
            | Self::KeyWithoutPrefix
            | Self::KeyOfAnotherKind(_) => {
                "copy an API key of the workspace from the Seam Console into SEAM_API_KEY"
            }
            Self::TokenGivenAsKey => {
                "put the token into SEAM_PERSONAL_ACCESS_TOKEN and the workspace into SEAM_WORKSPACE_ID"
            }
            Self::TokenWithoutPrefix => {
                "copy a personal access token from the Seam Console into SEAM_PERSONAL_ACCESS_TOKEN, or an API key into SEAM_API_KEY"
            }
            Self::WorkspaceMissing | Self::WorkspaceUnreadable => {
                "put the id of the workspace into SEAM_WORKSPACE_ID"
            }
        }
    }
}

/// What is wrong with an answer that the API does not give.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    /// It sends the client elsewhere.
    #[error("the answer redirects to {}, which is not followed", to.as_deref().unwrap_or("nowhere"))]
    Redirect {
        /// Where to.
        to: Option<String>,
    },
    /// It is not JSON.
    #[error("the answer is {content_type} instead of json")]
    NotJson {
        /// What it says it is.
        content_type: String,
    },
    /// It is larger than any answer.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// The most that is read.
        limit: usize,
    },
    /// It has no body.
    #[error("the answer is empty")]
    Empty,
    /// It is not the JSON that was expected.
    #[error("the answer is not as the api describes it: at {at}: {problem}")]
    Unexpected {
        /// Where in the answer.
        at: String,
        /// What is wrong there.
        problem: String,
    },
    /// The pages have no end.
    #[error("the pages of the list lead in a circle")]
    PagesInACircle,
    /// There is said to be another page, but not where.
    #[error("the answer promises another page without a cursor")]
    PageWithoutCursor,
}

/// The cause of a failed connection, in the words of the network stack and without the request's headers.
#[derive(Debug)]
pub struct Failure(Box<dyn std::error::Error + Send + Sync>);

impl Failure {
    pub(super) fn new(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self(Box::new(error))
    }

    /// Whether the other side's certificate was not good enough.
    fn is_mistrust(&self) -> bool {
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&*self.0);
        while let Some(error) = cause {
            if let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
                return true;
            }
            // An I/O error leaves what it wraps out of its chain of sources, and wraps other I/O errors.
            let wrapped = error
                .downcast_ref::<io::Error>()
                .and_then(io::Error::get_ref);
            cause = match wrapped {
                Some(inner) => Some(inner),
                None => error.source(),
            };
        }
        false
    }
}

impl fmt::Display for Failure {
    /// The whole chain: the first link alone ("error sending request") tells nobody anything.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

/// The end of a message that names the request.
pub(super) struct RequestId<'a>(pub(super) Option<&'a str>);

impl fmt::Display for RequestId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(id) => write!(f, ", request {id}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use rustls::CertificateError::UnknownIssuer;

    use super::*;

    #[test]
    fn a_certificate_that_is_not_trusted_is_told_from_a_broken_network() {
        let unreachable = |cause| SeamError::Unreachable {
            call: Call::read("/acs/credentials/get"),
            endpoint: "https://seam.example".to_owned(),
            cause: Failure::new(cause),
        };
        // As deep as the HTTP client wraps it.
        let mistrust = rustls::Error::InvalidCertificate(UnknownIssuer);
        let mistrust = io::Error::other(io::Error::other(mistrust));
        assert!(unreachable(mistrust).hint().contains("clock"));
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        assert!(unreachable(refused).hint().contains("network"));
    }
}
