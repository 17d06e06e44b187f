//! The main job at a desk like a real one: the binary, a real pcscd, the API over HTTP, cards on a virtual reader.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop where it is"
)]

mod asked;
mod attempts;
mod cards;
mod desfire;
mod desk;
mod explained;
mod foreign;
mod held;
mod keys;
mod killed;
mod matrix;
mod nfc_pcsc;
#[allow(
    dead_code,
    reason = "shared with the tests of the encoders, which also kill pcscd"
)]
#[path = "../support/pcscd.rs"]
mod pcscd;

mod presence;
mod readers;
mod reading;
mod reports;
mod running;
mod sdks;
mod stopping;
mod stranger;
mod told;
mod torn;
#[allow(dead_code, reason = "shared with the tests of the simulated API")]
#[path = "../support/wire.rs"]
mod wire;
