//! Showing a tag that we know its password or key. What it then lets be done lasts until it is selected again.

use subtle::ConstantTimeEq;

use crate::contract::apdu::Frame;
use crate::contract::{CardKeys, DriverError};

use super::handshake::{AUTHENTICATE, MORE, RANDOM, Response};
use super::models::{Chip, Product};
use super::secret::Secret;
use super::tag::Tag;

/// `PWD_AUTH` of NTAG21x and Ultralight EV1 (data sheet NTAG21x, 10.7): answers PACK.
const PWD_AUTH: u8 = 0x1B;
/// ISO 7816-4, security status not satisfied: what a reader with fitting words would say.
const NOT_AUTHENTICATED: u16 = 0x6982;

/// What a tag made of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unlocked {
    Yes,
    /// It took the password and answered another PACK than is made with it.
    WithWrongPack,
    /// It is selected again, so that anything else can be tried.
    No,
}

/// The challenge by which an Ultralight C shows itself; no other tag knows the command.
pub(super) fn challenge(tag: &mut Tag<'_>) -> Result<Option<[u8; RANDOM]>, DriverError> {
    let Some(answer) = tag.exchange(&Frame::new(&AUTHENTICATE))? else {
        return Ok(None);
    };
    match answer.as_slice() {
        [MORE, challenge @ ..] if challenge.len() == RANDOM => Ok(challenge.try_into().ok()),
        _ => {
            tag.reselect()?;
            Ok(None)
        }
    }
}

/// Answers a challenge.
pub(super) fn answer(
    tag: &mut Tag<'_>,
    challenge: [u8; RANDOM],
    secret: &Secret,
) -> Result<Unlocked, DriverError> {
    let mut random = [0; RANDOM];
    getrandom::fill(&mut random).map_err(|_| DriverError::Unsupported {
        what: "it wants an authentication, and this machine gives no random numbers",
    })?;
    let Some(response) = Response::new(secret.key(), challenge, random) else {
        tag.reselect()?;
        return Ok(Unlocked::No);
    };
    match tag.exchange(&Frame::secret(MORE, &response.enciphered))? {
        Some(proof) if response.is_proven_by(&proof) => {
            tag.close_raw_path()?;
            tag.note_shown(secret.keys);
            Ok(Unlocked::Yes)
        }
        // A tag that answers without the key must not be written under it.
        Some(_) => {
            tag.reselect()?;
            Ok(Unlocked::No)
        }
        None => Ok(Unlocked::No),
    }
}

/// Tries one secret.
pub(super) fn unlock(
    tag: &mut Tag<'_>,
    chip: &Chip,
    secret: &Secret,
) -> Result<Unlocked, DriverError> {
    match chip.product {
        Product::UltralightC => match challenge(tag)? {
            Some(challenge) => answer(tag, challenge, secret),
            None => Ok(Unlocked::No),
        },
        Product::UltralightEv1 | Product::Ntag => present_password(tag, secret),
    }
}

/// Tries secrets that one of them must fit, each once and then all once more: the tag may have been halted, or the contact
/// poor. With `is_whole` the PACK has to be right as well.
pub(super) fn unlock_with_any(
    tag: &mut Tag<'_>,
    chip: &Chip,
    secrets: &[Secret],
    is_whole: bool,
) -> Result<(), DriverError> {
    const ROUNDS: usize = 2;
    for secret in std::iter::repeat_n(secrets, ROUNDS).flatten() {
        match unlock(tag, chip, secret)? {
            Unlocked::Yes => return Ok(()),
            Unlocked::WithWrongPack if !is_whole => return Ok(()),
            Unlocked::WithWrongPack | Unlocked::No => {}
        }
    }
    Err(DriverError::Refused {
        step: "take its own password or key".to_owned(),
        status: NOT_AUTHENTICATED,
    })
}

/// The secrets that a tag may carry, each to be tried once.
pub(super) struct Search {
    untried: std::vec::IntoIter<Secret>,
    found: Option<CardKeys>,
}

impl Search {
    pub(super) fn new(candidates: Vec<Secret>) -> Self {
        Self {
            untried: candidates.into_iter(),
            found: None,
        }
    }

    /// Identifies an Ultralight C by its challenge, and answers that with the likeliest key: it costs no more than leaving the
    /// challenge unanswered.
    pub(super) fn tells_ultralight_c(&mut self, tag: &mut Tag<'_>) -> Result<bool, DriverError> {
        let Some(challenge) = challenge(tag)? else {
            return Ok(false);
        };
        match self.untried.next() {
            Some(secret) => {
                let unlocked = answer(tag, challenge, &secret)?;
                self.note(&secret, unlocked);
            }
            None => tag.reselect()?,
        }
        Ok(true)
    }

    /// What fits; goes on with the search if nothing is known to.
    pub(super) fn go_on(
        &mut self,
        tag: &mut Tag<'_>,
        chip: &Chip,
    ) -> Result<Option<CardKeys>, DriverError> {
        while self.found.is_none()
            && tag.has_raw_path()
            && let Some(secret) = self.untried.next()
        {
            let unlocked = unlock(tag, chip, &secret)?;
            self.note(&secret, unlocked);
        }
        Ok(self.found)
    }

    /// What is known to fit.
    pub(super) fn found(&self) -> Option<CardKeys> {
        self.found
    }

    /// Whether there is something that could fit.
    pub(super) fn has_more(&self) -> bool {
        !self.untried.as_slice().is_empty()
    }

    fn note(&mut self, secret: &Secret, unlocked: Unlocked) {
        self.found = match unlocked {
            Unlocked::Yes => Some(secret.keys),
            Unlocked::WithWrongPack => Some(CardKeys::Mixed),
            Unlocked::No => None,
        };
    }
}

fn present_password(tag: &mut Tag<'_>, secret: &Secret) -> Result<Unlocked, DriverError> {
    match tag.exchange(&Frame::secret(PWD_AUTH, &secret.password()))? {
        Some(pack) => {
            tag.close_raw_path()?;
            let is_whole = pack.ct_eq(&secret.pack()).into();
            let (unlocked, keys) = if is_whole {
                (Unlocked::Yes, secret.keys)
            } else {
                (Unlocked::WithWrongPack, CardKeys::Mixed)
            };
            tag.note_shown(keys);
            Ok(unlocked)
        }
        None => Ok(Unlocked::No),
    }
}
