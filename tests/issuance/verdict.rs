//! What was found out about a card is never lost, whatever the journal says to it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use cardbridge::desk::Wanted;
use cardbridge::desk::notice::{Notice, Observer};
use cardbridge::issuance::policy::Allowed;
use cardbridge::issuance::state::State;
use cardbridge::text::Hint;

use crate::desk::Desk;

/// Another program takes the journal just when the card is read back, and keeps it until the person has heard of it.
#[tokio::test]
async fn a_verdict_that_the_journal_cannot_take_is_kept_until_it_can() {
    let mut desk = Desk::new().await;
    let credential = desk.credential().await;
    let uid = desk.card("ntag213");
    let card = desk.place(uid).await;
    let agent = desk.agent();
    let file = desk.state.path().join("journal.sqlite3");
    let held = Mutex::new(None);
    let told = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&told);
    let observer: Observer = Arc::new(move |notice| {
        let mut held = held.lock().unwrap();
        match notice {
            Notice::Writing { .. } if held.is_none() => {
                let other = rusqlite::Connection::open(&file).unwrap();
                other.execute_batch("BEGIN IMMEDIATE").unwrap();
                *held = Some(other);
            }
            Notice::NotNoted { issuance, error } => {
                assert_eq!(issuance.card_uid, uid);
                assert!(error.hint().contains("another program"), "{error}");
                counted.fetch_add(1, Ordering::SeqCst);
                held.as_ref().unwrap().execute_batch("ROLLBACK").unwrap();
            }
            _ => {}
        }
    });
    let wanted = Wanted::Credential(&credential.acs_credential_id);
    let issuance = agent
        .issue_and_report(&card, wanted, Allowed::default(), &observer)
        .await
        .unwrap();
    assert_eq!(issuance.state(), State::Closed);
    assert_eq!(told.load(Ordering::SeqCst), 1);
    assert!(desk.look_up(&credential).await.is_known_issued());
}
