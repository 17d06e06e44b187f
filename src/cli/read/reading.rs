//! A card as it was read, in lines for a terminal. The verdict is the first, for those on night duty.

use cardbridge_drivers::contract::{CardKeys, Others, Uid};
use cardbridge_drivers::record::Record;

use crate::cli::narrate::named;
use crate::cli::{Exit, Failure, time};
use crate::desk::reading::{Found, Keys, Reading, Validity, Verdict};
use crate::desk::target::{OnRecord, Scan};
use crate::text::Hint;

/// The lines, each with its name.
pub(super) type Lines = Vec<(&'static str, String)>;

/// What is said of a card that was read.
pub(super) fn lines(reading: &Reading, on_record: &OnRecord) -> Lines {
    let mut lines = vec![("verdict", words(&reading.verdict))];
    let mut line = |name: &'static str, words: String| lines.push((name, words));
    match &reading.found {
        Some(found) => line("card", card(reading.known_as, found)),
        None if matches!(reading.verdict, Verdict::Unreadable(_)) => {
            line("card", format!("probably {}", reading.known_as));
        }
        None => {}
    }
    if let Some(uid) = reading.card_uid {
        line("serial", serial(uid, reading.shown_uid));
    }
    if let Some(found) = reading
        .found
        .as_ref()
        .filter(|found| !found.others.is_empty())
    {
        line("beside it", found.others.join(", "));
    }
    if let Verdict::NotGenuine(error) = &reading.verdict {
        line("why", error.to_string());
    }
    if let Some(record) = &reading.record {
        lines.extend(record_lines(record, reading));
    }
    let mut line = |name: &'static str, words: String| lines.push((name, words));
    if let Some(found) = &reading.found {
        line("keys", keys(found.keys));
        line("writable", writable(reading));
    }
    if let Some(begun) = &on_record.begun {
        line("begun for", named(begun));
    }
    if on_record.unreported.is_some() {
        line(
            "reported",
            "not yet: `cardbridge run` or `cardbridge retry` does it".to_owned(),
        );
    }
    lines
}

/// Why it is no good card; `None` when it is one.
pub(super) fn trouble(verdict: &Verdict) -> Option<Failure> {
    let verdict = verdict.trouble()?;
    let exit = match verdict {
        Verdict::NotChecked => Exit::Configuration,
        _ => Exit::Card,
    };
    let failure = Failure::new(exit, verdict.to_string(), verdict.hint());
    Some(match verdict {
        Verdict::KeysUnknown { .. } => failure.coded("card_keys_unknown"),
        _ => failure,
    })
}

/// The verdict, in one line.
pub(super) fn words(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Genuine(validity) => format!(
            "verified: written by this property, on this very card{}",
            valid(*validity)
        ),
        Verdict::GenuineBeside { others, validity } => format!(
            "verified: a valid credential of ours, with {} beside it{}",
            Others::beside(others),
            valid(*validity)
        ),
        Verdict::NotChecked => "not checked: this desk has no record key".to_owned(),
        Verdict::NotGenuine(_) => "NOT verified: do not trust this card".to_owned(),
        Verdict::Superseded { acs_credential_id } => format!(
            "superseded: credential {acs_credential_id} was given up for another card, or issued again on one"
        ),
        Verdict::Blank | Verdict::Unwritable(_) => "blank: nothing is on it".to_owned(),
        Verdict::Torn { .. } => "torn: it was removed before its record was whole".to_owned(),
        Verdict::KeysUnknown { .. } => format!("foreign: {verdict}"),
        Verdict::Foreign(others) => match Others::phrase(others) {
            Some(others) => format!("foreign: data that is not ours: {others}"),
            None => "foreign: data that is not ours".to_owned(),
        },
        Verdict::Unknown => "no card for this desk".to_owned(),
        Verdict::Unreadable(error) => format!("cannot be read: {error}"),
    }
}

/// The same of a scan, with the make of a card that no driver knows.
fn card(title: &str, found: &Found) -> String {
    let room = match found.capacity {
        room if room == found.capacity_when_new => format!("room for a record of {room}"),
        room => format!(
            "room for a record of {room} ({} on a new one)",
            found.capacity_when_new
        ),
    };
    format!("{title}, {} bytes, {room}", found.memory)
}

