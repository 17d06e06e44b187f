//! How fast things happen in the demo.

use std::time::Duration;

use crate::encoder::Tray;

/// How fast things happen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tempo {
    /// What one command to a card takes.
    pub(super) exchange: Duration,
    /// Time to read a line.
    pub(super) pause: Duration,
}

impl Tempo {
    /// As at a desk.
    pub(super) const REAL: Self = Self {
        exchange: Tray::REAL_PACE,
        pause: Duration::from_millis(1200),
    };
    pub(super) const FAST: Self = Self {
        exchange: Duration::ZERO,
        pause: Duration::ZERO,
    };
}
