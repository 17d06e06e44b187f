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

use axum::extract::State;

pub(super) use self::guests::{entrances, extend, list as guests, search};
pub(super) use self::history::{history, history_csv};
pub(super) use self::orders::{cancel, encode, scan, wipe};
use super::site::Site;
use crate::rpc::Success;

/// `GET /desk/snapshot`: everything as it is now.
pub(super) async fn snapshot(State(site): State<Arc<Site>>) -> Success {
    Success::ok().with("snapshot", site.desk.snapshot())
}
