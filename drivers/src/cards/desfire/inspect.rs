//! What is on a card. Never writes, and tries no key twice: a key's version says which it is, and one
//! authentication confirms it.
//!
//! Our own keys are changed in a fixed order, the application's master key last (see `plan`). So when that one is of the
//! current version everything before it is done, and nothing else is asked.

use crate::contract::{
    CardChannel, CardKeys, CardType, Contents, DriverError, DriverSettings, Inspection, Others,
    Uid, identify_again,
};
use crate::keys::KeyVersion;

use super::card_key::CardKey;
use super::in_force::{InForce, Open};
use super::keyring::{FACTORY, Keyring, MASTER, READER, WRITER};
use super::link::{ANSWER_FRAME, Link, Outcome};
use super::messaging::{Messaging, longest_secret};
use super::models::{Chip, LENGTH_BYTES};
use super::session::Session;
use super::state::{Application, Picc, State};
use super::wire::{PICC, Status};
use super::{APPLICATION_SETTINGS, FILE, file_settings};

pub(super) fn inspect(
    card: &mut dyn CardChannel,
    card_type: &CardType,
    chip: &'static Chip,
    settings: &DriverSettings,
) -> Result<(Inspection, State), DriverError> {
    if let Some(in_force) = InForce::take(card)
        && let Open::File { .. } = in_force.open
    {
        match Look::new(card, card_type, chip, settings).goes_on(in_force) {
            Ok(Some(seen)) => return Ok(seen.keep(card)),
            Err(error @ DriverError::Channel(_)) => return Err(error),
            // Whatever the reason, it is not in force any more, and so says nothing of which card this is.
            Ok(None) | Err(_) => identify_again(card, card_type).map(drop)?,
        }
    }
    let mut look = Look::new(card, card_type, chip, settings);
    let contents = look.contents()?;
    Ok(look.seen(contents).keep(card))
}

/// An inspection under way.
struct Look<'a> {
    link: Link<'a>,
    chip: &'static Chip,
    keyring: Keyring<'a>,
    uid: Uid,
    state: State,
    /// What is open after the last command.
    in_force: Option<InForce>,
}

/// What an inspection found out.
struct Found {
    summary: Inspection,
    state: State,
    in_force: Option<InForce>,
}

impl Found {
    fn keep(self, card: &mut dyn CardChannel) -> (Inspection, State) {
        if let Some(in_force) = self.in_force {
            in_force.keep(card);
        }
        (self.summary, self.state)
    }
}

impl<'a> Look<'a> {
    fn new(
        card: &'a mut dyn CardChannel,
        card_type: &CardType,
        chip: &'static Chip,
        settings: &'a DriverSettings,
    ) -> Self {
        Self {
            link: Link::new(card).to(card_type.uid),
            chip,
            keyring: Keyring::new(settings),
            uid: card_type.uid,
            state: State {
                picc: None,
                has_random_uid: card_type.uid.is_random(),
                has_frozen_key: false,
                application: Application::Absent,
                free_memory: None,
                length: None,
            },
            in_force: None,
        }
    }

    fn seen(self, contents: Contents) -> Found {
        let keys = self.state.keys();
        let capacity = super::capacity(self.chip, &self.state);
        let contents = match keys {
            CardKeys::Unknown => Contents::Foreign,
            _ => contents,
        };
        let others = match (&contents, self.state.application) {
            (Contents::Foreign, Application::Alien) => vec![Others::Application],
            _ => vec![],
        };
        let summary = Inspection {
            uid: self.uid,
            model: self.chip.model,
            capacity,
            contents,
            others,
            keys,
        };
        Found {
            summary,
            state: self.state,
            in_force: self.in_force,
        }
    }

