//! Sector trailers: `key A (6) · access conditions (3) · general purpose byte · key B (6)`. What makes one that is written
//! refuses to make one that would lock the site out.

use zeroize::Zeroizing;

use crate::contract::KeyKind;

use super::access::{Bits, Conditions, Inconsistent, Who};
use super::keys::Key;
use super::sectors::{BLOCK, Block};

const ACCESS_AT: usize = 6;
const GPB_AT: usize = 9;

/// What can be seen of a trailer: never key A.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) conditions: Conditions,
    pub(super) gpb: u8,
}

impl Seen {
    pub(super) fn of(block: &Block) -> Result<Self, Inconsistent> {
        let conditions = Conditions::decode([block[6], block[7], block[8]])?;
        Ok(Self {
            conditions,
            gpb: block[GPB_AT],
        })
    }
}

/// A trailer that may be written: its access bits are consistent, key B can write all of it again and cannot be read.
#[derive(Debug)]
pub(super) struct Trailer {
    bytes: Zeroizing<Block>,
    seen: Seen,
}

impl Trailer {
    /// `None` for conditions under which key B could not change the trailer again, or could be read.
    pub(super) fn new(key_a: &Key, conditions: Conditions, gpb: u8, key_b: &Key) -> Option<Self> {
        let access = conditions.encode();
        let is_safe = Conditions::decode(access) == Ok(conditions)
            && conditions.lets_rewrite_trailer(KeyKind::B)
            && conditions.trailer().read_key_b == Who::Never;
        if !is_safe {
            return None;
        }
        let mut bytes = Zeroizing::new([0; BLOCK]);
        bytes[..ACCESS_AT].copy_from_slice(key_a.expose());
        bytes[ACCESS_AT..GPB_AT].copy_from_slice(&access);
        bytes[GPB_AT] = gpb;
        bytes[GPB_AT + 1..].copy_from_slice(key_b.expose());
        Some(Self {
            bytes,
            seen: Seen { conditions, gpb },
        })
    }

    pub(super) fn bytes(&self) -> &Block {
        &self.bytes
    }

    /// Whether this is what was read back.
    pub(super) fn is(&self, read: &Block) -> bool {
        Seen::of(read) == Ok(self.seen)
    }
}

/// A trailer as it comes from the factory, for simulated cards.
pub(super) fn transport() -> Block {
    raw(
        &Key::transport(),
        Conditions::new(Bits::FREE_DATA, Bits::TRANSPORT_TRAILER),
        0x69,
        &Key::transport(),
    )
}

/// Any trailer, for simulated cards that others have written.
pub(super) fn raw(key_a: &Key, conditions: Conditions, gpb: u8, key_b: &Key) -> Block {
    let mut bytes = [0; BLOCK];
    bytes[..ACCESS_AT].copy_from_slice(key_a.expose());
    bytes[ACCESS_AT..GPB_AT].copy_from_slice(&conditions.encode());
    bytes[GPB_AT] = gpb;
    bytes[GPB_AT + 1..].copy_from_slice(key_b.expose());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_locks_the_site_out_is_not_made() {
        let key_b = Key::new([1, 2, 3, 4, 5, 6]);
        let trailer = |conditions| Trailer::new(&Key::public(1), conditions, 0x43, &key_b);
        let made = trailer(Conditions::OURS).unwrap();
        assert_eq!(
            hex::encode(made.bytes()),
            "d3f7d3f7d3f77877884301020304 0506".replace(' ', "")
        );
        for trailer_bits in [Bits::TRANSPORT_TRAILER, Bits::FROZEN_TRAILER] {
            for data in [
                Bits::FREE_DATA,
                Bits::DATA_WRITTEN_BY_B,
                Bits::READ_ONLY_DATA,
            ] {
                assert!(trailer(Conditions::new(data, trailer_bits)).is_none());
            }
        }
    }

    #[test]
    fn a_trailer_is_told_by_what_can_be_read_of_it() {
        let key_b = Key::new([1, 2, 3, 4, 5, 6]);
        let made = Trailer::new(&Key::public(1), Conditions::OURS, 0x43, &key_b).unwrap();
        let mut read = [0; BLOCK];
        read[6..10].copy_from_slice(&[0x78, 0x77, 0x88, 0x43]);
        assert!(made.is(&read));
        read[9] = 0x40;
        assert!(!made.is(&read));
        read[6..10].copy_from_slice(&[0x79, 0x77, 0x88, 0x43]);
        assert!(!made.is(&read));
    }
}
