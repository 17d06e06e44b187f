//! Hears how long each command to a card takes.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Hears how long each command to a card takes. It is called on the card's thread and must return at once.
#[derive(Clone, Default)]
pub struct ExchangeMeter(Option<Arc<dyn Fn(Duration) + Send + Sync>>);

impl ExchangeMeter {
    /// Calls this.
    #[must_use]
    pub fn new(meter: impl Fn(Duration) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(meter)))
    }

    pub(super) fn took(&self, time: Duration) {
        if let Some(meter) = &self.0 {
            meter(time);
        }
    }
}

impl fmt::Debug for ExchangeMeter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ExchangeMeter")
            .field(&self.0.is_some())
            .finish()
    }
}
