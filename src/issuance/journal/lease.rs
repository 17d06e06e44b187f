//! Who is writing a card at this moment: a lock of the operating system, which ends with its process whatever becomes of that.
//!
//! The journal says what was begun; only a lock says whether the process that began it is still there. Each is a file of its own in the
//! state directory, held for as long as the card is written and read back, and removed by its holder.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::files::{make_private_file, make_private_folder};
use super::{Journal, JournalError};

/// The folder of the locks in the state directory.
const FOLDER: &str = "writing";

/// Held while a lock is opened or removed, so that no process locks a file that is just being removed.
const GATE: &str = "gate";

/// The right to write the card of one issuance, for as long as this lives.
#[derive(Debug)]
pub struct Lease {
    folder: PathBuf,
    path: PathBuf,
    /// Unlocked when it is closed, after the file is gone.
    _locked: File,
}

impl Journal {
    /// Takes the right to write the card of an issuance, or to decide that it is given up; `None` while its writer lives, in
    /// this process or in another.
    ///
    /// # Errors
    /// When the state directory cannot be used.
    pub fn lease(&self, issuance_id: Uuid) -> Result<Option<Lease>, JournalError> {
        lease_in(&self.directory, issuance_id)
    }
}

pub(super) fn lease_in(directory: &Path, issuance_id: Uuid) -> Result<Option<Lease>, JournalError> {
    lease(&directory.join(FOLDER), issuance_id)
        .map_err(|source| JournalError::unusable(directory, source))
}

fn lease(folder: &Path, issuance_id: Uuid) -> io::Result<Option<Lease>> {
    make_private_folder(folder)?;
    let path = folder.join(issuance_id.to_string());
    let _gate = gate(folder)?;
    let locked = open(&path)?;
    match locked.try_lock() {
        Ok(()) => Ok(Some(Lease {
            folder: folder.to_owned(),
            path,
            _locked: locked,
        })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Its holder opens, locks or removes one file, and waits for nothing.
fn gate(folder: &Path) -> io::Result<File> {
    let gate = open(&folder.join(GATE))?;
    gate.lock()?;
    Ok(gate)
}

fn open(path: &Path) -> io::Result<File> {
    make_private_file(path)?;
    File::options().write(true).open(path)
}

impl Drop for Lease {
    fn drop(&mut self) {
        // A file that stays is one that is not held: the next holder removes it.
        if let Ok(_gate) = gate(&self.folder) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn it_is_held_by_one_and_free_again_when_that_one_is_gone() {
        let directory = tempfile::tempdir().unwrap();
        let [one, other] = [(); 2].map(|()| Journal::open(directory.path()).unwrap());
        let [id, another] = [Uuid::now_v7(), Uuid::now_v7()];
        let held = one.lease(id).unwrap().unwrap();
        assert!(other.lease(id).unwrap().is_none());
        assert!(one.lease(id).unwrap().is_none());
        assert!(other.lease(another).unwrap().is_some());
        drop(held);
        drop(other.lease(id).unwrap().unwrap());
        let left: Vec<_> = fs::read_dir(directory.path().join(FOLDER))
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left, [GATE]);
    }

    #[test]
    fn a_file_that_a_killed_process_left_is_no_lease() {
        let directory = tempfile::tempdir().unwrap();
        let journal = Journal::open(directory.path()).unwrap();
        let id = Uuid::now_v7();
        drop(journal.lease(id).unwrap());
        fs::write(directory.path().join(FOLDER).join(id.to_string()), "").unwrap();
        assert!(journal.lease(id).unwrap().is_some());
    }

    #[cfg(unix)]
    #[test]
    fn what_root_makes_does_not_shut_the_service_out() {
        use std::os::unix::fs::{MetadataExt, chown};
        const SERVICE: u32 = 64_123;
        let state = tempfile::tempdir().unwrap();
        let Ok(()) = chown(state.path(), Some(SERVICE), Some(SERVICE)) else {
            // Only root can act this out.
            return;
        };
        let journal = Journal::open(state.path()).unwrap();
        let _lease = journal.lease(Uuid::now_v7()).unwrap().unwrap();
        let mut folders = vec![state.path().to_owned()];
        let mut seen = 0;
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let data = fs::symlink_metadata(&path).unwrap();
                assert_eq!((data.uid(), data.gid()), (SERVICE, SERVICE), "{path:?}");
                assert_eq!(data.mode() & 0o077, 0, "{path:?}");
                seen += 1;
                folders.extend(data.is_dir().then_some(path));
            }
        }
        assert!(seen >= 4, "the journal, its identity, the gate, the lease");
    }

    #[test]
    fn never_two_hold_it_however_it_is_taken_and_given_back() {
        let directory = tempfile::tempdir().unwrap();
        let id = Uuid::now_v7();
        let holders = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let journal = Journal::open(directory.path()).unwrap();
                    for _ in 0..500 {
                        if let Some(lease) = journal.lease(id).unwrap() {
                            assert_eq!(holders.fetch_add(1, Ordering::SeqCst), 0);
                            holders.fetch_sub(1, Ordering::SeqCst);
                            drop(lease);
                        }
                    }
                });
            }
        });
    }
}
