//! Keys of cards across issuances: journalled before the card is touched, rolled over when it comes back, and never torn so
//! that it could not be finished.

use cardbridge::desk::IssueError;
use cardbridge::encoder::simulated::{Fault, Loss};
use cardbridge::issuance::entry::Issuance;
use cardbridge::issuance::inspect::Seen;
use cardbridge::issuance::journal::JournalReader;
use cardbridge::issuance::policy::{Allowed, Overwrite};
use cardbridge::issuance::refusal::{Concern, Refusal};
use cardbridge::issuance::state::State;
use cardbridge::seam::AcsCredential;
use cardbridge::text::Hint;
use cardbridge_drivers::cards;
use cardbridge_drivers::contract::{CardKeys, DriverError, DriverSettings, Uid};
use cardbridge_drivers::keys::{KeyVersion, SecretKey, SiteKey, SiteKeys};

use crate::desk::{Desk, encoder, history_of, issue};

const MODEL: &str = "desfire-ev1-4k";

/// The settings of a site that has these versions.
fn site(versions: &[u8]) -> DriverSettings {
    let key = |&version: &u8| SiteKey {
        version: KeyVersion::new(version).unwrap(),
        key: SecretKey::new([version; 16]),
    };
    DriverSettings {
        site_keys: SiteKeys::new(versions.iter().map(key).collect()).ok(),
        ..DriverSettings::default()
    }
}

/// The version of an issuance and those that its card may carry besides.
fn noted(issuance: &Issuance) -> (u8, Vec<u8>) {
    let earlier = issuance.earlier_keys.iter().map(|key| key.get()).collect();
    (issuance.key_version.map_or(0, KeyVersion::get), earlier)
}

/// Places the card, tries to issue under these versions, and removes it; pulled after so many commands, if so.
async fn attempt(
    desk: &mut Desk,
    uid: Uid,
    credential: &AcsCredential,
    versions: &[u8],
    pulled_after: Option<usize>,
) -> Result<Issuance, IssueError> {
    let card = desk.place(uid).await;
    if let Some(commands) = pulled_after {
        desk.tray
            .break_after(&encoder(), commands, Fault::Removed(Loss::Answer))
            .unwrap();
    }
    let agent = desk.agent_under(site(versions));
    let allowed = Allowed {
        overwrite: Overwrite::Any,
        reissue: false,
    };
    let outcome = issue(&agent, &card, credential, allowed).await;
    drop(card);
    if pulled_after.is_some() && outcome.is_ok() {
        // It was over before the pull, which must not hit the next.
        desk.tray.wake(&encoder()).unwrap();
    }
    match &outcome {
        Err(IssueError::Interrupted { .. } | IssueError::Unreadable(_)) => desk.removed().await,
        _ => desk.remove().await,
    }
    outcome
}

/// The keys that an inspection finds.
async fn keys_of(desk: &mut Desk, uid: Uid, versions: &[u8]) -> CardKeys {
    let card = desk.place(uid).await;
    let seen = desk.agent_under(site(versions)).look(&card).await.unwrap();
    drop(card);
    desk.remove().await;
    match seen {
        Seen::Known(look) => look.inspection().keys,
        Seen::Unknown(_) => panic!("the card is not known"),
    }
}

fn carries(version: u8) -> CardKeys {
    CardKeys::Site(KeyVersion::new(version).unwrap())
}

