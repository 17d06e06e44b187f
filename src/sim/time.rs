//! Points in time, as the API writes and reads them: RFC 3339, UTC, milliseconds.

use jiff::civil::{self, DateTime};
use jiff::fmt::temporal::Pieces;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A point in time, in milliseconds since 1970; shown as `2026-01-31T12:00:00.000Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Time(i64);

/// The beginning of 1970 in UTC.
const EPOCH: DateTime = civil::date(1970, 1, 1).at(0, 0, 0, 0);
/// The last millisecond of 9999, after the last [`Timestamp`]: "for ever" is often written like that.
const LAST: i64 = 253_402_300_799_999;

impl Time {
    pub(super) fn now() -> Self {
        Self(Timestamp::now().as_millisecond())
    }

    /// As far later, or the end of time.
    pub(super) fn after(self, wait: SignedDuration) -> Self {
        let wait = i64::try_from(wait.as_millis()).unwrap_or(LAST);
        Self(self.0.saturating_add(wait).min(LAST))
    }

    /// As the header `Date` has it (RFC 9110, 5.6.7).
    pub(super) fn http_date(self) -> String {
        let date = self.in_utc();
        date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    /// Seconds since 1970.
    pub(super) fn as_second(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    fn in_utc(self) -> DateTime {
        EPOCH.saturating_add(SignedDuration::from_millis(self.0))
    }

    /// A date-time as the API takes it: date, `T`, time, and `Z` or a numeric offset. Nothing looser.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let digits = |range: std::ops::Range<usize>| {
            bytes
                .get(range)
                .is_some_and(|part| part.iter().all(u8::is_ascii_digit))
        };
        let marked = |at: usize, mark: u8| bytes.get(at) == Some(&mark);
        let dated = digits(0..4)
            && marked(4, b'-')
            && digits(5..7)
            && marked(7, b'-')
            && digits(8..10)
            && marked(10, b'T');
        let timed = digits(11..13)
            && marked(13, b':')
            && digits(14..16)
            && marked(16, b':')
            && digits(17..19);
        let rest = text.get(19..)?;
        let zone = rest.strip_prefix('.').map_or(rest, |fraction| {
            fraction.trim_start_matches(|digit: char| digit.is_ascii_digit())
        });
        let zoned = zone == "Z"
            || (zone.len() == 6
                && zone.starts_with(['+', '-'])
                && zone.as_bytes().get(3) == Some(&b':'));
        if !(dated && timed && zoned) {
            return None;
        }
        let pieces = Pieces::parse(text).ok()?;
        let local = pieces.date().to_datetime(pieces.time()?);
        let offset = SignedDuration::from_secs(pieces.to_numeric_offset()?.seconds().into());
        let since = local.duration_since(EPOCH).checked_sub(offset)?;
        // Cut to milliseconds, so that a moment is what it is shown as and can be asked for again.
        let millisecond = i64::try_from(since.as_nanos().div_euclid(1_000_000)).ok()?;
        (millisecond <= LAST).then_some(Self(millisecond))
    }

    /// As [`Self::parse`], or `now`, `now+3d`, `now-90m`: a seed is still good next year.
    pub(super) fn parse_relative(text: &str) -> Option<Self> {
        let Some(offset) = text.strip_prefix("now") else {
            return Self::parse(text);
        };
        if offset.is_empty() {
            return Some(Self::now());
        }
        let amount: i64 = offset.get(..offset.len().checked_sub(1)?)?.parse().ok()?;
        let unit = match offset.chars().last()? {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return None,
        };
        Some(Self::now().after(SignedDuration::from_secs(amount.checked_mul(unit)?)))
    }
}

impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.3}Z", self.in_utc())
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse_relative(&text).ok_or_else(|| {
            de::Error::custom(format!(
                "{text:?} is not a time; write 2026-01-31T12:00:00Z, now, now+3d or now-2h"
            ))
        })
    }
}
