//! The local API from outside, over HTTP: Seam's calls, answered for simulated readers in front of a simulated hotel. Each answer to each
//! call is held against Seam's schemas on the way, so a test asserts only what it is about.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on stops its test"
)]

#[allow(dead_code, reason = "shared with the tests of the client")]
#[path = "../seam_client/api.rs"]
mod api;
mod attempts;
mod broken_off;
mod desk;
mod encoders;
#[path = "../support/garbage.rs"]
mod garbage;
mod hostile;
mod repeated;
mod restart;
mod scans;
#[allow(dead_code, reason = "shared with the tests of the simulated API")]
#[path = "../support/schemas.rs"]
mod schemas;
mod unlisted;
mod unwritten;
mod upstream;
#[path = "../support/wire.rs"]
mod wire;
