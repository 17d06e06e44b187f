//! What the page, or a program with a token, can ask of the desk and have it do.
//!
//! | file | holds |
//! |---|---|
//! | `orders` | what is done with a card: encode, scan, wipe, cancel |
//! | `create` | the credential that an order creates |
//! | `guests` | who waits, a search at Seam, entrances, another end of a stay |
//! | `history` | what was done, in pages and as a file |
//! | `csv` | that file |

mod create;
mod csv;
mod guests;
mod history;
mod orders;

use std::sync::Arc;

use axum::extract::{Extension, State};
use serde_json::json;

pub(super) use self::guests::{entrances, extend, list as guests, search};
pub(super) use self::history::{history, history_csv};
pub(super) use self::orders::{cancel, encode, scan, wipe};
use super::admission::{Caller, Scope};
use super::kiosk;
use super::site::Site;
use crate::rpc::Success;

/// `GET /desk/snapshot`: everything as it is now, or of that what a kiosk is shown.
pub(super) async fn snapshot(
    State(site): State<Arc<Site>>,
    Extension(caller): Extension<Caller>,
) -> Success {
    let snapshot = json!(site.desk.snapshot());
    Success::ok().with(
        "snapshot",
        match caller.scope {
            Scope::Desk | Scope::ReadOnly => snapshot,
            Scope::Kiosk => kiosk::snapshot(&snapshot),
        },
    )
}
