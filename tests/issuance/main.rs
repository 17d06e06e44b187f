//! Issuance as a whole: the simulated API over HTTP, a simulated encoder, cards as strict as the silicon.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop where it is"
)]

mod answers;
mod clock;
mod counted;
mod creation;
mod desk;
mod displaced;
mod grants;
mod keys;
mod promise;
mod queue;
mod receivers;
mod refusals;
mod reissue;
mod reports;
mod signals;
mod stay;
mod stopping;
mod superseded;
mod swapped;
mod tearing;
mod verdict;
mod warm;
mod wiping;
