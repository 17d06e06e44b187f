//! What is refused, and that a refusal changes nothing: not the card, not the journal, not the API.

use std::sync::{Arc, Mutex};

use cardbridge::desk::IssueError;
use cardbridge::desk::notice::{Notice, Observer, nobody};
use cardbridge::encoder::EncoderName;
use cardbridge::issuance::entry::Issuance;
use cardbridge::issuance::policy::{Allowed, Overwrite, is_waiting};
use cardbridge::issuance::refusal::{Concern, Refusal};
use cardbridge::issuance::state::State;
use cardbridge::seam::{AcsCredential, CredentialWarningCode, ListAcsCredentials};
use cardbridge::text::Hint;
use cardbridge_drivers::contract::Uid;
use cardbridge_drivers::record::tlv::{self, Blocks, Walk};

use crate::desk::{Desk, history_of, issue};

const REISSUE: Allowed = Allowed {
    reissue: true,
    overwrite: Overwrite::Never,
};
const OVERWRITE: Allowed = Allowed {
    reissue: false,
    overwrite: Overwrite::Any,
};

/// Tries to issue and shows that nothing changed. Gives the refusal.
pub(crate) async fn refused(
    desk: &mut Desk,
    uid: Uid,
    credential: &AcsCredential,
    allowed: Allowed,
) -> Refusal {
    let card = desk.place(uid).await;
    let agent = desk.agent();
    let (memory, history) = (desk.tray.memory(uid).unwrap(), history_of(&agent).await);
    let before = desk.look_up(credential).await;
    let calls = desk.faults.calls().len();
    let error = issue(&agent, &card, credential, allowed).await.unwrap_err();
    let asked = desk.faults.calls().split_off(calls);
    assert!(
        asked.iter().all(|call| call == "POST /acs/credentials/get"),
        "{asked:?}"
    );
    assert_eq!(
        desk.tray.memory(uid).unwrap(),
        memory,
        "the card is as it was"
    );
    assert_eq!(
        history_of(&agent).await,
        history,
        "the journal is as it was"
    );
    assert_eq!(
        desk.look_up(credential).await,
        before,
        "the API is as it was"
    );
    drop(card);
    desk.remove().await;
    match error {
        IssueError::Refused(refusal) => {
            assert!(!refusal.hint().is_empty());
            refusal
        }
        other => panic!("{other}"),
    }
}

pub(crate) async fn issued(
    desk: &mut Desk,
    uid: Uid,
    credential: &AcsCredential,
    allowed: Allowed,
) {
    let card = desk.place(uid).await;
    let issuance = issue(&desk.agent(), &card, credential, allowed)
        .await
        .unwrap();
    assert_eq!(issuance.state(), State::Closed);
    drop(card);
    desk.remove().await;
}

/// Puts the address of a web site onto a card.
fn hold_foreign_data(desk: &Desk, uid: Uid) {
    let mut memory = desk.tray.memory(uid).unwrap();
    memory[16..28].copy_from_slice(&[
        0x03, 0x0A, 0xD1, 0x01, 0x06, 0x55, 0x03, b'a', b'.', b'e', b'u', b'/',
    ]);
    memory[28] = 0xFE;
    assert!(desk.tray.load(uid, &memory).unwrap());
}

#[tokio::test]
async fn every_seeded_credential_that_is_not_to_be_issued_is_refused() {
    let mut desk = Desk::new().await;
    let uid = desk.card("ntag216");
    let mut kinds = std::collections::BTreeSet::new();
    for credential in all(&desk).await {
        let to_be_written = is_waiting(&credential, jiff::Timestamp::now())
            || credential.has_warning(&CredentialWarningCode::NeedsToBeReissued);
        if to_be_written {
            continue;
        }
        let refusal = refused(&mut desk, uid, &credential, Allowed::default()).await;
        assert_eq!(refusal.concern(), Concern::Credential);
        kinds.insert(
            format!("{refusal:?}")
                .split([' ', '(', '{'])
                .next()
                .unwrap()
                .to_owned(),
        );
    }
    for wanted in [
        "AlreadyIssued",
        "BeingDeleted",
        "Ended",
        "HasErrors",
        "NotACard",
    ] {
        assert!(
            kinds.contains(wanted),
            "the seed has none for {wanted}: {kinds:?}"
        );
    }
}

