//! The history as a file for spreadsheets: RFC 4180, times on the property's clock, and no field that a spreadsheet takes for a formula.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::desk::guests::Done;
use crate::issuance::encoded::Encoded;
use crate::issuance::entry::Issuance;
use crate::issuance::seam_encode::SeamEncode;
use crate::seam::Time;

/// By this, spreadsheets know that the file is UTF-8.
const UTF_8: &str = "\u{FEFF}";

/// The property's clock.
#[derive(Debug, Clone)]
pub(super) struct Zone {
    name: String,
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

impl Zone {
    /// The zone of this IANA name; UTC where it is not known.
    pub(super) fn of(name: Option<&str>) -> Self {
        let known = name.and_then(|name| Some((name.to_owned(), TimeZone::get(name).ok()?)));
        let (name, zone) = known.unwrap_or(("UTC".to_owned(), TimeZone::UTC));
        Self { name, zone }
    }

    /// The first line.
    pub(super) fn header(&self) -> String {
        let timed = |column: &str| format!("{column} ({})", self.name);
        let columns = [
            timed("Begun"),
            timed("Written"),
            "Guest".to_owned(),
            "Rooms".to_owned(),
            "Doors".to_owned(),
            timed("Valid until"),
            "Card number".to_owned(),
            "Card serial number".to_owned(),
            "Card type".to_owned(),
            "Encoder".to_owned(),
            "State".to_owned(),
            timed("Reported"),
            timed("Invalidated"),
            timed("Invalidation reported"),
            "Credential".to_owned(),
            "Credential ID".to_owned(),
            "Issuance ID".to_owned(),
        ];
        format!("{UTF_8}{}", record(&columns))
    }

    /// What was encoded, and for whom as far as that is known.
    pub(super) fn line(&self, done: &Done) -> String {
        let (claimed_at, details) = match &done.encoded {
            Encoded::Here(issuance) => (issuance.claimed_at, Details::of(issuance)),
            Encoded::BySeam(encode) => (encode.claimed_at, Details::by_seam(encode)),
        };
        let name = done.name.as_ref().map(|name| name.show().to_owned());
        let ends_at = done.ends_at.as_deref();
        let ends_at = ends_at.and_then(|end| end.parse::<Time>().ok());
        let ends_at = ends_at.and_then(|end| Timestamp::from_second(end.as_second()).ok());
        record(&[
            self.local(Some(claimed_at)),
            self.local(details.written_at),
            name.unwrap_or_default(),
            done.rooms.join("; "),
            done.doors.join("; "),
            self.local(ends_at),
            details.card_number,
            details.card_uid,
            details.card_type,
            details.encoder,
            details.state,
            self.local(details.reported_at),
            self.local(details.invalidated_at),
            self.local(details.invalidation_reported_at),
            done.display_name.clone().unwrap_or_default(),
            done.encoded.acs_credential_id().to_owned(),
            done.encoded.issuance_id().to_string(),
        ])
    }

    /// As spreadsheets read a time.
    fn local(&self, time: Option<Timestamp>) -> String {
        let local = time.map(|at| at.to_zoned(self.zone.clone()));
        local.map_or_else(String::new, |at| at.strftime("%F %T").to_string())
    }
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

fn record(fields: &[String]) -> String {
    let fields: Vec<_> = fields.iter().map(|field| escaped(field)).collect();
    format!("{}\r\n", fields.join(","))
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
            record(&fields.map(str::to_owned)),
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
        let stockholm = Zone::of(Some("Europe/Stockholm"));
        assert_eq!(stockholm.local(in_winter), "2026-11-28 14:05:09");
        assert!(stockholm.header().contains(",Written (Europe/Stockholm),"));
        let unknown = Zone::of(Some("Nowhere/Else"));
        assert_eq!(unknown.local(in_winter), "2026-11-28 13:05:09");
        assert!(unknown.header().contains(",Written (UTC),"));
    }
}