    /// Reads the file in what is in force on the card; `None` where the card has lost a key that it said to have taken.
    fn goes_on(mut self, in_force: InForce) -> Result<Option<Found>, DriverError> {
        let InForce {
            open,
            mut messaging,
        } = in_force;
        let (
            Open::File {
                has_new_master,
                record_bytes,
                ..
            },
            Some(current),
        ) = (open, self.keyring.current())
        else {
            return Ok(None);
        };
        if has_new_master {
            let session = Session::resume(&mut self.link, messaging);
            let (session, version) = session.key_version(MASTER)?;
            if version != current.get() {
                return Ok(None);
            }
            messaging = session.suspend();
        }
        if self.state.has_random_uid {
            let session = Session::resume(&mut self.link, messaging);
            let (session, uid) = session.card_uid()?;
            self.uid = uid;
            messaging = session.suspend();
        }
        let contents = self.file_in(messaging, [current.get(); 3], record_bytes)?;
        // Whatever else the card says, it says to a reader that may not read the file.
        let is_read = self.in_force.is_some();
        Ok(is_read.then(|| self.seen(contents)))
    }
    fn contents(&mut self) -> Result<Contents, DriverError> {
        let aid = self.keyring.aid();
        let is_present = if self.state.has_random_uid {
            self.find_uid()?;
            self.link.select(aid)?
        } else {
            self.link.start(aid)?
        };
        if is_present {
            return self.application();
        }
        self.link.select_picc()?;
        self.look_for_room()?;
        Ok(Contents::Blank)
    }

    /// The fixed UID of a card that sends a random one, which it gives only after an authentication.
    fn find_uid(&mut self) -> Result<(), DriverError> {
        const HIDDEN: DriverError = DriverError::Locked {
            what: "its UID changes each time, and the key that would tell the fixed one is not known",
        };
        self.link.start(PICC)?;
        let picc = self.picc_by_version()?;
        let Some(key) = self.keyring.picc_key(&self.uid, picc) else {
            return Err(HIDDEN);
        };
        let session = self.authenticate(MASTER, &key)?.ok_or(HIDDEN)?;
        let (_, uid) = session.card_uid()?;
        self.uid = uid;
        self.state.picc = Some(picc);
        Ok(())
    }

    /// Under our application identifier, which is selected.
    fn application(&mut self) -> Result<Contents, DriverError> {
        self.state.application = Application::Alien;
        let Some(versions) = self.versions()? else {
            return Ok(Contents::Foreign);
        };
        let is_complete = self.keyring.is_current(versions[usize::from(MASTER)]);
        let contents = if is_complete {
            self.file(versions)?
        } else {
            self.unfinished(versions)?
        };
        match self.state.application {
            Application::Ours { has_file: true, .. } if is_complete => {}
            Application::Ours { has_file, .. } => {
                self.in_force = None;
                self.link.select_picc()?;
                if !has_file {
                    self.state.free_memory = Some(self.link.free_memory()?);
                }
                self.look_at_picc()?;
            }
            Application::Alien | Application::Absent => {}
        }
        Ok(contents)
    }

    /// The versions of our application's keys, as many as are needed to know them all; `None` when one is not ours.
    fn versions(&mut self) -> Result<Option<[u8; 3]>, DriverError> {
        let Some(master) = self.link.key_version(MASTER)? else {
            return Ok(None);
        };
        if self.keyring.is_current(master) {
            return Ok(Some([master; 3]));
        }
        let (Some(writer), Some(reader)) = (
            self.link.key_version(WRITER)?,
            self.link.key_version(READER)?,
        ) else {
            return Ok(None);
        };
        let versions = [master, writer, reader];
        let are_known = versions.iter().all(|version| self.keyring.knows(*version));
        Ok(are_known.then_some(versions))
    }

