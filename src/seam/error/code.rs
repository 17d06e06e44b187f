//! The words by which scripts tell errors of the API apart. They stay as they are: texts may get better, a word never changes.

use super::{SeamError, SettingsError};
use crate::seam::AttemptError;

impl SeamError {
    /// The word for it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Settings(error) => error.code(),
            Self::Refused(refusal) => match refusal.status {
                401 | 403 => "api_unauthorized",
                404 => "api_not_found",
                429 => "api_rate_limited",
                500.. => "api_failed",
                _ => "api_refused",
            },
            Self::Unreachable { cause, .. } if cause.is_mistrust() => "api_not_trusted",
            Self::Unreachable { .. } => "api_unreachable",
            Self::Interrupted { .. } => "api_answer_broken_off",
            Self::TimedOut { .. } => "api_silent",
            Self::Unusable { .. } => "api_answer_unusable",
            Self::Unsendable { .. } => "api_request_unsendable",
            Self::Tls(_) => "certificates_unusable",
            Self::Attempt(AttemptError::NotEnded { .. }) => "action_attempt_not_ended",
            Self::Attempt(AttemptError::Failed { .. } | AttemptError::FailedSilently { .. }) => {
                "action_attempt_failed"
            }
        }
    }
}

impl SettingsError {
    /// The word for it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::EndpointUnreadable(_)
            | Self::EndpointScheme(_)
            | Self::EndpointInTheClear(_)
            | Self::EndpointWithCredentials
            | Self::EndpointWithQuery => "endpoint_unusable",
            Self::ProxyUnreadable { .. } => "proxy_unusable",
            Self::KeyEmpty
            | Self::KeyUnreadable
            | Self::KeyWithoutPrefix
            | Self::KeyOfAnotherKind(_)
            | Self::TokenGivenAsKey => "api_key_unusable",
            Self::TokenWithoutPrefix => "access_token_unusable",
            Self::WorkspaceMissing | Self::WorkspaceUnreadable => "workspace_unusable",
        }
    }
}
