//! What an answer to reset says of a contactless card (ISO/IEC 7816-3; PC/SC part 3, 3.1.3.2.3).

use super::Family;

/// The registered application provider of PC/SC and the 15 historical bytes of a storage card: `80 4F 0C RID SS NN NN`
/// and four bytes reserved.
const STORAGE: [u8; 8] = [0x80, 0x4F, 0x0C, 0xA0, 0x00, 0x00, 0x03, 0x06];
const STORAGE_BYTES: usize = 15;

impl Family {
    /// Reads an ATR. One that is malformed, or whose check byte is wrong, says nothing: [`Family::Unknown`].
    #[must_use]
    pub fn from_atr(atr: &[u8]) -> Self {
        historical_bytes(atr).map_or(Self::Unknown, |historical| match storage_name(historical) {
            Some(name) => Self::Storage { name },
            None => Self::Part4,
        })
    }

    /// Whether an Ultralight, or an NTAG, which is one to most readers, may be behind it. The card names are: no
    /// information, Ultralight, Ultralight C, Ultralight EV1 (PC/SC part 3, supplement), and what ACS readers say of a card
    /// without a name that answers 00 to selection.
    #[must_use]
    pub fn may_be_ultralight(self) -> bool {
        matches!(
            self,
            Self::Storage {
                name: 0x0000 | 0x0003 | 0x003A | 0x003D | 0xFF00
            }
        )
    }
}

/// The historical bytes of an ATR as a PC/SC part 3 reader makes it: `3B 8n 80 01`, n bytes, the XOR of all but the
/// first. Contact cards begin otherwise.
fn historical_bytes(atr: &[u8]) -> Option<&[u8]> {
    let [0x3B, t0, 0x80, 0x01, rest @ ..] = atr else {
        return None;
    };
    let (_, historical) = rest.split_last()?;
    let is_sound = t0 & 0xF0 == 0x80
        && historical.len() == usize::from(t0 & 0x0F)
        && atr[1..].iter().fold(0, |sum, byte| sum ^ byte) == 0;
    is_sound.then_some(historical)
}

fn storage_name(historical: &[u8]) -> Option<u16> {
    let rest = historical.strip_prefix(&STORAGE)?;
    match rest {
        [_standard, high, low, ..] if historical.len() == STORAGE_BYTES => {
            Some(u16::from_be_bytes([*high, *low]))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn family(atr: &str) -> Family {
        Family::from_atr(&hex::decode(atr).unwrap())
    }

    #[test]
    fn known_cards() {
        assert_eq!(
            family("3b8f8001804f0ca0000003060300030000000068"),
            Family::Storage { name: 0x0003 }
        );
        assert_eq!(
            family("3b8f8001804f0ca000000306030001000000006a"),
            Family::Storage { name: 0x0001 }
        );
        assert_eq!(family("3b8180018080"), Family::Part4);
    }

    #[test]
    fn a_wrong_check_byte_tells_nothing() {
        assert_eq!(
            family("3b8f8001804f0ca0000003060300030000000069"),
            Family::Unknown
        );
        assert_eq!(family("3b8180018081"), Family::Unknown);
    }

    #[test]
    fn contact_cards_and_fragments_are_unknown() {
        for atr in [
            "",
            "3b",
            "3b8f8001",
            "3b6500002063cb6800",
            "3bff",
            "3b8280018080",
            "3b8280018083",
        ] {
            assert_eq!(family(atr), Family::Unknown, "{atr}");
        }
    }

    proptest! {
        #[test]
        fn hostile_atrs_do_not_panic(tail in proptest::collection::vec(any::<u8>(), 0..40), known in any::<bool>()) {
            let mut atr = if known { vec![0x3B, 0x8F, 0x80, 0x01, 0x80, 0x4F, 0x0C] } else { vec![] };
            atr.extend(tail);
            let _ = Family::from_atr(&atr);
        }
    }
}