#[tokio::test]
async fn a_card_that_comes_back_is_rolled_over() {
    let mut desk = Desk::new().await;
    let uid = desk.card(MODEL);
    let (first, second) = (desk.credential().await, desk.credential().await);
    let issued = attempt(&mut desk, uid, &first, &[1], None).await.unwrap();
    assert_eq!(noted(&issued), (1, vec![]));
    let again = attempt(&mut desk, uid, &second, &[1, 2], None)
        .await
        .unwrap();
    assert_eq!(noted(&again), (2, vec![1]));
    assert_eq!(keys_of(&mut desk, uid, &[1, 2]).await, carries(2));
    let counted = desk
        .agent()
        .journal()
        .read(JournalReader::cards_by_key)
        .await
        .unwrap();
    let counted: Vec<_> = counted
        .iter()
        .map(|cards| (cards.version.get(), cards.whole, cards.half_way))
        .collect();
    assert_eq!(counted, [(2, 1, 0)]);
    // With the new version alone, nothing else is needed any more.
    assert_eq!(keys_of(&mut desk, uid, &[2]).await, carries(2));
}

/// Pulled at every command of the first try, and somewhere in the second, with a rotation before each: the third finishes it.
#[tokio::test]
async fn a_change_of_keys_torn_between_rotations_is_always_finished() {
    let mut desk = Desk::new().await;
    let mut torn = 0;
    for commands in 0.. {
        let uid = desk.card(MODEL);
        let credential = desk.credential().await;
        let first = attempt(&mut desk, uid, &credential, &[1], Some(commands)).await;
        if first.is_ok() {
            break;
        }
        let open = desk
            .agent()
            .journal()
            .read(move |journal| journal.open_on_card(&uid))
            .await
            .unwrap();
        if let Some(open) = &open {
            torn += 1;
            assert_eq!(noted(open), (1, vec![]), "pulled after {commands}");
        }
        let second = attempt(
            &mut desk,
            uid,
            &credential,
            &[1, 2],
            Some(12 + commands % 23),
        )
        .await;
        if let (Err(IssueError::Interrupted { issuance, .. }), Some(_)) = (&second, &open) {
            assert_eq!(noted(issuance), (2, vec![1]), "pulled after {commands}");
            let open = desk
                .agent()
                .journal()
                .read(move |journal| journal.open_on_card(&uid))
                .await
                .unwrap();
            assert_eq!(open.as_ref(), Some(&**issuance), "as the journal has it");
        }
        let last = match second {
            // Whole before the pull.
            Ok(issuance) => issuance,
            Err(_) => attempt(&mut desk, uid, &credential, &[1, 2, 3], None)
                .await
                .unwrap(),
        };
        assert_eq!(last.state(), State::Closed);
        let version = last.key_version.unwrap().get();
        assert_eq!(
            keys_of(&mut desk, uid, &[1, 2, 3]).await,
            carries(version),
            "pulled after {commands}"
        );
    }
    assert!(torn > 15, "only {torn} cards were torn");
}

#[tokio::test]
async fn a_torn_card_whose_version_is_gone_is_refused_until_it_is_back() {
    let mut desk = Desk::new().await;
    let uid = desk.card(MODEL);
    let credential = desk.credential().await;
    // Far enough for some keys to be changed.
    let mut commands = 12;
    while attempt(&mut desk, uid, &credential, &[1], Some(commands))
        .await
        .is_err()
        && keys_of(&mut desk, uid, &[1]).await == CardKeys::Factory
    {
        commands += 2;
    }
    let memory = desk.tray.memory(uid).unwrap();
    let history = history_of(&desk.agent()).await;
    assert_eq!(history[0].state(), State::Torn, "the test tears nothing");
    for versions in [&[2][..], &[2, 3], &[]] {
        let refused = attempt(&mut desk, uid, &credential, versions, None)
            .await
            .unwrap_err();
        let IssueError::Refused(refusal) = refused else {
            panic!("{refused}")
        };
        assert!(
            matches!(refusal, Refusal::KeyVersionMissing { version, .. } if version.get() == 1),
            "{refusal}"
        );
        assert_eq!(refusal.concern(), Concern::Configuration);
        assert!(refusal.hint().contains("put version 1 back"));
        assert_eq!(desk.tray.memory(uid).unwrap(), memory);
        assert_eq!(history_of(&desk.agent()).await, history);
    }
    let finished = attempt(&mut desk, uid, &credential, &[1, 2], None)
        .await
        .unwrap();
    assert_eq!(finished.issuance_id, history[0].issuance_id);
    assert_eq!(noted(&finished), (2, vec![1]));
}

