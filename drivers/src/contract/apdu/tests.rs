//! The bytes of each pseudo-APDU, and what must never be seen of them.

use super::*;

#[test]
fn pseudo_apdus_have_the_bytes_of_pcsc_part_3() {
    let bytes = |command: Command| hex::encode(command.to_bytes().unwrap().as_slice());
    assert_eq!(bytes(Command::uid()), "ffca000000");
    assert_eq!(bytes(Command::read_binary(0x28, 16)), "ffb0002810");
    assert_eq!(
        bytes(Command::update_binary(0x04, &[3, 0, 0xFE, 0])),
        "ffd60004040300fe00"
    );
}

#[test]
fn sensitive_data_is_never_shown() {
    let command = Command::new([0xFF, 0x82, 0x00, 0x00]).with_sensitive_data(&[0xA5; 6]);
    let bytes = command.to_bytes().unwrap();
    assert_eq!(hex::encode(bytes.as_slice()), "ff82000006a5a5a5a5a5a5");
    for shown in [
        format!("{command:?}"),
        format!("{command:#?}"),
        format!("{}", Redacted(&bytes)),
        format!("{:?}", Redacted(&bytes)),
    ] {
        assert!(!shown.contains("a5a5"), "{shown}");
        assert!(shown.contains("6 bytes redacted"), "{shown}");
    }
}

#[test]
fn a_password_is_hidden_in_every_raw_form() {
    for apdu in [
        "ff00000007d4421b53454352",
        "ff000000051b5345435200",
        "ffc2000107951b5345435200",
        "ff8600000553454352",
        "90c400001053454352",
        "53454352534543525345",
    ] {
        let shown = Redacted(&hex::decode(apdu).unwrap()).to_string();
        assert!(shown.contains("redacted"), "{shown}");
        assert!(!shown[8..].contains("534543"), "{shown}");
    }
}

#[test]
fn what_a_tag_answers_to_a_password_is_hidden_and_nothing_else() {
    let shown = |command: &str, answer: &str| {
        let [command, answer] = [command, answer].map(|bytes| hex::decode(bytes).unwrap());
        let shown = RedactedAnswer {
            command: &command,
            answer: &answer,
        };
        assert_eq!(format!("{shown:?}"), shown.to_string());
        shown.to_string()
    };
    for (password, answer) in [
        ("ff00000007d4421b53454352", "d54300a5a59000"),
        ("ff000000051b53454352", "a5a59000"),
        ("ff000000051b5345435200", "a5a59000"),
        (
            "ffc2000107951b5345435200",
            "c0030090009202000097 02a5a59000",
        ),
        ("ffc200010795051b5345435200", "9702a5a59000"),
    ] {
        let shown = shown(password, &answer.replace(' ', ""));
        assert!(!shown.contains("a5"), "{shown}");
        assert!(shown.ends_with("bytes redacted] 9000"), "{shown}");
    }
    assert_eq!(shown("ff00000007d4421b53454352", "6300"), "6300");
    for (open, answer) in [
        ("ff00000003d44260", "d54300000404020100110390 00"),
        ("ffb0000410", "1b1b1b1b9000"),
        ("901b000000", "a5a59100"),
    ] {
        let answer = answer.replace(' ', "");
        assert_eq!(shown(open, &answer), answer);
    }
}

#[test]
fn the_keys_in_a_sector_trailer_are_hidden() {
    for (block, hidden) in [(3, true), (4, false), (7, true), (127, true), (143, true)] {
        let command = Command::update_binary_with_keys(block, &[0xA5; 16]);
        assert!(!format!("{command:?}").contains("a5"));
        let shown = Redacted(&command.to_bytes().unwrap()).to_string();
        assert_eq!(shown.contains("16 bytes redacted"), hidden, "{shown}");
        assert_eq!(shown.contains("a5"), !hidden, "{shown}");
    }
}

#[test]
fn reads_and_writes_of_open_memory_are_shown() {
    let command = Command::update_binary(5, &[1, 2, 3, 4]);
    assert_eq!(
        Redacted(&command.to_bytes().unwrap()).to_string(),
        "ffd600050401020304"
    );
    assert_eq!(format!("{command:?}"), "Command(ffd60005 01020304)");
}

#[test]
fn writes_where_a_card_has_its_keys_are_hidden() {
    for keys in [
        "ffd6001204a5a5a5a5",
        "ffd6002704a5a5a5a5",
        "ffd6002b04a5a5a5a5",
        "ffd6002f04a5a5a5a5",
        "ffd6008504a5a5a5a5",
        "ffd600e604a5a5a5a5",
        "ffd6000310a5a5a5a5a5a5ff078069a5a5a5a5a5a5",
        "ffd600ff10a5a5a5a5a5a5ff078069a5a5a5a5a5a5",
    ] {
        let shown = Redacted(&hex::decode(keys).unwrap()).to_string();
        assert!(!shown.contains("a5"), "{shown}");
    }
    for open in [
        "ffd6001104a5a5a5a5",
        "ffd6000410a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5",
    ] {
        assert_eq!(Redacted(&hex::decode(open).unwrap()).to_string(), open);
    }
}

#[test]
fn an_answer_without_a_status_word_is_a_communication_error() {
    for short in [vec![], vec![0x90]] {
        assert_eq!(Response::parse(short), Err(ChannelError::Communication));
    }
    let response = Response::parse(vec![1, 2, 0x63, 0x00]).unwrap();
    assert_eq!(
        (response.data.as_slice(), response.status),
        (&[1, 2][..], 0x6300)
    );
    assert_eq!(response.to_bytes(), [1, 2, 0x63, 0x00]);
}

#[test]
fn data_that_no_length_byte_can_say_is_never_cut() {
    /// Whatever comes here was sent.
    struct Silent;
    impl CardChannel for Silent {
        fn atr(&self) -> &[u8] {
            &[]
        }
        fn profile(&self) -> crate::contract::ReaderProfile {
            crate::contract::ReaderProfile::GENERIC
        }
        fn transmit(&mut self, _: &[u8]) -> Result<Vec<u8>, ChannelError> {
            panic!("sent")
        }
        fn reconnect(&mut self) -> Result<(), ChannelError> {
            Ok(())
        }
    }
    let whole = Command::new([0; 4])
        .with_data(&[7; 255])
        .to_bytes()
        .unwrap();
    assert_eq!((whole.len(), whole[4]), (4 + 1 + 255, 255));
    for command in [
        Command::new([0; 4]).with_data(&[7; 256]),
        Command::new([0; 4]).with_sensitive_data(&[7; 300]),
    ] {
        assert_eq!(command.to_bytes(), Err(ChannelError::TooLong));
        assert_eq!(command.send(&mut Silent), Err(ChannelError::TooLong));
    }
}