    /// An application of which a first write or a change of keys is not done. Its keys may be those that everybody
    /// knows, so its settings must show that it is ours; and every key that is still to be used or changed must be the one
    /// that its version says, or the change would be begun and could not be ended.
    fn unfinished(&mut self, versions: [u8; 3]) -> Result<Contents, DriverError> {
        if self.link.key_settings()? != Some(APPLICATION_SETTINGS) {
            return Ok(Contents::Foreign);
        }
        let has_file = match self.link.file_settings(FILE)? {
            Some(found) if found == file_settings(self.chip) => true,
            Some(_) => return Ok(Contents::Foreign),
            None => false,
        };
        let is_to_change = !self.keyring.is_current(versions[usize::from(READER)]);
        let reader = is_to_change.then_some(READER);
        // Reading the file confirms the key that writes it.
        let writer = (!has_file).then_some(WRITER);
        for number in [Some(MASTER), reader, writer].into_iter().flatten() {
            let key = self.application_key(number, versions)?;
            if self.authenticate(number, &key)?.is_none() {
                return Ok(Contents::Foreign);
            }
        }
        if has_file {
            return self.file(versions);
        }
        self.state.application = ours(versions, false);
        Ok(Contents::Blank)
    }

    /// Reads the file with the key that writes it, so that this is confirmed too: its length and what else comes in the
    /// first frame, then the rest of a record.
    fn file(&mut self, versions: [u8; 3]) -> Result<Contents, DriverError> {
        let has_ev2 = self.chip.has_ev2_messaging();
        let key = self.application_key(WRITER, versions)?;
        let Some(session) = Session::open(&mut self.link, has_ev2, WRITER, &key)? else {
            return Ok(Contents::Foreign);
        };
        let messaging = session.suspend();
        self.file_in(messaging, versions, 0)
    }

    /// The same where the card is authenticated. `expected` is how long the record may be: so much is read in one go, whatever
    /// its length then says.
    fn file_in(
        &mut self,
        messaging: Messaging,
        versions: [u8; 3],
        expected: usize,
    ) -> Result<Contents, DriverError> {
        let session = Session::resume(&mut self.link, messaging);
        let first = longest_secret(self.chip.has_ev2_messaging(), ANSWER_FRAME)
            .max(LENGTH_BYTES + expected)
            .min(self.chip.record_file);
        let (session, start) = match session.read(FILE, 0, first)? {
            Ok(read) => read,
            Err(Outcome::Card(Status::FileNotFound)) => {
                self.state.application = ours(versions, false);
                return Ok(Contents::Blank);
            }
            // Not a file as we make it.
            Err(Outcome::Card(Status::PermissionDenied | Status::BoundaryError)) => {
                return Ok(Contents::Foreign);
            }
            Err(outcome) => return Err(outcome.refused("read its file")),
        };
        self.state.application = ours(versions, true);
        let Some((length, start)) = start.split_first_chunk::<LENGTH_BYTES>() else {
            return Ok(Contents::Torn);
        };
        let length = u16::from_be_bytes(*length);
        self.state.length = Some(length);
        let length = usize::from(length);
        let is_under_site_keys =
            versions[0] != FACTORY && versions.iter().all(|version| *version == versions[0]);
        let (session, contents) = if length == 0 {
            (session, Contents::Blank)
        } else if length > self.chip.model.capacity || !is_under_site_keys {
            (session, Contents::Torn)
        } else {
            let (session, record) = the_rest(session, start, first, length)?;
            (session, Contents::Record(record))
        };
        self.in_force = Some(InForce {
            open: Open::File {
                has_new_master: false,
                record_bytes: 0,
                proves_card: is_under_site_keys,
            },
            messaging: session.suspend(),
        });
        Ok(contents)
    }

    /// What making an application takes. The card itself is selected.
    fn look_for_room(&mut self) -> Result<(), DriverError> {
        self.state.free_memory = Some(self.link.free_memory()?);
        self.look_at_picc()
    }