#[tokio::test]
async fn a_whole_card_whose_version_is_gone_is_not_taken_for_a_strangers() {
    let mut desk = Desk::new().await;
    let uid = desk.card(MODEL);
    let (first, second) = (desk.credential().await, desk.credential().await);
    attempt(&mut desk, uid, &first, &[1], None).await.unwrap();
    let memory = desk.tray.memory(uid).unwrap();
    let refused = attempt(&mut desk, uid, &second, &[2], None)
        .await
        .unwrap_err();
    assert!(
        matches!(
            refused,
            IssueError::Refused(Refusal::KeyVersionMissing { version, .. }) if version.get() == 1
        ),
        "{refused}"
    );
    assert_eq!(desk.tray.memory(uid).unwrap(), memory);
    assert_eq!(history_of(&desk.agent()).await.len(), 1);
}

#[tokio::test]
async fn without_site_keys_a_card_that_needs_them_is_refused_and_nothing_changes() {
    let mut desk = Desk::new().await;
    let uid = desk.card(MODEL);
    let credential = desk.credential().await;
    let memory = desk.tray.memory(uid).unwrap();
    let refused = attempt(&mut desk, uid, &credential, &[], None)
        .await
        .unwrap_err();
    let IssueError::Refused(refusal) = refused else {
        panic!("{refused}")
    };
    assert!(
        matches!(refusal, Refusal::Card(DriverError::NoSiteKeys { .. })),
        "{refusal}"
    );
    assert_eq!(refusal.concern(), Concern::Configuration);
    assert!(!refusal.another_credential_may_do());
    assert!(refusal.hint().contains("keys new --site"));
    assert_eq!(desk.tray.memory(uid).unwrap(), memory);
    assert_eq!(history_of(&desk.agent()).await, []);
    assert!(!desk.look_up(&credential).await.is_known_issued());
    // A card that needs no keys is served by the same desk.
    let plain = desk.card("ntag215");
    let issued = attempt(&mut desk, plain, &credential, &[], None)
        .await
        .unwrap();
    assert_eq!(noted(&issued), (0, vec![]));
}

/// Permission to overwrite opens no card whose keys are not known, so no hint asks for it.
#[tokio::test]
async fn a_strangers_card_is_locked_whether_it_may_be_overwritten_or_not() {
    let mut desk = Desk::new().await;
    let uid = Uid::from([4, 9, 9, 9, 9, 9, 9]);
    let (driver, model) = cards::model(MODEL).unwrap();
    let stranger = (driver.specimens)(model.name, uid)
        .into_iter()
        .find(|specimen| specimen.what == "our identifier, keys of an unknown version")
        .unwrap();
    desk.tray.add(stranger.card).unwrap();
    let credential = desk.credential().await;
    let memory = desk.tray.memory(uid).unwrap();
    for overwrite in [false, true] {
        let card = desk.place(uid).await;
        let allowed = Allowed {
            overwrite: overwrite.into(),
            reissue: false,
        };
        let refused = issue(
            &desk.agent_under(site(&[1, 2])),
            &card,
            &credential,
            allowed,
        )
        .await;
        let Err(IssueError::Refused(refusal)) = refused else {
            panic!("{refused:?}")
        };
        assert!(
            matches!(refusal, Refusal::Card(DriverError::Locked { .. })),
            "{refusal}"
        );
        assert!(
            !refusal.hint().contains("--overwrite"),
            "{}",
            refusal.hint()
        );
        assert_eq!(refusal.concern(), Concern::Card);
        drop(card);
        desk.remove().await;
    }
    assert_eq!(desk.tray.memory(uid).unwrap(), memory);
}
