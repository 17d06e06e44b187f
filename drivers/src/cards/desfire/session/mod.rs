//! An authenticated session. It is handed on by every command that succeeds and by no other: after an error status, a wrong MAC
//! or the change of its own key there is none left to go on with, as there is none on the card.

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::contract::{DriverError, Uid};
use crate::crypto::{Cipher, Iv};
use crate::keys::SecretKey;

use super::card_key::{CardKey, KeyType};
use super::link::{Link, Outcome, malformed};
use super::messaging::{Ev1, Ev2, KeyChange, Messaging};
use super::session_keys::{self, Ev2Keys};
use super::wire::{Instruction, Status, three_bytes};

const AUTHENTICATE: &str = "authenticate";

/// The session, and the bytes that it read.
type Read<S> = (S, Zeroizing<Vec<u8>>);

/// A card with an authentication in force.
pub(super) struct Session<'l, 'c> {
    link: &'l mut Link<'c>,
    messaging: Messaging,
}

impl<'l, 'c> Session<'l, 'c> {
    /// Authenticates with key `number` of what is selected: by EV2 where the card knows it and the key is AES. `None` when
    /// the key is another. There is no second attempt.
    pub(super) fn open(
        link: &'l mut Link<'c>,
        has_ev2: bool,
        number: u8,
        key: &CardKey,
    ) -> Result<Option<Self>, DriverError> {
        let mut random = Zeroizing::new([0; 16]);
        getrandom::fill(random.as_mut_slice()).map_err(|_| DriverError::Unsupported {
            what: "this machine gives no random numbers to authenticate with",
        })?;
        Self::open_with(link, has_ev2, number, key, &random)
    }

    /// As [`open`](Self::open), with the random number of our side.
    fn open_with(
        link: &'l mut Link<'c>,
        has_ev2: bool,
        number: u8,
        key: &CardKey,
        random: &[u8; 16],
    ) -> Result<Option<Self>, DriverError> {
        let messaging = match (has_ev2, <&[u8; 16]>::try_from(key.expose())) {
            (true, Ok(bytes)) if key.key_type() == KeyType::Aes => {
                let key = SecretKey::new(*bytes);
                ev2_handshake(link, number, &key, random)?.map(Messaging::Ev2)
            }
            _ => ev1_handshake(link, number, key, random)?.map(Messaging::Ev1),
        };
        Ok(messaging.map(|messaging| Self { link, messaging }))
    }

    /// Goes on in an authentication that is still in force.
    pub(super) fn resume(link: &'l mut Link<'c>, messaging: Messaging) -> Self {
        Self { link, messaging }
    }

    /// The authentication, for another operation to go on in.
    pub(super) fn suspend(self) -> Messaging {
        self.messaging
    }

    /// A command without secrets.
    pub(super) fn command(
        mut self,
        instruction: Instruction,
        data: &[u8],
        step: &'static str,
    ) -> Result<Self, DriverError> {
        let data = self.messaging.command(instruction, data);
        let reply = self.link.exchange(instruction, &data, step)?;
        let answer = self.messaging.answer(&reply.data_of(step)?);
        answer.ok_or_else(|| malformed(step))?;
        Ok(self)
    }

    /// The key settings of what is selected, which an owner of its master key can always read.
    pub(super) fn key_settings(mut self) -> Result<(Self, u8), DriverError> {
        const STEP: &str = "tell its key settings";
        let data = self.messaging.command(Instruction::GetKeySettings, &[]);
        let reply = self
            .link
            .exchange(Instruction::GetKeySettings, &data, STEP)?;
        let settings = self.messaging.answer(&reply.data_of(STEP)?);
        let settings = settings.and_then(|settings| settings.first().copied());
        Ok((self, settings.ok_or_else(|| malformed(STEP))?))
    }

    /// The version of one of the keys of what is selected.
    pub(super) fn key_version(mut self, number: u8) -> Result<(Self, u8), DriverError> {
        const STEP: &str = "tell the version of a key";
        let data = self
            .messaging
            .command(Instruction::GetKeyVersion, &[number]);
        let reply = self
            .link
            .exchange(Instruction::GetKeyVersion, &data, STEP)?;
        let version = self.messaging.answer(&reply.data_of(STEP)?);
        let version = version.and_then(|version| version.first().copied());
        Ok((self, version.ok_or_else(|| malformed(STEP))?))
    }

