//! A journal that is taken away, also under a running process: nothing begins again without a word.

use std::fs::{self, OpenOptions};
use std::path::Path;

use crate::issuance::journal::tests::*;

/// What is done to a state directory, and what shows then.
type Harm = (Lost, fn(&Path));

fn lost(outcome: Result<impl std::fmt::Debug, JournalError>) -> Lost {
    match outcome {
        Err(error @ JournalError::Lost { lost, .. }) => {
            assert_eq!(error.code(), "journal_lost");
            lost
        }
        other => panic!("{other:?}"),
    }
}

fn file(directory: &Path, ending: &str) -> std::path::PathBuf {
    directory.join(format!("{FILE}{ending}"))
}

/// A state directory in which something was issued, and no process is left.
fn used() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path()).unwrap();
    let mut first = claimed(&journal, plan("a", 1));
    for event in [Event::WriteBegins, Event::Verified] {
        journal.advance(&mut first, event, at(1)).unwrap();
    }
    directory
}

#[test]
fn a_directory_that_had_a_journal_refuses_without_it() {
    let harms: [Harm; 5] = [
        (Lost::Gone, |at| fs::remove_file(file(at, "")).unwrap()),
        (Lost::Gone, |at| fs::write(file(at, ""), "").unwrap()),
        (Lost::Replaced, |at| {
            let other = used();
            fs::copy(file(other.path(), ""), file(at, "")).unwrap();
        }),
        (Lost::Replaced, |at| {
            fs::remove_file(file(at, "")).unwrap();
            let sql = include_str!("version_1.sql");
            let old = Connection::open(file(at, "")).unwrap();
            old.execute_batch(sql).unwrap();
        }),
        (Lost::Gone, |at| {
            fs::write(at.join("journal.id"), "cut").unwrap();
            fs::remove_file(file(at, "")).unwrap();
        }),
    ];
    for (expected, harm) in harms {
        let directory = used();
        harm(directory.path());
        let before = fs::read(file(directory.path(), "")).ok();
        assert_eq!(lost(Journal::open(directory.path())), expected);
        assert_eq!(
            lost(JournalReader::open_existing(directory.path())),
            expected
        );
        assert_eq!(
            lost(JournalReader::open_to_read(directory.path())),
            expected
        );
        assert_eq!(fs::read(file(directory.path(), "")).ok(), before);

        // On purpose.
        fs::remove_file(directory.path().join("journal.id")).unwrap();
        let anew = Journal::open(directory.path()).unwrap();
        claimed(&anew, plan("b", 2));
    }
}

#[test]
fn a_journal_that_lost_its_latest_entries_is_found_out() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path()).unwrap();
    claimed(&journal, plan("a", 1));
    let keep = tempfile::tempdir().unwrap();
    for ending in ["", "-wal"] {
        fs::copy(file(directory.path(), ending), file(keep.path(), ending)).unwrap();
    }
    claimed(&journal, plan("b", 2));
    // As after a kill: the log is still there, and what is only in it gets lost.
    std::mem::forget(journal);
    for ending in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(file(directory.path(), ending));
    }
    for ending in ["", "-wal"] {
        fs::copy(file(keep.path(), ending), file(directory.path(), ending)).unwrap();
    }
    assert_eq!(lost(Journal::open(directory.path())), Lost::Older);
    fs::remove_file(directory.path().join("journal.id")).unwrap();
    let journal = Journal::open(directory.path()).unwrap();
    assert_eq!(journal.history().unwrap().len(), 1);
}