pub(crate) async fn all(desk: &Desk) -> Vec<AcsCredential> {
    let mut credentials = Vec::new();
    let mut pages = desk
        .client
        .credentials()
        .list(&ListAcsCredentials::default());
    while let Some(page) = pages.next_page().await {
        credentials.extend(page.unwrap().items);
    }
    credentials
}

#[tokio::test]
async fn an_issued_credential_goes_onto_no_second_card_unless_somebody_says_so() {
    let mut desk = Desk::new().await;
    let credential = desk.credential().await;
    let [first, second] = [desk.card("ntag213"), desk.card("ntag213")];
    issued(&mut desk, first, &credential, Allowed::default()).await;
    for uid in [first, second] {
        let refusal = refused(&mut desk, uid, &credential, Allowed::default()).await;
        assert!(
            matches!(refusal, Refusal::AlreadyWritten { .. }),
            "{refusal}"
        );
        assert!(refusal.hint().contains("--reissue"));
    }
    issued(&mut desk, second, &credential, REISSUE).await;
    assert_eq!(
        desk.event_types_of(&credential).await,
        ["acs_credential.issued", "acs_credential.reissued"]
    );
}

#[tokio::test]
async fn the_journal_alone_remembers_when_the_api_does_not() {
    // The hosted API never learns of a card that we wrote: without a sink it gets no report.
    let mut desk = Desk::new().await;
    let credential = desk.credential().await;
    let [first, second] = [desk.card("ntag213"), desk.card("ntag213")];
    let card = desk.place(first).await;
    let issuance = issue(
        &desk.agent_with(Vec::new()),
        &card,
        &credential,
        Allowed::default(),
    )
    .await
    .unwrap();
    assert_eq!(issuance.state(), State::Reporting);
    drop(card);
    desk.remove().await;
    assert!(!desk.look_up(&credential).await.is_known_issued());
    let refusal = refused(&mut desk, second, &credential, Allowed::default()).await;
    assert!(
        matches!(refusal, Refusal::AlreadyWritten { card_uid, .. } if card_uid == first),
        "{refusal}"
    );
}

#[tokio::test]
async fn a_card_with_a_valid_credential_is_not_overwritten_unless_somebody_says_so() {
    let mut desk = Desk::new().await;
    let [guest, next] = [desk.credential().await, desk.credential().await];
    let uid = desk.card("ntag213");
    issued(&mut desk, uid, &guest, Allowed::default()).await;
    let refusal = refused(&mut desk, uid, &next, Allowed::default()).await;
    assert!(
        matches!(&refusal, Refusal::HoldsAnother { acs_credential_id } if *acs_credential_id == guest.acs_credential_id),
        "{refusal}"
    );
    issued(&mut desk, uid, &next, OVERWRITE).await;
}

#[tokio::test]
async fn a_card_with_somebody_elses_data_is_not_overwritten_unless_somebody_says_so() {
    let mut desk = Desk::new().await;
    let credential = desk.credential().await;
    let uid = desk.card("ntag213");
    hold_foreign_data(&desk, uid);
    let refusal = refused(&mut desk, uid, &credential, Allowed::default()).await;
    assert!(matches!(refusal, Refusal::Foreign(_)), "{refusal}");
    issued(&mut desk, uid, &credential, OVERWRITE).await;
}

/// Places the card, issues with leave to overwrite, and gives back what the person heard would be lost.
async fn overwritten(desk: &mut Desk, uid: Uid, credential: &AcsCredential) -> String {
    let lost = Arc::new(Mutex::new(vec![]));
    let told = Arc::clone(&lost);
    let observer: Observer = Arc::new(move |notice| {
        if let Notice::Overwriting { lost, .. } = notice {
            told.lock().unwrap().push(lost);
        }
    });
    let card = desk.place(uid).await;
    let id = &credential.acs_credential_id;
    let agent = desk.agent();
    agent.issue(&card, id, OVERWRITE, &observer).await.unwrap();
    drop(card);
    desk.remove().await;
    let lost = lost.lock().unwrap();
    let [lost] = lost.as_slice() else {
        panic!("told {} times", lost.len());
    };
    lost.clone()
}

