//! What a card may hold that is no record, sealed with the right key or not: a clear error each time.

use super::*;

use Malformation::{
    CutOff, DuplicateKey, KeyOrder, Kind, Missing, NotCanonical, NotShortest, TooDeep, Trailing,
    Utf8, WrongType,
};

/// [`minimal`]'s claims, in pieces to be exchanged.
const WRITTEN_AT: &str = "061a6a512380";
const CREDENTIAL: &str = "075099999999999949999999999999999999";
const CARD: &str = "3a00010000";
const NUMBER: &str = "0144deadbeef";

fn opened(hex: &str) -> Result<Record, RecordError> {
    open(&sealed(&hex::decode(hex).unwrap()))
}

/// Claims with this card part, a whole map.
fn card(hex: &str) -> Result<Record, RecordError> {
    opened(&format!("a3{WRITTEN_AT}{CREDENTIAL}{CARD}{hex}"))
}

/// A Visionline card with this metadata.
fn visionline(hex: &str) -> Result<Record, RecordError> {
    card(&format!("a3{NUMBER}020103{hex}"))
}

/// A Vostio card with this metadata.
fn vostio(hex: &str) -> Result<Record, RecordError> {
    card(&format!("a3{NUMBER}020203{hex}"))
}

fn malformed<T>(malformation: Malformation) -> Result<T, RecordError> {
    Err(RecordError::Malformed(malformation))
}

fn assert_newer(result: &Result<Record, RecordError>) {
    assert!(
        matches!(result, Err(RecordError::NewerLayout { .. })),
        "{result:?}"
    );
}

#[test]
fn the_pieces_make_a_record() {
    assert_eq!(card(&format!("a1{NUMBER}")), Ok(minimal()));
}

#[test]
fn nothing_may_stand_behind_the_claims() {
    let claims = format!("a3{WRITTEN_AT}{CREDENTIAL}{CARD}a1{NUMBER}00");
    assert_eq!(opened(&claims), malformed(Trailing { bytes: 1 }));
    assert_eq!(opened(""), malformed(CutOff { offset: 0 }));
}

#[test]
fn a_length_or_a_number_has_its_shortest_form() {
    for number in [
        "5f44deadbeefff",
        "5804deadbeef",
        "590004deadbeef",
        "7f6161ff",
        "5a00000004deadbeef",
    ] {
        assert_eq!(
            card(&format!("a101{number}")),
            malformed(NotShortest { offset: 32 }),
            "{number}"
        );
    }
    let claims = format!("bf{WRITTEN_AT}{CREDENTIAL}{CARD}a1{NUMBER}ff");
    assert_eq!(opened(&claims), malformed(NotShortest { offset: 0 }));
    let claims = format!("a3061b000000006a512380{CREDENTIAL}{CARD}a1{NUMBER}");
    assert_eq!(opened(&claims), malformed(NotShortest { offset: 2 }));
    assert_eq!(
        card("a1180144deadbeef"),
        malformed(NotShortest { offset: 31 })
    );
}

#[test]
fn map_keys_are_sorted_and_single() {
    let claims = format!("a3{CREDENTIAL}{WRITTEN_AT}{CARD}a1{NUMBER}");
    assert_eq!(opened(&claims), malformed(KeyOrder { offset: 19 }));
    let claims = format!("a4{WRITTEN_AT}{WRITTEN_AT}{CREDENTIAL}{CARD}a1{NUMBER}");
    assert_eq!(opened(&claims), malformed(DuplicateKey { offset: 7 }));
    let number_twice = format!("a2{NUMBER}{NUMBER}");
    assert_eq!(card(&number_twice), malformed(DuplicateKey { offset: 37 }));
}

