//! What drivers are tried on: a simulated PC/SC reader, faults on demand, and the conformance suite that every driver must
//! pass.
//!
//! Shipped, not test-only: `cardbridge demo`, `cardbridge sim-card` and the tests of driver authors use the same
//! ones.

pub mod conformance;
pub mod cost;
mod fault;
mod reader;
mod recorder;
mod site;

pub use fault::{Faulty, HoldsCard, Loss};
pub use reader::SimulatedReader;
pub use recorder::{Exchange, Recorder};
pub use site::site_settings;
