//! The Seam client from outside: against an API that answers well, against one that does its worst, and against the schemas.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on stops its test"
)]

mod answers;
mod api;
mod calls;
mod every_call;
mod life;
mod pages;
mod repetition;
mod round_trip;
mod schema;
mod secrecy;
mod settings;
mod silence;
mod stay;
mod waiting;
