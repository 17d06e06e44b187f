//! Secure messaging after an authentication: what goes over the air in place of a command's bytes, and what its answer must
//! prove. Pure; the frames are `link`'s.

mod ev1;
mod ev2;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::card_key::{CardKey, KeyType};
use super::wire::{Instruction, Status};

pub(super) use ev1::Ev1;
pub(super) use ev2::Ev2;

/// Bytes of a MAC on the air.
const MAC: usize = 8;

/// The secure messaging of one authentication.
pub(super) enum Messaging {
    Ev1(Ev1),
    Ev2(Ev2),
}

/// A change of key: what replaces what.
pub(super) struct KeyChange<'a> {
    /// Number of the key; for the PICC master key with its new type in the upper two bits.
    pub(super) number: u8,
    /// The key that is replaced; none when it is the one in use for this authentication.
    pub(super) old: Option<&'a CardKey>,
    pub(super) new: &'a CardKey,
    pub(super) version: u8,
}

impl KeyChange<'_> {
    /// The new key, masked with the old one if that is another than the one in use, and its version; a DES key has none but
    /// in its parity bits.
    fn masked(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(self.new.expose().len() + 1));
        bytes.extend(self.new.expose());
        if let Some(old) = self.old {
            for (byte, old) in bytes.iter_mut().zip(old.expose()) {
                *byte ^= old;
            }
        }
        if self.new.key_type() == KeyType::Aes {
            bytes.push(self.version);
        }
        bytes
    }
}

impl Messaging {
    /// The data of a command that need not be secret: in clear on EV1, with a MAC on EV2.
    pub(super) fn command(&mut self, instruction: Instruction, data: &[u8]) -> Vec<u8> {
        match self {
            Self::Ev1(ev1) => ev1.command(instruction, data),
            Self::Ev2(ev2) => ev2.command(instruction, data),
        }
    }

    /// The data of a successful answer with a MAC; `None` when the MAC is wrong.
    pub(super) fn answer(&mut self, answer: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Ev1(ev1) => ev1.answer(answer),
            Self::Ev2(ev2) => ev2.answer(answer),
        }
    }

    /// The data of a command, `secret` enciphered behind `header`.
    pub(super) fn seal(
        &mut self,
        instruction: Instruction,
        header: &[u8],
        secret: &[u8],
    ) -> Vec<u8> {
        match self {
            Self::Ev1(ev1) => ev1.seal(instruction, header, secret, &[]),
            Self::Ev2(ev2) => ev2.seal(instruction, header, secret),
        }
    }

    /// Deciphers a successful answer of `length` bytes; `None` when it is not genuine, or of another length.
    pub(super) fn open(&mut self, answer: &[u8], length: usize) -> Option<Zeroizing<Vec<u8>>> {
        match self {
            Self::Ev1(ev1) => ev1.open(answer, length),
            Self::Ev2(ev2) => ev2.open(answer, length),
        }
    }

    /// The data of `ChangeKey`.
    pub(super) fn change_key(&mut self, change: &KeyChange<'_>) -> Vec<u8> {
        match self {
            Self::Ev1(ev1) => ev1.change_key(change),
            Self::Ev2(ev2) => ev2.change_key(change),
        }
    }

    /// How many bytes a secret of so many has on the air.
    pub(super) fn sealed_bytes(has_ev2: bool, secret: usize) -> usize {
        if has_ev2 {
            ev2::sealed_bytes(secret)
        } else {
            ev1::sealed_bytes(secret)
        }
    }
}

/// The longest secret whose sealed form has at most so many bytes.
pub(super) fn longest_secret(has_ev2: bool, sealed: usize) -> usize {
    (1..sealed)
        .rev()
        .find(|&secret| Messaging::sealed_bytes(has_ev2, secret) <= sealed)
        .unwrap_or(1)
}

/// Data and MAC of an answer.
fn split_mac(answer: &[u8]) -> Option<(&[u8], &[u8])> {
    answer.split_at_checked(answer.len().checked_sub(MAC)?)
}

fn is_equal(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

const OK: u8 = Status::Ok.code();

#[cfg(test)]
mod tests;
