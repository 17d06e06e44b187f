//! Precedence and parsing, without a process around them.

use std::path::Path;

use cardbridge_drivers::contract::apdu::RawForm;
use cardbridge_drivers::contract::{Authenticate, LoadKey};

use super::*;
use crate::text::Hint;

fn config(flags: Layer, variables: &[(&str, &str)], text: &str) -> Result<Config, ConfigError> {
    let environment: Environment = [("HOME", "/home/desk")]
        .into_iter()
        .chain(variables.iter().copied())
        .collect();
    let from_file = file::parse(Path::new("/etc/cardbridge/cardbridge.toml"), text)?;
    Config::from_layers(flags, environment.layer(), from_file, &environment, None)
}

#[test]
fn flag_covers_environment_covers_file() {
    let text = "[seam]\nendpoint = \"https://file.example\"\n";
    let variables = [("SEAM_ENDPOINT", "https://variable.example")];
    let flag = || Layer {
        endpoint: Some(Located {
            value: "https://flag.example".to_owned(),
            origin: Origin::Flag("--endpoint"),
        }),
        ..Layer::default()
    };
    let host = |config: Config| config.seam.endpoint.value.host_str().unwrap().to_owned();
    assert_eq!(
        host(config(flag(), &variables, text).unwrap()),
        "flag.example"
    );
    assert_eq!(
        host(config(Layer::default(), &variables, text).unwrap()),
        "variable.example"
    );
    assert_eq!(
        host(config(Layer::default(), &[], text).unwrap()),
        "file.example"
    );
    assert_eq!(
        host(config(Layer::default(), &[], "").unwrap()),
        "connect.getseam.com"
    );
}

#[test]
fn a_key_in_the_environment_covers_a_token_in_the_file() {
    let text = "[seam]\npersonal_access_token_file = \"token\"\nworkspace_id = \"w\"\n";
    let covered = config(Layer::default(), &[("SEAM_API_KEY", "seam_k")], text).unwrap();
    assert!(matches!(covered.seam.auth, Some(AuthSource::ApiKey(_))));
    let own = config(Layer::default(), &[], text).unwrap();
    assert!(matches!(
        own.seam.auth,
        Some(AuthSource::PersonalAccessToken { .. })
    ));
}

#[test]
fn the_example_names_every_key_and_is_valid() {
    let example = include_str!("example.toml");
    for (section, keys) in KNOWN_KEYS {
        for key in *keys {
            assert!(
                example.contains(key),
                "example.toml does not show {section}.{key}"
            );
        }
    }
    // A setting begins right behind its mark; a sentence has a blank there.
    let uncommented: String = example
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(setting) if setting.starts_with(|c: char| c.is_ascii_lowercase() || c == '[') => {
                setting
            }
            _ => line,
        })
        .filter(|line| !line.starts_with("personal_access") && !line.starts_with("workspace_id"))
        .flat_map(|line| [line, "\n"])
        .collect();
    let config = config(Layer::default(), &[], &uncommented).unwrap();
    assert_eq!(config.record.previous.len(), 1);
    assert_eq!(config.encoder.profiles.len(), 1);
    assert_eq!(config.record.key.unwrap().id.as_bytes(), [2]);
}

