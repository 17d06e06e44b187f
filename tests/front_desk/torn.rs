//! A card removed at each command of its issuance, beside a real pcscd: put back it is finished, once.
//!
//! One model of each technology and way of writing (for Type 2 the one under keys, which takes the most steps), and by turns the command lost and its answer; that every model survives both
//! at every command is held by the conformance suite and, with journal and report, by `tests/issuance`.

use cardbridge_drivers::cards;

use crate::desk::{Desk, uid};
use crate::held::{HeldCard, Hold};
use crate::pcscd::{Card, address, beside_pcscd};

#[test]
fn an_ultralight_c_removed_before_a_command() {
    beside_pcscd(&["Desk"], async |_| {
        remove_at_every_other_command("ultralight-c", Lost::Command).await;
    });
}

#[test]
fn an_ultralight_c_removed_before_an_answer() {
    beside_pcscd(&["Desk"], async |_| {
        remove_at_every_other_command("ultralight-c", Lost::Answer).await;
    });
}

#[test]
fn a_classic_removed_before_a_command() {
    beside_pcscd(&["Desk"], async |_| {
        remove_at_every_other_command("classic-mini", Lost::Command).await;
    });
}

#[test]
fn a_classic_removed_before_an_answer() {
    beside_pcscd(&["Desk"], async |_| {
        remove_at_every_other_command("classic-mini", Lost::Answer).await;
    });
}

#[test]
fn a_desfire_ev1_removed_before_a_command() {
    beside_pcscd(&["Desk"], async |_| {
        remove_at_every_other_command("desfire-ev1-2k", Lost::Command).await;
    });
}

#[test]
fn a_desfire_ev1_removed_before_an_answer() {
    beside_pcscd(&["Desk"], async |_| {
        remove_at_every_other_command("desfire-ev1-2k", Lost::Answer).await;
    });
}

#[test]
fn a_desfire_ev2_removed_before_a_command() {
    beside_pcscd(&["Desk"], async |_| {
        remove_at_every_other_command("desfire-ev2-2k", Lost::Command).await;
    });
}

#[test]
fn a_desfire_ev2_removed_before_an_answer() {
    beside_pcscd(&["Desk"], async |_| {
        remove_at_every_other_command("desfire-ev2-2k", Lost::Answer).await;
    });
}

#[test]
fn an_ntag_424_removed_before_a_command() {
    beside_pcscd(&["Desk"], async |_| {
        remove_at_every_other_command("ntag424", Lost::Command).await;
    });
}

#[test]
fn an_ntag_424_removed_before_an_answer() {
    beside_pcscd(&["Desk"], async |_| {
        remove_at_every_other_command("ntag424", Lost::Answer).await;
    });
}

/// Another card is not mistaken for the one that is waited for, and when the time is over it is said how to go on.
#[test]
fn a_card_that_does_not_come_back_is_named() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        let credential = desk.credential("assa_abloy_vostio", 0).await;
        let id = credential.acs_credential_id.as_str();
        let encode = ["encode", "--json", "--timeout", "4", "--credential", id];
        let card = HeldCard::place(&address(0), "ntag213", uid(1), Hold::BeforeAnswer(25)).await;
        let agent = desk.start(&encode, None);
        card.moment.reached().await;
        card.remove().await;
        let never = Hold::BeforeCommand(usize::MAX);
        let other = HeldCard::place(&address(0), "ntag213", uid(2), never).await;
        let ended = agent.wait_with_output().await.unwrap();
        let complaint = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(6), "{complaint}");
        assert!(
            complaint.contains(&format!("this is card {}", uid(2))),
            "{complaint}"
        );
        assert!(
            complaint.contains("run the same command again"),
            "{complaint}"
        );
        let untouched = cards::simulate("ntag213", uid(2)).unwrap().memory();
        let other = other.remove().await;
        assert_eq!(other.lock().await.card().memory(), untouched);
    });
}

