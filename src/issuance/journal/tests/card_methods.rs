//! What Seam wants a card for, and how far its events were read: kept with each other.

use super::*;
use crate::issuance::journal::CardMethod;

fn method(id: &str, is_again: bool) -> CardMethod {
    CardMethod {
        access_method_id: id.to_owned(),
        acs_credential_id: format!("credential of {id}"),
        is_again,
    }
}

#[test]
fn what_is_wanted_is_known_after_a_restart_until_it_is_done() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path()).unwrap();
    assert_eq!(journal.events_read_until().unwrap(), None);
    let note = |journal: &Journal, until, wanted: &[CardMethod], done: &[&str]| {
        let done = done.iter().map(|id| (*id).to_owned()).collect();
        let noted = journal
            .journal
            .note_card_methods(until, wanted.to_vec(), done);
        wait(noted).unwrap();
    };
    note(
        &journal,
        at(1),
        &[method("a", false), method("b", false)],
        &[],
    );
    drop(journal);
    let journal = Journal::open(directory.path()).unwrap();
    assert_eq!(journal.events_read_until().unwrap(), Some(at(1)));
    note(&journal, at(2), &[method("b", true)], &["a"]);
    assert_eq!(journal.card_methods().unwrap(), [method("b", true)]);
    assert_eq!(journal.events_read_until().unwrap(), Some(at(2)));
}
