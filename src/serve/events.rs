//! What happens at the desk, as server-sent events.
//!
//! | event | data |
//! |---|---|
//! | `snapshot` | everything: the first event, and again where a reader has missed some |
//! | `encoder` | one encoder as it is now |
//! | `encoder_removed` | the `acs_encoder_id` of one that is gone |
//! | `state` | everything but the encoders, as it is now |
//! | `happened` | what happened, as `docs/json.md` describes it |
//! | `alive` | nothing: every five seconds of which nothing else is said, so that a page notices an agent that hangs |
//!
//! A kiosk hears of each what its page shows.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::time::sleep;
use uuid::Uuid;

use super::admission::{Caller, Need};
use super::feed::Said;
use super::query::Query;
use super::site::Site;
use super::streams::Room;
use crate::desk::KioskReader;
use crate::desk::target::Which;
use crate::queue::Watching;
use crate::rpc::Refusal;

/// How often a stream that has nothing to say shows that it is there. The page waits for it twice (`page/assets/js/source.js`).
const ALIVE: Duration = Duration::from_secs(5);

/// How often it is asked whether the token of a stream that has nothing to say is still valid.
const STILL_VALID: Duration = Duration::from_secs(15);

/// The kiosk's encoder, by id or name; `first`: the first of this machine.
fn named(which: &str) -> Option<Which> {
    match Uuid::parse_str(which) {
        Ok(id) => Some(Which::Id(id)),
        Err(_) if which == "first" => None,
        Err(_) => Some(Which::Name(which.to_owned())),
    }
}

/// `GET /events`, with `kiosk` for the page of one: its encoder is kept for it as long as it listens.
pub(super) async fn stream(
    State(site): State<Arc<Site>>,
    Extension(caller): Extension<Caller>,
    query: Query,
) -> Response {
    let kiosk = match query.of(&["kiosk"]) {
        Ok(query) => query.text("kiosk").map(named),
        Err(refusal) => return refusal.into_response(),
    };
    let room = match site.streams.room_for(&caller) {
        Ok(room) => room,
        Err(most) => {
            return Refusal::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "too_many_streams",
                format!("{most} pages are open already"),
            )
            .into_response();
        }
    };
    // A caller who may not see the guests does not cause Seam to be asked for them.
    let looks = caller.scope.may(Need::Read).then(|| site.desk.look_on());
    let (first, later) = site.feed.subscribe();
    let stream = Streaming {
        site: Arc::clone(&site),
        caller,
        first: Some(first),
        later,
        over: site.over.subscribe(),
        _looks: looks.flatten(),
        _kiosk: kiosk.map(|which| site.desk.keep_for_kiosk(which)),
        _room: room,
    };
    let alive = Event::default().event("alive").data("{}");
    Sse::new(stream.into_stream())
        .keep_alive(KeepAlive::new().interval(ALIVE).event(alive))
        .into_response()
}

/// One reader of events.
struct Streaming {
    site: Arc<Site>,
    caller: Caller,
    /// The snapshot, which comes first.
    first: Option<Said>,
    later: Receiver<Said>,
    over: watch::Receiver<bool>,
    /// Keeps the list of the guests as it is at Seam.
    _looks: Option<Watching>,
    /// Keeps the kiosk's encoder for it.
    _kiosk: Option<KioskReader>,
    _room: Room,
}

impl Streaming {
    fn into_stream(self) -> impl Stream<Item = Result<Event, Infallible>> {
        unfold(self, |mut stream| async move {
            let event = stream.next().await?;
            Some((Ok(event), stream))
        })
    }

    /// The next event; none once the token is no longer valid, which is checked before each event and while there is none.
    async fn next(&mut self) -> Option<Event> {
        let said = self.take_next().await?;
        let is_known = self.site.admission.knows(&self.caller);
        is_known.then(|| said.to(self.caller.scope))
    }

    async fn take_next(&mut self) -> Option<Said> {
        loop {
            if let Some(first) = self.first.take() {
                return Some(first);
            }
            let later = tokio::select! {
                later = self.later.recv() => later,
                _ = self.over.wait_for(|over| *over) => return None,
                () = sleep(STILL_VALID) => {
                    if self.site.admission.knows(&self.caller) {
                        continue;
                    }
                    return None;
                }
            };
            match later {
                Ok(event) => return Some(event),
                // It fell behind: a snapshot replaces what it missed.
                Err(RecvError::Lagged(_)) => {
                    let (first, later) = self.site.feed.subscribe();
                    self.first = Some(first);
                    self.later = later;
                }
                Err(RecvError::Closed) => return None,
            }
        }
    }
}
