//! CMAC (NIST SP 800-38B) that starts from a given initial value, as DESFire EV1 chains it, and its subkeys.

use zeroize::Zeroizing;

use super::chain::xor;
use super::{Cipher, Iv};

/// The subkeys K1 and K2 (SP 800-38B, 6.1), one block each.
pub struct Subkeys {
    /// For a last block that is whole.
    pub whole: Zeroizing<Vec<u8>>,
    /// For a last block that was padded.
    pub padded: Zeroizing<Vec<u8>>,
}

impl Cipher {
    /// The CMAC's subkeys.
    #[must_use]
    pub fn subkeys(&self) -> Subkeys {
        let mut zero = Zeroizing::new(vec![0; self.block_bytes()]);
        self.encrypt_block(&mut zero);
        let whole = doubled(&zero);
        Subkeys {
            padded: doubled(&whole),
            whole,
        }
    }

    /// The CMAC of `message` (one block), begun from `iv` instead of zero; `iv` becomes the CMAC.
    pub fn cmac(&self, iv: &mut Iv, message: &[u8]) -> Vec<u8> {
        let subkeys = self.subkeys();
        let size = self.block_bytes();
        let mut padded = Zeroizing::new(message.to_vec());
        let subkey = if message.is_empty() || !message.len().is_multiple_of(size) {
            padded.push(0x80);
            let whole = padded.len().next_multiple_of(size);
            padded.resize(whole, 0);
            &subkeys.padded
        } else {
            &subkeys.whole
        };
        let last = padded.len() - size;
        xor(&mut padded[last..], subkey);
        // The chain ends on the last cipher block, which is the CMAC.
        let _blocks = self.encrypt(iv, &padded);
        iv.0.to_vec()
    }
}

/// Multiplication by x in the cipher's finite field.
fn doubled(block: &[u8]) -> Zeroizing<Vec<u8>> {
    /// The field polynomials of blocks of 64 and of 128 bits.
    const R64: u8 = 0x1B;
    const R128: u8 = 0x87;
    let following = block.iter().skip(1).chain(&[0]);
    let mut result: Zeroizing<Vec<u8>> = Zeroizing::new(
        block
            .iter()
            .zip(following)
            .map(|(byte, next)| byte << 1 | next >> 7)
            .collect(),
    );
    if block.first().is_some_and(|first| first & 0x80 != 0)
        && let Some(last) = result.last_mut()
    {
        *last ^= if block.len() == 8 { R64 } else { R128 };
    }
    result
}

#[cfg(test)]
mod tests {
    use ::cmac::{Cmac, KeyInit, Mac};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn from_zero_it_is_the_standard_cmac(key: [u8; 16], message in proptest::collection::vec(any::<u8>(), 0..70)) {
            let mut reference = Cmac::<aes::Aes128>::new(&key.into());
            reference.update(&message);
            let cipher = Cipher::aes128(&key);
            let mut iv = Iv::zero(&cipher);
            prop_assert_eq!(&cipher.cmac(&mut iv, &message)[..], &reference.finalize().into_bytes()[..]);

            let mut reference = Cmac::<des::TdesEde2>::new(&key.into());
            reference.update(&message);
            let cipher = Cipher::tdea2(&key);
            let mut iv = Iv::zero(&cipher);
            prop_assert_eq!(&cipher.cmac(&mut iv, &message)[..], &reference.finalize().into_bytes()[..]);
        }
    }

    #[test]
    fn the_chain_goes_on_from_the_last_mac() {
        let cipher = Cipher::aes128(&[7; 16]);
        let mut iv = Iv::zero(&cipher);
        let first = cipher.cmac(&mut iv, b"first");
        assert_eq!(iv.as_bytes(), first);
        assert_ne!(
            cipher.cmac(&mut iv, b"again"),
            cipher.cmac(&mut Iv::zero(&cipher), b"again")
        );
    }
}
