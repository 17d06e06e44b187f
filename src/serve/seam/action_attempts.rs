//! `/action_attempts/get` and `list`: this desk's attempts, and behind them Seam's.

use std::sync::Arc;

use serde_json::json;
use uuid::Uuid;

use super::api::{Call, LocalApi, Reply, journal_failed};
use super::attempt_view::view;
use super::pages::{Own, PageRequest};
use crate::issuance::attempt::Attempt;
use crate::rpc::{Refusal, Success};

/// The most attempts of this desk that one list has: it keeps those of a month.
const MOST: u32 = 10_000;

impl LocalApi {
    pub(super) async fn attempts_get(self: &Arc<Self>, call: Call) -> Result<Reply, Refusal> {
        let id = call.input.read(|body| body.uuid("action_attempt_id"))?;
        match self.attempt(id).await? {
            Some(attempt) => Ok(Success::one("action_attempt", view(&attempt)).into()),
            None => self.upstream(call).await,
        }
    }

    pub(super) async fn attempts_list(self: &Arc<Self>, call: Call) -> Result<Reply, Refusal> {
        let (ids, device, page) = call.input.read(|body| {
            (
                body.uuids("action_attempt_ids"),
                body.optional_uuid("device_id"),
                PageRequest::read(body),
            )
        })?;
        let mut rows = Vec::new();
        let upstream = match (ids, device) {
            // Devices are none of this desk's.
            (_, Some(_)) => return self.upstream(call).await,
            (Some(ids), None) => {
                let mut beyond = Vec::new();
                for id in ids {
                    match self.attempt(id).await? {
                        Some(attempt) => rows.push(view(&attempt)),
                        None => beyond.push(id),
                    }
                }
                (!beyond.is_empty()).then(|| json!({ "action_attempt_ids": beyond }))
            }
            (None, None) => {
                let all = self.journal().read(|journal| journal.attempts(0, MOST));
                let all = all.await.map_err(|error| journal_failed(&error))?;
                rows = all.iter().map(|(_, attempt)| view(attempt)).collect();
                Some(json!({}))
            }
        };
        let own = Own {
            key: "action_attempts",
            rows,
        };
        let page: Result<Success, Refusal> = self.page(&call, page, own, upstream).await;
        page.map(Reply::from)
    }

    async fn attempt(&self, id: Uuid) -> Result<Option<Attempt>, Refusal> {
        let found = self
            .journal()
            .read(move |journal| journal.attempt(id))
            .await;
        found.map_err(|error| journal_failed(&error))
    }
}
