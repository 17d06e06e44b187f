//! A card pulled at any command: placing it again finishes the job, once, and nothing wrong is on it meanwhile.

use cardbridge::desk::IssueError;
use cardbridge::encoder::simulated::{Fault, Loss};
use cardbridge::issuance::inspect::{Holds, Seen};
use cardbridge::issuance::policy::{Allowed, Overwrite};
use cardbridge::issuance::refusal::Refusal;
use cardbridge::issuance::state::State;
use cardbridge::text::Hint;
use cardbridge_drivers::contract::Uid;

use crate::desk::{Desk, encoder, history_of, issue, record_key};

/// Every command of an issuance, both ways in which one can be lost, with a new agent (as after a crash) going on.
#[tokio::test]
async fn a_card_pulled_at_any_command_is_finished_when_it_comes_back() {
    for model in ["ntag213", "ultralight-ev1-128", "desfire-ev2-4k"] {
        for loss in [Loss::Command, Loss::Answer] {
            let pulled_at = tear_everywhere(model, loss).await;
            assert!(
                pulled_at > 30,
                "{model}: only {pulled_at} commands were tried"
            );
        }
    }
}

/// Torn while the card stores, or reported as stored by it when it is not: what is there then is like nothing that
/// was ever written. Its own issuance is finished on it all the same, without a flag.
#[tokio::test]
async fn a_card_spoilt_within_a_write_is_finished_when_it_comes_back() {
    let rest = |stored| Fault::Removed(Loss::Rest { stored });
    for (model, fault) in [
        ("ntag213", rest(2)),
        ("ntag213", rest(3)),
        ("ntag213", Fault::Swallowed),
        ("ultralight-ev1-128", Fault::Swallowed),
        ("ntag424", rest(1)),
        ("ntag424", rest(20)),
        ("ntag424", Fault::Swallowed),
        ("desfire-ev2-4k", Fault::Swallowed),
    ] {
        spoil_everywhere(model, fault).await;
    }
}

/// On a MIFARE Classic the data blocks only: a sector whose keys are half stored is lost.
#[tokio::test]
async fn a_classic_spoilt_within_a_write_is_finished_when_it_comes_back() {
    spoil_everywhere("classic-mini", Fault::Swallowed).await;
}

async fn spoil_everywhere(model: &str, fault: Fault) {
    let mut desk = Desk::new().await;
    let looked = {
        let uid = desk.card(model);
        let card = desk.place(uid).await;
        let before = desk.tray.commands(&encoder()).unwrap();
        desk.agent().look(&card).await.unwrap();
        drop(card);
        let looked = desk.tray.commands(&encoder()).unwrap() - before;
        desk.remove().await;
        looked
    };
    for commands in looked.. {
        let credential = desk.credential().await;
        let uid = desk.card(model);
        let card = desk.place(uid).await;
        let before = desk.tray.commands(&encoder()).unwrap();
        desk.tray.break_after(&encoder(), commands, fault).unwrap();
        let outcome = issue(&desk.agent(), &card, &credential, Allowed::default()).await;
        drop(card);
        let sent = desk.tray.commands(&encoder()).unwrap() - before;
        if outcome.is_ok() {
            desk.remove().await;
            if sent <= commands {
                return;
            }
            continue;
        }
        match fault {
            Fault::Removed(_) => desk.removed().await,
            _ => desk.remove().await,
        }

        let again = desk.place(uid).await;
        let Seen::Known(look) = desk.agent().look(&again).await.unwrap() else {
            panic!("the card is not known any more")
        };
        let open = desk
            .agent()
            .journal()
            .read(move |journal| journal.open_on_card(&uid))
            .await
            .unwrap();
        if let Holds::Verified(record) = &look.holds {
            let sealed = record.seal(&record_key(), &uid).unwrap();
            assert_eq!(Some(sealed), open.map(|open| open.record.clone()));
        }
        let issuance = issue(&desk.agent(), &again, &credential, Allowed::default())
            .await
            .unwrap_or_else(|error| {
                let contents = &look.inspection().contents;
                panic!("{model} {fault:?} at {commands}, {contents:?}: {error}")
            });
        assert_eq!(issuance.state(), State::Closed);
        assert_eq!(desk.events_of(&credential).await.len(), 1);
        drop(again);
        desk.remove().await;
    }
}