#[test]
fn a_length_that_lies_is_found_out_before_anything_is_allocated() {
    for number in [
        "45deadbeef",
        "5affffffff",
        "5b7fffffffffffffff",
        "7bffffffffffffffff",
        "9bffffffffffffffff",
        "bbffffffffffffffff",
        "9a00ffffff",
        "5b",
        "58",
        "81",
        "a100",
    ] {
        let result = card(&format!("a101{number}"));
        assert!(
            matches!(result, Err(RecordError::Malformed(CutOff { .. }))),
            "{number}: {result:?}"
        );
    }
}

#[test]
fn nesting_ends_where_a_record_does() {
    let deep = format!("a101{}00", "81".repeat(7000));
    assert_eq!(card(&deep), malformed(TooDeep { offset: 34 }));
    let deep = format!("a101{}", "a100".repeat(2000));
    assert_eq!(
        card(&format!("{deep}00")),
        malformed(TooDeep { offset: 36 })
    );
}

#[test]
fn an_item_of_a_kind_that_no_record_has_is_refused() {
    for iat in [
        "f90000",
        "fa00000000",
        "fb0000000000000000",
        "f6",
        "f7",
        "c11a6a512380",
        "c24101",
        "f820",
        "ff",
    ] {
        let claims = format!("a306{iat}{CREDENTIAL}{CARD}a1{NUMBER}");
        assert_eq!(opened(&claims), malformed(Kind { offset: 2 }), "{iat}");
    }
}

#[test]
fn text_is_utf8() {
    assert_eq!(card("a10162c328"), malformed(Utf8 { offset: 32 }));
}

#[test]
fn each_claim_has_its_type() {
    let what = "the time of writing";
    for iat in ["6131", "4131", "f5", "80", "1bffffffffffffffff"] {
        let claims = format!("a306{iat}{CREDENTIAL}{CARD}a1{NUMBER}");
        assert_eq!(opened(&claims), malformed(WrongType { what }), "{iat}");
    }
    let what = "the credential's id";
    for cti in ["00", "43010203", "40", "8100"] {
        let claims = format!("a3{WRITTEN_AT}07{cti}{CARD}a1{NUMBER}");
        assert_eq!(opened(&claims), malformed(WrongType { what }), "{cti}");
    }
    for (key, what) in [
        ("04", "the end of validity"),
        ("05", "the start of validity"),
    ] {
        let claims = format!("a4{key}6131{WRITTEN_AT}{CREDENTIAL}{CARD}a1{NUMBER}");
        assert_eq!(opened(&claims), malformed(WrongType { what }));
    }
    assert_eq!(opened("00"), malformed(WrongType { what: "the claims" }));
    assert_eq!(
        card("80"),
        malformed(WrongType {
            what: "the card part"
        })
    );
    assert_eq!(
        card("a10101"),
        malformed(WrongType {
            what: "the card number"
        })
    );
    let manufacturer = card(&format!("a2{NUMBER}026131"));
    assert_eq!(
        manufacturer,
        malformed(WrongType {
            what: "the manufacturer"
        })
    );
}

#[test]
fn each_metadata_field_has_its_type() {
    assert_eq!(
        visionline("80"),
        malformed(WrongType {
            what: "the metadata"
        })
    );
    for (field, what) in [
        ("01f5", "card_function_type"),
        ("0200", "joiner_acs_credential_ids"),
        ("038100", "guest_acs_entrance_ids"),
        ("04814100", "common_acs_entrance_ids"),
        ("0500", "is_valid"),
        ("06617a", "auto_join"),
        ("074135", "card_id"),
        ("0805", "credential_id"),
    ] {
        assert_eq!(
            visionline(&format!("a1{field}")),
            malformed(WrongType { what })
        );
    }
    assert_eq!(
        vostio("00"),
        malformed(WrongType {
            what: "the metadata"
        })
    );
    for (field, what) in [
        ("0101", "auto_join"),
        ("02a0", "override_guest_acs_entrance_ids"),
        ("0305", "key_id"),
        ("044135", "key_issuing_request_id"),
        ("05814135", "door_names"),
        ("06f4", "endpoint_id"),
    ] {
        assert_eq!(vostio(&format!("a1{field}")), malformed(WrongType { what }));
    }
}

