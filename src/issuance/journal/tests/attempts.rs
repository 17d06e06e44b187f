//! Action attempts: asked for twice they are one, and they are there after a restart.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use uuid::Uuid;

use super::{Journal, wait};
use crate::issuance::attempt::{Action, Attempt, AttemptFailure, Ended};
use crate::issuance::journal::{Begun, JournalReader};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

fn encode(encoder: u128, credential: &str, begun_at: Timestamp) -> Attempt {
    Attempt {
        action_attempt_id: Uuid::new_v4(),
        action: Action::Encode {
            acs_credential_id: credential.to_owned(),
        },
        acs_encoder_id: Uuid::from_u128(encoder),
        credential: Some(json!({"acs_credential_id": credential})),
        begun_at,
        ended: None,
    }
}

impl Journal {
    fn begin(&self, attempt: &Attempt) -> Begun {
        let now = attempt.begun_at;
        let before = |seconds| now - SignedDuration::from_secs(seconds);
        wait(
            self.journal
                .begin_attempt(attempt.clone(), before(10), before(1000)),
        )
        .unwrap()
    }

    fn end(&self, attempt: &Attempt, second: i64, outcome: Result<i32, &str>) {
        let outcome = outcome
            .map(|result| json!(result))
            .map_err(|kind| AttemptFailure {
                kind: kind.to_owned(),
                message: "because".to_owned(),
            });
        let ended = Ended {
            at: at(second),
            outcome,
        };
        wait(self.journal.end_attempt(attempt.action_attempt_id, ended)).unwrap();
    }
}

#[test]
fn what_is_asked_again_is_the_same_attempt_and_no_second_encoder_gets_the_credential() {
    let home = tempfile::tempdir().unwrap();
    let journal = Journal::open(home.path()).unwrap();
    let first = encode(1, "c", at(0));
    assert_eq!(journal.begin(&first), Begun::New(first.clone()));
    assert_eq!(
        journal.begin(&encode(1, "c", at(1))),
        Begun::Repeated(first.clone())
    );
    assert_eq!(journal.begin(&encode(2, "c", at(1))), Begun::Elsewhere);
    assert!(matches!(
        journal.begin(&encode(2, "d", at(1))),
        Begun::New(_)
    ));
    // Also when the answer to a success was lost, for a moment; what failed is tried again.
    journal.end(&first, 2, Ok(1));
    let Begun::Repeated(ended) = journal.begin(&encode(1, "c", at(11))) else {
        panic!("begun again");
    };
    assert_eq!(ended.ended.unwrap().outcome, Ok(json!(1)));
    let later = encode(1, "c", at(13));
    assert_eq!(journal.begin(&later), Begun::New(later.clone()));
    journal.end(&later, 14, Err("encoding_interrupted"));
    let again = encode(1, "c", at(15));
    assert_eq!(journal.begin(&again), Begun::New(again));
}

#[test]
fn attempts_survive_and_end_once() {
    let home = tempfile::tempdir().unwrap();
    let journal = Journal::open(home.path()).unwrap();
    let attempt = encode(1, "c", at(0));
    journal.begin(&attempt);
    drop(journal);
    let journal = Journal::open(home.path()).unwrap();
    assert_eq!(
        journal.pending_attempts().unwrap(),
        std::slice::from_ref(&attempt)
    );
    journal.end(&attempt, 1, Err("no_credential_on_encoder"));
    journal.end(&attempt, 2, Ok(1));
    let found = journal.attempt(attempt.action_attempt_id).unwrap().unwrap();
    let failure = found.ended.unwrap().outcome.unwrap_err();
    assert_eq!(failure.kind, "no_credential_on_encoder");
    assert_eq!(found.credential, None);
    assert!(journal.pending_attempts().unwrap().is_empty());
    assert_eq!(journal.attempts(0, 10).unwrap().len(), 1);
    // The next one forgets what is long over.
    let much_later = encode(1, "d", at(2000));
    journal.begin(&much_later);
    let kept = journal.attempts(0, 10).unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].1.action_attempt_id, much_later.action_attempt_id);
}

#[test]
fn an_encoder_keeps_the_day_on_which_it_came() {
    let home = tempfile::tempdir().unwrap();
    let journal = Journal::open(home.path()).unwrap();
    let id = Uuid::from_u128(7);
    let note =
        |journal: &Journal, now| wait(journal.journal.note_encoder(id, "Desk", now)).unwrap();
    assert_eq!(note(&journal, at(0)).first_seen_at, at(0));
    drop(journal);
    let journal = Journal::open(home.path()).unwrap();
    assert_eq!(note(&journal, at(5)).first_seen_at, at(0));
    let known = wait(
        journal
            .journal
            .read(move |journal: &JournalReader| journal.encoder(id)),
    );
    assert_eq!(known.unwrap().unwrap().name, "Desk");
}
