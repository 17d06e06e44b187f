//! Which commands change a card.

/// Whether a command APDU would change a card that takes it: `UPDATE BINARY` and value blocks, the writing commands of Type
/// 2 tags and of MIFARE Classic past the reader in every form, and those of DESFire.
#[must_use]
pub fn is_write(command: &[u8]) -> bool {
    match command {
        // UPDATE BINARY; value blocks as ACS readers have them, and as PC/SC part 3 and OMNIKEY readers do.
        [0xFF, 0xD4 | 0xD6 | 0xD7 | 0xD8 | 0xF0, ..] => true,
        // Past a PN532 in its InCommunicateThru or InDataExchange, the latter with the number of the target; or as it is.
        [0xFF, 0x00, 0x00, 0x00, _, 0xD4, 0x42, frame @ ..]
        | [0xFF, 0x00, 0x00, 0x00, _, 0xD4, 0x40, _, frame @ ..]
        | [0xFF, 0x00, 0x00, 0x00, _, frame @ ..] => frame_writes(frame),
        [0xFF, 0xC2, 0x00, 0x01, _, objects @ ..] => transceived(objects).is_some_and(frame_writes),
        [0x90, instruction, ..] => DESFIRE_WRITES.contains(instruction),
        _ => false,
    }
}

/// The first byte of frames that write. Type 2: WRITE, COMPATIBILITY WRITE, which is Classic's WRITE too, and `INCR_CNT`.
/// Classic: DECREMENT, INCREMENT, RESTORE, TRANSFER. (NXP data sheets of NTAG21x, Ultralight EV1, MIFARE Classic EV1.)
fn frame_writes(frame: &[u8]) -> bool {
    matches!(frame, [0xA0 | 0xA2 | 0xA5 | 0xB0 | 0xC0 | 0xC1 | 0xC2, ..])
}

/// The frame in a transparent exchange of PC/SC part 3: the first data object 95, lengths being of one byte.
fn transceived(mut objects: &[u8]) -> Option<&[u8]> {
    while let [tag, length, rest @ ..] = objects {
        let (value, rest) = rest.split_at_checked(usize::from(*length))?;
        if *tag == 0x95 {
            return Some(value);
        }
        objects = rest;
    }
    None
}

/// The commands of DESFire EV1 to EV3 that change the card, whether at once or with `CommitTransaction`.
const DESFIRE_WRITES: &[u8] = &[
    0xC4, // ChangeKey
    0xC6, // ChangeKeyEV2
    0x54, // ChangeKeySettings
    0x5C, // SetConfiguration
    0x55, // RollKeySet
    0x56, // InitializeKeySet
    0x57, // FinalizeKeySet
    0xCA, // CreateApplication
    0xC9, // CreateDelegatedApplication
    0xDA, // DeleteApplication
    0xFC, // FormatPICC
    0xCD, // CreateStdDataFile
    0xCB, // CreateBackupDataFile
    0xCC, // CreateValueFile
    0xC1, // CreateLinearRecordFile
    0xC0, // CreateCyclicRecordFile
    0xCE, // CreateTransactionMACFile
    0xDF, // DeleteFile
    0x5F, // ChangeFileSettings
    0x3D, // WriteData
    0x8D, // WriteData, with ISO/IEC 14443-4 chaining
    0x3B, // WriteRecord
    0x8B, // WriteRecord, chained
    0xDB, // UpdateRecord
    0xBA, // UpdateRecord, chained
    0xEB, // ClearRecordFile
    0x0C, // Credit
    0x1C, // LimitedCredit
    0xDC, // Debit
    0xC7, // CommitTransaction
];

#[cfg(test)]
mod tests {
    use super::*;

    fn writes(command: &str) -> bool {
        is_write(&hex::decode(command).unwrap())
    }

    #[test]
    fn writes_are_seen_on_every_way_to_a_card() {
        for command in [
            "ffd600050401020304",
            "ff00000008d442a20501020304",
            "ff00000009d44001a20501020304",
            "ff00000006a20501020304",
            "ffc20001089506a20501020304",
            "ffc200010b8402aabb9506a20501020304",
            "90c4000019000102030405060708090a0b0c0d0e0f101112131415161718 00",
            "903d000008010000000100000000",
            "90c7000000",
            "90da000003cb1d9e00",
        ] {
            assert!(writes(&command.replace(' ', "")), "{command}");
        }
    }

    #[test]
    fn reading_authenticating_and_loading_keys_are_no_writes() {
        for command in [
            "ffca000000",
            "ffb0000410",
            "ff82000006a0a1a2a3a4a5",
            "ff860000050100046000",
            "ff00000004d4421a00",
            "ff000000021a00",
            "ffc20001049502 1a00",
            "ffc20000028100",
            "9060000000",
            "90bd0000070100000000000000",
            "90aa000001 0000",
            "905a000003cb1d9e00",
            "",
            "ff",
        ] {
            assert!(!writes(&command.replace(' ', "")), "{command}");
        }
    }
}
