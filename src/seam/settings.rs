//! What a client is made from: where the API is, who calls it, how long to wait.

use std::time::Duration;

use super::auth::Auth;
use super::endpoint::DEFAULT_ENDPOINT;
use super::patience::Patience;
use super::retry::RetryPolicy;

/// What a client is made from.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address of the API. Plain http is accepted for this machine only.
    pub endpoint: String,
    /// How the client authenticates.
    pub auth: Auth,
    /// The longest time to connect: name service, proxy and encryption included.
    pub connect_timeout: Duration,
    /// The longest time until an answer is whole, connection included. The API may have to ask an access system first.
    pub request_timeout: Duration,
    /// The same for a read. It is shorter, and is for all attempts.
    pub patience: Patience,
    /// How long an answer may take until its absence is reported.
    pub silent_after: Duration,
    /// How reads are repeated.
    pub retry: RetryPolicy,
    /// What the client calls itself.
    pub user_agent: String,
}

impl Settings {
    /// The usual settings for the hosted API.
    #[must_use]
    pub fn new(auth: Auth) -> Self {
        Self {
            endpoint: DEFAULT_ENDPOINT.to_owned(),
            auth,
            // Shorter than an attempt at a read, so that its error says what is wrong.
            connect_timeout: Duration::from_secs(4),
            request_timeout: Duration::from_secs(30),
            patience: Patience::OF_A_PERSON,
            silent_after: Duration::from_secs(4),
            retry: RetryPolicy::default(),
            user_agent: concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }

    /// The same for an API at another address.
    #[must_use]
    pub fn at(self, endpoint: impl Into<String>) -> Self {
        Self {
            endpoint: endpoint.into(),
            ..self
        }
    }
}
