//! Times for the person at the desk: by the clock on the wall there.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::seam::Time;

/// The time in the zone of this machine, with the zone, for a sentence.
#[must_use]
pub fn local(time: Timestamp) -> String {
    in_zone(time, TimeZone::system(), "%Y-%m-%d %H:%M %Z")
}

/// The same of a time in Seam or on a card, which may be too late for any zone.
#[must_use]
pub fn local_of(time: Time) -> String {
    Timestamp::from_second(time.as_second()).map_or_else(|_| time.to_string(), local)
}

/// The same to the second and without the zone, for a column.
#[must_use]
pub fn local_to_the_second(time: Timestamp) -> String {
    in_zone(time, TimeZone::system(), "%Y-%m-%d %H:%M:%S")
}

fn in_zone(time: Timestamp, zone: TimeZone, format: &str) -> String {
    time.to_zoned(zone).strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_names_the_zone_and_summer_time() {
        let zone = || TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let told = |time: &str| in_zone(time.parse().unwrap(), zone(), "%Y-%m-%d %H:%M %Z");
        assert_eq!(told("2026-07-20T22:30:59Z"), "2026-07-21 00:30 CEST");
        assert_eq!(told("2026-12-20T10:00:00Z"), "2026-12-20 11:00 CET");
    }

    #[test]
    fn for_ever_stays_as_it_is() {
        let for_ever = "9999-12-31T23:59:59Z".parse().unwrap();
        assert_eq!(local_of(for_ever), "9999-12-31T23:59:59Z");
    }
}
