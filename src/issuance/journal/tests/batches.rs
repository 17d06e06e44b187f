//! What is written together: what one part does to the others, and when anybody is answered.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use rusqlite::{Connection, Transaction};
use tokio::sync::oneshot;

use super::{Journal, at, claimed, plan, wait};
use crate::issuance::journal::freed::Freeing;
use crate::issuance::journal::identity::{Companion, Identity, Remembered};
use crate::issuance::journal::witness::{FILE, Files, Witness};
use crate::issuance::journal::writer::{Asked, Attempt, MOST, Outcome, Part, Write, Writer};
use crate::issuance::journal::{JournalError, JournalReader};
use crate::issuance::state::Event;

/// What writes into a journal that is there, without its thread.
fn writer(directory: &std::path::Path) -> Writer {
    let connection = Connection::open(directory.join(FILE)).unwrap();
    let identity = Identity::of(&connection).unwrap();
    Writer {
        witness: Witness::new(Files::shared(directory), Companion::of(directory), identity),
        freeing: Arc::new(Freeing::new(identity.generation)),
        unwritten: Arc::default(),
        connection,
    }
}

fn part<T: Send + 'static>(
    work: impl FnMut(&mut Write<'_>) -> Outcome<T> + Send + 'static,
) -> (Box<dyn Part>, oneshot::Receiver<Outcome<T>>) {
    let (answer, answered) = oneshot::channel();
    (Box::new(Asked::new(work, answer)), answered)
}

/// Notes something that can be seen.
fn note(write: &Write<'_>, what: &str) -> Result<(), JournalError> {
    let noted = "INSERT INTO creation (request, before) VALUES (?1, '')";
    write.execute(noted, [what])?;
    Ok(())
}

fn noted(connection: &Connection) -> Vec<String> {
    let mut statement = connection
        .prepare("SELECT request FROM creation ORDER BY request")
        .unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn a_part_that_is_refused_or_fails_leaves_the_others_as_they_are() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path()).unwrap();
    let mut writer = writer(directory.path());
    let before = journal.generation().unwrap();
    let good = |what: &'static str| part(move |write| note(write, what).map(Some));
    let (first, first_answer) = good("a");
    let (refused, refused_answer) = part(|write| {
        note(write, "refused")?;
        Ok(None::<()>)
    });
    let (failed, failed_answer) = part(|write| {
        note(write, "failed")?;
        // It is there already.
        note(write, "a").map(Some)
    });
    let (last, last_answer) = good("b");
    writer.write(vec![first, refused, failed, last]);
    assert_eq!(noted(&journal.other()), ["a", "b"]);
    assert!(first_answer.blocking_recv().unwrap().unwrap().is_some());
    assert!(refused_answer.blocking_recv().unwrap().unwrap().is_none());
    let failure = failed_answer.blocking_recv().unwrap().unwrap_err();
    assert_eq!(failure.code(), "journal_unusable");
    assert!(last_answer.blocking_recv().unwrap().unwrap().is_some());
    assert_eq!(journal.generation().unwrap(), before + 1, "one commit");
}

#[test]
fn a_batch_that_is_refused_whole_writes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path()).unwrap();
    let before = journal.generation().unwrap();
    let (refused, answer) = part(|write| {
        note(write, "refused")?;
        Ok(None::<()>)
    });
    writer(directory.path()).write(vec![refused]);
    assert!(answer.blocking_recv().unwrap().unwrap().is_none());
    assert_eq!(noted(&journal.other()), [""; 0]);
    assert_eq!(journal.generation().unwrap(), before);
}

/// As a full disk does it.
#[test]
fn a_part_that_ends_the_transaction_for_all_is_left_alone_with_that() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path()).unwrap();
    let (first, first_answer) = part(|write| note(write, "a").map(Some));
    let (spoiler, spoiler_answer) = part(|write| {
        write.execute_batch("ROLLBACK")?;
        note(write, "outside")?;
        write.execute_batch("DELETE FROM creation WHERE request = 'outside'")?;
        Err::<Option<()>, _>(JournalError::Stopped)
    });
    let (last, last_answer) = part(|write| note(write, "b").map(Some));
    writer(directory.path()).write(vec![first, spoiler, last]);
    assert!(first_answer.blocking_recv().unwrap().unwrap().is_some());
    assert!(spoiler_answer.blocking_recv().unwrap().is_err());
    assert!(last_answer.blocking_recv().unwrap().unwrap().is_some());
    assert_eq!(noted(&journal.other()), ["a", "b"]);
}

