//! The facts as the API shows them: what follows from other facts (workspace, connected account, external type, warnings) is
//! worked out here.

mod access;
mod credential;
mod encoder;
mod entrance;
mod identity;
mod system;
mod user;

use serde::Serialize;
use serde_json::Value;

/// Sets a field of a view if there is something to set: an optional field is left out, not null.
fn set(view: &mut Value, field: &str, value: Option<impl Serialize>) {
    if let Some(value) = value.and_then(|value| serde_json::to_value(value).ok()) {
        view[field] = value;
    }
}