#[test]
fn every_known_key_is_understood_and_no_other() {
    // Known to the key check but not to the structs would surface as a syntax error naming the field.
    for (section, keys) in KNOWN_KEYS
        .iter()
        .filter(|(section, _)| !section.contains('.'))
    {
        for key in *keys {
            let text = if section.is_empty() {
                format!("{key} = 1.5")
            } else {
                format!("[{section}]\n{key} = 1.5")
            };
            let error = config(Layer::default(), &[], &text)
                .unwrap_err()
                .to_string();
            assert!(!error.contains("unknown"), "{section}.{key}: {error}");
        }
    }
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_the_likely_one() {
    let error = config(
        Layer::default(),
        &[],
        "# comment\n[seam]\nendpont = \"https://x.example\"\n",
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "/etc/cardbridge/cardbridge.toml line 3: unknown key `seam.endpont`"
    );
    assert_eq!(error.hint(), "did you mean `seam.endpoint`?");
    let misplaced = config(Layer::default(), &[], "key_file = \"k\"\n").unwrap_err();
    assert_eq!(misplaced.hint(), "did you mean `record.key_file`?");
}

#[test]
fn plain_http_is_for_loopback_only() {
    for (address, fine) in [
        ("http://127.0.0.1:9000", true),
        ("http://[::1]:9000", true),
        ("http://localhost:9000", true),
        ("http://seam.example", false),
        ("http://127.0.0.1.example", false),
        ("ftp://127.0.0.1", false),
        ("connect.getseam.com", false),
    ] {
        let outcome = config(Layer::default(), &[("SEAM_ENDPOINT", address)], "");
        assert_eq!(outcome.is_ok(), fine, "{address}");
    }
}

#[test]
fn relative_paths_start_from_the_file() {
    let config = config(Layer::default(), &[], "state_dir = \"state\"\n").unwrap();
    assert_eq!(config.state_dir.value, Path::new("/etc/cardbridge/state"));
}

#[test]
fn an_empty_path_names_no_file() {
    for line in [
        "state_dir = ''",
        "state_dir = ' '",
        "[record]\nkey_file = ''",
    ] {
        let refused = config(Layer::default(), &[], line).unwrap_err().to_string();
        assert!(refused.ends_with("the path is empty"), "{refused}");
    }
}

#[test]
fn state_goes_to_the_service_then_to_the_user() {
    let state_dir = |variables: &[(&str, &str)]| {
        config(Layer::default(), variables, "")
            .unwrap()
            .state_dir
            .value
    };
    assert_eq!(
        state_dir(&[("STATE_DIRECTORY", "/var/lib/cardbridge")]),
        Path::new("/var/lib/cardbridge")
    );
    assert_eq!(
        state_dir(&[("XDG_STATE_HOME", "/s")]),
        Path::new("/s/cardbridge")
    );
    assert_eq!(
        state_dir(&[]),
        Path::new("/home/desk/.local/state/cardbridge")
    );
}

#[test]
fn a_secret_is_not_shown() {
    let config = config(
        Layer::default(),
        &[("SEAM_API_KEY", "seam_very_secret")],
        "",
    )
    .unwrap();
    assert!(!format!("{config:?}").contains("very_secret"));
}

#[test]
fn the_section_on_cards_is_read_and_the_variable_covers_it() {
    let text = "[cards]\nsite_keys_file = \"site-keys.toml\"\ndesfire_aid = \"0A0b0C\"\ntype2_password = true\nclassic_sectors = \"needed\"\n";
    let of_file = config(Layer::default(), &[], text).unwrap().cards;
    assert_eq!(
        of_file.site_keys.unwrap().file.value,
        Path::new("/etc/cardbridge/site-keys.toml")
    );
    assert_eq!(of_file.desfire_aid.as_bytes(), &[0x0A, 0x0B, 0x0C]);
    assert!(of_file.type2_password);
    assert_eq!(of_file.classic_sectors, ClassicSectors::Needed);
    let variables = [("CARDBRIDGE_SITE_KEYS_FILE", "/keys")];
    let covered = config(Layer::default(), &variables, text).unwrap().cards;
    assert_eq!(covered.site_keys.unwrap().file.value, Path::new("/keys"));
    let silent = config(Layer::default(), &[], "").unwrap().cards;
    assert!(silent.site_keys.is_none() && !silent.type2_password);
    assert_eq!(silent.desfire_aid.as_bytes(), &[0xCB, 0x1D, 0x9E]);
    assert_eq!(silent.classic_sectors, ClassicSectors::All);
}

#[test]
fn a_word_that_says_nothing_of_sectors_is_refused_with_those_that_do() {
    let text = "\n[cards]\nclassic_sectors = \"some\"\n";
    let error = config(Layer::default(), &[], text).unwrap_err().to_string();
    assert!(error.contains("`cards.classic_sectors` in"), "{error}");
    assert!(error.contains("line 3"), "{error}");
    assert!(error.contains("neither \"all\" nor \"needed\""), "{error}");
}

#[test]
fn a_desfire_aid_is_three_bytes_and_not_the_card_itself() {
    for wrong in ["", "000000", "cb1d9", "cb1d9e00", "cb1d9x", "0xcb1d9e"] {
        let text = format!("\n[cards]\ndesfire_aid = \"{wrong}\"\n");
        let error = config(Layer::default(), &[], &text).unwrap_err();
        assert!(
            error.to_string().starts_with("`cards.desfire_aid` in"),
            "{error}"
        );
        assert!(error.to_string().contains("line 3"), "{error}");
    }
}

/// The model that a reader is by this entry.
fn profile(lines: &str) -> Result<ReaderProfile, ConfigError> {
    let text = format!("\n[[encoder.profiles]]\nreader = \"desk\"\n{lines}\n");
    let config = config(Layer::default(), &[], &text)?;
    assert_eq!(config.encoder.profiles[0].0.value, "desk");
    Ok(config.encoder.profiles[0].1)
}

#[test]
fn a_reader_is_like_a_make_except_where_it_says_otherwise() {
    let like = |name: &str| format!("like = \"{name}\"");
    for known in ReaderProfile::ALL {
        assert_eq!(profile(&like(known.name)).unwrap(), *known);
    }
    let whole = "like = \"omnikey-5022\"\nload_key = \"by-kind\"\nauthenticate = \"obsolete\"\nraw = \"plain\"\nlongest_apdu = 61";
    assert_eq!(
        profile(whole).unwrap(),
        ReaderProfile {
            load_key: LoadKey::ByKind,
            load_key_else: None,
            authenticate: Authenticate::Obsolete,
            raw: &[RawForm::Plain],
            longest_apdu: 61,
            ..ReaderProfile::OMNIKEY_5022
        }
    );
    let silent = profile("like = \"acr122u\"\nsignals = false\nraw = \"none\"").unwrap();
    assert!(silent.signals.is_none() && silent.raw.is_empty());
}

#[test]
fn a_reader_that_is_like_nothing_known_is_an_error_that_lists_the_known() {
    for (lines, says) in [
        (
            "like = \"acr999\"",
            "known are acr122u, acr1252u, acr1552u,",
        ),
        (
            "like = \"acr122u\"\nload_key = \"slot\"",
            "known are volatile, non-volatile, by-kind",
        ),
        (
            "like = \"acr122u\"\nauthenticate = \"88\"",
            "known are general, obsolete",
        ),
        (
            "like = \"acr122u\"\nraw = \"\"",
            "known are pn532, plain, transparent, none",
        ),
        (
            "like = \"acr122u\"\nlongest_apdu = 60",
            "60 is not between 61 and 261 bytes",
        ),
        (
            "like = \"acr122u\"\nlongest_apdu = 262",
            "262 is not between 61 and 261 bytes",
        ),
        (
            "like = \"acr122u\"\nslot = 1",
            "unknown key `encoder.profiles.slot`",
        ),
        ("", "missing field `like`"),
    ] {
        let error = profile(lines).unwrap_err().to_string();
        assert!(error.contains(says), "{lines}: {error}");
        assert!(error.contains("line "), "{error}");
    }
    let all = config(
        Layer::default(),
        &[],
        "[[encoder.profiles]]\nreader = \"\"\nlike = \"scl011\"\n",
    );
    assert!(
        all.unwrap_err()
            .to_string()
            .contains("part of every reader's name")
    );
}
