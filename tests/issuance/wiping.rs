//! Wiping as a workflow: in the journal before the card is touched, reported after what was issued, free for another card.

use cardbridge::issuance::journal::JournalReader;
use std::sync::Arc;

use cardbridge::desk::notice::nobody;
use cardbridge::desk::wipe::{WipeError, Wiper};
use cardbridge::desk::{Agent, IssueError};
use cardbridge::encoder::CardSession;
use cardbridge::encoder::simulated::{Fault, Loss};
use cardbridge::issuance::entry::{Issuance, Report};
use cardbridge::issuance::policy::{Allowed, Overwrite};
use cardbridge::issuance::state::{Event, State};
use cardbridge::issuance::{CardSettings, RecordKeys};
use cardbridge::report::Urgency;
use cardbridge::sim::{self, Target};
use cardbridge_drivers::contract::Uid;
use cardbridge_drivers::testing::site_settings;
use jiff::Timestamp;

use crate::desk::{Desk, encoder, history_of, issue, record_key};

const PLAIN: Allowed = Allowed {
    reissue: false,
    overwrite: Overwrite::Never,
};

pub(crate) async fn wipe(agent: &Agent, card: &CardSession) -> Result<Vec<Issuance>, WipeError> {
    let setup = Arc::new(CardSettings {
        keys: RecordKeys::new(record_key(), Vec::new()),
        drivers: site_settings().into(),
    });
    let wiper = Wiper::new(agent.journal(), setup);
    let wipeable = wiper.look(card).await?;
    wiper.wipe(card, wipeable, &nobody()).await
}

async fn states(agent: &Agent) -> Vec<State> {
    let history = history_of(agent).await;
    history.iter().map(Issuance::state).collect()
}

fn is_blank(desk: &Desk, uid: Uid) -> bool {
    let memory = desk.tray.memory(uid).unwrap();
    memory[20..120].iter().all(|&byte| byte == 0)
}

#[tokio::test]
async fn a_wiped_credential_is_reported_and_may_be_issued_again() {
    let mut desk = Desk::new().await;
    let credential = desk.credential().await;
    let agent = desk.agent();
    let [first, second] = [desk.card("ntag213"), desk.card("ntag213")];
    let card = desk.place(first).await;
    issue(&agent, &card, &credential, PLAIN).await.unwrap();

    let wiped = wipe(&agent, &card).await.unwrap();
    assert_eq!(wiped.len(), 1);
    assert_eq!(wiped[0].state(), State::Wiped);
    assert!(is_blank(&desk, first));
    let due: Vec<_> = wiped[0].due_reports().collect();
    assert_eq!(due, [Report::Invalidated]);
    assert_ne!(wiped[0].message_id(due[0]), wiped[0].issuance_id);

    let drained = agent.report(Urgency::Now, &nobody()).await.unwrap();
    assert_eq!(drained.invalidated.len(), 1);
    assert!(drained.waiting.is_empty());
    let of_api = desk.look_up(&credential).await;
    assert!(!of_api.is_known_issued(), "it waits for a card again");
    assert_eq!(of_api.card_number.value(), None);

    drop(card);
    desk.remove().await;
    let card = desk.place(second).await;
    let again = issue(&agent, &card, &credential, PLAIN).await.unwrap();
    assert_eq!(again.state(), State::Closed);
    assert_eq!(states(&agent).await, [State::Wiped, State::Closed]);
    assert_eq!(
        desk.event_types_of(&credential).await,
        [
            "acs_credential.issued",
            "acs_credential.invalidated",
            "acs_credential.issued"
        ]
    );
}

/// What is overwritten on purpose is on no card any more.
#[tokio::test]
async fn a_valid_credential_that_is_overwritten_is_reported_and_may_be_issued_again() {
    let mut desk = Desk::new().await;
    let [guest, next] = [desk.credential().await, desk.credential().await];
    let agent = desk.agent();
    let [first, second] = [desk.card("ntag213"), desk.card("ntag213")];
    let card = desk.place(first).await;
    issue(&agent, &card, &guest, PLAIN).await.unwrap();
    let overwrite = Allowed {
        overwrite: Overwrite::Any,
        ..PLAIN
    };
    issue(&agent, &card, &next, overwrite).await.unwrap();
    assert_eq!(states(&agent).await, [State::Wiped, State::Closed]);

    agent.report(Urgency::Now, &nobody()).await.unwrap();
    assert_eq!(
        desk.event_types_of(&guest).await,
        ["acs_credential.issued", "acs_credential.invalidated"]
    );
    drop(card);
    desk.remove().await;
    let card = desk.place(second).await;
    issue(&agent, &card, &guest, PLAIN).await.unwrap();
    assert_eq!(
        states(&agent).await,
        [State::Wiped, State::Closed, State::Closed]
    );
}

