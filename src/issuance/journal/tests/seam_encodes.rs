//! What Seam was asked to encode: never beside a card of ours, never twice, and in the history where it belongs.

use super::history::{ids, in_states, limit, since};
use super::*;
use crate::issuance::journal::Filter;
use crate::issuance::seam_encode::{Outcome, SeamEncode};

pub(super) fn encode(credential: &str) -> SeamEncode {
    SeamEncode {
        issuance_id: Uuid::now_v7(),
        acs_credential_id: credential.to_owned(),
        acs_encoder_id: Uuid::max(),
        encoder: "Front desk".to_owned(),
        display_name: Some("Room 101".to_owned()),
        kind: Kind::First,
        answers: vec!["2026-07-20T09:00:00Z".to_owned()],
        issued_before: None,
        claimed_at: "2026-07-20T10:00:00Z".parse().unwrap(),
        action_attempt_id: None,
        outcome: None,
        ended_at: None,
    }
}

fn issued() -> Outcome {
    Outcome::Issued {
        card_number: Some("12ab".to_owned()),
    }
}

fn failed() -> Outcome {
    Outcome::Failed {
        code: "encoding_interrupted".to_owned(),
        message: "removed".to_owned(),
    }
}

fn begin(journal: &Journal, new: &SeamEncode, last: Option<&Issuance>, old: &[Issuance]) -> bool {
    wait(journal.journal.begin_at_seam(new, last, old, None)).unwrap()
}

fn ended(journal: &Journal, mut encode: SeamEncode, outcome: Outcome) -> SeamEncode {
    wait(journal.journal.end_at_seam(&mut encode, outcome, at(1))).unwrap();
    encode
}

fn on_cards(journal: &Journal, credential: &str) -> bool {
    !journal.on_cards([credential]).unwrap().is_empty()
}

#[test]
fn seam_and_a_reader_here_never_have_one_credential() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path()).unwrap();
    let first = encode("a");
    assert!(begin(&journal, &first, None, &[]));
    assert!(!begin(&journal, &encode("a"), None, &[]));
    assert!(on_cards(&journal, "a"));
    for kind in [Kind::First, Kind::Again] {
        let mut new = plan("a", 1);
        new.kind = kind;
        assert_eq!(journal.claim(new, None, &[]).unwrap(), None);
    }
    // It did not come to a card: everything is as before.
    let failed = ended(&journal, first, failed());
    assert!(!on_cards(&journal, "a"));
    assert_eq!(journal.by_seam("a").unwrap(), None);
    assert_eq!(
        journal.seam_encode(failed.issuance_id).unwrap(),
        Some(failed)
    );
    let mut here = claimed(&journal, plan("a", 1));
    assert!(!begin(&journal, &encode("a"), None, &[]));
    journal.advance(&mut here, Event::Verified, at(2)).unwrap();
    assert!(!begin(&journal, &encode("a"), None, &[]));
    // Who knows of that card may ask for another.
    let again = encode("a");
    assert!(begin(&journal, &again, Some(&here), &[]));
    let again = ended(&journal, again, issued());
    assert_eq!(journal.by_seam("a").unwrap(), Some(again));
    assert!(
        journal.expects_a_card().unwrap(),
        "the card of ours is superseded"
    );
    assert_eq!(journal.claim(plan("a", 3), Some(&here), &[]).unwrap(), None);
    let mut new = plan("a", 3);
    new.kind = Kind::Again;
    let mut new = journal.claim(new, Some(&here), &[]).unwrap().unwrap();
    journal.advance(&mut new, Event::Verified, at(3)).unwrap();
    assert_eq!(journal.by_seam("a").unwrap(), None);
}

#[test]
fn what_is_unfinished_here_is_given_up_in_the_same_step() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path()).unwrap();
    let open = claimed(&journal, plan("a", 1));
    assert!(begin(
        &journal,
        &encode("a"),
        None,
        std::slice::from_ref(&open)
    ));
    let now = journal.issuance(open.issuance_id).unwrap().unwrap();
    assert_eq!(now.state(), State::Abandoned);
    // It has moved on since it was looked at.
    let old = std::slice::from_ref(&open);
    let error = wait(journal.journal.begin_at_seam(&encode("b"), None, old, None)).unwrap_err();
    assert_eq!(error.code(), "journal_overtaken");
    assert!(!on_cards(&journal, "b"));
}

#[test]
fn the_outcome_that_was_noted_first_stays() {
    let directory = tempfile::tempdir().unwrap();
    let [one, other] = [(); 2].map(|()| Journal::open(directory.path()).unwrap());
    let mut first = encode("a");
    assert!(begin(&one, &first, None, &[]));
    wait(one.journal.note_taken_on(&mut first, "attempt")).unwrap();
    assert_eq!(other.open_at_seam().unwrap(), [first.clone()]);
    let noted = ended(&other, first.clone(), issued());
    assert_eq!(noted.action_attempt_id.as_deref(), Some("attempt"));
    assert_eq!(ended(&one, first, failed()), noted);
    assert!(one.open_at_seam().unwrap().is_empty());
}

#[test]
fn the_history_has_both_kinds_in_their_order() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path()).unwrap();
    for round in 0..3 {
        let mut here = claimed(&journal, plan(&format!("here {round}"), round));
        journal.advance(&mut here, Event::Verified, at(1)).unwrap();
        let new = encode(&format!("seam {round}"));
        assert!(begin(&journal, &new, None, &[]));
        ended(&journal, new, issued());
    }
    let all = ["here 0", "seam 0", "here 1", "seam 1", "here 2", "seam 2"];
    assert_eq!(ids(&journal, &Filter::default()), all);
    assert_eq!(ids(&journal, &limit(3)), all[3..]);
    assert_eq!(
        ids(&journal, &in_states(&[State::Closed])),
        ["seam 0", "seam 1", "seam 2"]
    );
    let both = in_states(&[State::Closed, State::Reporting]);
    assert_eq!(ids(&journal, &both), all);
    assert_eq!(ids(&journal, &since("2026-07-20T10:00:00Z")), all);
    let of_card = Filter {
        card_uid: Some(plan("", 1).card_uid),
        limit: Some(9),
        ..Filter::default()
    };
    assert_eq!(ids(&journal, &of_card), ["here 1"]);
    let of_credential = Filter {
        acs_credential_id: Some("seam 1".to_owned()),
        limit: Some(1),
        ..since("2026-07-20T00:00:00Z")
    };
    assert_eq!(ids(&journal, &of_credential), ["seam 1"]);
}