    /// The PICC master key, where that is not known yet. The card itself is selected.
    fn look_at_picc(&mut self) -> Result<(), DriverError> {
        if self.state.picc.is_some() {
            return Ok(());
        }
        let by_version = self.picc_by_version()?;
        let is_confirmed = match by_version {
            // Nothing will be done with it.
            Picc::Site(version) if self.has_application() => {
                self.keyring.is_current(version.get()) || self.confirm_picc(by_version)?
            }
            _ => self.confirm_picc(by_version)?,
        };
        self.state.picc = Some(if is_confirmed {
            by_version
        } else {
            Picc::Unknown
        });
        Ok(())
    }

    /// Which PICC master key it may be. The card itself is selected.
    fn picc_by_version(&mut self) -> Result<Picc, DriverError> {
        const TYPE: u8 = 0xC0;
        const AES: u8 = 0x80;
        let Some(version) = self.link.key_version(MASTER)? else {
            return Ok(Picc::Unknown);
        };
        // A card with our application needs the key of another system no more. One that we made the application on may
        // have got a key of ours, which is as good as that.
        if self.keyring.has_given() && !self.has_application() {
            let is_aes = version != FACTORY
                || self
                    .link
                    .key_settings()?
                    .is_none_or(|[_, keys]| keys & TYPE == AES);
            if is_aes {
                return Ok(Picc::Given);
            }
        }
        Ok(match KeyVersion::new(version) {
            None => Picc::Factory,
            // Made from a UID that is not known yet, it cannot be ours.
            Some(_) if self.state.has_random_uid => Picc::Unknown,
            Some(site) if self.keyring.knows(version) => Picc::Site(site),
            Some(_) => Picc::Unknown,
        })
    }

    /// Also asks, where the key is due to be changed, whether that is allowed: a refusal would come when the application is
    /// made already.
    fn confirm_picc(&mut self, picc: Picc) -> Result<bool, DriverError> {
        /// The master key may be changed (bit 0 of the key settings).
        const CHANGEABLE: u8 = 0x01;
        let is_due = !self.state.keeps_picc_key()
            && match picc {
                Picc::Factory => true,
                Picc::Site(version) => !self.keyring.is_current(version.get()),
                Picc::Given | Picc::Unknown => false,
            };
        let Some(key) = self.keyring.picc_key(&self.uid, picc) else {
            return Ok(false);
        };
        let Some(mut session) = self.authenticate(MASTER, &key)? else {
            return Ok(false);
        };
        let mut is_frozen = false;
        if is_due {
            let settings;
            (session, settings) = session.key_settings()?;
            is_frozen = settings & CHANGEABLE == 0;
        }
        self.in_force = Some(InForce {
            open: Open::Picc,
            messaging: session.suspend(),
        });
        self.state.has_frozen_key = is_frozen;
        Ok(true)
    }

    fn has_application(&self) -> bool {
        matches!(self.state.application, Application::Ours { .. })
    }

    fn authenticate(
        &mut self,
        number: u8,
        key: &CardKey,
    ) -> Result<Option<Session<'_, 'a>>, DriverError> {
        Session::open(&mut self.link, self.chip.has_ev2_messaging(), number, key)
    }

    fn application_key(&self, number: u8, versions: [u8; 3]) -> Result<CardKey, DriverError> {
        super::application_key(self.keyring, &self.uid, number, versions)
    }
}

/// A record of `length` bytes whose start is in the first `first` bytes of the file.
fn the_rest<'l, 'c>(
    session: Session<'l, 'c>,
    start: &[u8],
    first: usize,
    length: usize,
) -> Result<(Session<'l, 'c>, Vec<u8>), DriverError> {
    let mut record = start[..length.min(start.len())].to_vec();
    if length == record.len() {
        return Ok((session, record));
    }
    let rest = session.read(FILE, first, length - record.len())?;
    let (session, rest) = rest.map_err(|outcome| outcome.refused("read its file"))?;
    record.extend(rest.iter());
    Ok((session, record))
}

fn ours(versions: [u8; 3], has_file: bool) -> Application {
    Application::Ours { versions, has_file }
}
