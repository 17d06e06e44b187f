//! The authentications: three passes over two frames each.

use subtle::ConstantTimeEq;

use super::messaging::{Ev1Session, Ev2Session, Session};
use super::{Pending, Reply, SimulatedDesfire};
use crate::cards::desfire::card_key::{CardKey, KeyType};
use crate::cards::desfire::session_keys::{self, Ev2Keys};
use crate::cards::desfire::wire::{Instruction, Status};
use crate::crypto::{Cipher, Iv};
use crate::keys::SecretKey;

/// An authentication between its two frames.
#[derive(Debug)]
pub(super) struct Handshake {
    kind: Kind,
    key_number: u8,
    key: CardKey,
    rnd_b: Vec<u8>,
    /// The state of EV1's chain.
    iv: Iv,
}

#[derive(Debug)]
enum Kind {
    Ev1,
    Ev2First {
        /// What the terminal said that it can, to be said back to it.
        terminal: [u8; 6],
    },
    /// The transaction goes on: identifier and counter.
    Ev2NonFirst {
        transaction: [u8; 4],
        counter: u16,
    },
}

impl SimulatedDesfire {
    pub(super) fn begin_authentication(
        &mut self,
        instruction: Instruction,
        data: &[u8],
    ) -> Result<Reply, Status> {
        let going_on = match &self.session {
            Some(Session::Ev2(session)) => Some((session.transaction, session.counter)),
            _ => None,
        };
        // Whatever comes of it, the authentication before is over.
        self.session = None;
        if instruction != Instruction::AuthenticateEv2NonFirst {
            self.uncommitted.clear();
        }
        let (key_number, kind) = match (instruction, data) {
            (Instruction::AuthenticateEv2First, [key_number, length, terminal @ ..])
                if terminal.len() == usize::from(*length) && terminal.len() <= 6 =>
            {
                let mut known = [0; 6];
                known[..terminal.len()].copy_from_slice(terminal);
                (*key_number, Kind::Ev2First { terminal: known })
            }
            (Instruction::AuthenticateEv2NonFirst, [key_number]) => {
                let (transaction, counter) = going_on.ok_or(Status::PermissionDenied)?;
                let kind = Kind::Ev2NonFirst {
                    transaction,
                    counter,
                };
                (*key_number, kind)
            }
            (Instruction::AuthenticateIso | Instruction::AuthenticateAes, [key_number]) => {
                (*key_number, Kind::Ev1)
            }
            _ => return Err(Status::LengthError),
        };
        let key = self
            .memory
            .keys_of(self.selected)
            .get(usize::from(key_number))
            .ok_or(Status::NoSuchKey)?
            .card_key()
            .ok_or(Status::MemoryError)?;
        let is_aes = key.key_type() == KeyType::Aes;
        if is_aes == (instruction == Instruction::AuthenticateIso) {
            return Err(Status::AuthenticationError);
        }
        let rnd_b = self
            .random
            .bytes(key.key_type().random_bytes())
            .ok_or(Status::MemoryError)?;
        let cipher = key.cipher();
        let mut iv = Iv::zero(&cipher);
        let data = cipher.encrypt(&mut iv, &rnd_b);
        self.pending = Pending::Authentication(Handshake {
            kind,
            key_number,
            key,
            rnd_b,
            iv,
        });
        Ok(Reply {
            data,
            status: Status::AdditionalFrame,
        })
    }

    pub(super) fn finish_authentication(
        &mut self,
        mut handshake: Handshake,
        data: &[u8],
    ) -> Result<Reply, Status> {
        let length = handshake.rnd_b.len();
        if data.len() != 2 * length {
            return Err(Status::LengthError);
        }
        let cipher = handshake.key.cipher();
        if !matches!(handshake.kind, Kind::Ev1) {
            handshake.iv = Iv::zero(&cipher);
        }
        let plain = cipher
            .decrypt(&mut handshake.iv, data)
            .ok_or(Status::LengthError)?;
        let (rnd_a, turned) = plain.split_at(length);
        if !bool::from(turned.ct_eq(&rotated(&handshake.rnd_b))) {
            return Err(Status::AuthenticationError);
        }
        let answer = match handshake.kind {
            Kind::Ev1 => handshake.finish_ev1(&cipher, rnd_a)?,
            Kind::Ev2First { terminal } => {
                let transaction: [u8; 4] = self
                    .random
                    .bytes(4)
                    .and_then(|bytes| bytes.try_into().ok())
                    .ok_or(Status::MemoryError)?;
                // What this card can: nothing that would have to be said.
                let said = [&transaction[..], &rotated(rnd_a), &[0; 6], &terminal].concat();
                handshake.finish_ev2(&cipher, rnd_a, &said, transaction, 0)?
            }
            Kind::Ev2NonFirst {
                transaction,
                counter,
            } => handshake.finish_ev2(&cipher, rnd_a, &rotated(rnd_a), transaction, counter)?,
        };
        let (data, session) = answer;
        self.session = Some(session);
        Ok(Reply {
            data,
            status: Status::Ok,
        })
    }
}

impl Handshake {
    fn finish_ev1(&mut self, cipher: &Cipher, rnd_a: &[u8]) -> Result<(Vec<u8>, Session), Status> {
        let answer = cipher.encrypt(&mut self.iv, &rotated(rnd_a));
        let key = session_keys::ev1(self.key.key_type(), rnd_a, &self.rnd_b)
            .ok_or(Status::MemoryError)?;
        Ok((answer, Session::Ev1(Ev1Session::new(self.key_number, &key))))
    }

    fn finish_ev2(
        &self,
        cipher: &Cipher,
        rnd_a: &[u8],
        said: &[u8],
        transaction: [u8; 4],
        counter: u16,
    ) -> Result<(Vec<u8>, Session), Status> {
        let sixteen = |bytes: &[u8]| <[u8; 16]>::try_from(bytes).map_err(|_| Status::MemoryError);
        let keys = Ev2Keys::derive(
            &SecretKey::new(sixteen(self.key.expose())?),
            &sixteen(rnd_a)?,
            &sixteen(&self.rnd_b)?,
        );
        let answer = cipher.encrypt(&mut Iv::zero(cipher), said);
        let session = Ev2Session::new(self.key_number, &keys, transaction, counter);
        Ok((answer, Session::Ev2(session)))
    }
}

/// Turned to the left by one byte.
fn rotated(bytes: &[u8]) -> Vec<u8> {
    let mut rotated = bytes.to_vec();
    if !rotated.is_empty() {
        rotated.rotate_left(1);
    }
    rotated
}
