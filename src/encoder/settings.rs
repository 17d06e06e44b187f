//! How encoders are watched.

use std::time::Duration;

use super::{ExchangeMeter, Profiles};

/// How encoders are watched.
#[derive(Debug, Clone)]
pub struct EncoderSettings {
    /// A part of the names of the readers to use; `None` for every contactless one.
    pub name_part: Option<String>,
    /// How long one command may take before its card is given up. Must be longer than the reader's own time limits: the
    /// CCID driver of pcsc-lite waits 3 s, and longer when a card asks for it.
    pub patience: Duration,
    /// Which model each reader is.
    pub profiles: Profiles,
    /// Hears how long commands take.
    pub meter: ExchangeMeter,
}

impl Default for EncoderSettings {
    fn default() -> Self {
        Self {
            name_part: None,
            patience: Duration::from_secs(6),
            profiles: Profiles::default(),
            meter: ExchangeMeter::default(),
        }
    }
}
