//! What happens at the desk, as server-sent events.
//!
//! | event | data |
//! |---|---|
//! | `snapshot` | everything: the first event, and again where a reader has missed some |
//! | `encoder` | one encoder as it is now |
//! | `encoder_removed` | the `acs_encoder_id` of one that is gone |
//! | `state` | everything but the encoders, as it is now |
//! | `happened` | what happened, as `docs/json.md` describes it |

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use futures_util::stream::unfold;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::answer::Refusal;
use super::doors::{Caller, Need};
use super::site::Site;
use super::trouble::happened;
use crate::desk::snapshot::Snapshot;
use crate::desk::{Desk, Events, Update};
use crate::queue::Watching;

/// Event streams at a time.
pub(super) const MOST: usize = 96;

/// How often a stream that has nothing to say shows that it is there.
const STILL_THERE: Duration = Duration::from_secs(15);

/// `GET /events`
pub(super) async fn stream(
    State(site): State<Arc<Site>>,
    Extension(caller): Extension<Caller>,
) -> Response {
    let Ok(permit) = Arc::clone(&site.streams).try_acquire_owned() else {
        return Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too_many_streams",
            format!("{MOST} pages are open already"),
        )
        .into_response();
    };
    // Who may not see the guests does not have them asked for.
    let looks = caller.scope.may(Need::Read).then(|| site.desk.look_on());
    let stream = Streaming {
        desk: site.desk.clone(),
        events: site.desk.events(),
        over: site.over.subscribe(),
        shown: None,
        _looks: looks.flatten(),
        ready: VecDeque::new(),
        _permit: permit,
    };
    Sse::new(stream.into_stream())
        .keep_alive(KeepAlive::new().interval(STILL_THERE))
        .into_response()
}

/// One reader of events.
struct Streaming {
    desk: Desk,
    events: Events,
    over: watch::Receiver<bool>,
    /// What the reader has seen.
    shown: Option<Box<Snapshot>>,
    ready: VecDeque<Event>,
    /// Keeps the list of the guests as it is at Seam.
    _looks: Option<Watching>,
    _permit: OwnedSemaphorePermit,
}

impl Streaming {
    fn into_stream(self) -> impl Stream<Item = Result<Event, Infallible>> {
        unfold(self, |mut stream| async move {
            loop {
                if let Some(event) = stream.ready.pop_front() {
                    return Some((Ok(event), stream));
                }
                let update = tokio::select! {
                    update = stream.events.next() => update?,
                    _ = stream.over.wait_for(|over| *over) => return None,
                };
                stream.take(update);
            }
        })
    }

    fn take(&mut self, update: Update) {
        match update {
            Update::Snapshot { snapshot, .. } => {
                self.ready
                    .push_back(event("snapshot", &snapshot, snapshot.number));
                self.shown = Some(snapshot);
            }
            Update::Event(what) => {
                self.show_changes();
                self.ready
                    .push_back(event("happened", &happened(&what), what.number));
            }
        }
    }

    /// What differs from what the reader has seen.
    fn show_changes(&mut self) {
        let now = Box::new(self.desk.snapshot());
        let Some(before) = self.shown.take() else {
            return;
        };
        for encoder in &now.encoders {
            if !before.encoders.contains(encoder) {
                self.ready.push_back(event("encoder", encoder, now.number));
            }
        }
        for gone in &before.encoders {
            let id = gone.acs_encoder_id;
            if now.encoders.iter().all(|there| there.acs_encoder_id != id) {
                let gone = json!({"acs_encoder_id": id});
                self.ready
                    .push_back(event("encoder_removed", &gone, now.number));
            }
        }
        let rest = rest(&now);
        if rest != self::rest(&before) {
            self.ready.push_back(event("state", &rest, now.number));
        }
        self.shown = Some(now);
    }
}

/// Everything but the encoders, and but the number that each event has.
fn rest(snapshot: &Snapshot) -> Value {
    let rest = Snapshot {
        encoders: Vec::new(),
        number: 0,
        ..snapshot.clone()
    };
    let mut rest = json!(rest);
    if let Some(fields) = rest.as_object_mut() {
        fields.remove("encoders");
        fields.remove("number");
    }
    rest
}

fn event(name: &str, data: &impl Serialize, number: u64) -> Event {
    // Without line ends, which JSON has none of.
    let data = json!(data).to_string();
    Event::default()
        .event(name)
        .id(number.to_string())
        .data(data)
}