/// `shown`: the identifier that the reader gives, where it is another than the card's own.
fn serial(uid: Uid, shown: Option<Uid>) -> String {
    match shown {
        Some(shown) => format!("{uid} (shows readers a random one: now {shown})"),
        None if uid.is_random() => format!("{uid} (random: another one next time)"),
        None => uid.to_string(),
    }
}

fn record_lines(record: &Record, reading: &Reading) -> Lines {
    let mut lines = vec![
        ("credential", record.acs_credential_id.clone()),
        ("number", record.card_number.clone()),
    ];
    for (name, seconds) in [
        ("starts at", record.starts_at),
        ("ends at", record.ends_at),
        ("written at", Some(record.written_at)),
    ] {
        lines.extend(seconds.map(|seconds| (name, time::of_record(seconds).1)));
    }
    if let Some(system) = &record.system
        && let Some(metadata) = reading.fields.get(system.profile().metadata())
    {
        lines.push((system.profile().title(), metadata.to_string()));
    }
    lines
}

fn keys(keys: Keys) -> String {
    match (keys.found, keys.current) {
        (CardKeys::None, _) => "none: any reader can write this card".to_owned(),
        (CardKeys::Factory, _) => {
            "none of a site's yet: it gets them when it is first written".to_owned()
        }
        (CardKeys::Site(version), Some(current)) if version == current => {
            format!("this site's, version {version} (current)")
        }
        (CardKeys::Site(version), Some(current)) => format!(
            "this site's, version {version} (older: gets version {current} when it is written)"
        ),
        (CardKeys::Site(version), None) => format!("a site's, version {version}"),
        (CardKeys::Mixed, _) => {
            "some old, some new: a change of keys was cut short; `cardbridge encode` finishes it"
                .to_owned()
        }
        (CardKeys::Unknown, Some(_)) => "some that this site does not know".to_owned(),
        (CardKeys::Unknown, None) => {
            "some that are not the factory's; this desk has no site keys".to_owned()
        }
    }
}

fn writable(reading: &Reading) -> String {
    let writable = &reading.writable;
    match (&writable.reason, writable.needs_overwrite) {
        (None, _) => "yes".to_owned(),
        (Some(_), true) => format!(
            "only with --overwrite, which loses {}",
            writable.lost.as_deref().unwrap_or("what is on it")
        ),
        (Some(_), false) if reading.random_uid == Some(true) => {
            "no: nothing can be bound to it".to_owned()
        }
        (Some(reason), false) => format!("no: {reason}"),
    }
}

/// A genuine card whose time is over, or has not come, opens nothing: that belongs beside the verdict.
fn valid(validity: Validity) -> &'static str {
    match validity {
        Validity::Now => "",
        Validity::Expired => "; expired by this machine's clock",
        Validity::NotYet => "; not valid yet by this machine's clock",
    }
}

/// What was read, if a reader of this machine has read it.
pub(super) fn of(scan: &Scan) -> Option<(Lines, Option<Failure>)> {
    let reading = scan.reading.as_ref()?;
    let mut lines = lines(reading, &scan.on_record);
    if matches!(reading.verdict, Verdict::Unknown)
        && let Some((_, words)) = lines.first_mut()
    {
        *words = format!("no card for this desk: {}", reading.known_as);
    }
    Some((lines, trouble(&reading.verdict)))
}

#[cfg(test)]
mod tests {
    use cardbridge_drivers::keys::KeyVersion;

    use super::*;

    #[test]
    fn a_torn_card_that_nothing_here_waits_for_is_not_said_to_be_finished() {
        let trouble = trouble(&Verdict::Torn { begun_for: None }).unwrap();
        assert!(trouble.hint().unwrap().contains("nothing unfinished"));
    }

    #[test]
    fn a_card_under_an_older_version_says_what_becomes_of_it() {
        let version = |number| KeyVersion::new(number).unwrap();
        let words = |current| {
            let found = CardKeys::Site(version(1));
            let current = Some(version(current));
            keys(Keys { found, current })
        };
        assert_eq!(
            words(2),
            "this site's, version 1 (older: gets version 2 when it is written)"
        );
        assert_eq!(words(1), "this site's, version 1 (current)");
    }

    #[test]
    fn a_desk_without_site_keys_says_so_before_it_calls_a_card_strange() {
        let words = |current| {
            let found = CardKeys::Unknown;
            keys(Keys { found, current })
        };
        assert!(words(None).contains("this desk has no site keys"));
        assert!(words(KeyVersion::new(1)).contains("this site does not know"));
    }
}
