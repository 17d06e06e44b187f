//! The history as a file for spreadsheets: RFC 4180, in the page's words, times on the property's clock, and no field that a spreadsheet takes
//! for a formula.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::desk::guests::Done;
use crate::issuance::encoded::Encoded;
use crate::issuance::entry::Issuance;
use crate::issuance::seam_encode::SeamEncode;
use crate::seam::Time;
use crate::serve::page::Words;

/// By this, spreadsheets know that the file is UTF-8.
const UTF_8: &str = "\u{FEFF}";

/// The longest name in a field: what is longer ends in an ellipsis.
const LONGEST: usize = 120;

/// The file in the words of a language, on the property's clock.
#[derive(Debug, Clone)]
pub(super) struct Sheet {
    words: Words,
    /// What that language's spreadsheets expect between two fields.
    separator: char,
    zone_name: String,
    zone: TimeZone,
}

/// What only the journal of one kind has, as text.
struct Details {
    card_uid: String,
    card_number: String,
    card_type: String,
    encoder: String,
    state: String,
    written_at: Option<Timestamp>,
    reported_at: Option<Timestamp>,
    invalidated_at: Option<Timestamp>,
    invalidation_reported_at: Option<Timestamp>,
}

impl Sheet {
    /// In this language, English where the page has it not, and in the zone of this IANA name; UTC where it is not known.
    pub(super) fn of(language: &str, zone: Option<&str>) -> Self {
        let known = zone.and_then(|name| Some((name.to_owned(), TimeZone::get(name).ok()?)));
        let (zone_name, zone) = known.unwrap_or(("UTC".to_owned(), TimeZone::UTC));
        Self {
            words: Words::of(language),
            separator: if language == "de" { ';' } else { ',' },
            zone_name,
            zone,
        }
    }

    /// The first line. What only programs read comes last.
    pub(super) fn header(&self) -> String {
        let plain = |key| self.words.get(key).to_owned();
        let timed = |key| format!("{} ({})", self.words.get(key), self.zone_name);
        let columns = [
            timed("csv.begun"),
            plain("csv.guest"),
            plain("csv.rooms"),
            plain("fact.doors"),
            timed("fact.until"),
            plain("csv.state"),
            timed("csv.written"),
            plain("fact.number"),
            plain("encoders.use"),
            plain("csv.card_type"),
            timed("csv.reported"),
            timed("csv.invalidated"),
            timed("csv.invalidation_reported"),
            plain("csv.card_uid"),
            plain("read.whose"),
            plain("csv.credential_id"),
            plain("csv.issuance_id"),
        ];
        format!("{UTF_8}{}", self.record(&columns))
    }

    /// What was encoded, and for whom as far as that is known.
    pub(super) fn line(&self, done: &Done) -> String {
        let (claimed_at, details) = match &done.encoded {
            Encoded::Here(issuance) => (issuance.claimed_at, Details::of(issuance)),
            Encoded::BySeam(encode) => (encode.claimed_at, Details::by_seam(encode)),
        };
        let name = done.name.as_ref().map(|name| short(name.show()));
        let ends_at = done.ends_at.as_deref();
        let ends_at = ends_at.and_then(|end| end.parse::<Time>().ok());
        let ends_at = ends_at.and_then(|end| Timestamp::from_second(end.as_second()).ok());
        let state = format!("state.{}", details.state);
        let has_word = self.words.get(&state) != state;
        self.record(&[
            self.local(Some(claimed_at)),
            name.unwrap_or_default(),
            joined(&done.rooms),
            joined(&done.doors),
            self.local(ends_at),
            if has_word {
                self.words.get(&state).to_owned()
            } else {
                details.state
            },
            self.local(details.written_at),
            details.card_number,
            details.encoder,
            details.card_type,
            self.local(details.reported_at),
            self.local(details.invalidated_at),
            self.local(details.invalidation_reported_at),
            details.card_uid,
            short(done.display_name.as_deref().unwrap_or_default()),
            done.encoded.acs_credential_id().to_owned(),
            done.encoded.issuance_id().to_string(),
        ])
    }

    /// As spreadsheets read a time.
    fn local(&self, time: Option<Timestamp>) -> String {
        let local = time.map(|at| at.to_zoned(self.zone.clone()));
        local.map_or_else(String::new, |at| at.strftime("%F %T").to_string())
    }