#[tokio::test]
async fn a_sector_that_no_directory_names_is_not_taken_unasked() {
    let mut desk = Desk::new().await;
    let credential = desk.credential().await;
    let uid = desk.card("classic-1k");
    let mut memory =
        include_bytes!("../../drivers/tests/cases/card-05-unregistered-sector.classic-1k.bin")
            .to_vec();
    let own = desk.tray.memory(uid).unwrap();
    memory[..16].copy_from_slice(&own[..16]);
    assert!(desk.tray.load(uid, &memory).unwrap());
    let refusal = refused(&mut desk, uid, &credential, Allowed::default()).await;
    let data = "data in sector 2, which no directory names";
    assert!(refusal.to_string().ends_with(data), "{refusal}");
    assert!(refusal.hint().contains(data), "{}", refusal.hint());
    assert_eq!(overwritten(&mut desk, uid, &credential).await, data);
}

#[tokio::test]
async fn a_record_that_an_app_added_beside_ours_is_not_lost_unasked() {
    for is_in_front in [false, true] {
        let mut desk = Desk::new().await;
        let guest = desk.credential().await;
        let uid = desk.card("ntag215");
        issued(&mut desk, uid, &guest, Allowed::default()).await;
        let mut memory = desk.tray.memory(uid).unwrap();
        add_text(&mut memory, is_in_front);
        assert!(desk.tray.load(uid, &memory).unwrap());

        // Not even for the credential that is on it.
        let again = Allowed {
            reissue: true,
            ..Allowed::default()
        };
        let refusal = refused(&mut desk, uid, &guest, again).await;
        let id = &guest.acs_credential_id;
        assert_eq!(
            refusal.to_string(),
            format!(
                "this card holds a valid credential of ours ({id}), with another record beside it: a text record"
            )
        );
        let next = desk.credential().await;
        let lost = overwritten(&mut desk, uid, &next).await;
        assert_eq!(lost, format!("credential {id} and a text record"));
    }
}

/// What a phone app does to a message of one record: adds a text in front of it or behind it.
fn add_text(memory: &mut [u8], is_in_front: bool) {
    let area = &mut memory[16..];
    let Walk::Done(Blocks {
        ndef: Some(found), ..
    }) = tlv::walk(area, area.len())
    else {
        panic!("no message");
    };
    let mut ours = area[found.message].to_vec();
    let mut text = vec![0x11, 0x01, 0x05, b'T', 0x02, b'e', b'n', b'h', b'i'];
    let message = if is_in_front {
        ours[0] &= !0x80;
        text[0] |= 0x80;
        [text, ours].concat()
    } else {
        ours[0] &= !0x40;
        text[0] |= 0x40;
        [ours, text].concat()
    };
    let block = tlv::wrap(&message).unwrap();
    area[..block.len()].copy_from_slice(&block);
}

#[tokio::test]
async fn a_card_is_judged_before_a_credential_is_created_for_it() {
    let mut desk = Desk::new().await;
    let [guest, other] = [desk.credential().await, desk.credential().await];
    let [blank, valid, foreign, torn] = [(); 4].map(|()| desk.card("ntag213"));
    issued(&mut desk, valid, &guest, Allowed::default()).await;
    hold_foreign_data(&desk, foreign);
    desk.tear(torn, &other).await;
    for (uid, why) in [
        (blank, None),
        (valid, Some("is still valid")),
        (foreign, Some("not ours")),
        (torn, Some("unfinished issuance of credential")),
    ] {
        let card = desk.place(uid).await;
        let agent = desk.agent();
        let history = history_of(&agent).await;
        let refusal = match agent.check_card(&card, Allowed::default(), &nobody()).await {
            Ok(()) => None,
            Err(IssueError::Refused(refusal)) => Some(refusal.to_string()),
            Err(other) => panic!("{other}"),
        };
        match (refusal, why) {
            (None, None) => {}
            (Some(refusal), Some(why)) => assert!(refusal.contains(why), "{refusal}"),
            (refusal, _) => panic!("{refusal:?}, not {why:?}"),
        }
        assert!(agent.check_card(&card, OVERWRITE, &nobody()).await.is_ok());
        assert_eq!(history_of(&agent).await, history);
        drop(card);
        desk.remove().await;
    }
}

