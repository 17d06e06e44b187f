//! What is remembered of a card's keys, and when that is not enough to go on.

use cardbridge_drivers::keys::{SecretKey, SiteKey};
use jiff::Timestamp;
use uuid::Uuid;

use crate::issuance::entry::{Kind, Origin, Plan};
use crate::issuance::key_versions::*;
use crate::issuance::state::{Event, State};

fn version(number: u8) -> KeyVersion {
    KeyVersion::new(number).unwrap()
}

fn versions(numbers: &[u8]) -> Vec<KeyVersion> {
    numbers.iter().copied().map(version).collect()
}

fn site(numbers: &[u8]) -> SiteKeys {
    let key = |&number: &u8| SiteKey {
        version: version(number),
        key: SecretKey::new([number; 16]),
    };
    SiteKeys::new(numbers.iter().map(key).collect()).unwrap()
}

fn issuance(state: State, key: u8, earlier: &[u8]) -> Issuance {
    let events: &[Event] = match state {
        State::Torn => &[Event::WriteBegins, Event::Interrupted],
        State::Abandoned => &[Event::GivenUp],
        State::Closed => &[Event::WriteBegins, Event::Verified, Event::Reported],
        other => panic!("{other}"),
    };
    let plan = Plan {
        issuance_id: Uuid::nil(),
        acs_credential_id: "c".to_owned(),
        card_uid: Uid::from([4, 1, 2, 3, 4, 5, 6]),
        card_number: String::new(),
        card_type: "desfire-ev1-4k".to_owned(),
        driver: "desfire".to_owned(),
        display_name: None,
        encoder: String::new(),
        claimed_at: Timestamp::UNIX_EPOCH,
        record: Vec::new(),
        key_version: KeyVersion::new(key),
        earlier_keys: versions(earlier),
        kind: Kind::First,
        answers: Some(Vec::new()),
        overwrite: false,
        origin: Origin {
            workspace_id: String::new(),
            acs_system_id: String::new(),
            connected_account_id: String::new(),
        },
    };
    events
        .iter()
        .fold(Issuance::claiming(plan), |issuance, event| {
            issuance.after(*event, Timestamp::UNIX_EPOCH).unwrap()
        })
}

fn of(noted: &Noted) -> (u8, Vec<u8>) {
    let earlier = noted.earlier.iter().map(|key| key.get()).collect();
    (noted.version.map_or(0, KeyVersion::get), earlier)
}

#[test]
fn what_a_card_comes_with_is_remembered_beside_what_it_is_to_get() {
    let keys = site(&[1, 2, 3]);
    let begin = |target, found| of(&to_begin(KeyVersion::new(target), found, &[], Some(&keys)));
    assert_eq!(begin(3, CardKeys::Factory), (3, vec![]));
    assert_eq!(begin(3, CardKeys::Site(version(1))), (3, vec![1]));
    assert_eq!(begin(3, CardKeys::Site(version(3))), (3, vec![]));
    assert_eq!(begin(0, CardKeys::Site(version(2))), (0, vec![2]));
    assert_eq!(begin(0, CardKeys::None), (0, vec![]));
}

#[test]
fn a_mixed_card_keeps_what_was_left_on_it() {
    let left = [
        issuance(State::Abandoned, 3, &[2, 9]),
        issuance(State::Closed, 1, &[7]),
    ];
    let noted = to_begin(
        Some(version(4)),
        CardKeys::Mixed,
        &left,
        Some(&site(&[1, 2, 3, 4, 7])),
    );
    // 9 is no key of the site any more, so it is none of the card's; 7 was gone when the card was whole.
    assert_eq!(of(&noted), (4, vec![1, 2, 3]));
}

#[test]
fn going_on_after_a_rotation_forgets_no_version() {
    let open = issuance(State::Torn, 1, &[]);
    let once = to_go_on(Some(version(2)), CardKeys::Mixed, &open);
    assert_eq!(of(&once), (2, vec![1]));
    let open = open.under_keys(once.version, once.earlier);
    let twice = to_go_on(Some(version(3)), CardKeys::Site(version(1)), &open);
    assert_eq!(of(&twice), (3, vec![1, 2]));
    // Nothing new: nothing to write down.
    let open = issuance(State::Torn, 3, &[1, 2]);
    assert_eq!(
        to_go_on(Some(version(3)), CardKeys::Mixed, &open),
        Noted {
            version: open.key_version,
            earlier: open.earlier_keys.clone()
        }
    );
}

#[test]
fn every_version_that_may_be_on_the_card_must_be_there_to_go_on() {
    let open = issuance(State::Torn, 3, &[1, 2]);
    assert!(can_be_finished(&open, Some(&site(&[1, 2, 3, 4]))).is_ok());
    for (keys, lacking) in [
        (Some(site(&[1, 2, 4])), 3),
        (Some(site(&[2, 3])), 1),
        (Some(site(&[1, 3])), 2),
        (None, 3),
    ] {
        let refusal = can_be_finished(&open, keys.as_ref()).unwrap_err();
        assert!(
            matches!(refusal, Refusal::KeyVersionMissing { version, .. } if version.get() == lacking),
            "{refusal}"
        );
    }
    assert!(can_be_finished(&issuance(State::Torn, 0, &[]), None).is_ok());
}

#[test]
fn a_card_whose_key_is_gone_is_told_from_a_strangers() {
    let left = [
        issuance(State::Abandoned, 0, &[]),
        issuance(State::Closed, 2, &[1]),
    ];
    assert!(explain_unknown(&left, Some(&site(&[2]))).is_ok());
    assert!(explain_unknown(&[], None).is_ok());
    let refusal = explain_unknown(&left, Some(&site(&[3]))).unwrap_err();
    assert!(
        matches!(refusal, Refusal::KeyVersionMissing { version, .. } if version.get() == 2),
        "{refusal}"
    );
}