/// Looks at the moment in which it is answered.
struct Looks {
    directory: std::path::PathBuf,
    seen: std::sync::mpsc::Sender<(Vec<String>, Remembered)>,
}

impl Part for Looks {
    fn attempt(&mut self, transaction: &mut Transaction<'_>) -> Attempt {
        let noted = "INSERT INTO creation (request, before) VALUES ('looks', '')";
        transaction.execute(noted, []).unwrap();
        Attempt::Wrote { frees: false }
    }

    fn fail(&mut self, error: &JournalError) {
        panic!("{error}");
    }

    fn answer(self: Box<Self>) {
        let other = Connection::open(self.directory.join(FILE)).unwrap();
        let remembered = Companion::of(&self.directory).read().unwrap();
        self.seen.send((noted(&other), remembered)).unwrap();
    }
}

#[test]
fn nobody_is_answered_before_it_is_committed_and_remembered() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path()).unwrap();
    let (seen, answers) = channel();
    let looks = Looks {
        directory: directory.path().to_owned(),
        seen,
    };
    let (other, _) = part(|write| note(write, "other").map(Some));
    writer(directory.path()).write(vec![Box::new(looks), other]);
    let (noted, remembered) = answers.recv().unwrap();
    assert_eq!(noted, ["looks", "other"]);
    let Remembered::Journal(identity) = remembered else {
        panic!("{remembered:?}")
    };
    assert_eq!(identity.generation, journal.generation().unwrap());
}

#[test]
fn what_waits_for_the_disk_together_is_one_commit() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path()).unwrap();
    let mut ours = Vec::new();
    for number in 0..20 {
        ours.push(claimed(&journal, plan(&format!("c{number}"), number + 1)));
    }
    let before = journal.generation().unwrap();
    let other = journal.other();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    wait(async {
        let advanced = ours.iter_mut().map(|issuance| {
            let journal = &journal.journal;
            async move { journal.advance(issuance, Event::Verified, at(1)).await }
        });
        let all = futures_util::future::try_join_all(advanced);
        let let_go = async { other.execute_batch("ROLLBACK").unwrap() };
        // Each has asked once before the disk is released.
        let (all, ()) = tokio::join!(all, let_go);
        all.unwrap();
    });
    // The first may have been alone.
    assert!(journal.generation().unwrap() - before <= 2);
    assert_eq!(journal.unreported().unwrap().len(), 20);
}

#[test]
fn many_are_written_in_order_however_many_there_are() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path()).unwrap();
    let (parts, asked): (_, Receiver<Box<dyn Part>>) = channel();
    let count = 3 * MOST + 1;
    for number in 0..count {
        let (part, _) = part(move |write| note(write, &format!("{number:04}")).map(Some));
        parts.send(part).unwrap();
    }
    drop(parts);
    let before = journal.generation().unwrap();
    writer(directory.path()).run(&asked);
    assert_eq!(noted(&journal.other()).len(), count);
    assert_eq!(journal.generation().unwrap(), before + 4);
}

#[test]
fn what_was_asked_for_is_done_though_nobody_waits_for_it() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path()).unwrap();
    wait(async {
        let noted = journal.journal.begin_creation("words", &[]);
        tokio::select! {
            biased;
            _ = noted => panic!("it cannot be durable yet"),
            () = std::future::ready(()) => {}
        }
    });
    drop(journal);
    let journal = JournalReader::open_existing(directory.path())
        .unwrap()
        .unwrap();
    assert!(journal.creation("words").unwrap().is_some());
}

#[test]
fn only_what_can_free_a_credential_is_news_to_the_queue() {
    let directory = tempfile::tempdir().unwrap();
    let [ours, theirs] = [(); 2].map(|()| Journal::open(directory.path()).unwrap());
    let freed = || wait(ours.journal.freed()).unwrap();
    let mut before = freed();
    let mut is_news = || {
        let now = freed();
        std::mem::replace(&mut before, now) != now
    };
    let mut one = claimed(&ours, plan("a", 1));
    ours.advance(&mut one, Event::Verified, at(1)).unwrap();
    assert!(!is_news());
    ours.advance(&mut one, Event::WipeBegins, at(2)).unwrap();
    ours.advance(&mut one, Event::Wiped, at(3)).unwrap();
    assert!(is_news());
    assert!(!is_news());
    claimed(&theirs, plan("b", 2));
    assert!(is_news(), "of others nothing more is known");
    claimed(&ours, plan("c", 3));
    assert!(!is_news());
}
