//! The bytes of each pseudo-APDU, and what must never be seen of them.

use super::*;
use crate::contract::CardChannel;

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
    let command = Command::new([0xFF, 0x82, 0x00, 0x00]).with_secret(&[0xA5; 6]);
    let bytes = command.to_bytes().unwrap();
    assert_eq!(hex::encode(bytes.as_slice()), "ff82000006a5a5a5a5a5a5");
    for shown in [
        format!("{command:?}"),
        format!("{command:#?}"),
        command.to_string(),
    ] {
        assert!(!shown.contains("a5a5"), "{shown}");
        assert!(shown.contains("6 bytes redacted"), "{shown}");
    }
}

/// Answers every command alike, and keeps what was logged of it.
struct Logged {
    answer: Vec<u8>,
    log: Vec<String>,
}

impl CardChannel for Logged {
    fn atr(&self) -> &[u8] {
        &[]
    }
    fn profile(&self) -> crate::contract::ReaderProfile {
        crate::contract::ReaderProfile::GENERIC
    }
    fn transmit(&mut self, command: &Command) -> Result<Response, ChannelError> {
        let answer = Response::parse(self.answer.clone())?;
        let shown = RedactedAnswer {
            command,
            answer: &answer,
        };
        assert_eq!(format!("{shown:?}"), shown.to_string());
        self.log.push(format!("{command} {shown} {command:?}"));
        Ok(answer)
    }
    fn reconnect(&mut self) -> Result<(), ChannelError> {
        Ok(())
    }
}

const FORMS: [(RawForm, &str); 3] = [
    (RawForm::Pn532, "d54300a5a59000"),
    (RawForm::Plain, "a5a59000"),
    (RawForm::Transparent, "c00300900092020000970 2a5a59000"),
];

/// What is logged of a frame that goes to the tag in a form, and of what it answers.
fn log_of(form: RawForm, answer: &str, frame: &Frame) -> String {
    let mut card = Logged {
        answer: hex::decode(answer.replace(' ', "")).unwrap(),
        log: vec![],
    };
    form.exchange(&mut card, frame).unwrap();
    card.log.join("\n")
}

#[test]
fn a_password_and_its_pack_are_hidden_in_every_raw_form() {
    for (form, answer) in FORMS {
        let shown = log_of(form, answer, &Frame::secret(0x1B, b"SECR"));
        assert!(!shown.contains("534543"), "{shown}");
        assert!(shown.contains("1b [4 bytes redacted]"), "{shown}");
        let of_frame = shown.lines().find(|line| line.contains("1b [")).unwrap();
        assert!(!of_frame.contains("a5a5"), "{of_frame}");
        assert!(of_frame.contains("bytes redacted] 9000"), "{of_frame}");
    }
}

#[test]
fn an_open_raw_command_is_shown_with_its_answer() {
    for (form, answer) in FORMS {
        let shown = log_of(form, answer, &Frame::new(&[0x60]));
        assert!(!shown.contains("redacted"), "{shown}");
        assert!(shown.contains("a5a59000"), "{shown}");
    }
}

#[test]
fn what_is_marked_as_secret_is_hidden_and_nothing_else() {
    let command = Command::update_binary_with_keys(3, &[0xA5; 16]);
    assert_eq!(
        command.to_string().trim_end(),
        "ffd6000310 [16 bytes redacted]"
    );
    let command = Command::update_binary(5, &[1, 2, 3, 4]);
    assert_eq!(command.to_string(), "ffd600050401020304");
    assert_eq!(format!("{command:?}"), "Command(ffd600050401020304)");
    let mixed = Command::new([0x90, 0xC4, 0, 0])
        .with_data(&[1])
        .with_secret(&[0xA5; 3])
        .with_data(&[2])
        .expecting(0);
    // What comes behind a secret could show where it ends.
    assert_eq!(mixed.to_string(), "90c400000501 [4 bytes redacted] 00");
    let bytes = mixed.to_bytes().unwrap();
    assert_eq!(hex::encode(bytes.as_slice()), "90c400000501a5a5a50200");
}

#[test]
fn an_apdu_goes_as_it_is() {
    let apdu = hex::decode("ff8800046001").unwrap();
    let command = Command::from_apdu(&apdu).unwrap();
    assert_eq!(command.to_bytes().unwrap().as_slice(), apdu);
    assert_eq!(command.to_string(), "ff8800046001");
    assert_eq!(Command::from_apdu(&[0xFF, 0xCA, 0x00]), None);
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
    let whole = Command::new([0; 4])
        .with_data(&[7; 255])
        .to_bytes()
        .unwrap();
    assert_eq!((whole.len(), whole[4]), (4 + 1 + 255, 255));
    for command in [
        Command::new([0; 4]).with_data(&[7; 256]),
        Command::new([0; 4]).with_secret(&[7; 300]),
    ] {
        assert_eq!(command.to_bytes(), Err(ChannelError::TooLong));
        let card = crate::cards::simulate("ntag215", crate::contract::Uid::from([4; 7])).unwrap();
        let mut reader =
            crate::testing::SimulatedReader::new(card, crate::contract::ReaderProfile::GENERIC);
        assert_eq!(command.send(&mut reader), Err(ChannelError::TooLong));
    }
}
