//! The card record: what stands on a card, byte for byte.

pub mod ndef;
pub mod tlv;
