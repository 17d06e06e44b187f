//! Parameters that are points in time.

use super::time::Time;
use crate::rpc::Reader;

/// Reads points in time.
pub(super) trait Times {
    /// One that may be absent.
    fn optional_time(&self, name: &str) -> Option<Time>;
    /// One that may not.
    fn time(&self, name: &str) -> Option<Time>;
    /// One that may be null or absent.
    fn nullable_time(&self, name: &str) -> Option<Time>;
}

impl Times for Reader<'_> {
    fn optional_time(&self, name: &str) -> Option<Time> {
        self.optional_parsed(name, Time::parse, "Invalid datetime")
    }

    fn time(&self, name: &str) -> Option<Time> {
        if self.has(name) {
            return self.optional_time(name);
        }
        self.refuse(name, "Required");
        None
    }

    fn nullable_time(&self, name: &str) -> Option<Time> {
        if self.is_null(name) {
            None
        } else {
            self.optional_time(name)
        }
    }
}
