//! Type 2 tags under a key or a password: which pages are written in which order, and what never happens.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on stops its test"
)]

mod type2_desk;

use cardbridge_drivers::contract::{
    CardKeys, Contents, DriverError, DriverSettings, ReaderProfile,
};
use cardbridge_drivers::keys::{KeyVersion, SecretKey};
use cardbridge_drivers::testing::site_settings;

use type2_desk::{Desk, UID};

const RECORD: [u8; 4] = [1, 2, 3, 4];
const OTHER: [u8; 4] = [1, 2, 3, 5];

fn version(number: u8) -> CardKeys {
    CardKeys::Site(KeyVersion::new(number).unwrap())
}

fn passwords() -> DriverSettings {
    DriverSettings {
        type2_password: true,
        ..site_settings()
    }
}

/// The site before it made version 2.
fn before_rotation(settings: &DriverSettings) -> DriverSettings {
    let site = settings.site_keys.as_ref().unwrap();
    let first = site.version(KeyVersion::FIRST).unwrap().clone();
    DriverSettings {
        site_keys: cardbridge_drivers::keys::SiteKeys::new(vec![first]).ok(),
        ..settings.clone()
    }
}

/// The key of this tag under the site key of a version.
fn key(number: u8) -> SecretKey {
    let site = site_settings().site_keys.unwrap();
    let master = site.version(KeyVersion::new(number).unwrap()).unwrap();
    master.diversify(&UID.into(), &[], 0)
}

#[test]
fn a_new_ultralight_c_gets_its_key_while_it_is_open_and_the_lock_last_but_one() {
    let mut desk = Desk::new("ultralight-c", &site_settings());
    desk.write(&RECORD).unwrap();
    assert_eq!(
        desk.written(),
        [
            0x03, 4, 5, 6, 7, 8, 9, 10, 0x2C, 0x2D, 0x2E, 0x2F, 0x2B, 0x2A, 4
        ]
    );
    assert_eq!(desk.page(0x2A), "03000000", "AUTH0: from page 3 on");
    assert_eq!(desk.page(0x2B), "01000000", "AUTH1: writing only");
    let mut back_to_front = *key(2).expose();
    back_to_front[..8].reverse();
    back_to_front[8..].reverse();
    let on_the_card: String = (0x2C..0x30).map(|page| desk.page(page)).collect();
    assert_eq!(on_the_card, hex::encode(back_to_front));
    let seen = desk.inspect();
    assert_eq!(seen.summary().contents, Contents::Record(RECORD.to_vec()));
    assert_eq!(seen.summary().keys, version(2));
}

#[test]
fn a_roll_over_opens_an_ultralight_c_before_its_key_changes() {
    let mut desk = Desk::new("ultralight-c", &before_rotation(&site_settings()));
    desk.write(&RECORD).unwrap();
    desk.settle(&site_settings());
    assert_eq!(desk.inspect().summary().keys, version(1));
    desk.write(&OTHER).unwrap();
    assert_eq!(
        desk.written(),
        [4, 9, 0x2A, 0x2C, 0x2D, 0x2E, 0x2F, 0x2A, 4],
        "AUTH1 is right already"
    );
    assert_eq!(desk.written_to(0x2A), ["30000000", "03000000"]);
    assert_eq!(desk.inspect().summary().keys, version(2));
}

#[test]
fn a_card_of_the_current_version_is_only_unlocked() {
    let mut desk = Desk::new("ultralight-c", &site_settings());
    desk.write(&RECORD).unwrap();
    desk.write(&OTHER).unwrap();
    assert_eq!(desk.written(), [4, 9, 4]);
    assert_eq!(desk.reader.reconnects(), 0);
    assert_eq!(desk.sent().len(), 3, "what it was shown is in force");
    let seen = desk.inspect();
    desk.reader.channel_mut().reset();
    desk.reader.clear();
    seen.write(&mut desk.reader, &RECORD, &mut |_| {}).unwrap();
    let sent = desk.sent();
    assert!(sent[0].ends_with("1a00") && sent[1].contains("d442af"));
    assert_eq!(sent.len(), 5, "and shown again after a reset");
    assert_eq!(desk.inspect().summary().keys, version(2));
}

