//! What the agent serves, over HTTP: its doors, and what is behind them. The binary runs, and is asked as anyone on the network could.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a helper that cannot go on stops its test"
)]

mod agent;
mod alone;
mod browser;
mod cookies;
mod demo;
mod first;
mod guests;
mod hosts;
mod http;
mod limits;
mod orders;
mod origins;
mod page;
mod silent;
mod simulated;
mod staged;
mod tls;
mod tokens;
mod watched;
mod webdriver;
mod whose;
mod wire;
