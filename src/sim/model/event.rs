//! Something that happened.

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::sim::time::Time;

/// One event, in the shape in which it is shown.
#[derive(Debug, Clone)]
pub(in crate::sim) struct Event {
    pub(in crate::sim) event_id: Uuid,
    pub(in crate::sim) event_type: &'static str,
    pub(in crate::sim) created_at: Time,
    pub(in crate::sim) body: Map<String, Value>,
}
