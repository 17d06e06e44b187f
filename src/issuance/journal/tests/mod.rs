//! The journal by itself: what two processes cannot both do, and what survives.

mod attempts;
mod batches;
mod card_methods;
mod history;
mod identity;
mod keys;
mod seam_encodes;
mod shared;

use std::ops::Deref;
use std::path::Path;

use cardbridge_drivers::contract::Uid;
use cardbridge_drivers::keys::KeyVersion;
use jiff::Timestamp;
use rusqlite::Connection;
use uuid::Uuid;

use crate::issuance::entry::{Issuance, Kind, Origin, Plan, Report};
use crate::issuance::journal::witness::FILE;
use crate::issuance::journal::{
    Delivery, JournalError, JournalReader, Lost, SinkName, can_be_written, is_open_to_others,
    schema,
};
use crate::issuance::state::{Event, State};

/// The journal for one who waits for each answer.
#[derive(Debug)]
struct Journal {
    // Closed first: see the journal's own end.
    reader: JournalReader,
    journal: super::Journal,
}

impl Deref for Journal {
    type Target = JournalReader;

    fn deref(&self) -> &JournalReader {
        &self.reader
    }
}

fn wait<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(work)
}

impl Journal {
    fn open(directory: &Path) -> Result<Self, JournalError> {
        let journal = super::Journal::open(directory)?;
        let reader = JournalReader::beside(directory)?;
        Ok(Self { reader, journal })
    }

    fn claim(
        &self,
        plan: Plan,
        last_written: Option<&Issuance>,
        superseded: &[(Issuance, Event)],
    ) -> Result<Option<Issuance>, JournalError> {
        let claimed = wait(self.journal.claim(plan, last_written, superseded))?;
        Ok(claimed.map(|(issuance, _)| issuance))
    }

    fn advance(
        &self,
        issuance: &mut Issuance,
        event: Event,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        wait(self.journal.advance(issuance, event, at))
    }

    fn note_keys(
        &self,
        issuance: &mut Issuance,
        version: Option<KeyVersion>,
        earlier: Vec<KeyVersion>,
    ) -> Result<(), JournalError> {
        wait(self.journal.note_keys(issuance, version, earlier))
    }

    fn check(&self) -> Result<(), JournalError> {
        wait(self.journal.read(JournalReader::check))
    }

    fn note_delivery(
        &self,
        id: Uuid,
        report: Report,
        sink: SinkName,
        delivery: &Delivery,
    ) -> Result<(), JournalError> {
        wait(self.journal.note_delivery(id, report, sink, delivery))
    }

    /// A connection of another program.
    fn other(&self) -> Connection {
        Connection::open(self.journal.directory.join(FILE)).unwrap()
    }
}

fn plan(credential: &str, uid: u8) -> Plan {
    Plan {
        issuance_id: Uuid::now_v7(),
        acs_credential_id: credential.to_owned(),
        card_uid: Uid::try_from([uid; 7].as_slice()).unwrap(),
        card_number: "1234abc".to_owned(),
        card_type: "ntag215".to_owned(),
        driver: "type2".to_owned(),
        display_name: Some("Room 101".to_owned()),
        encoder: "Virtual PCD 00 00".to_owned(),
        claimed_at: "2026-07-20T10:00:00Z".parse().unwrap(),
        record: vec![0xD1, 0x84],
        key_version: KeyVersion::new(uid),
        earlier_keys: Vec::new(),
        kind: Kind::First,
        answers: Some(Vec::new()),
        overwrite: false,
        origin: Origin {
            workspace_id: "w".to_owned(),
            acs_system_id: "s".to_owned(),
            connected_account_id: "c".to_owned(),
        },
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn claimed(journal: &Journal, new: Plan) -> Issuance {
    journal.claim(new, None, &[]).unwrap().unwrap()
}

#[test]
fn two_processes_cannot_take_one_credential_nor_one_card() {
    let directory = tempfile::tempdir().unwrap();
    let [one, other] = [
        Journal::open(directory.path()).unwrap(),
        Journal::open(directory.path()).unwrap(),
    ];
    let mut first = claimed(&one, plan("a", 1));
    assert_eq!(other.claim(plan("a", 2), None, &[]).unwrap(), None);
    assert_eq!(other.claim(plan("b", 1), None, &[]).unwrap(), None);
    claimed(&other, plan("b", 2));

    one.advance(&mut first, Event::WriteBegins, at(1)).unwrap();
    one.advance(&mut first, Event::Verified, at(2)).unwrap();
    // The card is free for something else once it is whole.
    claimed(&other, plan("c", 1));
}

#[test]
fn whoever_only_reads_does_not_wait_for_a_writer() {
    let directory = tempfile::tempdir().unwrap();
    claimed(&Journal::open(directory.path()).unwrap(), plan("a", 1));
    let writer = Connection::open(directory.path().join("journal.sqlite3")).unwrap();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    let journal = Journal::open(directory.path()).unwrap();
    assert_eq!(journal.history().unwrap().len(), 1);
    let error = journal.claim(plan("b", 2), None, &[]).unwrap_err();
    assert_eq!(error.code(), "journal_busy");
}

#[test]
fn a_credential_written_by_another_process_in_between_is_not_taken() {
    let directory = tempfile::tempdir().unwrap();
    let [one, other] = [
        Journal::open(directory.path()).unwrap(),
        Journal::open(directory.path()).unwrap(),
    ];
    let seen = one.last_written("a").unwrap();
    let mut first = claimed(&other, plan("a", 1));
    other
        .advance(&mut first, Event::WriteBegins, at(1))
        .unwrap();
    other.advance(&mut first, Event::Verified, at(2)).unwrap();
    let late = one.claim(plan("a", 2), seen.as_ref(), &[]).unwrap();
    assert_eq!(late, None);
    let knowing = one.claim(plan("a", 2), Some(&first), &[]).unwrap();
    assert!(knowing.is_some());
}

#[test]
fn a_transition_counts_only_from_the_state_that_was_seen() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path()).unwrap();
    let mut mine = claimed(&journal, plan("a", 1));
    let theirs = mine.clone();
    let replacement = plan("a", 2);
    assert!(
        journal
            .claim(replacement, None, &[(theirs, Event::GivenUp)])
            .unwrap()
            .is_some()
    );
    assert!(matches!(
        journal.advance(&mut mine, Event::WriteBegins, at(1)),
        Err(JournalError::Overtaken { .. })
    ));
    assert_eq!(
        mine.state(),
        State::Writing,
        "a failed transition must not show in memory"
    );
}

