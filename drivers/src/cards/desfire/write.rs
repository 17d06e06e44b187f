//! Carrying out a plan.

use std::cell::Cell;

use crate::contract::{CardChannel, DriverError, Progress, Uid, reselect};
use crate::keys::KeyVersion;

use super::card_key::CardKey;
use super::in_force::{InForce, Open};
use super::keyring::{FACTORY, Keyring, MASTER, WRITER};
use super::link::{Link, Outcome, malformed};
use super::messaging::Messaging;
use super::models::Chip;
use super::plan::{ApplicationWork, Data, PiccWork, Plan};
use super::session::Session;
use super::state::Picc;
use super::wire::{Instruction, PICC, Status};
use super::{APPLICATION_SETTINGS, FILE, application_key, file_settings};

/// A key that the card says to have taken must be there before the next step counts on it.
fn is_kept(version: Option<u8>, wanted: u8) -> Result<(), DriverError> {
    if version == Some(wanted) {
        Ok(())
    } else {
        Err(malformed("keep a new key"))
    }
}

/// In the upper two bits of the PICC master key's number: the type that it gets.
const BECOMES_AES: u8 = 0x80;

/// One card, its driver's keys.
pub(super) struct Writer<'a> {
    pub(super) chip: &'static Chip,
    pub(super) keyring: Keyring<'a>,
    pub(super) uid: Uid,
    /// Whether the UID that it sends is another one than `uid`.
    pub(super) has_random_uid: bool,
}

/// The application's master key that a card is authenticated with where work begins, if it is: making the application has shown that
/// it has the one of the factory.
type Master = Option<Messaging>;

