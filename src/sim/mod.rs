//! The simulated Seam API: stateful, shipped, used by the demo, by tests and by integrators alike.
//!
//! [`serve`] answers the paths of the Seam API that a card agent meets, with Seam's verbs, envelope, rules and error names,
//! for a [`Hotel`] that lives in memory. It is as strict as the hosted API and never friendlier. What no public source
//! says about the hosted API is decided here, always towards the stricter reading, and the deciding file says so.
//!
//! Beside the API it receives issuance reports ([`Access::report_url`]), verifies their signature and marks the
//! credential issued, as Seam does after its own encoder wrote a card.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use cardbridge::sim::{self, Hotel};
//!
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! let hotel = Hotel::seeded();
//! let access = hotel.access(listener.local_addr()?); // endpoint, key, report address, report secret
//! let faults = hotel.faults(); // nothing goes wrong until a test says so
//! sim::serve(listener, hotel, async { tokio::signal::ctrl_c().await.unwrap_or_default() }).await?;
//! # Ok(()) }
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `routes`, `call` | the table: path, verbs, handler; and what a handler is given |
//! | `server`, `wire` | from the socket to a handler and back; connections that can be cut |
//! | `auth`, `paging`, `times` | what every call goes through, beside `crate::rpc` |
//! | `model`, `table`, `state` | the hotel, as facts |
//! | `view` | the facts as the API shows them |
//! | `resources` | the handlers, a file per resource |
//! | `issue`, `attempts`, `events` | the one way to become issued; work that ends later; what happened |
//! | `report` | the report receiver |
//! | `seed` | where a hotel comes from |
//! | `faults` | what a test may make go wrong |

#![expect(
    clippy::struct_field_names,
    reason = "the fields have the names that the API gives them"
)]

mod attempts;
mod auth;
mod call;
mod event_types;
mod events;
mod faults;
mod hotel;
mod issue;
mod model;
mod paging;
mod report;
mod resources;
mod routes;
mod seed;
mod server;
mod state;
mod table;
mod time;
mod times;
mod view;
mod wire;

pub use faults::{Fault, Faults, Target};
pub use hotel::{Access, Hotel};
pub use seed::SeedError;
pub use server::serve;
