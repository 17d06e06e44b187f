//! The client: what every call goes through. Each resource adds its own handle to it.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::call::Call;
use super::envelope::{self, Answer};
use super::error::{InvalidResponse, SeamError};
use super::listeners::{Attempted, Silence};
use super::page::Page;
use super::patience::Patience;
use super::settings::Settings;
use super::transport::{Body, Sleeper, Transport};

/// A client of the Seam API. Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub struct Client {
    pub(super) transport: Arc<Transport>,
    patience: Patience,
}

impl Client {
    /// A client with these settings. Nothing is sent and nothing is read from disk before the first call.
    ///
    /// # Errors
    /// [`SeamError::Settings`] when the endpoint or the key cannot be what it is given as.
    pub fn new(settings: Settings) -> Result<Self, SeamError> {
        Self::with_sleeper(
            settings,
            Arc::new(|wait| Box::pin(tokio::time::sleep(wait))),
        )
    }

    /// The same with another way to let time pass between attempts and polls: a test has none to lose.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn with_sleeper(settings: Settings, sleeper: Sleeper) -> Result<Self, SeamError> {
        Ok(Self {
            patience: settings.patience,
            transport: Arc::new(Transport::new(settings, sleeper)?),
        })
    }

    /// The same client for what is not waited for: see [`Patience::IN_THE_BACKGROUND`].
    #[must_use]
    pub fn in_the_background(&self) -> Self {
        Self {
            patience: Patience::IN_THE_BACKGROUND,
            ..self.clone()
        }
    }

    /// Calls the listener for each call that is not answered within a few seconds: a person who waits wants to know for what.
    pub fn on_silence(&self, listener: impl Fn(&Silence) + Send + Sync + 'static) {
        self.transport.listeners.on_silence(Box::new(listener));
    }

    /// Calls the listener after each call with why there was no answer, or none where there was one, whatever it says; and for a read that
    /// is not answered within a few seconds as soon as that is so.
    pub fn on_answer(&self, listener: impl Fn(Option<&SeamError>) + Send + Sync + 'static) {
        self.transport.listeners.on_answer(Box::new(listener));
    }

    /// Calls `meter` after each attempt at a call.
    pub fn on_attempt(&self, meter: impl Fn(Attempted) + Send + Sync + 'static) {
        self.transport.listeners.on_attempt(Box::new(meter));
    }

    /// The time that decides what has ended: the API's, where its answers show that this machine's clock is off by more than a
    /// minute; else this machine's.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let clock = &self.transport.clock;
        clock
            .disagreement()
            .and_then(|_| clock.now())
            .unwrap_or_else(Timestamp::now)
    }

    /// Whether an answer has carried the API's time.
    #[must_use]
    pub fn knows_the_time(&self) -> bool {
        self.transport.clock.now().is_some()
    }

    /// How far this machine's clock is ahead of the API's (negative: behind), if they are more than a minute apart.
    #[must_use]
    pub fn clock_ahead(&self) -> Option<SignedDuration> {
        self.transport.clock.disagreement()
    }

    /// Makes one call and gives the object under `key` in its answer.
    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        call: Call,
        request: &(impl Serialize + Sync),
        key: &'static str,
    ) -> Result<T, SeamError> {
        self.call_with_time(call, request, key)
            .await
            .map(|(value, _)| value)
    }

    /// The same, with what the API's clock said.
    pub(super) async fn call_with_time<T: DeserializeOwned>(
        &self,
        call: Call,
        request: &(impl Serialize + Sync),
        key: &'static str,
    ) -> Result<(T, Option<Timestamp>), SeamError> {
        let request = json(call, request)?;
        let body = self.send(call, &request).await?;
        envelope::open(key, &body.bytes)
            .and_then(|answer| {
                envelope::check_named(&request, &answer.value)?;
                envelope::object(key, key, answer.value)
                    .map_err(|odd| InvalidResponse::Odd(Box::new(odd)))
            })
            .map(|value| (value, body.answered_at))
            .map_err(|fault| body.unusable(call, self.transport.scrub(fault)))
    }

    /// Makes one call and gives the objects in the list under `key` in its answer, each for itself: one that is not as it
    /// should be does not take the others with it.
    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        call: Call,
        request: &(impl Serialize + Sync),
        key: &'static str,
    ) -> Result<Page<T>, SeamError> {
        let request = json(call, request)?;
        let body = self.send(call, &request).await?;
        envelope::open(key, &body.bytes)
            .and_then(|answer| self.page(&request, key, answer))
            .map_err(|fault| body.unusable(call, self.transport.scrub(fault)))
    }

    fn page<T: DeserializeOwned>(
        &self,
        request: &Value,
        key: &'static str,
        answer: Answer,
    ) -> Result<Page<T>, InvalidResponse> {
        let next_page_cursor = match answer.pagination {
            Some(pagination) if pagination.has_next_page => Some(
                pagination
                    .next_page_cursor
                    .ok_or(InvalidResponse::PageWithoutCursor)?,
            ),
            _ => None,
        };
        let mut page = Page {
            items: Vec::new(),
            odd: Vec::new(),
            next_page_cursor,
        };
        for (number, value) in envelope::elements(key, answer.value)?
            .into_iter()
            .enumerate()
        {
            envelope::check_named(request, &value)?;
            match envelope::object(key, &format!("{key}[{number}]"), value) {
                Ok(item) => page.items.push(item),
                Err(odd) => page.odd.push(self.transport.scrub_odd(odd)),
            }
        }
        Ok(page)
    }

    /// Makes one call whose answer says no more than that it was done.
    pub(super) async fn done(
        &self,
        call: Call,
        request: &(impl Serialize + Sync),
    ) -> Result<(), SeamError> {
        let request = json(call, request)?;
        let body = self.send(call, &request).await?;
        envelope::done(&request, &body.bytes)
            .map_err(|fault| body.unusable(call, self.transport.scrub(fault)))
    }

    async fn send(&self, call: Call, request: &Value) -> Result<Body, SeamError> {
        self.transport
            .send(call, request.to_string().as_bytes(), self.patience)
            .await
    }

    pub(super) async fn sleep(&self, wait: Duration) {
        self.transport.sleep(wait).await;
    }
}

fn json(call: Call, request: &impl Serialize) -> Result<Value, SeamError> {
    serde_json::to_value(request).map_err(|cause| SeamError::Unsendable { call, cause })
}