#[test]
fn a_running_process_notices() {
    let harms: [Harm; 6] = [
        (Lost::Gone, |at| fs::remove_file(file(at, "")).unwrap()),
        (Lost::Gone, |at| {
            let file = OpenOptions::new().write(true).open(file(at, ""));
            file.unwrap().set_len(0).unwrap();
        }),
        (Lost::Replaced, |at| {
            let other = used();
            fs::rename(file(at, ""), file(at, ".old")).unwrap();
            fs::copy(file(other.path(), ""), file(at, "")).unwrap();
        }),
        (Lost::Log, |at| fs::remove_file(file(at, "-wal")).unwrap()),
        (Lost::Log, |at| {
            let log = OpenOptions::new().write(true).open(file(at, "-wal"));
            log.unwrap().set_len(32).unwrap();
        }),
        (Lost::Gone, |at| fs::remove_dir_all(at).unwrap()),
    ];
    for (expected, harm) in harms {
        let directory = used();
        let journal = Journal::open(directory.path()).unwrap();
        let mut mine = claimed(&journal, plan("b", 2));
        harm(directory.path());
        assert_eq!(lost(journal.check()), expected);
        let next = journal.advance(&mut mine, Event::WriteBegins, at(3));
        assert_eq!(lost(next), expected);
        assert_eq!(lost(journal.claim(plan("c", 3), None, &[])), expected);
    }
}

#[test]
fn a_loss_of_power_between_journal_and_companion_is_no_loss() {
    let directory = used();
    let companion = directory.path().join("journal.id");
    let before = fs::read(&companion).unwrap();
    claimed(&Journal::open(directory.path()).unwrap(), plan("b", 2));
    fs::write(&companion, before).unwrap();
    let journal = Journal::open(directory.path()).unwrap();
    assert_eq!(journal.history().unwrap().len(), 2);
    // Either line may be the one that was cut.
    for cut in 1..116 {
        let mut content = fs::read(&companion).unwrap();
        content.truncate(cut);
        fs::write(&companion, content).unwrap();
        assert_eq!(journal.history().unwrap().len(), 2);
        Journal::open(directory.path()).unwrap();
    }
}

#[test]
fn a_directory_from_before_is_adopted() {
    let directory = tempfile::tempdir().unwrap();
    let old = Connection::open(file(directory.path(), "")).unwrap();
    old.execute_batch(include_str!("version_1.sql")).unwrap();
    drop(old);
    assert!(matches!(
        JournalReader::open_to_read(directory.path()),
        Err(JournalError::Earlier { found: 1, .. })
    ));
    drop(Journal::open(directory.path()).unwrap());
    assert!(directory.path().join("journal.id").exists());
    let journal = Journal::open(directory.path()).unwrap();
    assert_eq!(journal.history().unwrap().len(), 2);
}

#[test]
fn reading_changes_nothing() {
    let directory = used();
    let listed = || {
        let mut names: Vec<_> = fs::read_dir(directory.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        names
    };
    let before = listed();
    let journal = JournalReader::open_to_read(directory.path())
        .unwrap()
        .unwrap();
    assert!(journal.is_read_only());
    assert_eq!(journal.history().unwrap().len(), 1);
    assert_eq!(listed(), before);
    drop(journal);
    // While another process has it open, what is in its log is read as well.
    let writer = Journal::open(directory.path()).unwrap();
    claimed(&writer, plan("b", 2));
    let journal = JournalReader::open_to_read(directory.path())
        .unwrap()
        .unwrap();
    assert_eq!(journal.history().unwrap().len(), 2);
    can_be_written(directory.path()).unwrap();
    can_be_written(&directory.path().join("not/yet/there")).unwrap();
    assert!(!directory.path().join("not").exists());
}

#[cfg(unix)]
#[test]
fn its_files_are_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let directory = used();
    let open = Journal::open(directory.path()).unwrap();
    claimed(&open, plan("b", 2));
    let mode = |name: &str| {
        let data = fs::metadata(directory.path().join(name)).unwrap();
        data.permissions().mode() & 0o777
    };
    let names = [
        "journal.sqlite3",
        "journal.sqlite3-wal",
        "journal.sqlite3-shm",
        "journal.id",
    ];
    for name in names {
        assert_eq!(mode(name), 0o600, "{name}");
    }
    drop(open);
    // As an earlier version left it.
    let path = directory.path().join("journal.sqlite3");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let _open = Journal::open(directory.path()).unwrap();
    for name in names {
        assert_eq!(mode(name), 0o600, "{name}");
    }
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o700)).unwrap();
    assert!(!is_open_to_others(directory.path()));
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
    assert!(is_open_to_others(directory.path()));
}
