//! The facts of the hotel. Each model is also its form in a seed file; its `view` is Seam's shape of it, in which whatever
//! follows from other facts (workspace, connected account, external type, warnings) is worked out.

mod access;
mod credential;
mod encoder;
mod entrance;
mod identity;
mod metadata;
mod notice;
mod system;
mod user;
mod workspace;

pub(super) use access::{AccessGrant, AccessMethod, CardStep};
pub(super) use credential::{Credential, Mode};
pub(super) use encoder::{Encoder, NextEncode, NextScan};
pub(super) use entrance::Entrance;
pub(super) use identity::UserIdentity;
pub(super) use metadata::{CardFunctionType, VisionlineMetadata, VostioMetadata};
pub(super) use notice::{Notice, Warning, WarningCode};
pub(super) use system::{Manufacturer, System};
pub(super) use user::{AccessSchedule, User};
pub(super) use workspace::Workspace;

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// Sets a field of a view if there is something to set: an optional field is left out, not null.
fn set(view: &mut Value, field: &str, value: Option<impl Serialize>) {
    if let Some(value) = value.and_then(|value| serde_json::to_value(value).ok()) {
        view[field] = value;
    }
}

fn new_id() -> Uuid {
    Uuid::new_v4()
}