#[tokio::test]
async fn a_receiver_that_is_down_hears_all_in_order() {
    let mut desk = Desk::new().await;
    let credential = desk.credential().await;
    let agent = desk.agent();
    let [first, second] = [desk.card("ntag213"), desk.card("ntag213")];
    let card = desk.place(first).await;
    desk.faults.every(Target::Reports, sim::Fault::CallLost);
    issue(&agent, &card, &credential, PLAIN).await.unwrap();
    let wiped = wipe(&agent, &card).await.unwrap();
    let due: Vec<_> = wiped[0].due_reports().collect();
    assert_eq!(due, [Report::Issued, Report::Invalidated]);
    drop(card);
    desk.remove().await;
    let card = desk.place(second).await;
    issue(&agent, &card, &credential, PLAIN).await.unwrap();

    desk.faults.clear();
    let drained = desk.agent().report(Urgency::Now, &nobody()).await.unwrap();
    assert!(drained.waiting.is_empty(), "{drained:?}");
    assert_eq!(
        desk.event_types_of(&credential).await,
        [
            "acs_credential.issued",
            "acs_credential.invalidated",
            "acs_credential.issued"
        ]
    );
    let of_api = desk.look_up(&credential).await;
    assert_eq!(of_api.card_number.value(), Some(&second.to_string()));
}

/// Seam says that the credential is issued, and means the card that was wiped.
#[tokio::test]
async fn a_wipe_that_seam_has_not_heard_of_is_enough() {
    let mut desk = Desk::new().await;
    let credential = desk.credential().await;
    let agent = desk.agent();
    let [first, second] = [desk.card("ntag213"), desk.card("ntag213")];
    let card = desk.place(first).await;
    issue(&agent, &card, &credential, PLAIN).await.unwrap();
    desk.faults.every(Target::Reports, sim::Fault::CallLost);
    wipe(&agent, &card).await.unwrap();
    assert!(desk.look_up(&credential).await.is_known_issued());
    drop(card);
    desk.remove().await;
    let card = desk.place(second).await;
    issue(&agent, &card, &credential, PLAIN).await.unwrap();
    desk.faults.clear();
    let drained = agent.report(Urgency::Now, &nobody()).await.unwrap();
    assert!(drained.waiting.is_empty(), "{drained:?}");
    assert!(desk.look_up(&credential).await.is_known_issued());
}

#[tokio::test]
async fn what_another_desk_issued_since_is_not_free() {
    let mut desk = Desk::new().await;
    let credential = desk.credential().await;
    let agent = desk.agent();
    let [here, there, third] = [
        desk.card("ntag213"),
        desk.card("ntag213"),
        desk.card("ntag213"),
    ];
    let card = desk.place(here).await;
    issue(&agent, &card, &credential, PLAIN).await.unwrap();
    wipe(&agent, &card).await.unwrap();
    agent.report(Urgency::Now, &nobody()).await.unwrap();
    drop(card);
    desk.remove().await;
    let card = desk.place(there).await;
    let other = desk.agent_of_another_desk();
    issue(&other, &card, &credential, PLAIN).await.unwrap();
    drop(card);
    desk.remove().await;
    let card = desk.place(third).await;
    let refused = issue(&agent, &card, &credential, PLAIN).await;
    assert!(
        matches!(refused, Err(IssueError::Refused(_))),
        "{refused:?}"
    );
}

/// The old card is wiped when the new one is reported: the new one stays.
#[tokio::test]
async fn wiping_an_earlier_card_leaves_the_later_one() {
    let mut desk = Desk::new().await;
    let credential = desk.credential().await;
    let agent = desk.agent();
    let [first, second] = [desk.card("ntag213"), desk.card("ntag213")];
    let reissue = Allowed {
        reissue: true,
        overwrite: Overwrite::Never,
    };
    for uid in [first, second] {
        let card = desk.place(uid).await;
        issue(&agent, &card, &credential, reissue).await.unwrap();
        drop(card);
        desk.remove().await;
    }
    let card = desk.place(first).await;
    wipe(&agent, &card).await.unwrap();
    agent.report(Urgency::Now, &nobody()).await.unwrap();
    assert_eq!(states(&agent).await, [State::Wiped, State::Closed]);
    assert!(desk.look_up(&credential).await.is_known_issued());
    let refused = agent
        .check(
            cardbridge::desk::Wanted::Credential(&credential.acs_credential_id),
            PLAIN,
            &nobody(),
        )
        .await;
    assert!(matches!(refused, Err(IssueError::Refused(_))));
}

#[tokio::test]
async fn a_torn_card_that_is_wiped_is_taken_up_by_nobody_and_reported_to_nobody() {
    let mut desk = Desk::new().await;
    let credential = desk.credential().await;
    let agent = desk.agent();
    let [torn, other] = [desk.card("ntag213"), desk.card("ntag213")];
    desk.tear(torn, &credential).await;
    let card = desk.place(torn).await;
    let wiped = wipe(&agent, &card).await.unwrap();
    assert_eq!(wiped[0].state(), State::Wiped);
    assert_eq!(wiped[0].due_reports().count(), 0);
    assert_eq!(agent.finish(&card, &nobody()).await.unwrap(), None);
    drop(card);
    desk.remove().await;
    let card = desk.place(other).await;
    issue(&agent, &card, &credential, PLAIN).await.unwrap();
    assert_eq!(
        desk.event_types_of(&credential).await,
        ["acs_credential.issued"]
    );
}

