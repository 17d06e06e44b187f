//! TLV blocks: round trips, and arbitrary bytes.

use proptest::prelude::*;

use super::*;

fn tlv(tag_at: usize, message: Range<usize>) -> NdefTlv {
    NdefTlv { tag_at, message }
}

#[test]
fn capacities_are_those_of_the_cards() {
    for (card, area, record) in [
        ("Ultralight", 48, 27),
        ("Ultralight EV1 128", 128, 107),
        ("NTAG213", 144, 123),
        ("NTAG215", 504, 478),
        ("NTAG216", 888, 862),
        ("MIFARE Classic 1K", 720, 694),
    ] {
        assert_eq!(capacity(area), record, "{card}");
    }
}

#[test]
fn an_area_too_small_for_any_record_holds_none() {
    for area in 0..=21 {
        assert_eq!(capacity(area), 0, "{area}");
    }
    assert_eq!(capacity(22), 1);
}

#[test]
fn a_length_of_255_takes_three_bytes() {
    assert_eq!(&wrap(&[7; 254]).unwrap()[..3], [0x03, 0xFE, 7]);
    assert_eq!(&wrap(&[7; 255]).unwrap()[..5], [0x03, 0xFF, 0x00, 0xFF, 7]);
    assert_eq!(header_bytes(254), 2);
    assert_eq!(header_bytes(255), 4);
}

#[test]
fn a_message_that_no_tlv_can_say_is_refused() {
    assert!(wrap(&vec![0; 65534]).is_some());
    assert!(wrap(&vec![0; 65535]).is_none());
    assert!(wrap(&vec![0; 70000]).is_none());
}

#[test]
fn a_fresh_ntag215_holds_an_empty_message() {
    assert_eq!(find_ndef(&[0x03, 0x00, 0xFE, 0x00]), Ok(Some(tlv(0, 2..2))));
}

#[test]
fn other_blocks_before_the_message_are_stepped_over() {
    let lock_control = [0x01, 0x03, 0xA0, 0x0C, 0x34];
    let memory_control = [0x02, 0x03, 0xF0, 0x10, 0x33];
    let proprietary = [0xFD, 0x02, 0x03, 0x04];
    let unknown = [0x42, 0x01, 0x03];
    let mut area = vec![0x00, 0x00];
    area.extend(lock_control);
    area.extend(memory_control);
    area.push(0x00);
    area.extend(proprietary);
    area.extend(unknown);
    let tag_at = area.len();
    area.extend([0x03, 0x02, 0xD0, 0x00, 0xFE]);
    assert_eq!(
        find_ndef(&area),
        Ok(Some(tlv(tag_at, tag_at + 2..tag_at + 4)))
    );
}

#[test]
fn an_area_without_a_message_has_none() {
    assert_eq!(find_ndef(&[]), Ok(None));
    assert_eq!(find_ndef(&[0; 48]), Ok(None));
    assert_eq!(find_ndef(&[0xFE, 0x03, 0x01, 0xAA]), Ok(None));
    assert_eq!(find_ndef(&[0x01, 0x03, 1, 2, 3]), Ok(None));
}

#[test]
fn a_length_that_lies_is_an_error() {
    for (area, offset) in [
        (&[0x03][..], 0),
        (&[0x03, 0x01], 0),
        (&[0x03, 0xFF], 0),
        (&[0x03, 0xFF, 0x01], 0),
        (&[0x03, 0xFF, 0xFF, 0xFF, 0x00], 0),
        (&[0x00, 0x01, 0x7F, 0x00], 1),
        (&[0x01, 0x01, 0xAA, 0x02, 0xFF, 0x7F, 0xFF], 3),
    ] {
        assert_eq!(
            find_ndef(area),
            Err(TlvError::PastTheEnd { offset }),
            "{area:02x?}"
        );
    }
}

proptest! {
    #[test]
    fn what_is_wrapped_is_found(message in prop::collection::vec(any::<u8>(), 0..1200), nulls in 0..4_usize) {
        let mut area = vec![NULL; nulls];
        area.extend(wrap(&message).unwrap());
        prop_assert_eq!(area.len(), nulls + area_bytes(message.len()));
        let tlv = find_ndef(&area).unwrap().unwrap();
        prop_assert_eq!(tlv.tag_at, nulls);
        prop_assert_eq!(&area[tlv.message], message);
    }

    #[test]
    fn what_the_beginning_of_an_area_tells_the_whole_area_tells_too(
        area in prop::collection::vec(
            prop_oneof![Just(0x00), Just(0x01), Just(0x03), Just(0xFE), Just(0xFF), any::<u8>()], 0..300,
        ),
        cut in any::<prop::sample::Index>(),
    ) {
        let known = cut.index(area.len() + 1);
        if let Some(found) = find_ndef_in_part(&area[..known], area.len()) {
            prop_assert_eq!(found, find_ndef(&area));
        }
        prop_assert_eq!(find_ndef_in_part(&area, area.len()), Some(find_ndef(&area)));
    }

    #[test]
    fn any_area_is_walked_to_an_end(area in prop::collection::vec(
        prop_oneof![Just(0x00), Just(0x01), Just(0x03), Just(0xFE), Just(0xFF), any::<u8>()], 0..900,
    )) {
        if let Ok(Some(tlv)) = find_ndef(&area) {
            prop_assert!(tlv.tag_at < tlv.message.start);
            prop_assert!(area.get(tlv.message).is_some());
        }
    }

    #[test]
    fn the_capacity_is_the_most_that_fits(area in 22..2000_usize) {
        let most = capacity(area);
        prop_assert!(area_bytes(ndef::message_bytes(most)) <= area);
        prop_assert!(area_bytes(ndef::message_bytes(most + 1)) > area);
    }
}
