//! `GET /metrics`: what a monitoring system collects, in Prometheus's text format.
//!
//! | metric | labels | counts |
//! |---|---|---|
//! | `cardbridge_issuances_total` | `outcome`: `written`, `by_seam`, or the code of what went wrong | cards that were to get a credential |
//! | `cardbridge_reports_total` | `outcome`: `accepted`, `refused` | attempts to report an issuance |
//! | `cardbridge_apdu_duration_seconds` | | how long commands to cards took |
//! | `cardbridge_seam_request_duration_seconds` | `path`, `status` (`none`: no answer) | how long calls of the Seam API took |
//! | `cardbridge_unreported` | | reports that are still to be sent |
//! | `cardbridge_waiting` | | guests who wait for a card, while a page is open |
//! | `cardbridge_encoder_up`, `cardbridge_encoder_card` | `encoder` | 1 where it can be used; 1 where a card is on it |
//! | `cardbridge_pcsc_up`, `cardbridge_seam_up` | | 1 where the service, or the API, answers |

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use super::site::Site;
use crate::desk::DeskError;
use crate::desk::notice::{Notice, Observer};
use crate::desk::snapshot::Snapshot;
use crate::encoder::ExchangeMeter;
use crate::seam::Attempted;

type Labels = Vec<(&'static str, String)>;
type Calls = Family<Labels, Histogram, fn() -> Histogram>;

/// What is counted as it happens. A clone counts into the same.
#[derive(Debug, Clone)]
pub struct Meters {
    issuances: Family<Labels, Counter>,
    reports: Family<Labels, Counter>,
    commands: Histogram,
    calls: Calls,
}

impl Default for Meters {
    fn default() -> Self {
        let issuances = Family::default();
        let reports = Family::default();
        // What has not happened yet is 0, not unknown: a first one is to be seen as a rise.
        for (family, outcome) in [
            (&issuances, "written"),
            (&reports, "accepted"),
            (&reports, "refused"),
        ] {
            let family: &Family<Labels, Counter> = family;
            let _ = family.get_or_create(&vec![("outcome", outcome.to_owned())]);
        }
        Self {
            issuances,
            reports,
            // From 1 ms to 4 s.
            commands: Histogram::new(exponential_buckets(0.001, 2.0, 13)),
            calls: Family::new_with_constructor(of_calls),
        }
    }
}

/// From 10 ms to 40 s.
fn of_calls() -> Histogram {
    Histogram::new(exponential_buckets(0.01, 2.0, 13))
}

impl Meters {
    /// Counts what happens at the desk, before `next` hears of it.
    #[must_use]
    pub fn observer(&self, next: Observer) -> Observer {
        let meters = self.clone();
        Arc::new(move |notice| {
            meters.count(&notice);
            next(notice);
        })
    }

    /// Hears how long commands to cards take.
    #[must_use]
    pub fn of_exchanges(&self) -> ExchangeMeter {
        let commands = self.commands.clone();
        ExchangeMeter::new(move |took: Duration| commands.observe(took.as_secs_f64()))
    }

    /// Hears of each attempt at a call of the API.
    pub fn of_attempts(&self) -> impl Fn(Attempted) + Send + Sync + 'static {
        let calls = self.calls.clone();
        move |attempted| {
            let status = attempted.status;
            let status = status.map_or_else(|| "none".to_owned(), |status| status.to_string());
            let path = attempted.call.path().to_owned();
            let labels = vec![("path", path), ("status", status)];
            calls
                .get_or_create(&labels)
                .observe(attempted.took.as_secs_f64());
        }
    }

    fn count(&self, notice: &Notice) {
        match notice {
            Notice::Written(_) => self.issued("written"),
            Notice::NotIssued { error, .. } => self.issued(error.code()),
            Notice::JobEnded {
                error: Some(error), ..
            } if matches!(**error, DeskError::Issue(_)) => self.issued(error.code()),
            Notice::SeamHasEncoded(encode) if encode.is_issued() => self.issued("by_seam"),
            Notice::Reported(_) => self.reported("accepted"),
            Notice::NotReported(_) => self.reported("refused"),
            _ => {}
        }
    }

    fn issued(&self, outcome: &str) {
        let labels = vec![("outcome", outcome.to_owned())];
        self.issuances.get_or_create(&labels).inc();
    }

    fn reported(&self, outcome: &str) {
        let labels = vec![("outcome", outcome.to_owned())];
        self.reports.get_or_create(&labels).inc();
    }

    /// All of it, and what the snapshot says, as text.
    fn text(&self, snapshot: &Snapshot) -> Result<String, fmt::Error> {
        let mut registry = Registry::with_prefix("cardbridge");
        registry.register(
            "issuances",
            "Cards that were to get a credential",
            self.issuances.clone(),
        );
        registry.register(
            "reports",
            "Attempts to report an issuance",
            self.reports.clone(),
        );
        registry.register(
            "apdu_duration_seconds",
            "How long commands to cards took",
            self.commands.clone(),
        );
        registry.register(
            "seam_request_duration_seconds",
            "How long calls of the Seam API took",
            self.calls.clone(),
        );
        register_state(&mut registry, snapshot);
        let mut text = String::new();
        encode_registry(&mut text, &registry)?;
        encode_eof(&mut text)?;
        Ok(text)
    }
}

/// What is so now.
fn register_state(registry: &mut Registry, snapshot: &Snapshot) {
    let labels = vec![("version", snapshot.version.to_owned())];
    registry.register("build", "This program", Info::new(labels));
    let mut gauge = |name: &str, help: &str, value: i64| {
        let gauge = Gauge::<i64>::default();
        gauge.set(value);
        registry.register(name, help, gauge);
    };
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    gauge(
        "unreported",
        "Reports that are still to be sent",
        count(snapshot.unreported),
    );
    gauge(
        "waiting",
        "Guests who wait for a card",
        count(snapshot.queue.waiting),
    );
    gauge(
        "pcsc_up",
        "Whether the PC/SC service answers",
        i64::from(!snapshot.service_lost),
    );
    if let Some(reachable) = snapshot.seam.reachable {
        gauge(
            "seam_up",
            "Whether the Seam API answers",
            i64::from(reachable),
        );
    }
    let up = Family::<Labels, Gauge>::default();
    let card = Family::<Labels, Gauge>::default();
    for encoder in &snapshot.encoders {
        let labels = vec![("encoder", encoder.name.clone())];
        let is_up = encoder.online && !encoder.stuck;
        up.get_or_create(&labels).set(i64::from(is_up));
        let has_card = encoder.card.is_some();
        card.get_or_create(&labels).set(i64::from(has_card));
    }
    registry.register("encoder_up", "Whether an encoder can be used", up);
    registry.register("encoder_card", "Whether a card is on an encoder", card);
}

/// `GET /metrics`
pub(super) async fn metrics(State(site): State<Arc<Site>>) -> Response {
    let Ok(text) = site.meters.text(&site.desk.snapshot()) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let kind =
        HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}