/// The card came back with something whole on it, of which it is not decided that it may be lost.
#[tokio::test]
async fn what_was_written_onto_a_torn_card_meanwhile_is_not_lost() {
    let mut desk = Desk::new().await;
    let credential = desk.credential().await;
    let uid = desk.card("ntag213");
    desk.tear(uid, &credential).await;
    let mut memory = desk.tray.memory(uid).unwrap();
    let link = [
        0x03, 0x08, 0xD1, 0x01, 0x04, 0x55, 0x04, b'a', b'.', b'b', 0xFE,
    ];
    memory[16..16 + link.len()].copy_from_slice(&link);
    desk.tray.load(uid, &memory).unwrap();

    let card = desk.place(uid).await;
    let refused = issue(&desk.agent(), &card, &credential, Allowed::default())
        .await
        .unwrap_err();
    assert!(
        matches!(refused, IssueError::Refused(Refusal::Foreign(_))),
        "{refused}"
    );
    assert_eq!(desk.tray.memory(uid).unwrap(), memory);
}

async fn tear_everywhere(model: &str, loss: Loss) -> usize {
    let mut desk = Desk::new().await;
    for commands in 0.. {
        let credential = desk.credential().await;
        let uid = desk.card(model);
        let card = desk.place(uid).await;
        desk.tray
            .break_after(&encoder(), commands, Fault::Removed(loss))
            .unwrap();
        let outcome = issue(&desk.agent(), &card, &credential, Allowed::default()).await;
        drop(card);
        if let Ok(issuance) = outcome {
            assert_eq!(issuance.state(), State::Closed);
            return commands;
        }
        desk.removed().await;
        let id = credential.acs_credential_id.clone();
        let before = desk
            .agent()
            .journal()
            .read(move |journal| journal.open_of_credential(&id))
            .await
            .unwrap();

        let again = desk.place(uid).await;
        never_wrong(&desk, &again, uid).await;
        let issuance = issue(&desk.agent(), &again, &credential, Allowed::default())
            .await
            .unwrap();
        assert_eq!(
            issuance.state(),
            State::Closed,
            "{model} {loss:?} at {commands}"
        );
        if let Some(before) = before {
            assert_eq!(
                issuance.issuance_id, before.issuance_id,
                "the same issuance goes on"
            );
            assert_eq!(issuance.record, before.record, "with the same bytes");
        }
        let issued = desk.look_up(&credential).await;
        assert!(issued.is_known_issued());
        assert_eq!(
            issued.card_number.as_deref(),
            Some(issuance.card_number.as_str())
        );
        let events = desk.events_of(&credential).await;
        assert_eq!(
            events.len(),
            1,
            "{model} {loss:?} at {commands}: {events:?}"
        );
        let history = history_of(&desk.agent()).await;
        let of_it = history
            .iter()
            .filter(|one| one.acs_credential_id == credential.acs_credential_id);
        assert_eq!(of_it.count(), 1);
        desk.remove().await;
    }
    unreachable!("an issuance has an end")
}

/// A torn card is empty, or torn, or whole: never a record that is wrong, never foreign.
async fn never_wrong(desk: &Desk, card: &cardbridge::encoder::CardSession, uid: Uid) {
    let agent = desk.agent();
    let Seen::Known(look) = agent.look(card).await.unwrap() else {
        panic!("the card is not known any more")
    };
    assert_eq!(look.inspection().uid, uid);
    match look.holds {
        Holds::Nothing | Holds::Torn => {}
        Holds::Verified(record) => {
            let open = agent
                .journal()
                .read(move |journal| journal.open_on_card(&uid))
                .await
                .unwrap()
                .expect("only an open issuance can have written it");
            assert_eq!(record.seal(&record_key(), &uid).unwrap(), open.record);
        }
        wrong => panic!("{wrong:?}"),
    }
}

