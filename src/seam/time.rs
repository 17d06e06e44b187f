//! The API's times: kept as they came, parsed when an instant is needed.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{self, DateTime};
use jiff::fmt::temporal::Pieces;
use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

/// An instant, from any date-time of RFC 3339 or of JavaScript. "For ever" is often written as `9999-12-31T23:59:59Z`, which a
/// [`Timestamp`] cannot hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time {
    /// Seconds since 1970, rounded down.
    second: i64,
    /// What was rounded off.
    nanosecond: u32,
}

/// The beginning of 1970 in UTC.
const EPOCH: DateTime = civil::date(1970, 1, 1).at(0, 0, 0, 0);
/// The last second of the last year that is written with four digits.
const LAST_OF_9999: i64 = 253_402_300_799;
/// The calendar repeats itself after 400 years, which are so many seconds.
const CYCLE: i64 = 146_097 * 86_400;

/// Not a date-time with an offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a time with an offset (RFC 3339)")]
pub struct NotATime;

impl Time {
    /// From seconds since 1970.
    #[must_use]
    pub fn from_second(second: i64) -> Self {
        Self {
            second,
            nanosecond: 0,
        }
    }

    /// Seconds since 1970, rounded down.
    #[must_use]
    pub fn as_second(self) -> i64 {
        self.second
    }

    fn of(date_time: DateTime) -> Self {
        let since = date_time.duration_since(EPOCH);
        let (second, rest) = (since.as_secs(), since.subsec_nanos());
        // Before 1970 a fraction counts backwards.
        let (second, rest) = if rest < 0 {
            (second - 1, rest + 1_000_000_000)
        } else {
            (second, rest)
        };
        Self {
            second,
            nanosecond: rest.unsigned_abs(),
        }
    }
}

impl From<Timestamp> for Time {
    fn from(time: Timestamp) -> Self {
        Self::of(jiff::tz::Offset::UTC.to_datetime(time))
    }
}

impl FromStr for Time {
    type Err = NotATime;

    fn from_str(text: &str) -> Result<Self, NotATime> {
        let (cycles, text) = within_four_digits(text).ok_or(NotATime)?;
        let text = at_most_nine_decimals(&text);
        let pieces = Pieces::parse(&text).map_err(|_| NotATime)?;
        let (time, offset) = pieces
            .time()
            .zip(pieces.to_numeric_offset())
            .ok_or(NotATime)?;
        let local = Self::of(pieces.date().to_datetime(time));
        Ok(Self {
            second: local.second - i64::from(offset.seconds()) + cycles * CYCLE,
            ..local
        })
    }
}

/// The same time so many cycles earlier, in a year of four digits. JavaScript writes later years with six and a sign.
fn within_four_digits(text: &str) -> Option<(i64, String)> {
    let long = text.strip_prefix('+').and_then(|text| text.get(..6));
    let Some(year) = long.and_then(|year| year.parse::<i64>().ok()) else {
        return Some((0, text.to_owned()));
    };
    let cycles = ((year - 9_999).max(0) + 399) / 400;
    let rest = text.get(7..)?;
    Some((cycles, format!("{:04}{rest}", year - 400 * cycles)))
}

/// Without the decimals that are finer than any clock.
fn at_most_nine_decimals(text: &str) -> String {
    let Some((whole, rest)) = text.split_once('.') else {
        return text.to_owned();
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let kept = digits.min(9);
    format!("{whole}.{}{}", &rest[..kept], &rest[digits..])
}

impl fmt::Display for Time {
    /// As RFC 3339 in UTC; a later year than 9999 as JavaScript writes it, and what is no date as seconds since 1970.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let beyond = self.second.saturating_sub(LAST_OF_9999).max(0);
        let cycles = beyond.saturating_add(CYCLE - 1) / CYCLE;
        let since = i32::try_from(self.nanosecond)
            .map(|rest| SignedDuration::new(self.second - cycles * CYCLE, rest));
        let date_time = since.ok().and_then(|since| EPOCH.checked_add(since).ok());
        match date_time {
            Some(date_time) if cycles == 0 => write!(f, "{date_time}Z"),
            Some(date_time) if cycles <= 2_475 => {
                let year = i64::from(date_time.year()) + 400 * cycles;
                let text = date_time.to_string();
                let rest = text.get(4..).unwrap_or_default();
                write!(f, "+{year:06}{rest}Z")
            }
            _ => self.second.fmt(f),
        }
    }
}

/// A time in an answer that is none.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{field} is not a time with an offset (RFC 3339): {text:?}")]
pub struct UnreadableTime {
    field: &'static str,
    text: String,
}

