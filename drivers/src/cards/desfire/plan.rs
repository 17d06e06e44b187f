//! What is left to do on a card, in an order that can be cut short anywhere.
//!
//! 1. On the card itself: our application is made, then the PICC master key changed, both in one authentication; then the
//!    application is opened with the keys that it must have. Where it has others, all this is undone.
//! 2. In the application: the file is made, then the keys changed, the application's master key last. So its version
//!    shows that all this is done.
//! 3. The record, and the one command that makes it valid.
//!
//! Cut short before the end a card holds what it held before, or nothing; under keys that their versions identify.

use crate::contract::{CardChannel, Contents, DriverError, Inspection};
use crate::keys::KeyVersion;

use super::in_force::Open;
use super::keyring::{FACTORY, MASTER, READER, WRITER};
use super::link::frames;
use super::messaging::Messaging;
use super::models::{Chip, LENGTH_BYTES};
use super::session::HEADER_BYTES;
use super::state::{Application, Picc, State};

/// The commands of one operation, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    /// On the card itself.
    pub(super) picc: Option<PiccWork>,
    /// In our application, by its master key.
    pub(super) application: Option<ApplicationWork>,
    /// Into the file, from its start.
    pub(super) data: Option<Data>,
}

/// What goes into the file, and under which version of the key that writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Data {
    pub(super) version: u8,
    pub(super) content: Vec<u8>,
}

/// Under the PICC master key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PiccWork {
    pub(super) from: Picc,
    pub(super) creates_application: bool,
    pub(super) changes_key: bool,
}

/// Under the application's master key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ApplicationWork {
    pub(super) versions: [u8; 3],
    pub(super) creates_file: bool,
    /// Numbers of the keys to change, in order.
    pub(super) changes: Vec<u8>,
}

impl Plan {
    /// What writes `record` to the inspected card: nothing when it is there under the current keys.
    pub(super) fn to_write(
        seen: &Inspection,
        state: &State,
        current: KeyVersion,
        record: &[u8],
    ) -> Result<Self, DriverError> {
        let stands_there = matches!(&seen.contents, Contents::Record(present) if present == record);
        let application = ApplicationWork::of(state, current);
        let data = if stands_there {
            None
        } else {
            Some(Data {
                version: current.get(),
                content: content(seen, state, record)?,
            })
        };
        Ok(Self {
            picc: PiccWork::of(state, current, application.is_some()),
            application,
            data,
        })
    }

    /// What takes a record off the card seen: nothing where there is none.
    pub(super) fn to_wipe(seen: &Inspection, state: &State) -> Result<Self, DriverError> {
        let data = match (&seen.contents, state.application) {
            (Contents::Record(_) | Contents::Torn, Application::Ours { versions, .. }) => {
                Some(Data {
                    version: versions[usize::from(WRITER)],
                    content: content(seen, state, &[])?,
                })
            }
            _ => None,
        };
        Ok(Self {
            picc: None,
            application: None,
            data,
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.picc.is_none() && self.application.is_none() && self.data.is_none()
    }

    /// Whether it can begin in what is in force on the card.
    pub(super) fn begins_in(&self, open: Open) -> bool {
        match open {
            Open::Picc => self.picc.is_some(),
            Open::File { .. } => {
                self.picc.is_none() && self.application.is_none() && self.data.is_some()
            }
        }
    }

    /// Whether the application's master key becomes another.
    pub(super) fn changes_master_key(&self) -> bool {
        let work = self.application.as_ref();
        work.is_some_and(|work| work.changes.contains(&MASTER))
    }

    /// How many APDUs this takes on this channel; `is_open` where it begins in what is in force.
    pub(super) fn commands(&self, card: &dyn CardChannel, chip: &Chip, is_open: bool) -> usize {
        const SELECT: usize = 1;
        const AUTHENTICATE: usize = 2;
        const COMMIT: usize = 1;
        const CREATE: usize = 1;
        const KEY_VERSION: usize = 1;
        const CHANGE_AND_CHECK: usize = 2;
        const OPEN: usize = SELECT + AUTHENTICATE;
        const CREATE_AND_OPEN: usize = CREATE + SELECT + KEY_VERSION + AUTHENTICATE;
        let creates_application = self.picc.is_some_and(|work| work.creates_application);
        let picc = self.picc.map_or(0, |work| {
            let creation = if work.creates_application {
                CREATE_AND_OPEN
            } else {
                0
            };
            let change = if work.changes_key {
                CHANGE_AND_CHECK
            } else {
                0
            };
            OPEN + creation + change
        });
        let application = self.application.as_ref().map_or(0, |work| {
            // The last one, of the master key, ends the session, and the next authentication shows it.
            let checked = work.changes.iter().filter(|&&number| number != MASTER);
            let authenticated = if creates_application { 0 } else { AUTHENTICATE };
            authenticated + usize::from(work.creates_file) + work.changes.len() + checked.count()
        });
        let data = self.data.as_ref().map_or(0, |data| {
            let sealed = Messaging::sealed_bytes(chip.has_ev2_messaging(), data.content.len());
            AUTHENTICATE + frames(card, HEADER_BYTES + sealed) + COMMIT
        });
        let is_selected = creates_application || self.application.is_none() && self.data.is_none();
        let select = if is_selected { 0 } else { SELECT };
        let saved = if is_open { OPEN } else { 0 };
        picc + select + application + data - saved
    }
}

impl PiccWork {
    fn of(state: &State, current: KeyVersion, is_application_changed: bool) -> Option<Self> {
        let from = state.picc?;
        let creates_application = state.application == Application::Absent;
        let changes_key = !state.keeps_picc_key()
            && match from {
                Picc::Factory => true,
                Picc::Site(version) => version != current,
                Picc::Given | Picc::Unknown => false,
            };
        let is_due = creates_application || changes_key && is_application_changed;
        is_due.then_some(Self {
            from,
            creates_application,
            changes_key,
        })
    }
}

impl ApplicationWork {
    fn of(state: &State, current: KeyVersion) -> Option<Self> {
        let (versions, has_file) = match state.application {
            Application::Absent => ([FACTORY; 3], false),
            Application::Ours { versions, has_file } => (versions, has_file),
            Application::Alien => return None,
        };
        let changes: Vec<u8> = [WRITER, READER, MASTER]
            .into_iter()
            .filter(|&number| versions[usize::from(number)] != current.get())
            .collect();
        (!has_file || !changes.is_empty()).then_some(Self {
            versions,
            creates_file: !has_file,
            changes,
        })
    }
}

/// Length and record, and zeros over what was behind it.
fn content(seen: &Inspection, state: &State, record: &[u8]) -> Result<Vec<u8>, DriverError> {
    let present = state.length.map_or(0, usize::from).min(seen.model.capacity);
    let length =
        u16::try_from(record.len()).map_err(|_| DriverError::TooLong { what: "the record" })?;
    let mut content = [&length.to_be_bytes(), record].concat();
    content.resize(LENGTH_BYTES + record.len().max(present), 0);
    Ok(content)
}
