//! Times on the command line.

use jiff::Timestamp;

/// Takes a time with an offset, and keeps it as it was written: the API gets what the person said.
pub(super) fn rfc3339(text: &str) -> Result<String, String> {
    text.parse::<Timestamp>()
        .map(|_| text.to_owned())
        .map_err(|_| "write it with an offset, such as 2026-08-01T15:00:00+02:00".to_owned())
}