/// The further card was allowed before the other one was made.
#[test]
fn a_card_that_comes_back_after_its_credential_went_onto_another_is_not_issued_again() {
    beside_pcscd(&["Desk", "Front Desk"], async |_| {
        let desk = Desk::new().await;
        let credential = desk.credential("assa_abloy_vostio", 0).await;
        let id = credential.acs_credential_id.as_str();
        let one = HeldCard::place(&address(0), "ntag213", uid(1), Hold::BeforeAnswer(25)).await;
        let encode = ["encode", "--json", "--timeout", "30", "--credential", id];
        let encode = [&encode[..], &["--reissue", "--reader", "Desk 00 00"]].concat();
        let agent = desk.start(&encode, None);
        one.moment.reached().await;
        let one = one.remove().await;
        let other = Card::place(1, "ntag213", uid(2)).await;
        let instead = ["--reissue", "--reader", "Front Desk 00 00"];
        let instead = loop {
            let ran = desk.encode(&credential, &instead).await;
            // The first one has not noticed yet that its card is gone.
            if ran.document["error"]["code"] != "being_written" {
                break ran;
            }
        };
        assert_eq!(instead.code, 0, "{}", instead.stderr);
        let never = Hold::BeforeCommand(usize::MAX);
        let one = HeldCard::put(&address(0), one, never).await;
        let ended = agent.wait_with_output().await.unwrap();
        let complaint = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(6), "{complaint}");
        assert!(
            complaint.contains("not to be finished any more"),
            "{complaint}"
        );
        let history = desk.run(&["history", "--json"]).await.document;
        let mine = history.as_array().unwrap().iter();
        let written = mine.filter(|one| !one["written_at"].is_null());
        assert_eq!(written.count(), 1, "{history}");
        one.remove().await;
        other.remove().await;
    });
}

/// What does not come through when the card is removed.
#[derive(Debug, Clone, Copy)]
enum Lost {
    Command,
    Answer,
}

/// At every other command, so that by both tests of a model together the card is removed at each.
async fn remove_at_every_other_command(model: &str, lost: Lost) {
    let desk = Desk::new().await;
    let never = Hold::BeforeCommand(usize::MAX);
    let (first, hold): (u16, fn(usize) -> Hold) = match lost {
        Lost::Command => (0, Hold::BeforeCommand),
        Lost::Answer => (1, Hold::BeforeAnswer),
    };
    let mut waited = 0;
    for number in (first..).step_by(2) {
        let at = usize::from(number);
        let hold = hold(at);
        let credential = desk.credential("assa_abloy_vostio", 0).await;
        let id = credential.acs_credential_id.as_str();
        let encode = ["encode", "--json", "--timeout", "20", "--credential", id];
        let card = HeldCard::place(&address(0), model, uid(number), hold).await;
        let agent = desk.start(&encode, None);
        let ended = agent.wait_with_output();
        tokio::pin!(ended);
        let card = tokio::select! {
            () = card.moment.reached() => card.remove().await,
            ended = &mut ended => {
                assert!(ended.unwrap().status.success());
                assert!(number > 10, "{model}: only {number} commands were tried");
                assert!(waited > 2, "{model}: {waited} cards were waited for");
                return;
            }
        };
        // The one who was at it waits for the card; the one who had not begun says what to do.
        let card = HeldCard::put(&address(0), card, never).await;
        let ended = ended.await.unwrap();
        let complaint = String::from_utf8(ended.stderr).unwrap();
        if ended.status.success() {
            assert!(complaint.contains(&format!("place card {}", uid(number))));
            waited += 1;
        } else {
            assert_eq!(ended.status.code(), Some(6), "{model} at {at}: {complaint}");
            assert!(complaint.contains("fix: "), "{model} at {at}: {complaint}");
            let ran = desk.encode(&credential, &[]).await;
            assert_eq!(ran.code, 0, "{model} at {at}: {}", ran.stderr);
            assert_eq!(ran.document["state"], "closed", "{model} at {at}");
        }
        let read = desk.run(&["read", "--json", "--timeout", "20"]).await;
        assert_eq!(read.code, 0, "{model} at {at}: {}", read.stderr);
        assert_eq!(read.document["acs_credential_id"], id);
        let history = desk.run(&["history", "--json"]).await.document;
        let mine = history.as_array().unwrap().iter();
        let mine = mine.filter(|one| one["acs_credential_id"] == id);
        assert_eq!(mine.count(), 1, "{model} at {at}");
        assert_eq!(
            desk.events_of(&credential).await.len(),
            1,
            "{model} at {at}"
        );
        card.remove().await;
    }
}
