//! Readers of the PC/SC service: the only place that knows the `pcsc` crate.
//!
//! A PC/SC context carries out one call at a time, so each thread has its own: the monitor, and each reader. Nothing
//! outlives the service: when it dies, every context and card handle is dead for ever, and all is created again.

mod card;
mod monitor;
mod service;
mod survey;
mod wait;

pub(super) use monitor::Monitor;
pub(super) use service::list;
pub use survey::{Slot, survey};
