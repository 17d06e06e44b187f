//! TLV blocks: round trips, and arbitrary bytes.

use proptest::prelude::*;

use super::*;

fn tlv(tag_at: usize, message: Range<usize>) -> NdefTlv {
    NdefTlv { tag_at, message }
}

/// The blocks of an area of which every byte is known.
fn blocks(area: &[u8]) -> Blocks {
    match walk(area, area.len()) {
        Walk::Done(blocks) => blocks,
        Walk::ReadTo(bytes) => panic!("wants {bytes} of {} bytes", area.len()),
    }
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
    let found = blocks(&[0x03, 0x00, 0xFE, 0x00]);
    assert_eq!(found.ndef, Some(tlv(0, 2..2)));
    assert!(found.others.is_empty());
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
    let found = blocks(&area);
    assert_eq!(found.ndef, Some(tlv(tag_at, tag_at + 2..tag_at + 4)));
    assert_eq!(found.others, [0xFD, 0x42]);
}

#[test]
fn a_walk_tells_every_block_that_is_somebody_s() {
    for (area, others, end) in [
        ("0300fe00", "", 2),
        ("000001030c34a0 0300fe", "", 9),
        ("0203f01033 0300 0300 00fe", "", 10),
        ("0300", "", 2),
        ("fd0411223344 0300fe", "fd", 8),
        ("0300 fd0411223344 fe", "fd", 8),
        ("0302d000 4201ff 0301ff fe", "4203", 10),
        ("0300 0303d00000 fe", "03", 7),
        ("0102aabb 0300fe", "01", 6),
        ("0300 fd7f1122", "fd", 2),
        ("0300 ff", "ff", 2),
        ("fe fd0411223344", "", 0),
    ] {
        let area = hex::decode(area.replace(' ', "")).unwrap();
        let found = blocks(&area);
        assert_eq!(hex::encode(&found.others), others, "{area:02x?}");
        assert_eq!(found.end, end, "{area:02x?}");
    }
}

#[test]
fn a_walk_reads_no_further_than_it_must() {
    let mut area = wrap(&[7; 300]).unwrap();
    area.resize(400, 0xAA);
    assert_eq!(walk(&[], 400), Walk::ReadTo(1));
    assert_eq!(walk(&area[..1], 400), Walk::ReadTo(2));
    assert_eq!(walk(&area[..2], 400), Walk::ReadTo(4));
    assert_eq!(walk(&area[..4], 400), Walk::ReadTo(305));
    assert!(matches!(walk(&area[..305], 400), Walk::Done(_)));
}

#[test]
fn an_area_without_a_message_has_none() {
    for area in [
        &[][..],
        &[0; 48],
        &[0xFE, 0x03, 0x01, 0xAA],
        &[0x01, 0x03, 1, 2, 3],
    ] {
        let found = blocks(area);
        assert_eq!((found.ndef, found.others), (None, vec![]), "{area:02x?}");
    }
}

#[test]
fn a_block_whose_length_lies_is_somebody_s() {
    for (area, tag, end) in [
        (&[0x03][..], 0x03, 0),
        (&[0x03, 0x01], 0x03, 0),
        (&[0x03, 0xFF], 0x03, 0),
        (&[0x03, 0xFF, 0x01], 0x03, 0),
        (&[0x03, 0xFF, 0xFF, 0xFF, 0x00], 0x03, 0),
        (&[0x00, 0x01, 0x7F, 0x00], 0x01, 1),
        (&[0x01, 0x03, 0xAA, 0, 0, 0x02, 0xFF, 0x7F, 0xFF], 0x02, 5),
    ] {
        let found = blocks(area);
        assert_eq!((found.others, found.end), (vec![tag], end), "{area:02x?}");
        assert_eq!(found.ndef, None);
    }
}

proptest! {
    #[test]
    fn what_is_wrapped_is_found(message in prop::collection::vec(any::<u8>(), 0..1200), nulls in 0..4_usize) {
        let mut area = vec![NULL; nulls];
        area.extend(wrap(&message).unwrap());
        prop_assert_eq!(area.len(), nulls + area_bytes(message.len()));
        let found = blocks(&area);
        let tlv = found.ndef.unwrap();
        prop_assert_eq!(tlv.tag_at, nulls);
        prop_assert_eq!(&area[tlv.message], message);
        prop_assert!(found.others.is_empty());
    }

    #[test]
    fn what_the_beginning_of_an_area_tells_the_whole_area_tells_too(
        area in prop::collection::vec(
            prop_oneof![Just(0x00), Just(0x01), Just(0x03), Just(0xFE), Just(0xFF), any::<u8>()], 0..300,
        ),
        cut in any::<prop::sample::Index>(),
    ) {
        let known = cut.index(area.len() + 1);
        match walk(&area[..known], area.len()) {
            Walk::ReadTo(bytes) => prop_assert!(known < bytes && bytes <= area.len()),
            Walk::Done(found) => prop_assert_eq!(found, blocks(&area)),
        }
    }

    #[test]
    fn any_area_is_walked_to_an_end(area in prop::collection::vec(
        prop_oneof![Just(0x00), Just(0x01), Just(0x03), Just(0xFE), Just(0xFF), any::<u8>()], 0..900,
    )) {
        let found = blocks(&area);
        prop_assert!(found.end <= area.len());
        if let Some(tlv) = found.ndef {
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
