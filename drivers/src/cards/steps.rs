//! Carrying out a write step by step.

use crate::contract::{DriverError, Progress};

/// Carries out `steps` in their order, and says after each how far the write is.
pub(super) fn each<'s, S>(
    steps: &'s [S],
    progress: &mut dyn FnMut(Progress),
    mut carry_out: impl FnMut(&'s S) -> Result<(), DriverError>,
) -> Result<(), DriverError> {
    let total = steps.len();
    for (done, step) in (1..).zip(steps) {
        carry_out(step)?;
        progress(Progress { done, total });
    }
    Ok(())
}
