//! Times on the command line.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
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

/// The length of a day without a time.
const DAY: usize = "2026-08-01".len();

/// A time from which on something is wanted; of a day, its beginning here.
pub(super) fn since(text: &str) -> Result<Timestamp, String> {
    time_here(text, Ok)
}

/// A time up to which something is wanted; of a day, its end here.
pub(super) fn until(text: &str) -> Result<Timestamp, String> {
    time_here(text, Date::tomorrow)
}

fn time_here(
    text: &str,
    of_day: impl Fn(Date) -> Result<Date, jiff::Error>,
) -> Result<Timestamp, String> {
    let zone = TimeZone::system();
    let time = if text.len() == DAY {
        let day = text.parse().and_then(of_day);
        day.and_then(|day: Date| day.to_zoned(zone))
            .map(|time| time.timestamp())
    } else {
        text.parse().or_else(|_| {
            let time = text.parse::<DateTime>()?.to_zoned(zone)?;
            Ok::<_, jiff::Error>(time.timestamp())
        })
    };
    time.map_err(|_| {
        "write a day, such as 2026-08-01, or a time, such as 2026-08-01T15:00 or 2026-08-01T15:00:00+02:00"
            .to_owned()
    })
}
