//! What a site key file may say, and that nothing of a key is shown.

use super::*;
use crate::text::Hint;

const ONE: &str = "00112233445566778899aabbccddeeff";
const TWO: &str = "F3F9377698707B688EAF84ABE39E3791";

fn file(entries: &[(&str, &str, &str)]) -> String {
    let written = |(version, key, created): &(&str, &str, &str)| {
        format!("[[site_key]]\nversion = {version}\nkey = \"{key}\"\ncreated = \"{created}\"\n")
    };
    entries.iter().map(written).collect::<Vec<_>>().concat()
}

fn fault(text: &str) -> SiteKeyFault {
    SiteKeyFile::parse(text.as_bytes()).unwrap_err()
}

#[test]
fn every_version_is_there_and_the_highest_is_current() {
    let text = format!(
        "# of the hotel\npicc_key = \"{TWO}\"\n{}",
        file(&[("1", ONE, "2025-01-31"), ("200", TWO, "2026-11-22")])
    );
    let parsed = SiteKeyFile::parse(text.as_bytes()).unwrap();
    let version = |number| KeyVersion::new(number).unwrap();
    assert_eq!(parsed.keys.current().version, version(200));
    let first = parsed.keys.version(version(1)).unwrap();
    assert_eq!(hex::encode(first.key.expose()), ONE);
    assert_eq!(
        parsed.created(version(1)).unwrap().to_string(),
        "2025-01-31"
    );
    assert_eq!(
        hex::encode_upper(parsed.picc_key.unwrap().expose()),
        TWO,
        "upper case is hex too"
    );
}

#[test]
fn what_is_written_reads_back() {
    let key = SiteKey {
        version: KeyVersion::new(255).unwrap(),
        key: SecretKey::new([0xA7; 16]),
    };
    let date: Date = "2026-11-22".parse().unwrap();
    let parsed = SiteKeyFile::parse(entry(&key, date).as_bytes()).unwrap();
    assert_eq!(parsed.keys.current(), &key);
    assert_eq!(parsed.created, [(key.version, date)]);
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    let good = || file(&[("1", ONE, "2025-01-31")]);
    for (text, told) in [
        (
            good().replace("version = 1", "version = 0"),
            "line 2: `version` is not a number from 1 to 255",
        ),
        (
            good().replace("version = 1", "version = 256"),
            "line 2: `version`",
        ),
        (
            good().replace("version = 1", "version = -1"),
            "line 2: `version`",
        ),
        (
            good().replace("version = 1", "version = \"1\""),
            "line 2: `version`",
        ),
        (
            good().replace("version = 1", "version = 0x10"),
            "line 2: `version`",
        ),
        (
            good().replace("ff\"", "f\""),
            "line 3: `key` is not 32 hex digits",
        ),
        (good().replace("ff\"", "ff00\""), "line 3: `key`"),
        (good().replace("ff\"", "fg\""), "line 3: `key`"),
        (good().replace("ff\"", "\\u0066f\""), "line 3: `key`"),
        (
            good().replace("2025-01-31", "2025-02-31"),
            "line 4: `created` is not a day",
        ),
        (
            good().replace("created", "made"),
            "line 4: unknown key `made`",
        ),
        (
            good().replace("created = \"2025-01-31\"\n", ""),
            "line 1: this site key has no `created`",
        ),
        (
            good().replace("version = 1\n", ""),
            "line 1: this site key has no `version`",
        ),
        (
            good().replace("key = \"", "version = \""),
            "line 3 is not valid TOML, or repeats a key",
        ),
        (
            good().replace("[[site_key]]", "[site_key]"),
            "`site_key` is not a list of [[site_key]] sections",
        ),
        (
            good().replace("[[site_key]]", "[[site_keys]]"),
            "line 1: unknown key `site_keys`",
        ),
        (
            format!("picc_key = 5\n{}", good()),
            "line 1: `picc_key` is not 32 hex digits",
        ),
        (format!("{}{}", good(), good()), "version 1 occurs twice"),
        (String::new(), "there is no site key"),
        (
            "site_key = [1]".to_owned(),
            "line 1: `site_key` is not a list",
        ),
        (ONE.to_owned(), "line 1"),
        (format!("{ONE} = 1"), "line 1: unknown key"),
    ] {
        let fault = fault(&text);
        assert!(fault.to_string().contains(told), "{fault}\n{text}");
        assert!(!fault.hint().is_empty());
    }
    assert_eq!(
        SiteKeyFile::parse(&[0xFF]).unwrap_err(),
        SiteKeyFault::NotText
    );
}

#[test]
fn no_fault_shows_a_key() {
    let good = file(&[("1", ONE, "2025-01-31")]);
    let texts = [
        good.replace("key =", "ky ="),
        good.replace("key = \"", "key = \"0"),
        good.replace("key = \"", "key = "),
        good.replace("key = \"", "\""),
        good.replace("key = ", "created = "),
        good.replace("version = 1", &format!("version = {ONE}")),
        ONE.to_owned(),
        format!("{ONE} = 1"),
        format!("[{ONE}]"),
        format!("{good}{good}"),
    ];
    for text in texts {
        let fault = fault(&text);
        let shown = format!("{fault} {fault:?} {}", fault.hint());
        assert!(!shown.contains(&ONE[..8]), "{shown}");
    }
    let parsed = SiteKeyFile::parse(good.as_bytes()).unwrap();
    assert!(!format!("{parsed:?}").contains(&ONE[2..8]), "{parsed:?}");
}
