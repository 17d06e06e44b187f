//! Access conditions: who may do what in a sector, and the three bytes that say so (NXP data sheet `MF1S50yyX`, 8.7).
//!
//! They are in the trailer twice, once inverted. A sector whose two copies disagree is blocked for ever, so the bytes are
//! never put together by hand: they come from [`Conditions::encode`], which reads its own result back.

use thiserror::Error;

use crate::contract::KeyKind;

/// Which keys open something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    Never,
    A,
    B,
    Either,
}

impl Who {
    pub(super) fn admits(self, kind: KeyKind) -> bool {
        match self {
            Self::Never => false,
            Self::A => kind == KeyKind::A,
            Self::B => kind == KeyKind::B,
            Self::Either => true,
        }
    }
}

/// The three bits C1 C2 C3 of one group of blocks, C1 the highest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bits(u8);

impl Bits {
    /// Data as it comes from the factory: either key does anything.
    pub(super) const FREE_DATA: Self = Self(0b000);
    /// Data that either key reads and key B alone writes.
    pub(super) const DATA_WRITTEN_BY_B: Self = Self(0b100);
    /// Data that either key reads and none writes.
    pub(super) const READ_ONLY_DATA: Self = Self(0b010);
    /// A trailer as it comes from the factory: key A does anything, key B is readable and so no key.
    pub(super) const TRANSPORT_TRAILER: Self = Self(0b001);
    /// A trailer that key B alone writes; either key reads the access conditions, none a key.
    pub(super) const TRAILER_WRITTEN_BY_B: Self = Self(0b011);
    /// A trailer that can no longer be written.
    pub(super) const FROZEN_TRAILER: Self = Self(0b111);
}

/// The rights in a block of data (data sheet, table 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DataRights {
    pub(super) read: Who,
    pub(super) write: Who,
    pub(super) increment: Who,
    pub(super) decrement: Who,
}

/// The rights in a trailer (data sheet, table 7). Key A can never be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TrailerRights {
    pub(super) write_key_a: Who,
    pub(super) read_access: Who,
    pub(super) write_access: Who,
    pub(super) read_key_b: Who,
    pub(super) write_key_b: Who,
}

impl Bits {
    pub(super) fn data_rights(self) -> DataRights {
        use Who::{B, Either, Never};
        let (read, write, increment, decrement) = match self.0 {
            0b000 => (Either, Either, Either, Either),
            0b010 => (Either, Never, Never, Never),
            0b100 => (Either, B, Never, Never),
            0b110 => (Either, B, B, Either),
            0b001 => (Either, Never, Never, Either),
            0b011 => (B, B, Never, Never),
            0b101 => (B, Never, Never, Never),
            _ => (Never, Never, Never, Never),
        };
        DataRights {
            read,
            write,
            increment,
            decrement,
        }
    }

    pub(super) fn trailer_rights(self) -> TrailerRights {
        use Who::{A, B, Either, Never};
        let (write_key_a, read_access, write_access, read_key_b, write_key_b) = match self.0 {
            0b000 => (A, A, Never, A, A),
            0b010 => (Never, A, Never, A, Never),
            0b100 => (B, Either, Never, Never, B),
            0b001 => (A, A, A, A, A),
            0b011 => (B, Either, B, Never, B),
            0b101 => (Never, Either, B, Never, Never),
            _ => (Never, Either, Never, Never, Never),
        };
        TrailerRights {
            write_key_a,
            read_access,
            write_access,
            read_key_b,
            write_key_b,
        }
    }
}

/// The access conditions of a sector: three groups of data blocks, and the trailer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Conditions([Bits; 4]);

/// The two copies of the access bits disagree: the sector is blocked for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the access bits and their complement disagree")]
pub(super) struct Inconsistent;

impl Conditions {
    /// `78 77 88`, what our sectors have: everybody with key A reads, the site with key B writes, and can change keys and
    /// conditions again. The directory has them by AN10787; for NDEF AN1304 has `7F 07 88`, whose data anybody with the
    /// public key A could overwrite, which is not what a credential may be under.
    pub(super) const OURS: Self = Self([
        Bits::DATA_WRITTEN_BY_B,
        Bits::DATA_WRITTEN_BY_B,
        Bits::DATA_WRITTEN_BY_B,
        Bits::TRAILER_WRITTEN_BY_B,
    ]);

    /// `FF 07 80`, as from the factory.
    pub(super) const TRANSPORT: Self = Self::new(Bits::FREE_DATA, Bits::TRANSPORT_TRAILER);

    /// The same conditions for every block of data.
    pub(super) const fn new(data: Bits, trailer: Bits) -> Self {
        Self([data, data, data, trailer])
    }

    /// The three bytes of a trailer.
    pub(super) fn encode(self) -> [u8; 3] {
        let mut c = [0_u8; 3];
        for (group, Bits(bits)) in self.0.iter().enumerate() {
            for (nibble, shift) in c.iter_mut().zip([2, 1, 0]) {
                *nibble |= (bits >> shift & 1) << group;
            }
        }
        let [c1, c2, c3] = c;
        let not = |nibble: u8| !nibble & 0x0F;
        [not(c2) << 4 | not(c1), c1 << 4 | not(c3), c3 << 4 | c2]
    }

