//! The binary from outside: arguments and environment in, exit code, stdout and stderr out.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on stops its test"
)]

mod configuration;
mod demo;
mod desk;
mod help;
mod history;
mod hotel;
mod keys;
mod machine;
mod proxy;
mod receiver;
mod seam_encoders;
mod served;
mod sim_card;
mod simulated;
mod terminal;
