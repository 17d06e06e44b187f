//! What card protocols make of block ciphers: CBC with a chain that goes on from message to message, CMAC that starts from such
//! a chain, the checksums of DESFire. The ciphers themselves are the crates `aes` and `des`.

mod chain;
mod cipher;
mod cmac;
mod crc;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod vectors;

pub use chain::Iv;
pub use cipher::Cipher;
pub use cmac::Subkeys;
pub use crc::{crc16, crc32};
