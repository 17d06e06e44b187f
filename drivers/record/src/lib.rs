//! The card record of cardbridge: what is on a card, byte for byte. For those who build a lock, a lift or a kiosk that reads
//! such cards; `no_std`, with `alloc`.
//!
//! A record is a CBOR Web Token (RFC 8392) in a `COSE_Mac0` (RFC 9052) with an 8-byte tag, bound to its card by the UID, so
//! that any COSE library can verify it too. It is a documented layout of cardbridge's own; it opens no stock Visionline or
//! Vostio lock.
//!
//! ```text
//! 17([ << {1: 4} >>, {4: kid}, << claims >>, tag ])        tag = HMAC 256/64, external_aad = the card's UID
//! claims = { ? 4: ends_at, ? 5: starts_at, 6: written_at, 7: acs_credential_id,
//!            -65537: { 1: card_number, ? 2: system, ? 3: metadata } }
//! ```
//!
//! There is exactly one encoding of a record, and only that one is read: what [`Record::open`] accepts, [`Record::seal`]
//! gives back byte for byte.
//!
//! # A door
//!
//! ```
//! use cardbridge_record::{Record, RecordError, RecordKey, Uid, ndef, tlv};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let key = RecordKey::new(vec![0x01], [0x5A; 32])?;
//! let uid = Uid::try_from([0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80].as_slice())?;
//! # let mut written = Record::new("73a0a199-024f-454d-a916-9bbda8502c12", "164d29dc4a09b65f", 1_783_702_400);
//! # written.ends_at = Some(1_783_875_257);
//! # let area = tlv::wrap(&ndef::wrap(&written.seal(&key, &uid)?)).unwrap();
//! // `area`: the data area of an NTAG, read from page 4 on.
//! let tlv::Walk::Done(blocks) = tlv::walk(&area, area.len()) else { panic!("read more") };
//! let message = &area[blocks.ndef.expect("an NDEF message").message];
//! let ndef::Message::Record(bytes) = ndef::unwrap(message) else { panic!("not ours") };
//!
//! let record = Record::open(bytes, &[key.clone()], &uid)?;
//! assert_eq!(record.acs_credential_id, "73a0a199-024f-454d-a916-9bbda8502c12");
//! assert!(record.is_valid_at(1_783_800_000));
//!
//! // A copy on another card says nothing.
//! let copy = Uid::try_from([0x04, 0, 0, 0, 0, 0, 0x80].as_slice())?;
//! assert_eq!(Record::open(bytes, &[key], &copy), Err(RecordError::DoesNotVerify));
//! # Ok(())
//! # }
//! ```
//!
//! A good record is one that verifies, is valid now by the door's clock, and whose access system says that it opens this
//! door; for Visionline, `record.system` holds `guest_acs_entrance_ids` and `common_acs_entrance_ids`. `examples/verify.rs` is
//! the whole of it as a program.
//!
//! | module | holds |
//! |---|---|
//! | `envelope` | the COSE message: making and checking the tag |
//! | `record` | [`Record`]: what is on a card |
//! | `sealed` | its bytes for one card, and back |
//! | `claims`, `fields` | the record as claims, and back |
//! | [`profiles`] | the access systems: Visionline, Vostio. Another one is a file and a line |
//! | `compact` | ids and numbers as the bytes they represent |
//! | `strict` | deterministic CBOR, checked before anything is built from it |
//! | [`ndef`], [`tlv`] | the wrapping on cards that speak NDEF |

#![cfg_attr(not(test), no_std)]

extern crate alloc;

mod claims;
mod compact;
mod envelope;
mod error;
mod fields;
mod key;
pub mod ndef;
pub mod profiles;
mod record;
mod sealed;
mod strict;
pub mod tlv;
mod uid;

pub use error::RecordError;
pub use key::{RecordKey, RecordKeyError};
pub use profiles::{Profiles, System};
pub use record::Record;
pub use strict::Malformation;
pub use uid::{NotUid, Uid, UidLength};

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(test)]
mod tests;
