//! Key diversification (NXP AN10922): from one master key a key for each card, so that a card that is broken gives away
//! itself only.

use super::SecretKey;
use crate::crypto::{Cipher, Iv};

/// Longest diversification input, in bytes: with its constant it fills two blocks (AN10922, 2.2).
const LONGEST_INPUT: usize = 31;
const PADDED: usize = 32;

/// AES-128 (AN10922, 2.2): the CMAC of `01 || input`, padded to 32 bytes however short it is. What goes beyond 31 bytes of
/// input is cut off.
#[must_use]
pub fn diversify_aes128(master: &SecretKey, input: &[u8]) -> SecretKey {
    let cipher = Cipher::aes128(master.expose());
    let subkeys = cipher.subkeys();
    let mut message = vec![0x01];
    message.extend(&input[..input.len().min(LONGEST_INPUT)]);
    let subkey = if message.len() == PADDED {
        &subkeys.whole
    } else {
        message.push(0x80);
        message.resize(PADDED, 0);
        &subkeys.padded
    };
    for (byte, with) in message[PADDED / 2..].iter_mut().zip(subkey.iter()) {
        *byte ^= with;
    }
    let mut iv = Iv::zero(&cipher);
    let _blocks = cipher.encrypt(&mut iv, &message);
    let mut derived = [0; 16];
    derived.copy_from_slice(iv.as_bytes());
    SecretKey::new(derived)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn derived(master: &str, message: &str) -> String {
        let master = SecretKey::new(hex::decode(master).unwrap().try_into().unwrap());
        let message = hex::decode(message).unwrap();
        hex::encode(diversify_aes128(&master, &message[1..]).expose())
    }

    #[test]
    fn nxp_examples() {
        assert_eq!(
            derived(
                "00112233445566778899aabbccddeeff",
                "0104782e21801d803042f54e585020416275"
            ),
            "a8dd63a3b89d54b37ca802473fda9175"
        );
        // An input so short that CMAC alone would pad it to one block: two known libraries get this wrong.
        assert_eq!(
            derived("f3f9377698707b688eaf84abe39e3791", "0104deadbeeffeed"),
            "0bb408baff98b6ee9f2e1585777f6a51"
        );
    }
}