    /// Reads of a file in full encipherment. A refusal is returned as its status, since it says what kind of file this is.
    pub(super) fn read(
        mut self,
        file: u8,
        offset: usize,
        length: usize,
    ) -> Result<Result<Read<Self>, Outcome>, DriverError> {
        const STEP: &str = "read its file";
        let header = header(file, offset, length)?;
        let data = self.messaging.command(Instruction::ReadData, &header);
        let reply = self.link.exchange(Instruction::ReadData, &data, STEP)?;
        if reply.outcome != Outcome::Card(Status::Ok) {
            return Ok(Err(reply.outcome));
        }
        let read = self.messaging.open(&reply.data, length);
        let read = read.ok_or_else(|| malformed(STEP))?;
        Ok(Ok((self, read)))
    }

    /// Writes from the start of a file in full encipherment.
    pub(super) fn write(self, file: u8, data: &[u8]) -> Result<Self, DriverError> {
        let header = header(file, 0, data.len())?;
        self.sealed(Instruction::WriteData, &header, data, "write its file")
    }

    /// The card's fixed UID, of 7 bytes.
    pub(super) fn card_uid(mut self) -> Result<(Self, Uid), DriverError> {
        const STEP: &str = "give its fixed UID";
        const LENGTH: usize = 7;
        let data = self.messaging.command(Instruction::GetCardUid, &[]);
        let reply = self.link.exchange(Instruction::GetCardUid, &data, STEP)?;
        let uid = self.messaging.open(&reply.data_of(STEP)?, LENGTH);
        let uid = uid.and_then(|uid| Uid::try_from(uid.as_slice()).ok());
        Ok((self, uid.ok_or_else(|| malformed(STEP))?))
    }

    /// Replaces another key than the one in use.
    pub(super) fn change_key(
        mut self,
        number: u8,
        old: &CardKey,
        new: &CardKey,
        version: u8,
    ) -> Result<Self, DriverError> {
        let answer = self.send_change(&KeyChange {
            number,
            old: Some(old),
            new,
            version,
        })?;
        let answer = self.messaging.answer(&answer);
        answer.ok_or_else(|| malformed(CHANGE_KEY))?;
        Ok(self)
    }

    /// Replaces the key in use, which ends the session.
    pub(super) fn change_own_key(
        mut self,
        number: u8,
        new: &CardKey,
        version: u8,
    ) -> Result<(), DriverError> {
        // Nothing proves this answer: the card forgot the session. Whether the key is changed, its version shows.
        self.send_change(&KeyChange {
            number,
            old: None,
            new,
            version,
        })
        .map(drop)
    }

    fn send_change(&mut self, change: &KeyChange<'_>) -> Result<Vec<u8>, DriverError> {
        let data = self.messaging.change_key(change);
        let reply = self
            .link
            .exchange(Instruction::ChangeKey, &data, CHANGE_KEY)?;
        reply.data_of(CHANGE_KEY)
    }

    fn sealed(
        mut self,
        instruction: Instruction,
        header: &[u8],
        secret: &[u8],
        step: &'static str,
    ) -> Result<Self, DriverError> {
        let data = self.messaging.seal(instruction, header, secret);
        let reply = self.link.exchange(instruction, &data, step)?;
        let answer = self.messaging.answer(&reply.data_of(step)?);
        answer.ok_or_else(|| malformed(step))?;
        Ok(self)
    }
}

const CHANGE_KEY: &str = "change a key";

/// File, offset, length: what is in clear before a file's data.
fn header(file: u8, offset: usize, length: usize) -> Result<[u8; HEADER_BYTES], DriverError> {
    const TOO_LONG: DriverError = DriverError::TooLong {
        what: "what is read or written of a file",
    };
    let [o0, o1, o2] = three_bytes(offset).ok_or(TOO_LONG)?;
    let [l0, l1, l2] = three_bytes(length).ok_or(TOO_LONG)?;
    Ok([file, o0, o1, o2, l0, l1, l2])
}

/// Bytes of what is in clear before a file's data.
pub(super) const HEADER_BYTES: usize = 7;

/// `AuthenticateAES`, or `AuthenticateISO` for DES keys: three passes under one chain of initial values. `None` when the
/// card holds another key.
fn ev1_handshake(
    link: &mut Link<'_>,
    number: u8,
    key: &CardKey,
    random: &[u8; 16],
) -> Result<Option<Ev1>, DriverError> {
    let instruction = match key.key_type() {
        KeyType::Aes => Instruction::AuthenticateAes,
        KeyType::Des | KeyType::Tdea2 | KeyType::Tdea3 => Instruction::AuthenticateIso,
    };
    let rnd_a = &random[..key.key_type().random_bytes()];
    let cipher = key.cipher();
    let mut iv = Iv::zero(&cipher);
    let Some(challenge) = challenge(link, instruction, &[number], rnd_a.len())? else {
        return Ok(None);
    };
    let rnd_b = deciphered(&cipher, &mut iv, &challenge)?;
    let token = Zeroizing::new([rnd_a, &rotated(&rnd_b)].concat());
    let token = cipher.encrypt(&mut iv, &token);
    let Some(answer) = answer(link, &token, rnd_a.len())? else {
        return Ok(None);
    };
    prove(rnd_a, &deciphered(&cipher, &mut iv, &answer)?)?;
    let session = session_keys::ev1(key.key_type(), rnd_a, &rnd_b);
    let session = session.ok_or_else(|| malformed(AUTHENTICATE))?;
    Ok(Some(Ev1::new(session.cipher())))
}