/// Pulled at every command of the wipe: until the card is known to be blank its credential goes onto no other card, and the agent
/// finishes the wipe by itself when the card is back.
#[tokio::test]
async fn a_wipe_that_was_cut_short_is_finished_when_the_card_is_back() {
    for loss in [Loss::Command, Loss::Answer] {
        for commands in 0.. {
            let mut desk = Desk::new().await;
            let credential = desk.credential().await;
            let agent = desk.agent();
            let [first, second] = [desk.card("ntag213"), desk.card("ntag213")];
            let card = desk.place(first).await;
            issue(&agent, &card, &credential, PLAIN).await.unwrap();
            desk.tray
                .break_after(&encoder(), commands, Fault::Removed(loss))
                .unwrap();
            if wipe(&agent, &card).await.is_ok() {
                assert!(commands > 10, "the wipe was cut short nowhere");
                break;
            }
            drop(card);
            desk.removed().await;
            if states(&agent).await == [State::Closed] {
                // It could not even be looked at.
                continue;
            }
            assert_eq!(states(&agent).await, [State::Wiping]);
            let card = desk.place(second).await;
            let refused = issue(&agent, &card, &credential, PLAIN).await;
            assert!(
                matches!(refused, Err(IssueError::Refused(_))),
                "{refused:?}"
            );
            assert!(
                agent
                    .queue()
                    .waiting(agent.journal())
                    .await
                    .unwrap()
                    .iter()
                    .all(|waiting| waiting.acs_credential_id != credential.acs_credential_id)
            );
            drop(card);
            desk.remove().await;

            // Another process, as after a power cut.
            let agent = desk.agent();
            assert!(agent.journal().read(JournalReader::has_open).await.unwrap());
            let card = desk.place(first).await;
            assert_eq!(agent.finish(&card, &nobody()).await.unwrap(), None);
            assert_eq!(states(&agent).await, [State::Wiped], "{loss:?} {commands}");
            assert!(is_blank(&desk, first));
            issue(&agent, &card, &credential, PLAIN).await.unwrap();
        }
    }
}

/// A command that the card says to have carried out and has not: whatever is then on the card is what is left of our record, and
/// goes with the next wipe, by whom it may be.
#[tokio::test]
async fn a_wipe_of_which_a_command_was_forgotten_is_finished() {
    for by_wipe in [true, false] {
        let mut spoilt = 0;
        for commands in 0.. {
            let mut desk = Desk::new().await;
            let credential = desk.credential().await;
            let agent = desk.agent();
            let uid = desk.card("ntag213");
            let card = desk.place(uid).await;
            issue(&agent, &card, &credential, PLAIN).await.unwrap();
            desk.tray
                .break_after(&encoder(), commands, Fault::Swallowed)
                .unwrap();
            match wipe(&agent, &card).await {
                Ok(_) if spoilt > 0 || commands > 60 => break,
                Ok(_) => continue,
                Err(error) => {
                    assert!(matches!(error, WipeError::NotBlank { .. }), "{error}");
                }
            }
            spoilt += 1;
            assert_eq!(states(&agent).await, [State::Wiping]);
            if by_wipe {
                wipe(&agent, &card).await.unwrap();
            } else {
                assert_eq!(agent.finish(&card, &nobody()).await.unwrap(), None);
            }
            assert_eq!(states(&agent).await, [State::Wiped], "{commands}");
            assert!(is_blank(&desk, uid), "{commands}");
        }
        assert!(spoilt > 0, "no wipe was spoilt");
    }
}

/// Another desk wrote the card in between: our record is gone, and theirs is none of our business.
#[tokio::test]
async fn a_card_that_was_rewritten_elsewhere_is_not_wiped_by_an_old_intention() {
    let mut desk = Desk::new().await;
    let [ours, theirs] = [desk.credential().await, desk.credential().await];
    let agent = desk.agent();
    let uid = desk.card("ntag213");
    let card = desk.place(uid).await;
    let mut issuance = issue(&agent, &card, &ours, PLAIN).await.unwrap();
    agent
        .journal()
        .advance(&mut issuance, Event::WipeBegins, Timestamp::now())
        .await
        .unwrap();
    let other = desk.agent_of_another_desk();
    let overwrite = Allowed {
        reissue: false,
        overwrite: Overwrite::Any,
    };
    issue(&other, &card, &theirs, overwrite).await.unwrap();
    let before = desk.tray.memory(uid).unwrap();
    assert_eq!(agent.finish(&card, &nobody()).await.unwrap(), None);
    assert_eq!(desk.tray.memory(uid).unwrap(), before);
    assert_eq!(states(&agent).await, [State::Wiped]);
}