#[test]
fn a_protected_tag_takes_no_write_from_strangers() {
    for (model, settings) in [
        ("ultralight-c", site_settings()),
        ("ntag213", passwords()),
        ("ultralight-ev1-48", passwords()),
    ] {
        let mut desk = Desk::new(model, &settings);
        desk.write(&RECORD).unwrap();
        for page in [3, 4, 5, 0x0F] {
            desk.reader.channel_mut().reset();
            let write = format!("ffd600{page:02x}0400000000");
            assert_eq!(desk.transmit(&write), "6300", "{model} page {page}");
        }
        desk.reader.channel_mut().reset();
        assert!(desk.transmit("ffb0000410").ends_with("9000"), "{model}");
    }
}

#[test]
fn a_password_is_set_before_what_it_protects() {
    let mut desk = Desk::new("ntag213", &passwords());
    desk.write(&RECORD).unwrap();
    assert_eq!(
        desk.written(),
        [4, 5, 6, 7, 8, 9, 10, 0x2B, 0x2C, 0x29, 4],
        "ACCESS is right already"
    );
    let key = key(2);
    assert_eq!(desk.page(0x2B), hex::encode(&key.expose()[..4]));
    let pack = hex::encode(&key.expose()[4..6]);
    assert_eq!(desk.page(0x2C), format!("{pack}0000"));
    assert_eq!(desk.page(0x29), "04000003", "MIRROR stays");
    assert_eq!(desk.page(0x2A), "00000000");
    assert_eq!(desk.inspect().summary().keys, version(2));
}

#[test]
fn access_loses_prot_and_authlim_and_nothing_else() {
    let mut desk = Desk::new("ultralight-ev1-128", &passwords());
    desk.set(0x26, "9f050000");
    desk.write(&RECORD).unwrap();
    assert_eq!(desk.page(0x26), "18050000");
    let order = desk.written();
    assert_eq!(order[order.len() - 5..], [0x27, 0x28, 0x26, 0x25, 4]);
}

#[test]
fn a_password_rolls_over_with_the_protection_off() {
    let mut desk = Desk::new("ntag215", &before_rotation(&passwords()));
    desk.write(&RECORD).unwrap();
    desk.settle(&passwords());
    desk.write(&OTHER).unwrap();
    assert_eq!(desk.written(), [4, 9, 0x83, 0x85, 0x86, 0x83, 4]);
    assert_eq!(desk.written_to(0x83), ["040000ff", "04000003"]);
    assert_eq!(desk.inspect().summary().keys, version(2));
}

#[test]
fn a_protected_card_keeps_its_password_where_none_is_wanted_any_more() {
    let mut desk = Desk::new("ntag213", &before_rotation(&passwords()));
    desk.write(&RECORD).unwrap();
    desk.settle(&site_settings());
    let seen = desk.inspect();
    assert_eq!(seen.summary().keys, version(1));
    assert_eq!(seen.key_version(), KeyVersion::new(2));
    desk.write(&OTHER).unwrap();
    assert_eq!(desk.inspect().summary().keys, version(2));
    assert_eq!(desk.page(0x29), "04000003");
}

#[test]
fn an_open_card_is_written_without_any_command_more_where_no_password_is_wanted() {
    let mut desk = Desk::new("ntag213", &site_settings());
    let seen = desk.inspect();
    assert_eq!(desk.sent(), ["ff00000005d4423a022c"]);
    assert_eq!(
        (seen.summary().keys, seen.key_version()),
        (CardKeys::None, None)
    );
    desk.write(&RECORD).unwrap();
    assert_eq!(desk.written(), [4, 5, 6, 7, 8, 9, 10, 4]);
    assert_eq!(desk.sent().len(), 8);
    desk.inspect();
    assert_eq!(desk.sent(), ["ff00000005d4423a022c"]);
}

#[test]
fn a_record_that_stands_there_unprotected_is_protected_by_writing_it() {
    let mut desk = Desk::new("ntag213", &site_settings());
    desk.write(&RECORD).unwrap();
    desk.settle(&passwords());
    let seen = desk.inspect();
    assert_eq!(seen.summary().contents, Contents::Record(RECORD.to_vec()));
    desk.write(&RECORD).unwrap();
    assert_eq!(desk.written(), [4, 0x2B, 0x2C, 0x29, 4]);
    assert_eq!(desk.inspect().summary().keys, version(2));
}

#[test]
fn a_frozen_configuration_takes_no_password_and_is_not_tried() {
    let mut desk = Desk::new("ntag213", &passwords());
    desk.set(0x2A, "40000000");
    let error = desk.write(&RECORD).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the card is locked: its configuration is frozen"
    );
    assert!(desk.written().is_empty());
    desk.settle(&site_settings());
    desk.write(&RECORD).unwrap();
}

