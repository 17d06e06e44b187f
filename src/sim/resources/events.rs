//! `/events`, oldest first.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::rpc::Reader;
use crate::rpc::{Answer, Refusal, Success};
use crate::sim::call::Call;
use crate::sim::event_types::EVENT_TYPES;
use crate::sim::model::Event;
use crate::sim::state::State;
use crate::sim::time::Time;

/// Filters by one id: the parameter is also the event's field.
const BY_ID: &[&str] = &[
    "acs_credential_id",
    "acs_encoder_id",
    "acs_user_id",
    "acs_entrance_id",
    "acs_access_group_id",
    "acs_system_id",
    "access_grant_id",
    "access_method_id",
    "space_id",
    "connected_account_id",
    "user_identity_id",
    "device_id",
    "access_code_id",
    "connect_webview_id",
];

/// Filters by many ids: the parameter, the event's field, and how many may be given.
const BY_IDS: &[(&str, &str, usize)] = &[
    ("event_ids", "event_id", usize::MAX),
    ("acs_system_ids", "acs_system_id", usize::MAX),
    ("access_grant_ids", "access_grant_id", 100),
    ("access_method_ids", "access_method_id", 100),
    ("space_ids", "space_id", 100),
    ("device_ids", "device_id", usize::MAX),
    ("access_code_ids", "access_code_id", usize::MAX),
];

pub(in crate::sim) fn get(state: &mut State, call: &Call<'_>) -> Answer {
    let (id, event_type, device) = call.input.read(|body| {
        (
            body.optional_uuid("event_id"),
            body.optional_text("event_type"),
            body.optional_uuid("device_id"),
        )
    })?;
    if id.is_none() && event_type.is_none() && device.is_none() {
        return Err(Refusal::invalid(
            "One of event_id, event_type and device_id is required",
        ));
    }
    let mut latest_first = state.events.iter().rev();
    let event = latest_first.find(|event| {
        device.is_none()
            && id.is_none_or(|id| event.event_id == id)
            && event_type
                .as_ref()
                .is_none_or(|wanted| event.event_type == wanted)
    });
    match event {
        Some(event) => Ok(Success::one("event", Value::Object(event.body.clone()))),
        None => Err(Refusal::not_found(
            "event_not_found",
            "Could not find event",
        )),
    }
}

/// `since` includes its moment, `between` neither of its two.
pub(in crate::sim) fn list(state: &mut State, call: &Call<'_>) -> Answer {
    let (filter, limit, offset) = call.input.read(|body| {
        let limit = body.number("limit", 500, 1);
        (
            Filter::read(body),
            limit,
            body.number("unstable_offset", 0, 0),
        )
    })?;
    let found = state
        .events
        .iter()
        .filter(|event| filter.lets_through(event));
    let page = found.skip(offset).take(limit);
    Ok(Success::many(
        "events",
        page.map(|event| Value::Object(event.body.clone())),
    ))
}

struct Filter {
    since: Option<Time>,
    between: Option<(Time, Time)>,
    event_types: Option<Vec<String>>,
    /// A field of the event, and the values of which it must have one.
    fields: Vec<(&'static str, Vec<Uuid>)>,
    /// No event here is a customer's.
    customer_key: bool,
}

impl Filter {
    fn read(body: &Reader<'_>) -> Self {
        let single = body
            .optional_text("event_type")
            .map(|event_type| vec![event_type]);
        for event_type in single.iter().flatten() {
            check_event_type(body, "event_type", event_type);
        }
        let several = body.texts("event_types");
        for event_type in several.iter().flatten() {
            check_event_type(body, "event_types", event_type);
        }
        let since = body
            .optional_text("since")
            .and_then(|text| read_moment(body, "since", &text));
        let between = read_between(body);
        if body.has("since") == body.has("between") {
            body.refuse_all("Provide either since or between");
        }
        let by_id = BY_ID
            .iter()
            .filter_map(|field| Some((*field, vec![body.optional_uuid(field)?])));
        let by_ids = BY_IDS.iter().filter_map(|(parameter, field, most)| {
            let ids = body.uuids(parameter)?;
            if ids.len() > *most {
                let message = format!("Array must contain at most {most} element(s)");
                body.refuse(parameter, message);
            }
            Some((*field, ids))
        });
        Self {
            since,
            between,
            event_types: single.or(several),
            fields: by_id.chain(by_ids).collect(),
            customer_key: body.optional_text("customer_key").is_some(),
        }
    }

    fn lets_through(&self, event: &Event) -> bool {
        !self.customer_key
            && self.since.is_none_or(|since| event.created_at >= since)
            && self
                .between
                .is_none_or(|(from, to)| event.created_at > from && event.created_at < to)
            && self
                .event_types
                .as_ref()
                .is_none_or(|types| types.iter().any(|wanted| wanted == event.event_type))
            && self
                .fields
                .iter()
                .all(|(field, ids)| ids.iter().any(|id| has(event, field, *id)))
    }
}

/// Whether a field of an event is this id. An access method's event names its grants in an array.
fn has(event: &Event, field: &str, id: Uuid) -> bool {
    let id = json!(id);
    event.body.get(field) == Some(&id)
        || event
            .body
            .get(&format!("{field}s"))
            .and_then(Value::as_array)
            .is_some_and(|ids| ids.contains(&id))
}

fn check_event_type(body: &Reader<'_>, parameter: &str, event_type: &str) {
    if !EVENT_TYPES.contains(&event_type) {
        body.refuse(
            parameter,
            format!("Invalid enum value. Received '{event_type}'"),
        );
    }
}

fn read_between(body: &Reader<'_>) -> Option<(Time, Time)> {
    let ends = body.texts("between")?;
    let [from, to] = ends.as_slice() else {
        body.refuse("between", "Array must contain exactly 2 element(s)");
        return None;
    };
    Some((
        read_moment(body, "between", from)?,
        read_moment(body, "between", to)?,
    ))
}

/// A date-time, or a date alone, which is its midnight in UTC.
fn read_moment(body: &Reader<'_>, parameter: &str, text: &str) -> Option<Time> {
    let moment = Time::parse(text).or_else(|| Time::parse(&format!("{text}T00:00:00Z")));
    if moment.is_none() {
        body.refuse(parameter, "Invalid datetime");
    }
    moment
}
