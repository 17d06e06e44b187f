//! Times on the command line.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::issuance::time::local_of;
use crate::seam::Time;

/// Takes a time with an offset, and keeps it as it was written: the API gets what the person said.
pub(super) fn rfc3339(text: &str) -> Result<String, String> {
    text.parse::<Time>()
        .map(|_| text.to_owned())
        .map_err(|_| "write it with an offset, such as 2026-08-01T15:00:00+02:00".to_owned())
}

/// A time of a card record, in seconds since 1970, as Seam writes times and as people read them; what is no date stays a
/// number.
pub(super) fn of_record(seconds: i64) -> (String, String) {
    let time = Time::from_second(seconds);
    (time.to_string(), local_of(time))
}

/// A time that Seam gives, as people read it; what is no time stays as it came.
pub(super) fn of_seam(text: &str) -> String {
    text.parse().map_or_else(|_| text.to_owned(), local_of)
}

/// This day, in UTC.
pub(super) fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}