/// `AuthenticateEV2First`: three passes, each with an initial value of zero. `None` when the card holds another key.
fn ev2_handshake(
    link: &mut Link<'_>,
    number: u8,
    key: &SecretKey,
    rnd_a: &[u8; 16],
) -> Result<Option<Ev2>, DriverError> {
    // No capabilities of ours to report.
    const NO_CAPABILITIES: u8 = 0x00;
    const ANSWER: usize = 32;
    let cipher = Cipher::aes128(key.expose());
    let zero = || Iv::zero(&cipher);
    let begin = [number, NO_CAPABILITIES];
    let Some(challenge) = challenge(link, Instruction::AuthenticateEv2First, &begin, rnd_a.len())?
    else {
        return Ok(None);
    };
    let rnd_b = deciphered(&cipher, &mut zero(), &challenge)?;
    let token = Zeroizing::new([rnd_a.as_slice(), &rotated(&rnd_b)].concat());
    let token = cipher.encrypt(&mut zero(), &token);
    let Some(answer) = answer(link, &token, ANSWER)? else {
        return Ok(None);
    };
    let answer = deciphered(&cipher, &mut zero(), &answer)?;
    let (Some((transaction, rest)), Ok(rnd_b)) = (
        answer.split_first_chunk::<4>(),
        <&[u8; 16]>::try_from(rnd_b.as_slice()),
    ) else {
        return Err(malformed(AUTHENTICATE));
    };
    prove(rnd_a, &rest[..rnd_a.len()])?;
    let keys = Ev2Keys::derive(key, rnd_a, rnd_b);
    Ok(Some(Ev2::new(&keys, *transaction)))
}

fn deciphered(
    cipher: &Cipher,
    iv: &mut Iv,
    enciphered: &[u8],
) -> Result<Zeroizing<Vec<u8>>, DriverError> {
    let plain = cipher.decrypt(iv, enciphered);
    plain.ok_or_else(|| malformed(AUTHENTICATE))
}

/// The first pass: the card's random number, enciphered.
fn challenge(
    link: &mut Link<'_>,
    instruction: Instruction,
    data: &[u8],
    length: usize,
) -> Result<Option<Vec<u8>>, DriverError> {
    let reply = link.frame(instruction, data)?;
    passed(reply.outcome, Status::AdditionalFrame, reply.data, length)
}

/// The second pass, and the card's proof.
fn answer(
    link: &mut Link<'_>,
    token: &[u8],
    length: usize,
) -> Result<Option<Vec<u8>>, DriverError> {
    let reply = link.frame(Instruction::AdditionalFrame, token)?;
    passed(reply.outcome, Status::Ok, reply.data, length)
}

fn passed(
    outcome: Outcome,
    expected: Status,
    data: Vec<u8>,
    length: usize,
) -> Result<Option<Vec<u8>>, DriverError> {
    match outcome {
        Outcome::Card(status) if status == expected && data.len() == length => Ok(Some(data)),
        Outcome::Card(
            Status::AuthenticationError
            | Status::NoSuchKey
            // A card may say so to a command for keys of another kind than it has (unverified on hardware).
            | Status::IllegalCommand
            | Status::PermissionDenied,
        ) => Ok(None),
        Outcome::Card(status) if status == expected => Err(malformed(AUTHENTICATE)),
        other => Err(other.refused(AUTHENTICATE)),
    }
}

/// The card knows the key if it gives our random number back, turned.
fn prove(rnd_a: &[u8], answer: &[u8]) -> Result<(), DriverError> {
    if bool::from(rotated(rnd_a).ct_eq(answer)) {
        Ok(())
    } else {
        Err(malformed(AUTHENTICATE))
    }
}

/// Turned left by one byte.
fn rotated(random: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut rotated = Zeroizing::new(random.to_vec());
    if !rotated.is_empty() {
        rotated.rotate_left(1);
    }
    rotated
}

#[cfg(test)]
mod tests;
