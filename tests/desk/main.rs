//! The desk handle: commands in, a snapshot and events out, with simulated encoders and the simulated API.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop where it is"
)]

mod access_methods;
mod cards;
mod events;
mod guests;
mod kinds;
mod parts;
mod pulled;
mod seam_encoders;
mod shown;
mod stage;
