//! NXP's own examples, and what two known libraries make of one of them.

use super::*;

/// An input that is short enough.
fn input<const LONGEST: usize>(bytes: &[u8]) -> Input<LONGEST> {
    Input::try_from(bytes).unwrap()
}

use crate::crypto::vectors::{Vector, bytes, vector};

fn key<const N: usize>(vector: &Vector, name: &str) -> [u8; N] {
    bytes(vector, name).try_into().unwrap()
}

fn aes128(vector: &Vector) -> Vec<u8> {
    let message = bytes(vector, "m");
    assert_eq!(message[0], 0x01);
    let master = SecretKey::new(key(vector, "master"));
    diversify_aes128(&master, &input(&message[1..]))
        .expose()
        .to_vec()
}

#[test]
fn aes_128_as_nxp_has_it() {
    let example = vector("an10922-aes128");
    assert_eq!(aes128(&example), bytes(&example, "derived"));
    let subkeys = Cipher::aes128(&key(&example, "master")).subkeys();
    assert_eq!(*subkeys.whole, bytes(&example, "k1"));
    assert_eq!(*subkeys.padded, bytes(&example, "k2"));
}

#[test]
fn a_short_input_is_padded_to_two_blocks_all_the_same() {
    let example = vector("an10957-aes128-short-m");
    let derived = aes128(&example);
    assert_eq!(derived, bytes(&example, "derived"));
    let wrong = bytes(&example, "wrong_if_not_padded_to_32");
    assert_ne!(derived, wrong);
    // The wrong one is what the standard's CMAC makes of it.
    let cipher = Cipher::aes128(&key(&example, "master"));
    let standard = cipher.cmac(&mut Iv::zero(&cipher), &bytes(&example, "m"));
    assert_eq!(standard, wrong);
}

#[test]
fn a_full_input_is_the_standard_cmac() {
    let full = [0xA5; 31];
    let cipher = Cipher::aes128(&[7; 16]);
    let standard = cipher.cmac(&mut Iv::zero(&cipher), &[&[0x01], full.as_slice()].concat());
    let master = SecretKey::new([7; 16]);
    assert_eq!(
        diversify_aes128(&master, &input(&full)).expose().as_slice(),
        standard
    );
    assert_ne!(
        diversify_aes128(&master, &input(&full[1..]))
            .expose()
            .as_slice(),
        standard
    );
}

#[test]
fn aes_192_as_nxp_has_it() {
    let example = vector("an10922-aes192");
    let parts = ["uid", "aid", "sysid"]
        .map(|name| bytes(&example, name))
        .concat();
    let derived = diversify_aes192(&key(&example, "master"), &input(&parts));
    assert_eq!(derived.to_vec(), bytes(&example, "derived"));
}

#[test]
fn two_key_triple_des_as_nxp_has_it() {
    let example = vector("an10922-2tdea");
    let message = bytes(&example, "m21");
    assert_eq!(message[1..], bytes(&example, "m22")[1..]);
    let master: [u8; 16] = key(&example, "master");
    let derived = diversify_tdea2(&master, &input(&message[1..])).to_vec();
    assert_eq!(derived, bytes(&example, "derived_no_version_bits"));
    // libfreefare puts the master key's version into the parity bits, and its complement into those of the second half.
    let version = |index: usize| master[index % 8] & 1 ^ u8::from(index >= 8);
    let with_version: Vec<u8> = derived
        .iter()
        .enumerate()
        .map(|(index, byte)| byte & 0xFE | version(index))
        .collect();
    assert_eq!(
        with_version,
        bytes(&example, "derived_with_key_version_bits_libfreefare")
    );
}

#[test]
fn three_key_triple_des_as_nxp_has_it() {
    let example = vector("an10922-3tdea");
    let derived = diversify_tdea3(&key(&example, "master"), &input(&bytes(&example, "div")));
    assert_eq!(derived.to_vec(), bytes(&example, "derived"));
}

#[test]
fn an_input_that_is_too_long_is_refused_and_never_cut() {
    for length in 0..80 {
        let bytes = vec![0x5A; length];
        assert_eq!(AesInput::try_from(bytes.as_slice()).is_ok(), length <= 31);
        assert_eq!(TdeaInput::try_from(bytes.as_slice()).is_ok(), length <= 15);
    }
    assert_eq!(
        AesInput::try_from([0; 32].as_slice()).unwrap_err(),
        InputTooLong {
            bytes: 32,
            longest: 31
        }
    );
}