impl Writer<'_> {
    /// Carries out every step, telling of each APDU that succeeded, and leaves in force what reading back goes on in.
    pub(super) fn carry_out(
        &self,
        card: &mut dyn CardChannel,
        plan: &Plan,
        record_bytes: usize,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), DriverError> {
        let in_force = InForce::take(card);
        if plan.is_empty() {
            if let Some(in_force) = in_force {
                in_force.keep(card);
            }
            return Ok(());
        }
        let held = in_force.filter(|in_force| plan.begins_in(in_force.open));
        let was_held = held.is_some();
        let is_begun = Cell::new(false);
        let mut steps = |step: Progress| {
            is_begun.set(true);
            progress(step);
        };
        let mut left = self.attempt(card, plan, held, &mut steps);
        if let Err(DriverError::Refused { .. }) = left
            && was_held
            && !is_begun.get()
        {
            // The reader has lost the card for a moment, and what was in force with it.
            self.reselect(card)?;
            left = self.attempt(card, plan, None, &mut steps);
        }
        if let Some(messaging) = left? {
            let open = Open::File {
                has_new_master: plan.changes_master_key(),
                record_bytes,
                proves_card: plan.picc.is_none() && plan.application.is_none(),
            };
            InForce { open, messaging }.keep(card);
        }
        Ok(())
    }

    fn reselect(&self, card: &mut dyn CardChannel) -> Result<(), DriverError> {
        if self.has_random_uid {
            Ok(card.reconnect()?)
        } else {
            reselect(card, &self.uid)
        }
    }

    fn attempt(
        &self,
        card: &mut dyn CardChannel,
        plan: &Plan,
        held: Option<InForce>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Option<Messaging>, DriverError> {
        let total = plan.commands(card, self.chip, held.is_some());
        let mut done = 0;
        let mut on_frame = || {
            done += 1;
            progress(Progress { done, total });
        };
        let mut link = Link::watched(card, &mut on_frame);
        if !self.has_random_uid {
            link = link.to(self.uid);
        }
        let mut held = held.map(|in_force| in_force.messaging);
        let mut master = None;
        if let Some(work) = plan.picc {
            master = self.on_picc(&mut link, work, held.take())?;
        }
        if plan.application.is_none() && plan.data.is_none() {
            return Ok(None);
        }
        if master.is_none() && held.is_none() && !link.start(self.keyring.aid())? {
            return Err(
                Outcome::Card(Status::ApplicationNotFound).refused("select our application")
            );
        }
        if let Some(work) = &plan.application {
            self.in_application(&mut link, work, master)?;
        }
        match &plan.data {
            Some(data) => self.put(&mut link, data, held).map(Some),
            None => Ok(None),
        }
    }

    /// Makes our application, and changes the PICC master key, as far as each is due. Where the application was made it is selected
    /// then, and open by its master key.
    fn on_picc(
        &self,
        link: &mut Link<'_>,
        work: PiccWork,
        held: Option<Messaging>,
    ) -> Result<Master, DriverError> {
        let mut key = self.picc_key(work.from)?;
        let mut session = if let Some(messaging) = held {
            Session::resume(link, messaging)
        } else {
            link.start(PICC)?;
            self.open(link, MASTER, &key)?
        };
        if work.creates_application {
            let [settings, keys] = APPLICATION_SETTINGS;
            session = session.command(
                Instruction::CreateApplication,
                &[&self.keyring.aid()[..], &[settings, keys]].concat(),
                "make our application",
            )?;
        }
        if work.changes_key {
            let current = self.current()?;
            key = self.picc_key(Picc::Site(current))?;
            session.change_own_key(MASTER | BECOMES_AES, &key, current.get())?;
            is_kept(link.key_version(MASTER)?, current.get())?;
        }
        if !work.creates_application {
            return Ok(None);
        }
        if let Some(master) = self.begins_with_factory_keys(link)? {
            return Ok(Some(master));
        }
        self.undo(link, work, &key)?;
        Err(DriverError::Locked {
            what: "it is set to give new applications keys of its own",
        })
    }

    /// The session of our application's master key, which is new, if it can be opened with the key of the factory and says that
    /// it has that. A card can be set to begin with others (`SetConfiguration`), and only an application that is there shows
    /// it.
    fn begins_with_factory_keys(&self, link: &mut Link<'_>) -> Result<Master, DriverError> {
        if !link.select(self.keyring.aid())? || link.key_version(MASTER)? != Some(FACTORY) {
            return Ok(None);
        }
        let key = application_key(self.keyring, &self.uid, MASTER, [FACTORY; 3])?;
        let session = Session::open(link, self.chip.has_ev2_messaging(), MASTER, &key)?;
        Ok(session.map(Session::suspend))
    }

    /// Takes our application off again, and gives the card its PICC master key back; `key` is the one that it has.
    fn undo(&self, link: &mut Link<'_>, work: PiccWork, key: &CardKey) -> Result<(), DriverError> {
        link.select_picc()?;
        let session = self.open(link, MASTER, key)?.command(
            Instruction::DeleteApplication,
            &self.keyring.aid(),
            "delete our application again",
        )?;
        match work.from {
            _ if !work.changes_key => Ok(()),
            Picc::Site(version) => {
                let old = self.picc_key(work.from)?;
                session.change_own_key(MASTER | BECOMES_AES, &old, version.get())
            }
            Picc::Factory | Picc::Given | Picc::Unknown => {
                session.change_own_key(MASTER, &CardKey::factory_as_sent(), FACTORY)
            }
        }
    }

    fn in_application(
        &self,
        link: &mut Link<'_>,
        work: &ApplicationWork,
        master: Master,
    ) -> Result<(), DriverError> {
        let current = self.current()?.get();
        let key = |number, versions| application_key(self.keyring, &self.uid, number, versions);
        let mut session = match master {
            Some(messaging) => Session::resume(link, messaging),
            None => self.open(link, MASTER, &key(MASTER, work.versions)?)?,
        };
        if work.creates_file {
            let [_, settings @ ..] = file_settings(self.chip);
            session = session.command(
                Instruction::CreateBackupDataFile,
                &[&[FILE], settings.as_slice()].concat(),
                "make our file",
            )?;
        }
        for &number in &work.changes {
            let new = key(number, [current; 3])?;
            if number == MASTER {
                return session.change_own_key(number, &new, current);
            }
            let old = key(number, work.versions)?;
            let changed = session.change_key(number, &old, &new, current)?;
            let (unchanged, version) = changed.key_version(number)?;
            is_kept(Some(version), current)?;
            session = unchanged;
        }
        Ok(())
    }

    /// Writes the file, and makes it valid.
    fn put(
        &self,
        link: &mut Link<'_>,
        data: &Data,
        held: Option<Messaging>,
    ) -> Result<Messaging, DriverError> {
        let session = if let Some(messaging) = held {
            Session::resume(link, messaging)
        } else {
            let versions = [data.version; 3];
            let key = application_key(self.keyring, &self.uid, WRITER, versions)?;
            self.open(link, WRITER, &key)?
        };
        let session = session.write(FILE, &data.content)?.command(
            Instruction::CommitTransaction,
            &[],
            "make the record valid",
        )?;
        Ok(session.suspend())
    }

    fn picc_key(&self, picc: Picc) -> Result<CardKey, DriverError> {
        let key = self.keyring.picc_key(&self.uid, picc);
        key.ok_or(DriverError::Locked {
            what: "its PICC master key is not known",
        })
    }

    fn open<'l, 'c>(
        &self,
        link: &'l mut Link<'c>,
        number: u8,
        key: &CardKey,
    ) -> Result<Session<'l, 'c>, DriverError> {
        Session::open(link, self.chip.has_ev2_messaging(), number, key)?
            .ok_or_else(|| Outcome::Card(Status::AuthenticationError).refused("authenticate"))
    }

    fn current(&self) -> Result<KeyVersion, DriverError> {
        self.keyring.current().ok_or(DriverError::NoSiteKeys {
            card: self.chip.model.title,
        })
    }
}
