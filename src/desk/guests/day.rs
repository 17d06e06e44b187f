//! The day in the property's time zone: who arrives today is decided there, not where this machine thinks it is.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::seam::Time;

/// A day at the property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Day {
    zone: TimeZone,
    date: Date,
}

impl Day {
    /// The day that it is now. A zone that this machine does not know is taken to be its own.
    pub(super) fn at(now: Timestamp, time_zone: Option<&str>) -> Self {
        let zone = time_zone.and_then(|name| TimeZone::get(name).ok());
        let zone = zone.unwrap_or_else(TimeZone::system);
        let date = now.to_zoned(zone.clone()).date();
        Self { zone, date }
    }

    pub(super) fn date(&self) -> Date {
        self.date
    }

    pub(super) fn begins(&self) -> Option<Timestamp> {
        self.first_moment_of(Some(self.date))
    }

    pub(super) fn ends(&self) -> Option<Timestamp> {
        self.first_moment_of(self.date.tomorrow().ok())
    }

    /// Whether a time of Seam is on this day.
    pub(super) fn has(&self, time: Time) -> bool {
        let second = time.as_second();
        let begins = self.begins().is_none_or(|at| at.as_second() <= second);
        begins && self.ends().is_none_or(|at| second < at.as_second())
    }

    fn first_moment_of(&self, date: Option<Date>) -> Option<Timestamp> {
        let moment = date?.to_zoned(self.zone.clone());
        moment.ok().as_ref().map(Zoned::timestamp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_that_of_the_property() {
        let now = "2026-07-20T22:30:00Z".parse().unwrap();
        let stockholm = Day::at(now, Some("Europe/Stockholm"));
        assert_eq!(stockholm.date().to_string(), "2026-07-21");
        assert!(stockholm.has("2026-07-20T22:00:00Z".parse().unwrap()));
        assert!(!stockholm.has("2026-07-20T21:59:59Z".parse().unwrap()));
        assert!(!stockholm.has("2026-07-21T22:00:00Z".parse().unwrap()));
        let new_york = Day::at(now, Some("America/New_York"));
        assert_eq!(new_york.date().to_string(), "2026-07-20");
    }

    #[test]
    fn a_zone_that_is_not_known_is_this_machines() {
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(
            Day::at(now, Some("Atlantis/Poseidonia")),
            Day::at(now, None)
        );
    }
}
