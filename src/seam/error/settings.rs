//! What can be wrong with the settings of a client.

use thiserror::Error;

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
    /// A name or password is in the endpoint.
    #[error("the endpoint contains a user name or password")]
    EndpointWithCredentials,
    /// A query or fragment is in the endpoint.
    #[error("the endpoint contains a query or a fragment")]
    EndpointWithQuery,
    /// The proxy that the environment names cannot be one.
    #[error("{variable} is not the address of an http proxy: {address}")]
    ProxyUnreadable {
        /// The variable.
        variable: &'static str,
        /// What it says, without the password.
        address: String,
    },
    /// There is no key.
    #[error("the Seam key is empty")]
    KeyEmpty,
    /// The key has characters that no key has.
    #[error("the Seam key contains characters that no key has, such as a line break")]
    KeyUnreadable,
    /// The key does not begin as one.
    #[error("the Seam API key does not begin with seam_")]
    KeyWithoutPrefix,
    /// The key may not do what this client does.
    #[error("the Seam key is {0}, which may not read or change credentials")]
    KeyOfAnotherKind(&'static str),
    /// A personal access token was given as an API key.
    #[error("the Seam API key is a personal access token")]
    TokenGivenAsKey,
    /// The token does not begin as one.
    #[error("the Seam personal access token does not begin with seam_at")]
    TokenWithoutPrefix,
    /// A token without a workspace.
    #[error("the personal access token comes without a workspace id")]
    WorkspaceMissing,
    /// The workspace id has characters that no id has.
    #[error("the workspace id contains characters that no id has")]
    WorkspaceUnreadable,
}

impl SettingsError {
    /// The word by which scripts know it. It never changes.
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