impl UnreadableTime {
    /// The word by which scripts know it. It never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "credential_time_unreadable"
    }
}

/// Reads the instant that a field names, if it is there.
pub(super) fn instant(
    field: &'static str,
    text: Option<&str>,
) -> Result<Option<Time>, UnreadableTime> {
    text.map(|text| {
        text.parse().map_err(|_| UnreadableTime {
            field,
            text: text.chars().take(64).collect(),
        })
    })
    .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(text: &str) -> i64 {
        text.parse::<Time>().unwrap().as_second()
    }

    #[test]
    fn the_last_times_are_times() {
        assert_eq!(second("9999-12-31T23:59:59Z"), LAST_OF_9999);
        assert_eq!(second("9999-12-31T23:59:59.999Z"), LAST_OF_9999);
        assert_eq!(second("9999-12-31T23:59:59+00:00"), LAST_OF_9999);
        assert_eq!(second("9999-12-31T23:59:59+14:00"), LAST_OF_9999 - 50_400);
        assert_eq!(second("9999-12-31T23:59:59-05:00"), LAST_OF_9999 + 18_000);
        assert_eq!(second("+010000-01-01T04:59:59.000Z"), LAST_OF_9999 + 18_000);
        assert_eq!(second("+012345-06-07T08:09:10Z"), 327_416_976_550);
    }

    #[test]
    fn the_first_times_are_times() {
        assert_eq!(second("0001-01-01T00:00:00Z"), -62_135_596_800);
        assert_eq!(second("0001-01-01T00:00:00+14:00"), -62_135_647_200);
        assert_eq!(second("0000-01-01T00:00:00Z"), -62_167_219_200);
        assert_eq!(second("1969-12-31T23:59:59.5Z"), -1);
        assert_eq!(second("1969-12-31T23:59:58.999999999Z"), -2);
    }

    #[test]
    fn all_of_rfc_3339_is_read_and_nothing_without_an_offset() {
        let noon = second("2026-07-20T12:00:00Z");
        for text in [
            "2026-07-20t12:00:00z",
            "2026-07-20T14:00:00+02:00",
            "2026-07-20T12:00:00-00:00",
            "2026-07-20T12:00:00.123456789012345Z",
            "2026-07-20T13:59:59.9999999999+02:00",
        ] {
            let read = second(text);
            assert!(read == noon || read == noon - 1, "{text}: {read}");
        }
        for text in [
            "",
            "soon",
            "2026-07-20",
            "2026-07-20T12:00:00",
            "2026-07-20T12:00:00.",
            "2026-07-20T12:00:00.Z",
            "2026-02-30T12:00:00Z",
            "+0é0000-01-01T00:00:00Z",
            "+010000",
            "9999-12-31",
        ] {
            assert_eq!(text.parse::<Time>(), Err(NotATime), "{text}");
        }
    }

    #[test]
    fn what_is_shown_is_read_back() {
        for text in [
            "9999-12-31T23:59:59Z",
            "9999-12-31T23:59:59.999Z",
            "+010000-01-01T04:59:59Z",
            "+010000-02-29T00:00:00.5Z",
            "2026-07-20T12:00:00.711Z",
            "1969-12-31T23:59:59.5Z",
            "0001-01-01T00:00:00Z",
        ] {
            let time: Time = text.parse().unwrap();
            assert_eq!(time.to_string(), text);
        }
        assert_eq!(
            Time::from_second(i64::MAX).to_string(),
            i64::MAX.to_string()
        );
        assert_eq!(
            Time::from_second(i64::MIN).to_string(),
            i64::MIN.to_string()
        );
    }

    #[test]
    fn it_agrees_with_timestamps_and_keeps_their_order() {
        for text in [
            "2026-07-20T12:00:00.711Z",
            "1969-12-31T23:59:59.5Z",
            "-000044-03-15T12:00:00Z",
            "9999-12-30T22:00:00Z",
        ] {
            let timestamp: Timestamp = text.parse().unwrap();
            let time: Time = text.parse().unwrap();
            assert_eq!(Time::from(timestamp), time, "{text}");
            assert_eq!(timestamp.to_string(), time.to_string());
        }
        let of = |text: &str| text.parse::<Time>().unwrap();
        assert!(of("1969-12-31T23:59:59.5Z") < of("1969-12-31T23:59:59.6Z"));
        assert!(of("9999-12-31T23:59:59Z") < of("+010000-01-01T00:00:00Z"));
    }
}
