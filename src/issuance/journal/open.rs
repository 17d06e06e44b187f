//! Opening a journal: the one that this state directory had before, or a new one where it never had any.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, OpenFlags};

use super::files::{close_to_others, make_private_directory, make_private_file};
use super::freed::Freeing;
use super::identity::{Companion, Identity, Remembered};
use super::schema::BUSY;
use super::witness::{FILE, Files, Witness};
use super::writer::Writer;
use super::{Journal, JournalError, JournalReader, Lost, schema};

impl Journal {
    /// Opens the journal in `directory`, making both if they are not there and never were.
    ///
    /// # Errors
    /// When the directory or the file cannot be used, when a newer program made it, or when it is not the journal that was
    /// there before.
    pub fn open(directory: &Path) -> Result<Self, JournalError> {
        Opened::to_write(directory)?.started()
    }

    /// The journal in `directory`; `None` when there is none yet, and none is made. Where this user, or anyone, can only read it,
    /// every change fails.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_existing(directory: &Path) -> Result<Option<Self>, JournalError> {
        Opened::existing(directory)?
            .map(Opened::started)
            .transpose()
    }
}

impl JournalReader {
    /// The journal in `directory`, brought up to date where an earlier program made it; `None` when there is none yet, and none is
    /// made. Where this user, or anyone, can only read it, it is opened for reading.
    ///
    /// # Errors
    /// As [`Journal::open`].
    pub fn open_existing(directory: &Path) -> Result<Option<Self>, JournalError> {
        Ok(Opened::existing(directory)?.map(Opened::reader))
    }

    /// The journal that another has open here.
    #[cfg(test)]
    pub(super) fn beside(directory: &Path) -> Result<Self, JournalError> {
        Ok(Self {
            connection: Place::of(directory).connect_to_read(false)?,
            files: Files::shared(directory),
        })
    }

    /// The same without changing or making anything, not even a file that SQLite needs for a while.
    ///
    /// # Errors
    /// As [`Journal::open`], and [`JournalError::Earlier`].
    pub fn open_to_read(directory: &Path) -> Result<Option<Self>, JournalError> {
        Ok(Opened::to_read(directory)?.map(Opened::reader))
    }
}

/// A journal that was opened, and is the one that was there before.
struct Opened {
    place: Place,
    connection: Connection,
    identity: Identity,
}

impl Opened {
    fn to_write(directory: &Path) -> Result<Self, JournalError> {
        make_private_directory(directory)
            .map_err(|source| JournalError::unusable(directory, source))?;
        let place = Place::of(directory);
        let remembered = place.remembered()?;
        make_private_file(&place.file)
            .map_err(|source| JournalError::unusable(&place.file, source))?;
        for name in [&place.file, &place.log, &place.with_ending("-shm")] {
            close_to_others(name);
        }
        let of_file = |error| JournalError::of_file(&place.file, error);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(&place.file, flags).map_err(of_file)?;
        connection.busy_timeout(BUSY)?;
        let found = schema::version(&connection).map_err(of_file)?;
        place.expect_identity(found, remembered)?;
        match schema::prepare(&mut connection).map_err(of_file)? {
            schema::Found::Ready => {}
            schema::Found::Newer(found) => {
                return Err(JournalError::Newer {
                    found,
                    known: schema::VERSION,
                });
            }
        }
        let identity = place.expect(&connection, remembered)?;
        place
            .companion
            .keep(identity)
            .map_err(|source| JournalError::unusable(place.companion.path(), source))?;
        Ok(Self {
            place,
            connection,
            identity,
        })
    }

    fn existing(directory: &Path) -> Result<Option<Self>, JournalError> {
        let place = Place::of(directory);
        if place.remembered()? == Remembered::Nothing && !place.has_file()? {
            return Ok(None);
        }
        match Self::to_write(directory) {
            Err(error) if error.is_of_reading_only() => match Self::to_read(directory) {
                Ok(opened) => Ok(opened),
                Err(_) => Err(error),
            },
            opened => opened.map(Some),
        }
    }

