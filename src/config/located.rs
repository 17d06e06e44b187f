//! A setting that knows its place.

use super::{ConfigError, Origin};

/// A setting and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located<T> {
    /// The setting.
    pub value: T,
    /// Its place.
    pub origin: Origin,
}

impl Located<String> {
    /// Parses the text; a refusal keeps the place.
    pub(super) fn parse<T>(
        self,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Located<T>, ConfigError> {
        match parse(&self.value) {
            Ok(value) => Ok(Located {
                value,
                origin: self.origin,
            }),
            Err(problem) => Err(ConfigError::Value {
                origin: self.origin,
                problem,
            }),
        }
    }
}
