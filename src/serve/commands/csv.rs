//! The history as a file for spreadsheets: RFC 4180, and no field that one of them would take for a formula.

use jiff::Timestamp;

use crate::issuance::encoded::Encoded;
use crate::issuance::entry::Issuance;
use crate::issuance::seam_encode::SeamEncode;

const COLUMNS: [&str; 14] = [
    "issuance_id",
    "acs_credential_id",
    "display_name",
    "card_uid",
    "card_number",
    "card_type",
    "driver",
    "encoder",
    "state",
    "claimed_at",
    "written_at",
    "reported_at",
    "invalidated_at",
    "invalidation_reported_at",
];

/// The first line.
pub(super) fn header() -> String {
    record(&COLUMNS.map(str::to_owned))
}

/// One issuance, or what Seam was asked to encode.
pub(super) fn line(encoded: &Encoded) -> String {
    match encoded {
        Encoded::Here(issuance) => line_of(issuance),
        Encoded::BySeam(encode) => line_by_seam(encode),
    }
}

fn line_of(issuance: &Issuance) -> String {
    let invalidation = issuance.invalidation();
    record(&[
        issuance.issuance_id.to_string(),
        issuance.acs_credential_id.clone(),
        issuance.display_name.clone().unwrap_or_default(),
        issuance.card_uid.to_string(),
        issuance.card_number.clone(),
        issuance.card_type.clone(),
        issuance.driver.clone(),
        issuance.encoder.clone(),
        issuance.state().to_string(),
        issuance.claimed_at.to_string(),
        time(issuance.written_at()),
        time(issuance.reported_at()),
        time(invalidation.map(|one| one.invalidated_at)),
        time(invalidation.and_then(|one| one.invalidation_reported_at)),
    ])
}

/// What only this machine's own readers know is left empty.
fn line_by_seam(encode: &SeamEncode) -> String {
    let nothing = String::new;
    record(&[
        encode.issuance_id.to_string(),
        encode.acs_credential_id.clone(),
        encode.display_name.clone().unwrap_or_default(),
        nothing(),
        encode.card_number().unwrap_or_default().to_owned(),
        nothing(),
        nothing(),
        encode.encoder.clone(),
        encode.state().to_string(),
        encode.claimed_at.to_string(),
        time(encode.ended_at.filter(|_| encode.is_issued())),
        nothing(),
        nothing(),
        nothing(),
    ])
}

fn time(time: Option<Timestamp>) -> String {
    time.map(|at| at.to_string()).unwrap_or_default()
}

fn record(fields: &[String]) -> String {
    let fields: Vec<_> = fields.iter().map(|field| escaped(field)).collect();
    format!("{}\r\n", fields.join(","))
}

/// A field in quotes where it needs them. What begins as a formula does gets an apostrophe in front, which spreadsheets do not show.
fn escaped(field: &str) -> String {
    let is_formula = field.starts_with([
        '=', '+', '-', '@', '\t', '\r', '\n', '\u{FF1D}', '\u{FF0B}', '\u{FF0D}', '\u{FF20}',
    ]);
    let field = if is_formula {
        format!("'{field}")
    } else {
        field.to_owned()
    };
    if field.contains(['"', ',', '\r', '\n']) || field.starts_with('\'') {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field
    }
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
    }
}
