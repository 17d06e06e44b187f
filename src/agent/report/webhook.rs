//! The first sink: the signed event, posted to `report.url`.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, StatusCode, Url};
use tokio::sync::OnceCell;

use super::Failure;
use super::event::CredentialEvent;
use super::signature::WebhookSecret;
use crate::agent::issuance::{Issuance, Report};
use crate::seam::{SeamError, http_client, is_mistrust, retry_after};

/// Long enough for a slow receiver, short enough for a clerk who waits.
const TIMEOUT: Duration = Duration::from_secs(10);

const USER_AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// Posts events to one receiver.
#[derive(Debug)]
pub struct EventSink {
    /// Made at the first report: the system's certificates cost time and memory.
    client: OnceCell<Client>,
    url: Url,
    secret: WebhookSecret,
}

impl EventSink {
    /// A sink for a receiver, at an address that the configuration has checked.
    #[must_use]
    pub fn new(url: Url, secret: WebhookSecret) -> Self {
        Self {
            client: OnceCell::new(),
            url,
            secret,
        }
    }

    async fn client(&self) -> Result<&Client, SeamError> {
        self.client
            .get_or_try_init(|| async { http_client(&self.url, USER_AGENT, TIMEOUT, TIMEOUT) })
            .await
    }

    /// Asks the receiver for its headers, which changes nothing there: by the client, the proxy and the certificates that
    /// reports go by. Any answer will do, since what it says to a report only a report can tell.
    ///
    /// # Errors
    /// What is in the way of a report.
    pub async fn reach(&self) -> Result<(), Unreachable> {
        let client = self.client().await.map_err(|error| Unreachable {
            what: error.to_string(),
            is_mistrust: true,
        })?;
        let answer = client.head(self.url.clone()).send().await;
        answer.map(drop).map_err(|error| Unreachable {
            what: describe(&error),
            is_mistrust: is_mistrust(&error),
        })
    }

    /// Sends one report; only a 2xx answer counts as taken.
    pub(super) async fn deliver(
        &self,
        issuance: &Issuance,
        report: Report,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let body = serde_json::to_vec(&CredentialEvent::of(issuance, report))
            .map_err(|error| Failure::refused(error.to_string()))?;
        let id = issuance.message_id(report).to_string();
        let timestamp = now.as_second();
        let signature = self.secret.sign(&id, timestamp, &body);
        let client = self
            .client()
            .await
            .map_err(|error| Failure::unreachable(error.to_string()))?;
        let mut request = client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .body(body);
        // Svix is what Seam sends, Standard Webhooks what newer libraries look for; both have the same signature.
        for prefix in ["svix", "webhook"] {
            request = request
                .header(format!("{prefix}-id"), &id)
                .header(format!("{prefix}-timestamp"), timestamp)
                .header(format!("{prefix}-signature"), &signature);
        }
        let answer = request
            .send()
            .await
            .map_err(|error| Failure::unreachable(describe(&error)))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        let asked = retry_after(answer.headers());
        let what = format!("the receiver answered {status}");
        Err(match status {
            StatusCode::TOO_MANY_REQUESTS => Failure::busy(what, asked),
            status if status.is_server_error() => Failure::busy(what, asked),
            _ => Failure {
                asked,
                ..Failure::refused(what)
            },
        })
    }
}

/// Why a receiver cannot be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreachable {
    /// What happened.
    pub what: String,
    /// Whether it is its certificate, or those of this machine: waiting does not help.
    pub is_mistrust: bool,
}

/// The cause without the address: an address may hold a token.
fn describe(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!(
            "the receiver did not answer within {} seconds",
            TIMEOUT.as_secs()
        );
    }
    let mut source: &dyn std::error::Error = error;
    while let Some(deeper) = source.source() {
        source = deeper;
    }
    format!("the receiver cannot be reached: {source}")
}
