//! `/acs/encoders/get` and `list`: the readers of this desk, with the encoders that Seam has beside them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::api::{Call, LocalApi, Reply, journal_failed, no_system};
use super::pages::{Own, PageRequest};
use super::systems::System;
use super::upstream::refusal;
use crate::desk::snapshot::EncoderView;
use crate::desk::target::EncoderKind;
use crate::issuance::journal::{Journal, KnownEncoder};
use crate::queue::QueueError;
use crate::rpc::{Reader, Refusal, Success};

/// The readers that this desk has or had.
#[derive(Debug, Default)]
pub(super) struct Readers(Mutex<HashMap<Uuid, KnownEncoder>>);

/// An encoder that a caller means.
#[derive(Debug)]
pub(super) enum Meant {
    /// A reader of this desk.
    Reader {
        /// The reader.
        known: KnownEncoder,
        /// Whether it is there now.
        is_there: bool,
    },
    /// An encoder of Seam's that this desk drives as well.
    Driven,
    /// None that this desk knows.
    Unknown,
}

impl Readers {
    /// A reader that is there: since when it is known.
    async fn of(&self, view: &EncoderView, journal: &Journal) -> Result<KnownEncoder, Refusal> {
        let id = view.acs_encoder_id;
        if let Some(known) = self.remembered(id) {
            return Ok(known);
        }
        let noted = journal.note_encoder(id, &view.name, Timestamp::now()).await;
        let known = noted.map_err(|error| journal_failed(&error))?;
        self.remember(&known);
        Ok(known)
    }

    fn remembered(&self, id: Uuid) -> Option<KnownEncoder> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&id).cloned()
    }

    fn remember(&self, encoder: &KnownEncoder) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(encoder.acs_encoder_id, encoder.clone());
    }
}

impl LocalApi {
    /// Which encoder an id means.
    pub(super) async fn meant(&self, id: Uuid) -> Result<Meant, Refusal> {
        let encoders = self.desk.snapshot().encoders;
        if let Some(view) = encoders.iter().find(|view| view.acs_encoder_id == id) {
            return Ok(match view.kind {
                EncoderKind::Seam => Meant::Driven,
                EncoderKind::Local => Meant::Reader {
                    known: self.readers.of(view, self.journal()).await?,
                    is_there: true,
                },
            });
        }
        let known = if let Some(known) = self.readers.remembered(id) {
            Some(known)
        } else {
            let asked = self.journal().read(move |journal| journal.encoder(id));
            asked.await.map_err(|error| journal_failed(&error))?
        };
        Ok(match known {
            Some(known) => {
                self.readers.remember(&known);
                Meant::Reader {
                    known,
                    is_there: false,
                }
            }
            None => Meant::Unknown,
        })
    }

