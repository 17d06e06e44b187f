//! What goes wrong between this client and the API: what happened, and the code by which scripts tell it apart.

mod api;
mod attempt;
mod invalid_response;
mod request_id;
mod settings;
mod transport;

use std::time::Duration;

use thiserror::Error;

pub use api::{ApiError, ValidationError};
pub use attempt::AttemptError;
pub use invalid_response::{InvalidResponse, Odd, OfAnother};
pub use settings::SettingsError;
pub use transport::{TransportError, is_mistrust};

use self::request_id::RequestId;
use super::call::{Call, Effect};

/// Why a call did not give what was asked for. No variant ever holds the key.
#[derive(Debug, Error)]
pub enum SeamError {
    /// The client was given settings that it cannot work with; nothing was sent.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The API answered with an error.
    #[error(transparent)]
    Refused(#[from] Box<ApiError>),
    /// No connection came about; nothing was sent.
    #[error("{call}: the Seam API at {endpoint} cannot be reached: {cause}")]
    Unreachable {
        /// What was called.
        call: Call,
        /// The address that was tried.
        endpoint: String,
        /// Why.
        #[source]
        cause: TransportError,
    },
    /// The connection broke before the answer was whole.
    #[error("{call}: the answer broke off: {cause}")]
    Interrupted {
        /// What was called.
        call: Call,
        /// Why.
        #[source]
        cause: TransportError,
    },
    /// The answer was not there in time.
    #[error("{call}: no complete response within {} s", after.as_secs_f32())]
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
        fault: InvalidResponse,
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
    Tls(#[source] TransportError),
    /// An action attempt did not end well.
    #[error(transparent)]
    Attempt(#[from] AttemptError),
}

impl SeamError {
    /// The word by which scripts know it. It never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Settings(error) => error.code(),
            Self::Refused(error) => error.code(),
            Self::Unreachable { cause, .. } if cause.is_mistrust() => "api_not_trusted",
            Self::Unreachable { .. } => "api_unreachable",
            Self::Interrupted { .. } => "api_answer_broken_off",
            Self::TimedOut { .. } => "api_silent",
            Self::Unusable { .. } => "api_answer_unusable",
            Self::Unsendable { .. } => "api_request_unsendable",
            Self::Tls(_) => "certificates_unusable",
            Self::Attempt(error) => error.code(),
        }
    }

    /// An answer that says it is a good one and is not as the API describes it.
    pub(in crate::seam) fn in_answer(call: Call, fault: InvalidResponse) -> Self {
        Self::Unusable {
            call,
            status: 200,
            request_id: None,
            fault,
        }
    }

    /// Whether the API may have done what it was asked although no good answer came: a second call could do it twice. Always
    /// false for reads.
    #[must_use]
    pub fn may_have_happened(&self) -> bool {
        let changes = self.call().is_some_and(|call| call.effect != Effect::Read);
        changes
            && match self {
                Self::Refused(error) => error.status >= 500,
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
            Self::Refused(error) => Some(error.status),
            Self::Unusable { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// When the API is ready to be asked again, if it says so.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused(error) => error.retry_after,
            _ => None,
        }
    }

    /// Seam's name for the request, to give to Seam's support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Refused(error) => error.request_id.as_deref(),
            Self::Unusable { request_id, .. } => request_id.as_deref(),
            _ => None,
        }
    }

    /// Whether the API says that there is no such thing.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused(error) if error.is_not_found())
    }

    /// The object that is not as the API describes it, where that is all that is wrong.
    #[must_use]
    pub fn odd(&self) -> Option<&Odd> {
        match self {
            Self::Unusable {
                fault: InvalidResponse::Odd(odd),
                ..
            } => Some(odd),
            _ => None,
        }
    }

    /// What was called.
    #[must_use]
    pub fn call(&self) -> Option<Call> {
        match self {
            Self::Refused(error) => Some(error.call),
            Self::Unreachable { call, .. }
            | Self::Interrupted { call, .. }
            | Self::TimedOut { call, .. }
            | Self::Unusable { call, .. }
            | Self::Unsendable { call, .. } => Some(*call),
            Self::Settings(_) | Self::Tls(_) | Self::Attempt(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use rustls::CertificateError::UnknownIssuer;

    use super::*;

    #[test]
    fn a_certificate_that_is_not_trusted_is_no_broken_network() {
        let unreachable = |cause| SeamError::Unreachable {
            call: Call::read("/acs/credentials/get"),
            endpoint: "https://seam.example".to_owned(),
            cause: TransportError::new(cause),
        };
        // As deep as the HTTP client wraps it.
        let mistrust = rustls::Error::InvalidCertificate(UnknownIssuer);
        let mistrust = io::Error::other(io::Error::other(mistrust));
        assert_eq!(unreachable(mistrust).code(), "api_not_trusted");
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        assert_eq!(unreachable(refused).code(), "api_unreachable");
    }
}