#[test]
fn no_password_is_tried_where_wrong_ones_are_counted() {
    let mut desk = Desk::new("ntag213", &passwords());
    desk.set(0x29, "04000003").set(0x2A, "01000000");
    let seen = desk.inspect();
    assert_eq!(seen.summary().keys, CardKeys::Unknown);
    assert!(!desk.sent().iter().any(|command| command.contains("d4421b")));
    let refused = desk.write(&RECORD);
    assert!(
        matches!(refused, Err(DriverError::Locked { .. })),
        "{refused:?}"
    );
    assert!(desk.written().is_empty());
}

#[test]
fn no_password_is_tried_where_nobody_can_tell_whether_wrong_ones_are_counted() {
    // A maker whose first byte, in place of ACCESS, would say that none are.
    let uid = [0x08, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80];
    for (model, cfg0) in [("ntag213", 0x29), ("ultralight-ev1-48", 0x10)] {
        let mut desk = Desk::with(uid, model, ReaderProfile::ACR122U, &passwords());
        let access = format!("000000{:02x} 81000000", cfg0 + 1);
        desk.set(cfg0, &access);
        let refused = desk.try_inspect();
        assert!(
            matches!(refused, Err(DriverError::Locked { .. })),
            "{model}: {refused:?}"
        );
        assert!(!desk.sent().iter().any(|command| command.contains("d4421b")));
    }
}

#[test]
fn a_record_under_our_secret_is_not_finished_while_its_pages_are_open() {
    for (model, settings, configuration, open) in [
        ("ultralight-c", site_settings(), 0x2A, "2a000000"),
        ("ntag213", passwords(), 0x29, "0400002b"),
    ] {
        let mut desk = Desk::new(model, &settings);
        desk.write(&RECORD).unwrap();
        let finished = desk.page(configuration);
        desk.set(configuration, open);
        let seen = desk.inspect();
        assert_eq!(
            (seen.summary().keys, seen.summary().contents.clone()),
            (version(2), Contents::Torn),
            "{model}"
        );
        desk.write(&RECORD).unwrap();
        assert_eq!(desk.page(configuration), finished);
        assert_eq!(
            desk.inspect().summary().contents,
            Contents::Record(RECORD.to_vec())
        );
    }
}

#[test]
fn a_search_ends_with_the_last_key_that_it_could_be() {
    let mut desk = Desk::new("ntag213", &passwords());
    desk.set(0x29, "04000003");
    assert_eq!(desk.inspect().summary().keys, CardKeys::Unknown);
    let tried = |desk: &Desk, command: &str| {
        let sent = desk.sent();
        sent.iter().filter(|sent| sent.contains(command)).count()
    };
    assert_eq!(tried(&desk, "d4421b"), 2, "two versions");

    let mut desk = Desk::new("ultralight-c", &site_settings());
    desk.set(0x2C, "5a5a5a5a").set(0x2A, "03000000 01000000");
    assert_eq!(desk.inspect().summary().keys, CardKeys::Unknown);
    assert_eq!(tried(&desk, "d442af"), 3, "two versions and the factory's");
}

#[test]
fn a_password_with_another_pack_is_mended() {
    let mut desk = Desk::new("ntag213", &passwords());
    desk.write(&RECORD).unwrap();
    desk.set(0x2C, "ffff0000");
    let seen = desk.inspect();
    assert_eq!(
        (seen.summary().keys, seen.summary().contents.clone()),
        (CardKeys::Mixed, Contents::Torn)
    );
    desk.write(&RECORD).unwrap();
    assert_eq!(desk.inspect().summary().keys, version(2));
}

#[test]
fn an_ultralight_c_locked_under_its_factory_key_is_taken_over() {
    for access in ["00000000", "01000000"] {
        let mut desk = Desk::new("ultralight-c", &site_settings());
        desk.set(0x2A, "04000000").set(0x2B, access);
        let seen = desk.inspect();
        assert_eq!(
            (seen.summary().keys, seen.summary().contents.clone()),
            (CardKeys::Factory, Contents::Blank)
        );
        desk.write(&RECORD).unwrap();
        assert_eq!(desk.inspect().summary().keys, version(2));
        assert_eq!(desk.page(0x2B), "01000000");
    }
}

