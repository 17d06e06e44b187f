//! Carrying out a plan.

use crate::contract::{CardChannel, DriverError, Progress, Uid};
use crate::keys::KeyVersion;

use super::card_key::CardKey;
use super::keyring::{FACTORY, Keyring, MASTER, WRITER};
use super::link::{Link, Outcome, malformed};
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

impl Writer<'_> {
    /// Carries out every step, telling of each APDU that succeeded.
    pub(super) fn carry_out(
        &self,
        card: &mut dyn CardChannel,
        plan: &Plan,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), DriverError> {
        if plan.is_empty() {
            return Ok(());
        }
        let total = plan.commands(card, self.chip);
        let mut done = 0;
        let mut on_frame = || {
            done += 1;
            progress(Progress { done, total });
        };
        let mut link = Link::watched(card, &mut on_frame);
        if !self.has_random_uid {
            link = link.to(self.uid);
        }
        if let Some(work) = plan.picc {
            link.start(PICC)?;
            self.on_picc(&mut link, work)?;
        }
        if plan.application.is_none() && plan.data.is_none() {
            return Ok(());
        }
        if !link.start(self.keyring.aid())? {
            return Err(
                Outcome::Card(Status::ApplicationNotFound).refused("select our application")
            );
        }
        if let Some(work) = &plan.application {
            self.in_application(&mut link, work)?;
        }
        match &plan.data {
            Some(data) => self.put(&mut link, data),
            None => Ok(()),
        }
    }

    fn on_picc(&self, link: &mut Link<'_>, work: PiccWork) -> Result<(), DriverError> {
        const NO_KEY: DriverError = DriverError::Locked {
            what: "its PICC master key is not known",
        };
        let key = self.keyring.picc_key(&self.uid, work.from).ok_or(NO_KEY)?;
        if work.creates_application {
            self.create_application(link, &key)?;
            if work.changes_key {
                link.select_picc()?;
            }
        }
        if work.changes_key {
            let current = self.current()?;
            let new = Picc::Site(current);
            let new = self.keyring.picc_key(&self.uid, new).ok_or(NO_KEY)?;
            self.open(link, MASTER, &key)?.change_own_key(
                MASTER | BECOMES_AES,
                &new,
                current.get(),
            )?;
            is_kept(link.key_version(MASTER)?, current.get())?;
        }
        Ok(())
    }

    /// Makes our application, and takes it off again where its keys are not those that new applications have from the
    /// factory: a card can be set to begin with others (`SetConfiguration`), and only an application that is there shows it.
    fn create_application(
        &self,
        link: &mut Link<'_>,
        picc_key: &CardKey,
    ) -> Result<(), DriverError> {
        let aid = self.keyring.aid();
        let [settings, keys] = APPLICATION_SETTINGS;
        self.open(link, MASTER, picc_key)?.command(
            Instruction::CreateApplication,
            &[&aid[..], &[settings, keys]].concat(),
            "make our application",
        )?;
        if self.begins_with_factory_keys(link)? {
            return Ok(());
        }
        link.select_picc()?;
        self.open(link, MASTER, picc_key)?.command(
            Instruction::DeleteApplication,
            &aid,
            "delete our application again",
        )?;
        Err(DriverError::Locked {
            what: "it is set to give new applications keys of its own",
        })
    }

    /// Whether our application, which is new, can be opened with the keys of the factory, and says that it has them.
    fn begins_with_factory_keys(&self, link: &mut Link<'_>) -> Result<bool, DriverError> {
        if !link.select(self.keyring.aid())? || link.key_version(MASTER)? != Some(FACTORY) {
            return Ok(false);
        }
        let key = application_key(self.keyring, &self.uid, MASTER, [FACTORY; 3])?;
        let session = Session::open(link, self.chip.has_ev2_messaging(), MASTER, &key)?;
        Ok(session.is_some())
    }

    fn in_application(
        &self,
        link: &mut Link<'_>,
        work: &ApplicationWork,
    ) -> Result<(), DriverError> {
        let current = self.current()?.get();
        let key = |number, versions| application_key(self.keyring, &self.uid, number, versions);
        let mut session = self.open(link, MASTER, &key(MASTER, work.versions)?)?;
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
    fn put(&self, link: &mut Link<'_>, data: &Data) -> Result<(), DriverError> {
        let versions = [data.version; 3];
        let key = application_key(self.keyring, &self.uid, WRITER, versions)?;
        self.open(link, WRITER, &key)?
            .write(FILE, &data.content)?
            .command(Instruction::CommitTransaction, &[], "make the record valid")
            .map(drop)
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
