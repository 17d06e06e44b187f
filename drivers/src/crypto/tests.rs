//! CMAC, its subkeys and the checksums of DESFire against published vectors.

use super::vectors::{bytes, vector};
use super::*;

#[test]
fn cmac_as_nist_has_it() {
    let [empty, block] = ["nist-cmac-empty", "nist-cmac-16"].map(vector);
    for example in [&empty, &block] {
        let cipher = Cipher::aes128(&bytes(example, "key").try_into().unwrap());
        let mut iv = Iv::zero(&cipher);
        let cmac = cipher.cmac(&mut iv, &bytes(example, "msg"));
        assert_eq!(cmac, bytes(example, "cmac"));
        assert_eq!(iv.as_bytes(), cmac);
    }
    let subkeys = Cipher::aes128(&bytes(&empty, "key").try_into().unwrap()).subkeys();
    assert_eq!(*subkeys.whole, bytes(&empty, "k1"));
    assert_eq!(*subkeys.padded, bytes(&empty, "k2"));
}

#[test]
fn checksums_as_cards_send_them() {
    for id in ["desfire-crc32", "desfire-crc32-changekey"] {
        let example = vector(id);
        let crc = crc32(&bytes(&example, "data")).to_le_bytes();
        assert_eq!(crc.as_slice(), bytes(&example, "crc_on_wire"), "{id}");
    }
    let example = vector("desfire-crc16-d40");
    let crc = crc16(&bytes(&example, "data")).to_le_bytes();
    assert_eq!(crc.as_slice(), bytes(&example, "crc_on_wire"));
}

#[test]
fn what_is_no_whole_block_is_never_left_as_it_was() {
    for (cipher, block) in [(Cipher::aes128(&[7; 16]), 16), (Cipher::des(&[7; 8]), 8)] {
        for bytes in 0..3 * block {
            let text = vec![0x5A; bytes];
            let is_whole = bytes % block == 0;
            let plain = cipher.decrypt(&mut Iv::zero(&cipher), &text);
            assert_eq!(plain.is_some(), is_whole, "{bytes}");
            let enciphered =
                std::panic::catch_unwind(|| cipher.encrypt(&mut Iv::zero(&cipher), &text));
            assert_eq!(enciphered.is_ok(), is_whole, "{bytes}");
        }
    }
}