    /// Takes the three bytes apart.
    pub(super) fn decode(bytes: [u8; 3]) -> Result<Self, Inconsistent> {
        let [b6, b7, b8] = bytes;
        let (c1, c2, c3) = (b7 >> 4, b8 & 0x0F, b8 >> 4);
        let inverted = [b6 & 0x0F, b6 >> 4, b7 & 0x0F];
        if [c1, c2, c3]
            .iter()
            .zip(inverted)
            .any(|(bit, inverted)| bit ^ inverted != 0x0F)
        {
            return Err(Inconsistent);
        }
        Ok(Self([0, 1, 2, 3].map(|group: u8| {
            let bit = |nibble: u8| nibble >> group & 1;
            Bits(bit(c1) << 2 | bit(c2) << 1 | bit(c3))
        })))
    }

    /// The rights in a group of data blocks, 0 to 2.
    pub(super) fn data(self, group: usize) -> DataRights {
        self.0[group.min(2)].data_rights()
    }

    pub(super) fn trailer(self) -> TrailerRights {
        self.0[3].trailer_rights()
    }

    /// A key B that can be read is data and authenticates nothing (data sheet, note below table 7).
    pub(super) fn makes_key(self, kind: KeyKind) -> bool {
        kind == KeyKind::A || self.trailer().read_key_b == Who::Never
    }

    /// Whether this key may do all that making a sector ours takes: read and write every block of data and the whole
    /// trailer.
    pub(super) fn lets_take_over(self, kind: KeyKind) -> bool {
        let data = (0..3).map(|group| self.data(group));
        self.makes_key(kind)
            && data
                .into_iter()
                .all(|rights| rights.read.admits(kind) && rights.write.admits(kind))
            && self.lets_rewrite_trailer(kind)
    }

    /// Whether this key may write both keys and the conditions.
    pub(super) fn lets_rewrite_trailer(self, kind: KeyKind) -> bool {
        let trailer = self.trailer();
        self.makes_key(kind)
            && [
                trailer.write_key_a,
                trailer.write_access,
                trailer.write_key_b,
            ]
            .iter()
            .all(|who| who.admits(kind))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_conditions() -> impl Strategy<Value = Conditions> {
        proptest::array::uniform4((0_u8..8).prop_map(Bits)).prop_map(Conditions)
    }

    #[test]
    fn bytes_from_the_application_notes() {
        assert_eq!(Conditions::OURS.encode(), [0x78, 0x77, 0x88]);
        let transport = Conditions::new(Bits::FREE_DATA, Bits::TRANSPORT_TRAILER);
        assert_eq!(transport.encode(), [0xFF, 0x07, 0x80]);
        let public = Conditions::new(Bits::FREE_DATA, Bits::TRAILER_WRITTEN_BY_B);
        assert_eq!(public.encode(), [0x7F, 0x07, 0x88]);
        // A tag that a phone has made read-only.
        let frozen = Conditions::decode([0x07, 0x8F, 0x0F]).unwrap();
        assert!(
            !frozen.lets_rewrite_trailer(KeyKind::A) && !frozen.lets_rewrite_trailer(KeyKind::B)
        );
        assert_eq!(frozen.data(0).write, Who::Never);
    }

    #[test]
    fn ours_let_everybody_read_and_the_site_alone_write() {
        let ours = Conditions::OURS;
        for group in 0..3 {
            let rights = ours.data(group);
            assert_eq!((rights.read, rights.write), (Who::Either, Who::B));
            assert_eq!(
                (rights.increment, rights.decrement),
                (Who::Never, Who::Never)
            );
        }
        let trailer = ours.trailer();
        assert_eq!(trailer.write_key_a, Who::B);
        assert_eq!(
            (trailer.read_access, trailer.write_access),
            (Who::Either, Who::B)
        );
        assert_eq!(
            (trailer.read_key_b, trailer.write_key_b),
            (Who::Never, Who::B)
        );
        assert!(ours.lets_take_over(KeyKind::B) && !ours.lets_take_over(KeyKind::A));
    }

    #[test]
    fn a_readable_key_b_is_no_key() {
        let transport = Conditions::new(Bits::FREE_DATA, Bits::TRANSPORT_TRAILER);
        assert!(transport.lets_take_over(KeyKind::A));
        assert!(!transport.makes_key(KeyKind::B) && !transport.lets_take_over(KeyKind::B));
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(conditions in any_conditions()) {
            prop_assert_eq!(Conditions::decode(conditions.encode()), Ok(conditions));
        }

        #[test]
        fn one_wrong_bit_is_found(conditions in any_conditions(), bit in 0_usize..24) {
            let mut bytes = conditions.encode();
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(Conditions::decode(bytes), Err(Inconsistent));
        }

        #[test]
        fn bytes_are_those_of_their_conditions_or_wrong(bytes in any::<[u8; 3]>()) {
            if let Ok(conditions) = Conditions::decode(bytes) {
                prop_assert_eq!(conditions.encode(), bytes);
            }
        }
    }
}