#[test]
fn a_claim_that_fails_gives_nothing_up() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path()).unwrap();
    let on_card = claimed(&journal, plan("a", 1));
    claimed(&journal, plan("b", 2));
    // "b" is open on card 2, so it cannot go onto card 1, and what was begun on card 1 stays.
    let refused = journal.claim(plan("b", 1), None, &[(on_card.clone(), Event::GivenUp)]);
    assert_eq!(refused.unwrap(), None);
    assert_eq!(
        journal.open_on_card(&on_card.card_uid).unwrap(),
        Some(on_card)
    );
}

#[test]
fn everything_is_there_after_opening_again() {
    let directory = tempfile::tempdir().unwrap();
    let mut wanted = plan("a", 1);
    wanted.kind = Kind::Again;
    wanted.overwrite = true;
    let journal = Journal::open(directory.path()).unwrap();
    let mut wanted = claimed(&journal, wanted);
    journal
        .advance(&mut wanted, Event::WriteBegins, at(1))
        .unwrap();
    journal
        .advance(&mut wanted, Event::Verified, at(2))
        .unwrap();
    let delivery = Delivery {
        attempts: 3,
        tried_at: Some(at(8)),
        due_at: Some(at(9)),
        delivered_at: None,
        unconcerned_at: Some(at(7)),
        last_error: Some("503".to_owned()),
    };
    journal
        .note_delivery(
            wanted.issuance_id,
            Report::Issued,
            SinkName::Event,
            &delivery,
        )
        .unwrap();
    drop(journal);

    let journal = Journal::open(directory.path()).unwrap();
    assert_eq!(journal.history().unwrap(), [wanted.clone()]);
    assert_eq!(journal.unreported().unwrap(), [wanted.clone()]);
    assert_eq!(journal.last_written("a").unwrap(), Some(wanted.clone()));
    assert_eq!(
        journal
            .delivery(wanted.issuance_id, Report::Issued, SinkName::Event)
            .unwrap(),
        delivery
    );
    assert_eq!(
        journal
            .delivery(wanted.issuance_id, Report::Issued, SinkName::AssignCard)
            .unwrap(),
        Delivery::default()
    );
    assert!(!journal.has_open().unwrap());

    journal
        .advance(&mut wanted, Event::Reported, at(3))
        .unwrap();
    assert_eq!(journal.unreported().unwrap(), []);
    assert_eq!(
        journal
            .issuance(wanted.issuance_id)
            .unwrap()
            .unwrap()
            .reported_at(),
        Some(at(3))
    );
}

#[test]
fn a_file_from_the_future_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    Journal::open(directory.path())
        .unwrap()
        .other()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    assert!(matches!(
        Journal::open(directory.path()),
        Err(JournalError::Newer {
            found: 99,
            known: schema::VERSION
        })
    ));
}

#[test]
fn a_file_of_a_version_that_never_was_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("journal.sqlite3");
    let other = Connection::open(&file).unwrap();
    other.pragma_update(None, "user_version", -1).unwrap();
    other.execute_batch("CREATE TABLE other (one)").unwrap();
    for opened in [
        Journal::open(directory.path()).map(drop),
        JournalReader::open_to_read(directory.path()).map(drop),
    ] {
        assert!(
            matches!(opened, Err(JournalError::Newer { found: -1, .. })),
            "{opened:?}"
        );
    }
    let tables: i64 = other
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .unwrap();
    assert_eq!(tables, 1);
}

#[test]
fn a_row_that_cannot_be_right_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path()).unwrap();
    claimed(&journal, plan("a", 1));
    journal
        .other()
        .execute("UPDATE issuance SET card_uid = 'zz'", [])
        .unwrap();
    assert!(matches!(
        journal.history(),
        Err(JournalError::Corrupt {
            what: "card_uid",
            ..
        })
    ));
}

#[test]
fn a_file_that_is_no_journal_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(
        directory.path().join("journal.sqlite3"),
        "not a database, certainly not one of ours",
    )
    .unwrap();
    assert!(matches!(
        Journal::open(directory.path()),
        Err(JournalError::Sqlite(_))
    ));
}

#[test]
fn many_processes_can_be_the_first() {
    for _ in 0..50 {
        let directory = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| Journal::open(directory.path()).unwrap());
            }
        });
    }
}
