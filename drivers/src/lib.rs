//! Everything cardbridge knows about cards, and nothing about readers or networks.
//!
//! | module | holds |
//! |---|---|
//! | [`contract`] | what a card channel and a driver promise; APDU helpers; identification |
//! | [`keys`] | a site's master keys, and what each card gets of them |
//! | [`crypto`] | what card protocols make of block ciphers |
//! | [`record`] | the card record and the access systems' metadata: the crate `cardbridge-record` |
//! | [`cards`] | a file per card technology, and the list of all of them |
//! | [`testing`] | the conformance suite that every driver must pass |

pub mod cards;
pub mod contract;
pub mod crypto;
pub mod keys;
pub mod testing;

pub use cardbridge_record as record;
pub use cardbridge_record::profiles;
