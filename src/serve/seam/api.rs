//! From a request to its answer.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use uuid::Uuid;

use super::encoders::Readers;
use super::foreign_key::{check_kind, workspace};
use super::routes::{Answers, Route, find, is_seams};
use super::stage::Stage;
use super::systems::Systems;
use crate::desk::orderer::Orderer;
use crate::desk::{Agent, Desk};
use crate::encoder::Tray;
use crate::issuance::journal::{Journal, JournalError};
use crate::rpc::{BODY_LIMIT, Input, Refusal, Success, Unreadable, read_body};
use crate::seam::Client;
use crate::serve::admission::Need;

/// Seam's calls, answered for the encoders of this desk.
#[derive(Debug)]
pub struct LocalApi {
    pub(super) desk: Desk,
    agent: Arc<Agent>,
    pub(super) client: Client,
    /// How long a card is waited for.
    pub(super) patience: Duration,
    /// The URL under which it is served, without a path.
    pub(super) endpoint: String,
    pub(super) systems: Systems,
    pub(super) readers: Readers,
    /// The attempts that this process has given to the desk.
    pub(super) at_work: Mutex<HashSet<Uuid>>,
    /// Where the encoders are simulated.
    pub(super) stage: Option<Stage>,
}

/// One call.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) route: &'static Route,
    pub(super) input: Input,
    pub(super) head: Parts,
    pub(super) body: Bytes,
}

/// An answer, put together here or handed back as it comes.
pub(super) enum Reply {
    Here(Success),
    FromSeam(Response),
}

impl From<Success> for Reply {
    fn from(success: Success) -> Self {
        Self::Here(success)
    }
}

impl LocalApi {
    /// Takes up what an earlier run of the program has left, and answers from then on. `patience` is how long a card is waited
    /// for, `endpoint` where it is served.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    #[must_use]
    pub fn open(
        desk: &Desk,
        agent: Arc<Agent>,
        tray: Option<Tray>,
        patience: Duration,
        endpoint: String,
    ) -> Arc<Self> {
        let queue = agent.queue();
        let client = queue.client().clone();
        let systems = Systems::new(client.clone(), queue.acs_system_ids().to_vec());
        let api = Arc::new(Self {
            desk: desk.on_behalf_of(Orderer::LocalApi),
            agent,
            systems,
            client,
            patience,
            endpoint,
            readers: Readers::default(),
            at_work: Mutex::default(),
            stage: tray.map(Stage::new),
        });
        api.take_up();
        api
    }

    /// Whether a path is one of Seam's: a caller of it expects Seam's words.
    #[must_use]
    pub fn has(path: &str) -> bool {
        is_seams(path)
    }

    /// What a caller needs for a path; none where there is no such path.
    #[must_use]
    pub fn need(&self, path: &str) -> Option<Need> {
        self.route(path).map(|route| route.need)
    }

    fn route(&self, path: &str) -> Option<&'static Route> {
        let is_there = |route: &&Route| match route.answers {
            Answers::Simulate(_) => self.stage.is_some(),
            _ => true,
        };
        find(path).filter(is_there)
    }

    /// What Seam says to a key that is another kind than an API key, before any token is looked up.
    #[must_use]
    pub fn refuse_kind_of_key(head: &Parts) -> Option<Response> {
        let refusal = check_kind(&head.headers).err()?;
        Some(refusal.into_response())
    }

    /// Answers a caller who may do this.
    pub async fn answer(self: &Arc<Self>, request: Request) -> Response {
        match self.respond(request).await {
            Ok(Reply::Here(success)) => success.into_response(),
            Ok(Reply::FromSeam(response)) => response,
            Err(refusal) => refusal.into_response(),
        }
    }

    async fn respond(self: &Arc<Self>, request: Request) -> Result<Reply, Refusal> {
        let (head, body) = request.into_parts();
        let path = head.uri.path();
        let Some(route) = self.route(path) else {
            return Err(Refusal::no_such_path(path));
        };
        if !route.verbs.contains(&head.method) {
            return Err(Refusal::method_not_allowed(&head.method));
        }
        if let Some(meant) = workspace(&head.headers)? {
            self.systems.check_workspace(meant).await?;
        }
        let body = read_body(body, BODY_LIMIT).await?;
        let input = Input::of_request(&head, &body).map_err(|unreadable| match unreadable {
            Unreadable::Refused(refusal) => refusal,
            Unreadable::NotJson => {
                Refusal::new(StatusCode::BAD_REQUEST, "invalid_json", "Invalid JSON")
            }
        })?;
        let call = Call {
            route,
            input,
            head,
            body,
        };
        match route.answers {
            Answers::EncodersGet => self.encoders_get(call).await,
            Answers::EncodersList => self.encoders_list(call).await,
            Answers::Encode => self.encode(call).await,
            Answers::EncodeMethod => self.encode_method(call).await,
            Answers::Scan => self.scan(call).await,
            Answers::ScanToAssign => self.scan_to_assign(call).await,
            Answers::Simulate(scene) => self.simulate(call, scene).await,
            Answers::AttemptsGet => self.attempts_get(call).await,
            Answers::AttemptsList => self.attempts_list(call).await,
            Answers::Upstream => {
                self.expect_no_reader(&call.input).await?;
                self.upstream(call).await
            }
        }
    }

    pub(super) fn journal(&self) -> &Journal {
        self.agent.journal()
    }

    pub(super) fn agent(&self) -> &Agent {
        &self.agent
    }

    /// Seam knows no reader of this desk, and is not asked about one.
    async fn expect_no_reader(&self, input: &Input) -> Result<(), Refusal> {
        for name in ["acs_encoder_id", "acs_encoder_ids"] {
            let ids: Vec<&Value> = match input.fields.get(name) {
                Some(Value::Array(ids)) => ids.iter().collect(),
                Some(id) => vec![id],
                None => Vec::new(),
            };
            for id in ids {
                if let Some(id) = id.as_str().and_then(|id| Uuid::parse_str(id).ok())
                    && self.is_reader(id).await?
                {
                    let complaint =
                        "This is an encoder of the desk itself, which Seam does not know";
                    return Err(Refusal::invalid_field(name, complaint));
                }
            }
        }
        Ok(())
    }
}

/// What a caller gets when the journal fails.
pub(super) fn journal_failed(error: &JournalError) -> Refusal {
    tracing::error!("{error}");
    Refusal::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        error.code(),
        error.to_string(),
    )
}

/// Without an access system no encoder of this desk has a place at Seam.
pub(super) fn no_system() -> Refusal {
    Refusal::not_found(
        "acs_system_not_found",
        "Seam has no access system for this desk",
    )
}