#[test]
fn a_record_on_an_ultralight_c_that_is_not_protected_is_not_finished() {
    let mut desk = Desk::new("ultralight-c", &site_settings());
    desk.write(&RECORD).unwrap();
    desk.set(0x2A, "30000000");
    assert_eq!(desk.inspect().summary().contents, Contents::Torn);
    let seen = desk.inspect();
    seen.wipe(&mut desk.reader).unwrap();
    assert_eq!(desk.inspect().summary().contents, Contents::Blank);
    assert!(
        desk.memory()[16..160].iter().skip(4).all(|&byte| byte == 0),
        "nothing of it is left"
    );
}

#[test]
fn an_ultralight_c_is_read_without_keys_and_without_a_raw_path() {
    let mut desk = Desk::new("ultralight-c", &site_settings());
    desk.write(&RECORD).unwrap();
    let written = desk.memory();
    let mut reading = vec![
        Desk::on(
            "ultralight-c",
            ReaderProfile::ACR122U,
            &DriverSettings::default(),
        ),
        Desk::on(
            "ultralight-c",
            ReaderProfile::OMNIKEY_5022,
            &site_settings(),
        ),
    ];
    for desk in &mut reading {
        assert!(desk.reader.channel_mut().card_mut().load(&written));
        let seen = desk.inspect();
        assert_eq!(seen.summary().model.name, "ultralight-c");
        assert_eq!(seen.summary().contents, Contents::Record(RECORD.to_vec()));
        assert_eq!(seen.summary().keys, CardKeys::Unknown);
    }
    let [keyless, rawless] = &mut reading[..] else {
        unreachable!()
    };
    let refused = keyless.write(&OTHER).unwrap_err();
    assert!(
        matches!(refused, DriverError::NoSiteKeys { .. }),
        "{refused}"
    );
    let refused = rawless.write(&OTHER).unwrap_err();
    assert!(matches!(refused, DriverError::Reader { .. }), "{refused}");
    let seen = rawless.inspect();
    let refused = seen.wipe(&mut rawless.reader).unwrap_err();
    assert!(matches!(refused, DriverError::Reader { .. }), "{refused}");
    assert!(keyless.written().is_empty() && rawless.written().is_empty());
}

#[test]
fn a_secret_that_arrives_garbled_locks_nobody_out() {
    for (model, settings, secret) in [
        ("ultralight-c", site_settings(), 0x2E),
        ("ntag213", passwords(), 0x2B),
        ("ntag213", passwords(), 0x2C),
    ] {
        let mut desk = Desk::new(model, &settings);
        let seen = desk.inspect();
        let refused = desk.write_garbling(&*seen, &RECORD, secret);
        assert_eq!(
            refused.unwrap_err().to_string(),
            "the card refused to take its own password or key (status 6982)"
        );
        desk.reader.channel_mut().reset();
        let seen = desk.inspect();
        assert_eq!(seen.summary().contents, Contents::Torn, "{model}");
        assert_eq!(seen.summary().keys, CardKeys::None, "{model}");
        desk.write(&RECORD).unwrap();
        assert_eq!(desk.inspect().summary().keys, version(2), "{model}");
    }
}

#[test]
fn protection_that_does_not_take_is_noticed_before_the_record_is_whole() {
    for (model, settings, auth0) in [
        ("ultralight-c", site_settings(), 0x2A),
        ("ntag213", passwords(), 0x29),
    ] {
        let mut desk = Desk::new(model, &settings);
        let seen = desk.inspect();
        let refused = desk.write_losing(&*seen, &RECORD, auth0);
        assert_eq!(
            refused.unwrap_err().to_string(),
            "unexpected response to setting write protection"
        );
        assert_eq!(desk.inspect().summary().contents, Contents::Torn, "{model}");
    }
}

#[test]
fn no_secret_is_shown() {
    for (model, settings) in [("ultralight-c", site_settings()), ("ntag213", passwords())] {
        let mut desk = Desk::new(model, &settings);
        desk.write(&RECORD).unwrap();
        let shown = format!("{:?}{:?}", desk.reader.exchanges(), desk.driver);
        let key = key(2);
        for piece in key.expose().chunks(4) {
            let piece = hex::encode(piece);
            let reversed: String = hex::encode(
                hex::decode(&piece)
                    .unwrap()
                    .into_iter()
                    .rev()
                    .collect::<Vec<_>>(),
            );
            assert!(!shown.contains(&piece) && !shown.contains(&reversed));
        }
    }
}
