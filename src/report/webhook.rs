//! The first sink: the signed event, posted to `report.url`.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::{Client, Response, StatusCode, Url};
use tokio::sync::OnceCell;

use super::attempt::Failure;
use super::event::CredentialEvent;
use super::signature::WebhookSecret;
use crate::issuance::entry::{Issuance, Report};
use crate::seam::{SeamError, http_client, is_mistrust, proxy_to, retry_after, without_tokens};

/// Long enough for a slow receiver, short enough for a clerk who waits.
const TIMEOUT: Duration = Duration::from_secs(10);

/// After so many attempts, about a quarter of an hour, a receiver that is not found is gone.
const GONE_AFTER: u32 = 10;

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
    /// What prevents a report.
    pub async fn reach(&self) -> Result<(), Unreachable> {
        let client = self.client().await.map_err(|error| Unreachable {
            what: error.to_string(),
            is_mistrust: true,
        })?;
        let answer = client.head(self.url.clone()).send().await;
        answer.map(drop).map_err(|error| Unreachable {
            what: describe(&error, &self.url),
            is_mistrust: is_mistrust(&error),
        })
    }

    /// Sends one report. Only a 2xx answer that is no web page takes it.
    pub(super) async fn deliver(
        &self,
        issuance: &Issuance,
        report: Report,
        attempts: u32,
    ) -> Result<(), Failure> {
        let body = serde_json::to_vec(&CredentialEvent::of(issuance, report))
            .map_err(|error| Failure::refused(error.to_string()))?;
        let id = issuance.message_id(report).to_string();
        let timestamp = Timestamp::now().as_second();
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
            .map_err(|error| Failure::unreachable(describe(&error, &self.url)))?;
        self.taken(answer, attempts).await
    }

    /// What an answer says of a report.
    async fn taken(&self, answer: Response, attempts: u32) -> Result<(), Failure> {
        let status = answer.status();
        let asked = retry_after(answer.headers());
        let answered = format!("the receiver answered {status}");
        if status.is_success() {
            return if is_page(answer).await {
                let what = format!(
                    "{answered} with a web page, as a login page or a proxy does: check report.url and the network; a receiver answers \
                     without text/html"
                );
                Err(Failure::busy(what, asked))
            } else {
                Ok(())
            };
        }
        Err(match status {
            StatusCode::TOO_MANY_REQUESTS => Failure::busy(answered, asked),
            status if status.is_server_error() => Failure::busy(answered, asked),
            status if status.is_redirection() => {
                let to = answer.headers().get(LOCATION);
                let to = to.and_then(|to| self.url.join(to.to_str().ok()?).ok());
                let to = to.map_or_else(|| "nowhere".to_owned(), |to| without_tokens(&to));
                let what = format!(
                    "{answered}: it redirects to {to}, which is not followed; set report.url to the address that is meant"
                );
                Failure::busy(what, asked)
            }
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                let what = format!(
                    "{answered}: compare the secret of report.secret_file with the receiver's, and this machine's clock with the time"
                );
                Failure::busy(what, asked)
            }
            StatusCode::NOT_FOUND | StatusCode::GONE if attempts >= GONE_AFTER => {
                Failure::refused(format!(
                    "{answered}, and has for long: the receiver is gone from there; set report.url to its new address, then retry"
                ))
            }
            _ => Failure {
                asked,
                ..Failure::refused(answered)
            },
        })
    }
}

/// Whether an answer is a web page: by what it says it is, or, where it does not say, by how it begins.
async fn is_page(mut answer: Response) -> bool {
    if let Some(content_type) = answer.headers().get(CONTENT_TYPE) {
        let content_type = content_type.as_bytes().to_ascii_lowercase();
        return [&b"text/html"[..], b"application/xhtml"]
            .iter()
            .any(|page| content_type.trim_ascii().starts_with(page));
    }
    // What breaks off here was taken: the status came first.
    let begin = answer.chunk().await.ok().flatten().unwrap_or_default();
    let begin = begin.trim_ascii_start();
    let begin = begin[..begin.len().min(16)].to_ascii_lowercase();
    begin.starts_with(b"<!doctype html") || begin.starts_with(b"<html")
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
fn describe(error: &reqwest::Error, to: &Url) -> String {
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
    match proxy_to(to) {
        Some(proxy) => {
            format!("the receiver cannot be reached through the proxy {proxy}: {source}")
        }
        None => format!("the receiver cannot be reached: {source}"),
    }
}