#[test]
fn what_every_record_has_may_not_be_missing() {
    let what = "the time of writing";
    assert_eq!(
        opened(&format!("a2{CREDENTIAL}{CARD}a1{NUMBER}")),
        malformed(Missing { what })
    );
    let what = "the credential's id";
    assert_eq!(
        opened(&format!("a2{WRITTEN_AT}{CARD}a1{NUMBER}")),
        malformed(Missing { what })
    );
    assert_eq!(
        card("a0"),
        malformed(Missing {
            what: "the card number"
        })
    );
    let what = "the manufacturer";
    assert_eq!(
        card(&format!("a2{NUMBER}03a101f5")),
        malformed(Missing { what })
    );
}

#[test]
fn a_web_token_without_a_card_part_is_not_ours() {
    assert_eq!(
        opened(&format!("a2{WRITTEN_AT}{CREDENTIAL}")),
        Err(RecordError::NotOurs)
    );
    assert_eq!(opened("a0"), Err(RecordError::NotOurs));
}

#[test]
fn what_this_version_does_not_know_is_of_a_newer_layout() {
    assert_newer(&opened(&format!(
        "a401617806{}{CREDENTIAL}{CARD}a1{NUMBER}",
        &WRITTEN_AT[2..]
    )));
    assert_newer(&card(&format!("a2{NUMBER}0400")));
    assert_newer(&card(&format!("a2{NUMBER}0203")));
    assert_newer(&visionline("a10961 61".replace(' ', "").as_str()));
    assert_newer(&vostio("a10700"));
    assert_newer(&visionline("a10102"));
    assert_newer(&visionline("a10120"));
}

#[test]
fn each_field_has_one_encoding_only() {
    let uuid = hex::encode("99999999-9999-4999-9999-999999999999");
    let claims = format!("a3{WRITTEN_AT}077824{uuid}{CARD}a1{NUMBER}");
    assert_eq!(opened(&claims), malformed(NotCanonical));
    for number in ["623030", "40"] {
        assert_eq!(card(&format!("a101{number}")), malformed(NotCanonical));
    }
    for metadata in ["a0", "a10280", "a101656775657374"] {
        assert_eq!(visionline(metadata), malformed(NotCanonical), "{metadata}");
    }
    assert_eq!(vostio("a10580"), malformed(NotCanonical));
}

/// The minimal record's message, with other bytes in one place.
fn message(from: &str, to: &str) -> Result<Record, RecordError> {
    let whole = hex::encode(minimal().seal(&key(), &uid()).unwrap());
    assert_eq!(whole.matches(from).count(), 1, "{from} in {whole}");
    open(&hex::decode(whole.replace(from, to)).unwrap())
}

#[test]
fn what_is_no_mac0_is_not_ours() {
    for other in ["", "d284", "d83dd184", "84", "00", "ffffffff", "d0", "d861"] {
        let bytes = hex::decode(other).unwrap();
        assert_eq!(Record::peek(&bytes), Err(RecordError::NotOurs), "{other}");
    }
}

#[test]
fn only_hmac_256_64_is_known() {
    // HMAC 256/256, AES-MAC 128/64, one that is not registered, a private one, a name.
    for alg in [
        "43a10105",
        "43a1010e",
        "45a101190fff",
        "47a1013a0001ffff",
        "44a1016178",
    ] {
        assert_eq!(
            message("43a10104", alg),
            Err(RecordError::UnsupportedAlgorithm),
            "{alg}"
        );
    }
    for none in ["40", "41a0"] {
        let result = message("43a10104", none);
        assert!(
            matches!(result, Err(RecordError::Malformed(_))),
            "{none}: {result:?}"
        );
    }
}