    fn to_read(directory: &Path) -> Result<Option<Self>, JournalError> {
        let place = Place::of(directory);
        let remembered = place.remembered()?;
        if remembered == Remembered::Nothing && !place.has_file()? {
            return Ok(None);
        }
        let connection = place.connect_to_read(place.is_in_one_file())?;
        let of_file = |error| JournalError::of_file(&place.file, error);
        let (found, known) = (
            schema::version(&connection).map_err(of_file)?,
            schema::VERSION,
        );
        place.expect_identity(found, remembered)?;
        if found > known || found < 0 {
            return Err(JournalError::Newer { found, known });
        }
        if found < known {
            return Err(JournalError::Earlier { found, known });
        }
        let identity = place.expect(&connection, remembered)?;
        Ok(Some(Self {
            place,
            connection,
            identity,
        }))
    }

    fn reader(self) -> JournalReader {
        JournalReader {
            files: Files::shared(&self.place.directory),
            connection: self.connection,
        }
    }

    /// With a second connection, for the thread that reads.
    fn started(self) -> Result<Journal, JournalError> {
        let Self {
            place,
            connection,
            identity,
        } = self;
        let is_read_only = connection.is_readonly("main").unwrap_or(false);
        let files = Files::shared(&place.directory);
        let reader = JournalReader {
            connection: place.connect_to_read(is_read_only && place.is_in_one_file())?,
            files: Arc::clone(&files),
        };
        let writer = Writer {
            connection,
            witness: Witness::new(files, place.companion.clone(), identity),
            freeing: Arc::new(Freeing::new(identity.generation)),
            unwritten: Arc::default(),
        };
        Journal::start(&place.directory, identity.id, writer, reader)
    }
}

/// The files of a state directory that concern the journal.
struct Place {
    directory: PathBuf,
    file: PathBuf,
    log: PathBuf,
    companion: Companion,
}

impl Place {
    fn of(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
            file: directory.join(FILE),
            log: directory.join(format!("{FILE}-wal")),
            companion: Companion::of(directory),
        }
    }

    fn with_ending(&self, ending: &str) -> PathBuf {
        self.directory.join(format!("{FILE}{ending}"))
    }

    /// What the directory says of its journal, of which something must be there then.
    fn remembered(&self) -> Result<Remembered, JournalError> {
        let remembered = self
            .companion
            .read()
            .map_err(|source| JournalError::unusable(self.companion.path(), source))?;
        if remembered != Remembered::Nothing && !self.has_file()? {
            return Err(self.lost(Lost::Gone));
        }
        Ok(remembered)
    }

    fn has_file(&self) -> Result<bool, JournalError> {
        match fs::metadata(&self.file) {
            Ok(data) => Ok(data.len() > 0),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(JournalError::unusable(&self.directory, error)),
        }
    }

    /// A journal from before there were identities cannot be the one that is remembered, and is left as it is.
    fn expect_identity(&self, version: i64, remembered: Remembered) -> Result<(), JournalError> {
        if remembered != Remembered::Nothing && version < schema::WITH_IDENTITY {
            return Err(self.lost(Lost::Replaced));
        }
        Ok(())
    }

    /// Who the journal says it is, which must be the one that is remembered.
    fn expect(
        &self,
        connection: &Connection,
        remembered: Remembered,
    ) -> Result<Identity, JournalError> {
        let identity = Identity::of(connection)?;
        match remembered {
            Remembered::Journal(before) if before.id != identity.id => {
                Err(self.lost(Lost::Replaced))
            }
            Remembered::Journal(before) if before.generation > identity.generation => {
                Err(self.lost(Lost::Older))
            }
            _ => Ok(identity),
        }
    }

    fn lost(&self, lost: Lost) -> JournalError {
        JournalError::Lost {
            lost,
            directory: self.directory.clone(),
        }
    }

    /// Without a log all is in the file itself.
    fn is_in_one_file(&self) -> bool {
        !fs::metadata(&self.log).is_ok_and(|data| data.len() > 0)
    }

    /// To be read only. What does not change while it is read needs no file beside it.
    fn connect_to_read(&self, does_not_change: bool) -> Result<Connection, JournalError> {
        let of_file = |error| JournalError::of_file(&self.file, error);
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let address = self.address() + if does_not_change { "?immutable=1" } else { "" };
        let connection = Connection::open_with_flags(address, flags).map_err(of_file)?;
        connection.busy_timeout(BUSY)?;
        Ok(connection)
    }

    /// The file as a URI.
    fn address(&self) -> String {
        let mut address = String::from("file:");
        for byte in self.file.as_os_str().as_encoded_bytes() {
            match byte {
                b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
                    address.push(char::from(*byte));
                }
                other => {
                    address.push('%');
                    address.push_str(&hex::encode([*other]));
                }
            }
        }
        address
    }
}