    fn record(&self, fields: &[String]) -> String {
        let fields: Vec<_> = fields.iter().map(|field| escaped(field)).collect();
        format!("{}\r\n", fields.join(&self.separator.to_string()))
    }
}

fn short(name: &str) -> String {
    if name.chars().count() <= LONGEST {
        return name.to_owned();
    }
    let begin: String = name.chars().take(LONGEST - 1).collect();
    format!("{begin}…")
}

fn joined(names: &[Arc<str>]) -> String {
    let names: Vec<_> = names.iter().map(|name| short(name)).collect();
    names.join("; ")
}

impl Details {
    fn of(issuance: &Issuance) -> Self {
        let invalidation = issuance.invalidation();
        Self {
            card_uid: issuance.card_uid.to_string(),
            card_number: issuance.card_number.clone(),
            card_type: issuance.card_type.clone(),
            encoder: issuance.encoder.clone(),
            state: issuance.state().to_string(),
            written_at: issuance.written_at(),
            reported_at: issuance.reported_at(),
            invalidated_at: invalidation.map(|one| one.invalidated_at),
            invalidation_reported_at: invalidation.and_then(|one| one.invalidation_reported_at),
        }
    }

    /// What only this machine's own readers know is left empty.
    fn by_seam(encode: &SeamEncode) -> Self {
        Self {
            card_uid: String::new(),
            card_number: encode.card_number().unwrap_or_default().to_owned(),
            card_type: String::new(),
            encoder: encode.encoder.clone(),
            state: encode.state().to_string(),
            written_at: encode.ended_at.filter(|_| encode.is_issued()),
            reported_at: None,
            invalidated_at: None,
            invalidation_reported_at: None,
        }
    }
}

/// A field in quotes where it needs them. What begins as a formula does gets an apostrophe in front, which spreadsheets do not show; so
/// does what would begin one in a spreadsheet that expects another separator than the comma, and takes no notice of the quotes.
fn escaped(field: &str) -> String {
    let mut text = String::new();
    let mut begins = true;
    for letter in field.chars() {
        let formula = matches!(
            letter,
            '=' | '+'
                | '-'
                | '@'
                | '\t'
                | '\r'
                | '\n'
                | '\u{FF1D}'
                | '\u{FF0B}'
                | '\u{FF0D}'
                | '\u{FF20}'
        );
        if begins && formula {
            text.push('\'');
        }
        text.push(letter);
        begins = matches!(letter, ';' | ',' | '\t');
    }
    if text.contains(['"', ',', ';', '\r', '\n', '\t']) || text.starts_with('\'') {
        text = format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_commas_quotes_or_lines_is_quoted() {
        let fields = ["a,b", "say \"hi\"", "two\r\nlines", "plain"];
        assert_eq!(
            Sheet::of("en", None).record(&fields.map(str::to_owned)),
            "\"a,b\",\"say \"\"hi\"\"\",\"two\r\nlines\",plain\r\n"
        );
    }

    #[test]
    fn no_field_is_a_formula() {
        for field in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1"] {
            let escaped = escaped(field);
            assert!(escaped.starts_with("\"'"), "{escaped}");
        }
        // One that takes another character for the comma.
        assert_eq!(escaped("Ada;=1+1"), "\"Ada;'=1+1\"");
    }

    #[test]
    fn times_are_those_of_the_property() {
        let in_winter = "2026-11-28T13:05:09Z".parse().ok();
        let stockholm = Sheet::of("en", Some("Europe/Stockholm"));
        assert_eq!(stockholm.local(in_winter), "2026-11-28 14:05:09");
        assert!(stockholm.header().contains(",Written (Europe/Stockholm),"));
        let unknown = Sheet::of("en", Some("Nowhere/Else"));
        assert_eq!(unknown.local(in_winter), "2026-11-28 13:05:09");
        assert!(unknown.header().contains(",Written (UTC),"));
    }

    #[test]
    fn a_german_spreadsheet_is_german() {
        let header = Sheet::of("de", None).header();
        assert!(header.contains(";Gast;Zimmer;Türen;"), "{header}");
        assert!(!header.contains(','), "{header}");
    }

    #[test]
    fn a_name_without_end_has_one() {
        assert_eq!(short("Ada"), "Ada");
        let bounded = short(&"x".repeat(10_000));
        assert_eq!(bounded.chars().count(), LONGEST);
        assert!(bounded.ends_with('…'));
    }
}
