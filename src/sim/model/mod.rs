//! The facts of the hotel, as data. Most models are also their form in a seed file. How the API shows them is in `view`.

mod access;
mod attempt;
mod credential;
mod encoder;
mod entrance;
mod errors;
mod event;
mod identity;
mod last_card;
mod metadata;
mod mode;
mod report;
mod system;
mod user;
mod workspace;

pub(super) use access::{AccessGrant, AccessMethod, CardStep};
pub(super) use attempt::{Attempt, Failure, Task};
pub(super) use credential::Credential;
pub(super) use encoder::{Encoder, NextEncode, NextScan};
pub(super) use entrance::Entrance;
pub(super) use errors::{CredentialError, Warning, WarningCode};
pub(super) use event::Event;
pub(super) use identity::UserIdentity;
pub(super) use last_card::LastCard;
pub(super) use metadata::{CardFunctionType, VisionlineMetadata, VostioMetadata};
pub(super) use mode::Mode;
pub(super) use report::{ReportKind, Reported};
pub(super) use system::{Manufacturer, System};
pub(super) use user::{AccessSchedule, User};
pub(super) use workspace::Workspace;

use uuid::Uuid;

fn new_id() -> Uuid {
    Uuid::new_v4()
}
