//! Encoders through a real PC/SC service: pcscd with virtual readers, and cards that come, go, hang and are swapped.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a helper that cannot go on stops its test"
)]

#[path = "../support/pcscd.rs"]
mod pcscd;

mod desk;

mod cards;
mod readers;
mod recovery;
mod sharing;
mod signals;
