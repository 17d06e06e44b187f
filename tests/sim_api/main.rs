//! The simulated Seam API from outside, over HTTP. Each answer to each call is held against Seam's schemas on the way (see
//! `desk`), so a test asserts only what it is about.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on stops its test"
)]

mod access;
mod authentication;
mod cards;
mod credentials;
mod desk;
mod encoders;
mod events;
mod faults;
#[path = "../support/garbage.rs"]
mod garbage;
mod hostile;
mod pages;
mod people;
mod reports;
#[path = "../support/schemas.rs"]
mod schemas;
mod seeds;
mod verbs;
#[path = "../support/wire.rs"]
mod wire;
