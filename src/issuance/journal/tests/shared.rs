//! What is still to be shared with the property's database.

use super::*;
use crate::issuance::elsewhere::Fence;
use crate::issuance::journal::SharedState;

const PROPERTY: Uuid = Uuid::from_u128(1);

fn unshared(journal: &Journal) -> Vec<(String, State, Option<Fence>)> {
    let unshared = journal.unshared(10).unwrap();
    let words = unshared.into_iter().map(|one| {
        let id = one.encoded.acs_credential_id().to_owned();
        (id, one.encoded.state(), one.fence)
    });
    words.collect()
}

fn share(journal: &Journal, issuance: &Issuance, fence: i64) {
    let shared = SharedState {
        issuance_id: issuance.issuance_id,
        fence: Fence::new(fence),
        state: issuance.state(),
    };
    wait(journal.journal.note_shared(vec![shared])).unwrap();
}

#[test]
fn every_state_is_to_be_shared_until_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path()).unwrap();
    let fence = Fence::new(7);
    let claim = journal
        .journal
        .claim_under(Some(fence), plan("a", 1), None, &[]);
    let (mut issuance, _lease) = wait(claim).unwrap().unwrap();
    // That it is begun is shared by what begins it: until then another desk may take it over.
    assert_eq!(unshared(&journal), []);
    assert_eq!(journal.begun().unwrap(), []);
    let shared = journal.shared(issuance.issuance_id).unwrap();
    assert_eq!(shared, Some((fence, Some(State::Claiming))));
    share(&journal, &issuance, 7);
    assert_eq!(journal.begun().unwrap().len(), 1);
    for (event, state) in [
        (Event::Interrupted, State::Torn),
        (Event::WriteBegins, State::Writing),
        (Event::Verified, State::Reporting),
        (Event::Reported, State::Closed),
    ] {
        journal.advance(&mut issuance, event, at(2)).unwrap();
        let expected = ("a".to_owned(), state, Some(fence));
        assert_eq!(unshared(&journal), [expected]);
        share(&journal, &issuance, 7);
        assert_eq!(unshared(&journal), []);
    }
}

#[test]
fn what_was_begun_without_a_property_is_to_be_shared_with_one() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path()).unwrap();
    let issuance = claimed(&journal, plan("a", 1));
    let as_new = ("a".to_owned(), State::Writing, None);
    assert_eq!(unshared(&journal), std::slice::from_ref(&as_new));
    wait(journal.journal.join(PROPERTY)).unwrap();
    share(&journal, &issuance, -5);
    wait(journal.journal.join(PROPERTY)).unwrap();
    assert_eq!(unshared(&journal), []);
    // Another database has nothing of it.
    wait(journal.journal.join(Uuid::from_u128(2))).unwrap();
    assert_eq!(unshared(&journal), [as_new]);
}

#[test]
fn a_journal_from_before_there_were_properties_shares_all_of_it() {
    let directory = tempfile::tempdir().unwrap();
    let old = Connection::open(directory.path().join(FILE)).unwrap();
    old.execute_batch(include_str!("version_1.sql")).unwrap();
    drop(old);
    let journal = Journal::open(directory.path()).unwrap();
    let all = journal.history().unwrap().len();
    assert!(all > 1);
    assert_eq!(unshared(&journal).len(), all);
}
