//! Times for the person at the desk: by the clock on the wall there.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The time in the zone of this machine, with the zone, for a sentence.
#[must_use]
pub fn local(time: Timestamp) -> String {
    in_zone(time, TimeZone::system(), "%Y-%m-%d %H:%M %Z")
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
}
