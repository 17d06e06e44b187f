//! Several desks of one property: real agents on simulated readers, one hotel whose API never hears that a card was written, as Seam's
//! does not, and a PostgreSQL of the tests' own.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a helper that cannot go on stops its test"
)]

mod claims;
mod cluster;
mod desk;
mod hotel;
mod late;
mod lost;
mod offline;
mod proxy;
mod setup;
mod shared;
mod tls;