#[test]
fn the_message_is_as_strict_as_the_claims() {
    assert_eq!(
        message("d18443", "d1980443"),
        malformed(NotShortest { offset: 0 })
    );
    assert_eq!(
        message("d18443", "d19f43"),
        malformed(NotShortest { offset: 0 })
    );
    let mut longer = minimal().seal(&key(), &uid()).unwrap();
    longer.push(0);
    assert_eq!(open(&longer), malformed(Trailing { bytes: 1 }));
    let mut deep = vec![0x81; 8000];
    deep[0] = 0xD1;
    assert_eq!(open(&deep), malformed(TooDeep { offset: 4 }));
    let lying = [0xD1, 0x9B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];
    assert_eq!(open(&lying), malformed(CutOff { offset: 0 }));
}

#[test]
fn the_protected_header_is_as_strict_as_the_rest() {
    assert_eq!(
        message("43a10104", "44a1011804"),
        malformed(NotShortest { offset: 2 })
    );
    assert_eq!(
        message("43a10104", "44a1010400"),
        malformed(Trailing { bytes: 1 })
    );
    let deep = format!("59{:04x}{}", 3000, "81".repeat(3000));
    assert_eq!(message("43a10104", &deep), malformed(TooDeep { offset: 4 }));
}

#[test]
fn another_header_is_of_a_newer_layout() {
    assert_newer(&message("43a10104", "45a201040300"));
    assert_newer(&message(
        "a1044101",
        "a203000441 01".replace(' ', "").as_str(),
    ));
    assert_newer(&message("a1044101", "a20441010541aa"));
}

#[test]
fn the_message_has_its_four_parts() {
    for (from, to) in [
        ("d18443", "d18343"),
        ("d18443", "d18543"),
        ("d18443a10104", "d183"),
        ("a1044101", "a0"),
        ("a1044101", "a10440"),
        ("a1044101", "a1046131"),
        ("a1044101", "80"),
    ] {
        let result = message(from, to);
        assert!(
            matches!(result, Err(RecordError::Malformed(_))),
            "{from} {to}: {result:?}"
        );
    }
}

#[test]
fn a_tag_of_another_length_is_refused_whatever_it_holds() {
    let bytes = minimal().seal(&key(), &uid()).unwrap();
    let (head, tag) = bytes.split_at(bytes.len() - 9);
    for length in [0, 1, 4, 7, 9, 16] {
        let mut other = head.to_vec();
        other.push(0x40 + length);
        other.extend(tag[1..].iter().chain(&[0; 8]).take(usize::from(length)));
        assert_eq!(
            open(&other),
            malformed(WrongType { what: "the tag" }),
            "{length}"
        );
    }
}

#[test]
fn more_than_any_card_has_is_not_looked_at() {
    let bytes = vec![0xD1; 8193];
    assert_eq!(
        Record::peek(&bytes),
        Err(RecordError::TooLong { bytes: 8193 })
    );
    assert_ne!(
        Record::peek(&bytes[1..]),
        Err(RecordError::TooLong { bytes: 8192 })
    );
}

#[test]
fn every_bit_counts() {
    let bytes = minimal().seal(&key(), &uid()).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(open(&flipped).is_err(), "bit {bit}");
    }
    for length in 0..bytes.len() {
        assert!(open(&bytes[..length]).is_err(), "{length} bytes");
    }
}

#[test]
fn every_error_says_what_happened_and_what_to_do() {
    for error in [
        RecordError::RandomUid,
        RecordError::TooLong { bytes: 9000 },
        RecordError::NotOurs,
        RecordError::Malformed(NotCanonical),
        RecordError::UnsupportedAlgorithm,
        RecordError::NewerLayout {
            what: "it has more",
        },
        RecordError::UnknownKey { kid: vec![7] },
        RecordError::DoesNotVerify,
        RecordError::Encoding {
            cause: "cause".to_owned(),
        },
    ] {
        let what = error.to_string();
        assert!(
            what.starts_with(char::is_alphanumeric) && !what.ends_with('.'),
            "{what}"
        );
    }
}
