//! Commands on keys and key settings.

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{Outcome, SimulatedDesfire};
use crate::cards::desfire::simulated::messaging::Session;
use crate::cards::desfire::simulated::state::{Family, StoredKey, settings};
use crate::cards::desfire::wire::{Instruction, PICC, Status};
use crate::crypto::crc32;

const CRC_BYTES: usize = 4;

/// Values of the upper half of an application's key settings: who may change keys.
const SAME_KEY: u8 = 0x0E;
const FROZEN: u8 = 0x0F;

/// A change of key as its first byte announces it.
pub(super) struct Change {
    number: u8,
    family: Family,
    /// Whether it is the key that was authenticated with, or another one.
    is_own: bool,
    /// Whether the session is one of EV1, where the data brings a checksum of the command.
    is_ev1: bool,
}

impl Change {
    fn has_version(&self) -> bool {
        self.family == Family::Aes
    }

    /// Bytes behind the key number, before filling.
    pub(super) fn command_bytes(&self) -> usize {
        let checksums = usize::from(self.is_ev1) + usize::from(!self.is_own);
        self.family.key_bytes() + usize::from(self.has_version()) + checksums * CRC_BYTES
    }
}

impl SimulatedDesfire {
    pub(super) fn key_settings(&self) -> Result<Outcome, Status> {
        self.allowed_by(settings::FREE_LISTING)?;
        let keys = self.memory.keys_of(self.selected);
        let family = self
            .memory
            .application(self.selected)
            .map_or(self.memory.master_key.family, |application| {
                application.family
            });
        let count = u8::try_from(keys.len()).map_err(|_| Status::MemoryError)?;
        Ok(Outcome::open(vec![
            self.memory.settings_of(self.selected),
            count | family as u8,
        ]))
    }

    pub(super) fn change_key_settings(&mut self, data: &[u8]) -> Result<Outcome, Status> {
        let &[new] = data else {
            return Err(Status::LengthError);
        };
        if self.memory.settings_of(self.selected) & settings::CHANGEABLE == 0 {
            return Err(Status::PermissionDenied);
        }
        if self.selected == PICC {
            if new >> 4 != 0 {
                return Err(Status::ParameterError);
            }
            self.memory.settings = new;
        } else {
            let application = self.selected_application_mut()?;
            if !names_a_key(new, application.keys.len()) {
                return Err(Status::ParameterError);
            }
            application.settings = new;
        }
        Ok(Outcome::nothing())
    }

    pub(super) fn key_version(&self, header: &[u8]) -> Result<Outcome, Status> {
        let key = header
            .first()
            .and_then(|number| self.memory.keys_of(self.selected).get(usize::from(*number)))
            .ok_or(Status::NoSuchKey)?;
        Ok(Outcome::open(vec![key.version()]))
    }

    pub(super) fn changing_key(&self, header: &[u8]) -> Result<Change, Status> {
        let session = self.session.as_ref().ok_or(Status::AuthenticationError)?;
        let &[byte] = header else {
            return Err(Status::LengthError);
        };
        // Only at card level does the byte give the new key's kind; an application's keys are all of one.
        let (number, family) = if self.selected == PICC {
            let family = Family::from_bits(byte).ok_or(Status::NoSuchKey)?;
            (byte & !Family::MASK, family)
        } else {
            (byte, self.selected_application()?.family)
        };
        if usize::from(number) >= self.memory.keys_of(self.selected).len() {
            return Err(Status::NoSuchKey);
        }
        self.may_change_key(number, session.key_number())?;
        Ok(Change {
            number,
            family,
            is_own: session.key_number() == number,
            is_ev1: matches!(session, Session::Ev1(_)),
        })
    }

    fn may_change_key(&self, number: u8, authenticated: u8) -> Result<(), Status> {
        let key_settings = self.memory.settings_of(self.selected);
        if number == 0 {
            return if key_settings & settings::MASTER_KEY_CHANGEABLE == 0 {
                Err(Status::PermissionDenied)
            } else {
                self.authenticated_with_master_key()
            };
        }
        let needed = match key_settings >> 4 {
            FROZEN => return Err(Status::PermissionDenied),
            SAME_KEY => number,
            // The key that changes keys is itself changed under the master key.
            changer if changer == number => 0,
            changer => changer,
        };
        if authenticated == needed {
            Ok(())
        } else {
            Err(Status::AuthenticationError)
        }
    }

    pub(super) fn change_key(&mut self, header: &[u8], data: &[u8]) -> Result<Outcome, Status> {
        let change = self.changing_key(header)?;
        let keys = self.memory.keys_of(self.selected);
        let old = keys
            .get(usize::from(change.number))
            .ok_or(Status::NoSuchKey)?;
        let new = change.new_key(header, data, old)?;
        if self.selected == PICC {
            self.memory.master_key = new;
        } else if let Some(key) = self
            .selected_application_mut()?
            .keys
            .get_mut(usize::from(change.number))
        {
            *key = new;
        }
        Ok(if change.is_own {
            Outcome::ending_session()
        } else {
            Outcome::nothing()
        })
    }
}

impl Change {
    fn new_key(&self, header: &[u8], data: &[u8], old: &StoredKey) -> Result<StoredKey, Status> {
        let length = self.family.key_bytes();
        let covered = length + usize::from(self.has_version());
        let (sent, mut checksums) = data.split_at_checked(covered).ok_or(Status::LengthError)?;
        let mut key = Zeroizing::new(sent[..length].to_vec());
        if !self.is_own {
            for (byte, old) in key.iter_mut().zip(old.bytes()) {
                *byte ^= old;
            }
        }
        if self.is_ev1 {
            let message = Zeroizing::new([&[Instruction::ChangeKey.code()], header, sent].concat());
            checksums = checked(checksums, &message)?;
        }
        if !self.is_own {
            checksums = checked(checksums, &key)?;
        }
        if !checksums.is_empty() {
            return Err(Status::LengthError);
        }
        let version = sent.get(length).copied().unwrap_or(0);
        StoredKey::new(self.family, &key, version).ok_or(Status::LengthError)
    }
}

/// What follows the checksum of `message`.
fn checked<'a>(checksums: &'a [u8], message: &[u8]) -> Result<&'a [u8], Status> {
    let (crc, rest) = checksums
        .split_at_checked(CRC_BYTES)
        .ok_or(Status::LengthError)?;
    if bool::from(crc.ct_eq(&crc32(message).to_le_bytes())) {
        Ok(rest)
    } else {
        Err(Status::IntegrityError)
    }
}

/// Whether the upper half of an application's settings means something.
pub(super) fn names_a_key(key_settings: u8, keys: usize) -> bool {
    let changer = key_settings >> 4;
    changer == 0 || changer >= SAME_KEY || usize::from(changer) < keys
}
