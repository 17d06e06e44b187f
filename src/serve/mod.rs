//! The desk over HTTP: its page, its events, its commands, and the local API that Seam's own SDKs can call.
//!
//! | file | holds |
//! |---|---|
//! | `site` | [`Site`]: what is served |
//! | `connections` | [`serve`]: connections, and how slow they may be |
//! | `room` | how many there are at a time, and which makes way for the next |
//! | `tls` | the certificate of a desk that is reached over the network |
//! | `routes` | every path, who may call it, and what answers it |
//! | [`admission`] | who is let in |
//! | `carried_out` | what goes on when its caller no longer waits |
//! | `cors` | what pages of other origins need to hear |
//! | `body`, `query` | the JSON that a caller sends, and what a path is asked with |
//! | `trouble` | what went wrong at the desk, as an answer and as an event |
//! | `events`, `feed` | what happens at the desk, as server-sent events |
//! | `kiosk` | what of it a kiosk is shown |
//! | `streams` | how many read that at a time |
//! | [`link_socket`] | where a person on this machine gets a link to the page |
//! | `commands` | what the page can have the desk do |
//! | `health`, `metrics` | whether the agent is well, and what it has done |
//! | `page` | the files of the page |
//! | `simulated` | the cards on simulated encoders |
//! | [`seam`] | Seam's own calls, answered for the encoders of this desk |

pub mod admission;
#[cfg(unix)]
pub mod link_socket;
pub mod seam;

mod body;
mod carried_out;
mod commands;
mod connections;
mod cors;
mod events;
mod feed;
mod health;
mod kiosk;
mod metrics;
mod page;
mod query;
mod room;
mod routes;
mod simulated;
mod site;
mod streams;
mod tls;
mod trouble;

pub use self::connections::serve;
pub use self::metrics::Meters;
pub use self::site::Site;
pub use self::tls::{Tls, TlsError};