    /// Refuses an encoder that neither this desk nor Seam has. Seam's may not be listed yet, so Seam is asked again: an encode always
    /// goes through the journal, and is never passed on past it.
    pub(super) async fn expect_encoder(&self, id: Uuid) -> Result<(), Refusal> {
        if !matches!(self.meant(id).await?, Meant::Unknown) {
            return Ok(());
        }
        let listed = self.desk.list_seam_encoders().await;
        listed.map_err(|error| match error {
            QueueError::Api(error) => refusal(&error),
            QueueError::Journal(error) => journal_failed(&error),
            error @ QueueError::Resting(_) => Refusal::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "api_resting",
                error.to_string(),
            ),
        })?;
        match self.meant(id).await? {
            Meant::Unknown => Err(Refusal::not_found(
                "acs_encoder_not_found",
                "Encoder not found",
            )),
            Meant::Reader { .. } | Meant::Driven => Ok(()),
        }
    }

    /// Whether an id is that of a reader of this desk.
    pub(super) async fn is_reader(&self, id: Uuid) -> Result<bool, Refusal> {
        Ok(matches!(self.meant(id).await?, Meant::Reader { .. }))
    }

    pub(super) async fn encoders_get(self: &Arc<Self>, call: Call) -> Result<Reply, Refusal> {
        let id = call.input.read(|body| body.uuid("acs_encoder_id"))?;
        let Meant::Reader { known, is_there } = self.meant(id).await? else {
            return self.upstream(call).await;
        };
        let systems = self.systems.of_desk().await?;
        let system = systems.first().ok_or_else(no_system)?;
        let encoder = view(&known, system, is_there);
        Ok(Success::one("acs_encoder", encoder).into())
    }

    /// Exactly one filter, as Seam wants it.
    pub(super) async fn encoders_list(self: &Arc<Self>, call: Call) -> Result<Reply, Refusal> {
        let (filter, page) = call
            .input
            .read(|body| (Filter::read(body), PageRequest::read(body)))?;
        let own = match &filter {
            Filter::Encoders(ids) => self.readers_of(ids).await?,
            Filter::System(wanted) => self.readers_under(std::slice::from_ref(wanted)).await?,
            Filter::Systems(wanted) => self.readers_under(wanted).await?,
        };
        let upstream = match filter {
            Filter::System(id) => Some(json!({ "acs_system_id": id })),
            Filter::Systems(ids) => Some(json!({ "acs_system_ids": ids })),
            // Seam is not asked for encoders that it cannot know.
            Filter::Encoders(mut ids) => {
                ids.retain(|id| !own.iter().any(|encoder| names(encoder, id)));
                (!ids.is_empty()).then(|| json!({ "acs_encoder_ids": ids }))
            }
        };
        let own = Own {
            key: "acs_encoders",
            rows: own,
        };
        self.page(&call, page, own, upstream).await.map(Reply::from)
    }

    async fn readers_of(&self, ids: &[Uuid]) -> Result<Vec<Value>, Refusal> {
        let mut found = Vec::new();
        for id in ids {
            if let Meant::Reader { known, is_there } = self.meant(*id).await? {
                found.push((known, is_there));
            }
        }
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let systems = self.systems.of_desk().await?;
        let system = systems.first().ok_or_else(no_system)?;
        let views = found.iter();
        Ok(views
            .map(|(known, is_there)| view(known, system, *is_there))
            .collect())
    }

    /// The readers that are there, under the first of the wanted systems that is one of this desk.
    async fn readers_under(&self, wanted: &[Uuid]) -> Result<Vec<Value>, Refusal> {
        let systems = self.systems.of_desk().await?;
        let is_wanted = |system: &&System| {
            let id = Uuid::parse_str(&system.acs_system_id);
            id.is_ok_and(|id| wanted.contains(&id))
        };
        let Some(system) = systems.iter().find(is_wanted) else {
            return Ok(Vec::new());
        };
        let mut views = Vec::new();
        for encoder in self.desk.snapshot().encoders {
            if encoder.kind == EncoderKind::Local {
                let known = self.readers.of(&encoder, self.journal()).await?;
                views.push(view(&known, system, true));
            }
        }
        Ok(views)
    }
}

/// Which encoders are wanted.
#[derive(Debug)]
enum Filter {
    System(Uuid),
    Systems(Vec<Uuid>),
    Encoders(Vec<Uuid>),
}

impl Filter {
    fn read(body: &Reader<'_>) -> Self {
        body.exactly_one(&["acs_system_id", "acs_system_ids", "acs_encoder_ids"]);
        let systems = body.uuids("acs_system_ids").unwrap_or_default();
        match (
            body.optional_uuid("acs_system_id"),
            body.uuids("acs_encoder_ids"),
        ) {
            (_, Some(encoders)) => Self::Encoders(encoders),
            (Some(system), None) => Self::System(system),
            (None, None) => Self::Systems(systems),
        }
    }
}

fn names(encoder: &Value, id: &Uuid) -> bool {
    encoder["acs_encoder_id"] == json!(id)
}

/// A reader, as Seam shows an encoder.
fn view(known: &KnownEncoder, system: &System, is_there: bool) -> Value {
    let mut errors = Vec::new();
    if !is_there {
        errors.push(json!({
            "error_code": "acs_encoder_removed",
            "message": "The encoder is not plugged in.",
            "created_at": time(Timestamp::now()),
        }));
    }
    json!({
        "acs_encoder_id": known.acs_encoder_id,
        "acs_system_id": system.acs_system_id,
        "connected_account_id": system.connected_account_id,
        "workspace_id": system.workspace_id,
        "display_name": known.name,
        "created_at": time(known.first_seen_at),
        "errors": errors,
    })
}

/// A time as Seam writes it.
pub(super) fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}