#[tokio::test]
async fn a_copied_card_is_not_trusted() {
    let mut desk = Desk::new().await;
    let [guest, next] = [desk.credential().await, desk.credential().await];
    let [card, copy] = [desk.card("ntag213"), desk.card("ntag213")];
    issued(&mut desk, card, &guest, Allowed::default()).await;
    let (source, mut target) = (
        desk.tray.memory(card).unwrap(),
        desk.tray.memory(copy).unwrap(),
    );
    target[16..160].copy_from_slice(&source[16..160]);
    assert!(desk.tray.load(copy, &target).unwrap());
    let refusal = refused(&mut desk, copy, &next, Allowed::default()).await;
    assert!(matches!(refusal, Refusal::Unverified(_)), "{refusal}");
}

#[tokio::test]
async fn a_record_that_does_not_fit_is_refused_with_both_sizes_and_a_card_that_would_do() {
    let mut desk = Desk::new().await;
    let uid = desk.card("ultralight-ev1-48");
    let credential = desk.credential().await;
    let refusal = refused(&mut desk, uid, &credential, Allowed::default()).await;
    let text = refusal.to_string();
    assert!(text.contains("room for 27"), "{text}");
    assert!(text.contains("needs 75 bytes"), "{text}");
    assert!(
        refusal.hint().contains("Ultralight EV1 (128 bytes)"),
        "{}",
        refusal.hint()
    );
    assert_eq!(refusal.concern(), Concern::Card);
}

#[tokio::test]
async fn a_credential_that_is_half_way_goes_onto_no_other_card_unless_somebody_gives_that_one_up() {
    let mut desk = Desk::new().await;
    let credential = desk.credential().await;
    let other = desk.credential().await;
    let [torn, fresh] = [desk.card("ntag213"), desk.card("ntag213")];
    desk.tear(torn, &credential).await;

    let refusal = refused(&mut desk, fresh, &credential, Allowed::default()).await;
    assert!(
        matches!(refusal, Refusal::OpenOnAnotherCard { card_uid } if card_uid == torn),
        "{refusal}"
    );
    let refusal = refused(&mut desk, torn, &other, Allowed::default()).await;
    assert!(
        matches!(refusal, Refusal::OpenForAnotherCredential { .. }),
        "{refusal}"
    );

    issued(&mut desk, fresh, &credential, REISSUE).await;
    let states: Vec<_> = history_of(&desk.agent())
        .await
        .iter()
        .map(Issuance::state)
        .collect();
    assert_eq!(states, [State::Abandoned, State::Closed]);
    // The torn card is free: it holds nothing valid.
    issued(&mut desk, torn, &other, Allowed::default()).await;
}

#[tokio::test]
async fn nothing_is_written_while_the_api_cannot_be_asked() {
    let mut desk = Desk::new().await;
    let credential = desk.credential().await;
    let uid = desk.card("ntag213");
    let memory = desk.tray.memory(uid).unwrap();
    let card = desk.place(uid).await;
    desk.faults.every(
        cardbridge::sim::Target::Api,
        cardbridge::sim::Fault::CallLost,
    );
    let error = issue(&desk.agent(), &card, &credential, Allowed::default())
        .await
        .unwrap_err();
    assert!(matches!(error, IssueError::Api(_)), "{error}");
    assert_eq!(desk.tray.memory(uid).unwrap(), memory);
    assert_eq!(history_of(&desk.agent()).await, []);
}

#[tokio::test]
async fn two_encoders_never_take_the_same_credential() {
    let names = ["Left 00 00", "Right 01 00"];
    let mut desk = Desk::with_encoders(names).await;
    let credential = desk.credential().await;
    let mut cards = Vec::new();
    for name in names {
        let uid = desk.card("ntag213");
        cards.push(desk.place_on(&EncoderName(name.to_owned()), uid).await);
    }
    let agent = desk.agent();
    let (left, right) = tokio::join!(
        issue(&agent, &cards[0], &credential, Allowed::default()),
        issue(&agent, &cards[1], &credential, Allowed::default()),
    );
    let (good, bad): (Vec<_>, Vec<_>) = [left, right].into_iter().partition(Result::is_ok);
    assert_eq!(good.len(), 1);
    assert!(
        matches!(
            bad[..],
            [Err(IssueError::Refused(
                Refusal::BeingIssued | Refusal::AlreadyWritten { .. }
            ))]
        ),
        "{bad:?}"
    );
    assert_eq!(history_of(&desk.agent()).await.len(), 1);
}
