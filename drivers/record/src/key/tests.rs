//! Record keys: what a key file may hold, and that no key is ever printed.

use super::*;

const HEX: &str = "000102030405060708090A0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

fn raw() -> [u8; 32] {
    std::array::from_fn(|i| u8::try_from(i).unwrap())
}

fn parse(content: &[u8]) -> Result<RecordKey, RecordKeyError> {
    RecordKey::parse_file(vec![1], content)
}

#[test]
fn a_key_file_holds_64_hex_digits_or_32_raw_bytes() {
    for content in [
        HEX.as_bytes(),
        format!("{HEX}\n").as_bytes(),
        format!("  {HEX}\r\n").as_bytes(),
        &raw(),
    ] {
        let key = parse(content).unwrap();
        assert_eq!(key.secret(), &raw());
        assert_eq!(key.kid(), [1]);
    }
}

#[test]
fn raw_bytes_may_be_white_space() {
    let mut bytes = raw();
    bytes[0] = b' ';
    bytes[31] = b'\n';
    assert_eq!(parse(&bytes).unwrap().secret(), &bytes);
}

#[test]
fn half_a_key_in_hex_is_not_taken_for_raw_bytes() {
    let found = RecordKeyError::Digits { found: 32 };
    assert_eq!(parse(&HEX.as_bytes()[..32]).unwrap_err(), found);
}

#[test]
fn anything_else_is_refused() {
    for (content, error) in [
        (&b""[..], RecordKeyError::Malformed { bytes: 0 }),
        (b"\n", RecordKeyError::Malformed { bytes: 1 }),
        (&[0xFF; 31], RecordKeyError::Malformed { bytes: 31 }),
        (&[0xFF; 33], RecordKeyError::Malformed { bytes: 33 }),
        (&HEX.as_bytes()[..63], RecordKeyError::Digits { found: 63 }),
        (
            format!("{HEX}0a").as_bytes(),
            RecordKeyError::Digits { found: 66 },
        ),
        (
            format!("0x{HEX}").as_bytes(),
            RecordKeyError::Malformed { bytes: 66 },
        ),
    ] {
        assert_eq!(parse(content).unwrap_err(), error);
        assert!(!error.hint().is_empty());
    }
}

#[test]
fn a_key_needs_an_id() {
    let error = RecordKey::new(vec![], raw()).unwrap_err();
    assert_eq!(error, RecordKeyError::EmptyId);
    assert_eq!(RecordKey::parse_file(vec![], &raw()).unwrap_err(), error);
}

#[test]
fn a_key_is_never_shown() {
    let shown = format!("{:?}", parse(HEX.as_bytes()).unwrap());
    assert_eq!(shown, "RecordKey { kid: 01, key: REDACTED }");
    let error = parse(&HEX.as_bytes()[..62]).unwrap_err();
    for text in [format!("{error:?}"), error.to_string()] {
        assert!(!text.contains("0102"), "{text}");
    }
}