#[tokio::test]
async fn the_bytes_of_a_torn_card_are_those_of_the_first_try() {
    let mut desk = Desk::new().await;
    let credential = desk.credential().await;
    let uid = desk.card("ntag215");
    let card = desk.place(uid).await;
    desk.tray
        .break_after(&encoder(), 12, Fault::Removed(Loss::Command))
        .unwrap();
    let torn = issue(&desk.agent(), &card, &credential, Allowed::default())
        .await
        .unwrap_err();
    let IssueError::Interrupted { issuance, .. } = &torn else {
        panic!("{torn}")
    };
    assert_eq!(issuance.state(), State::Torn);
    assert!(
        torn.hint().contains(&uid.to_string()),
        "the clerk is told which card: {}",
        torn.hint()
    );
    desk.removed().await;

    // Another day: the credential has changed meanwhile, the card has not.
    let again = desk.place(uid).await;
    let issuance = issue(&desk.agent(), &again, &credential, Allowed::default())
        .await
        .unwrap();
    let memory = desk.tray.memory(uid).unwrap();
    assert!(
        memory
            .windows(issuance.record.len())
            .any(|window| window == issuance.record),
        "the journal's bytes stand on the card"
    );
}

#[tokio::test]
async fn a_whole_card_is_reported_even_when_the_api_no_longer_has_its_credential() {
    let mut desk = Desk::new().await;
    let credential = desk.credential().await;
    let uid = desk.card("ntag213");
    let card = desk.place(uid).await;
    // The last command of reading back is lost: the card is whole and not known to be.
    let commands = count_commands(&mut desk).await;
    desk.tray
        .break_after(&encoder(), commands - 1, Fault::Removed(Loss::Answer))
        .unwrap();
    let torn = issue(&desk.agent(), &card, &credential, Allowed::default())
        .await
        .unwrap_err();
    assert!(matches!(torn, IssueError::Interrupted { .. }), "{torn}");
    desk.removed().await;

    desk.client
        .credentials()
        .delete(&credential.acs_credential_id)
        .await
        .unwrap();
    let again = desk.place(uid).await;
    let issuance = issue(&desk.agent(), &again, &credential, Allowed::default())
        .await
        .unwrap();
    assert_eq!(
        issuance.state(),
        State::Reporting,
        "written; the receiver does not know the credential any more"
    );
}

/// The card got its credential whole, unknown to the desk; it is then given to another one. The first credential was issued all
/// the same: its report goes out, and so does that it is on no card any more. Then it may be issued again.
#[tokio::test]
async fn a_whole_card_that_is_overwritten_was_issued_and_is_reported() {
    let mut desk = Desk::new().await;
    let [first, second] = [desk.credential().await, desk.credential().await];
    let uid = desk.card("ntag213");
    let card = desk.place(uid).await;
    let commands = count_commands(&mut desk).await;
    desk.tray
        .break_after(&encoder(), commands - 1, Fault::Removed(Loss::Answer))
        .unwrap();
    issue(&desk.agent(), &card, &first, Allowed::default())
        .await
        .unwrap_err();
    desk.removed().await;

    let again = desk.place(uid).await;
    let overwrite = Allowed {
        overwrite: Overwrite::Any,
        reissue: false,
    };
    let issuance = issue(&desk.agent(), &again, &second, overwrite)
        .await
        .unwrap();
    assert_eq!(issuance.state(), State::Closed);
    drop(again);
    desk.remove().await;
    assert_eq!(
        desk.event_types_of(&first).await,
        ["acs_credential.issued", "acs_credential.invalidated"]
    );

    let other = desk.card("ntag213");
    let card = desk.place(other).await;
    let issuance = issue(&desk.agent(), &card, &first, Allowed::default())
        .await
        .unwrap();
    assert_eq!(issuance.state(), State::Closed);
}

/// How many commands the issuance of a plain credential takes on an NTAG213.
async fn count_commands(desk: &mut Desk) -> usize {
    let mut other = Desk::new().await;
    let credential = other.credential().await;
    let uid = other.card("ntag213");
    let card = other.place(uid).await;
    let before = other.tray.commands(&encoder()).unwrap();
    issue(&other.agent(), &card, &credential, Allowed::default())
        .await
        .unwrap();
    assert_eq!(
        desk.tray.commands(&encoder()).unwrap(),
        0,
        "the desk in question has not begun"
    );
    other.tray.commands(&encoder()).unwrap() - before
}
