//! The memory maps of the supported chips (NXP data sheets NTAG213/215/216, `MF0ULx1`, `MF0ICU2`). A page
//! has 4 bytes.

use crate::contract::{DriverError, Model, ModelKey};

/// Bytes of a page, the unit of a write.
pub(super) const PAGE: usize = 4;
/// Pages that one READ answers.
pub(super) const READ_PAGES: u8 = 4;
/// The page with the static lock bits.
pub(super) const STATIC_LOCK_PAGE: u8 = 0x02;
/// The capability container; one-time programmable.
pub(super) const CC_PAGE: u8 = 0x03;
/// Where the data area begins, on every model.
pub(super) const FIRST_USER_PAGE: u8 = 0x04;
/// Where the dynamic lock bits take over from the static ones.
pub(super) const FIRST_DYNAMIC_PAGE: u8 = 0x10;
/// The first byte of a capability container: NDEF, NFC Forum Type 2.
pub(super) const CC_MAGIC: u8 = 0xE1;

/// A family of chips.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Product {
    /// MIFARE Ultralight EV1.
    UltralightEv1,
    /// NTAG21x.
    Ntag,
    /// MIFARE Ultralight C.
    UltralightC,
}

impl Product {
    /// The third byte of `GET_VERSION`; an Ultralight C knows no such command.
    pub(super) fn version_byte(self) -> Option<u8> {
        match self {
            Self::UltralightEv1 => Some(0x03),
            Self::Ntag => Some(0x04),
            Self::UltralightC => None,
        }
    }
}

/// The dynamic lock bits of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DynamicLock {
    /// The page they are on.
    pub(super) page: u8,
    /// What each bit locks.
    pub(super) groups: LockGroups,
}

/// Which lock bits are for which pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LockGroups {
    /// One bit for so many pages of the data area, from page 10 hex on.
    Of(u8),
    /// Those of Ultralight C (data sheet `MF0ICU2`, 7.5.3): in byte 0 bits 1, 2, 3 and 5, 6, 7 for four pages of the data
    /// area each; in byte 1 bit 4 for the counter, 5 for AUTH0, 6 for AUTH1, 7 for the key. The bits between them freeze
    /// lock bits.
    UltralightC,
}

impl DynamicLock {
    /// The lock bit of a page behind the static ones, in the two lock bytes read with the lowest first; 0 for a page that
    /// has none.
    pub(super) fn mask(self, chip: &Chip, page: u8) -> u16 {
        let Some(beyond) = page.checked_sub(FIRST_DYNAMIC_PAGE) else {
            return 0;
        };
        match self.groups {
            LockGroups::Of(pages) if page <= chip.last_user_page => 1 << (beyond / pages),
            LockGroups::Of(_) => 0,
            LockGroups::UltralightC => match page {
                0x10..0x1C => 1 << (1 + beyond / 4),
                0x1C..0x28 => 1 << (2 + beyond / 4),
                0x28 => 0,
                0x29 => 1 << 12,
                0x2A => 1 << 13,
                0x2B => 1 << 14,
                _ => 1 << 15,
            },
        }
    }
}

/// One chip.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Chip {
    pub(super) model: &'static Model,
    pub(super) product: Product,
    /// The size byte of `GET_VERSION`.
    pub(super) size: u8,
    /// The capability container as the chip leaves the factory.
    pub(super) factory_container: [u8; PAGE],
    /// The last page of the data area.
    pub(super) last_user_page: u8,
    /// The last page of all: PACK, or the end of the key.
    pub(super) last_page: u8,
    pub(super) dynamic_lock: Option<DynamicLock>,
    /// The first of the configuration pages: CFG0, CFG1, PWD, PACK; on Ultralight C AUTH0, AUTH1 and four pages of key.
    pub(super) configuration_page: u8,
    /// What is in the data area when the chip leaves the factory; the rest is zero.
    pub(super) factory_area: &'static [u8],
}

/// The data area of a factory-fresh NTAG213: a lock control TLV, an empty NDEF TLV, the terminator.
const FACTORY_NTAG213: &[u8] = &[0x01, 0x03, 0xA0, 0x0C, 0x34, 0x03, 0x00, 0xFE];
/// That of NTAG215 and 216: an empty NDEF TLV, the terminator.
const FACTORY_NTAG: &[u8] = &[0x03, 0x00, 0xFE];
/// That of Ultralight C, as dumps of new cards show it; what it means is not said.
const FACTORY_ULTRALIGHT_C: &[u8] = &[
    0x02, 0x00, 0x00, 0x10, 0x00, 0x06, 0x01, 0x10, 0x11, 0xFF, 0x00, 0x00,
];

impl Chip {
    /// Bytes of the data area.
    pub(super) fn area_bytes(&self) -> usize {
        usize::from(self.last_user_page - FIRST_USER_PAGE + 1) * PAGE
    }

    /// The capability container that offers the whole data area, free to read and write. NTAG215 and 216 leave the
    /// factory with a smaller one (496 of 504 bytes, 872 of 888), whose missing bits can still be set.
    pub(super) fn capability_container(&self) -> [u8; PAGE] {
        // In units of 8 bytes, which are two pages; every data area has an even number of them.
        let size = (self.last_user_page - FIRST_USER_PAGE).div_ceil(2);
        [CC_MAGIC, 0x10, size, 0x00]
    }

    /// The first page behind the data area: dynamic lock bits where there are any, else the configuration.
    pub(super) fn guard_page(&self) -> u8 {
        self.dynamic_lock
            .map_or(self.configuration_page, |lock| lock.page)
    }

    /// The chip with this answer to `GET_VERSION`. Vendor, subtype and version are left out: they distinguish makers and
    /// capacitances apart, not memory maps.
    pub(super) fn by_version(version: &[u8]) -> Option<&'static Self> {
        let &[0x00, _vendor, product, _subtype, _major, _minor, size, 0x03] = version else {
            return None;
        };
        CHIPS
            .iter()
            .find(|chip| chip.product.version_byte() == Some(product) && chip.size == size)
    }

    /// The Ultralight C, which is identified by its authentication.
    pub(super) fn ultralight_c() -> Option<&'static Self> {
        CHIPS
            .iter()
            .find(|chip| chip.product == Product::UltralightC)
    }

    /// The last page that can be read: keys cannot on Ultralight C, where passwords read as zeros.
    pub(super) fn last_readable_page(&self) -> u8 {
        match self.product {
            Product::UltralightC => self.configuration_page + 1,
            Product::UltralightEv1 | Product::Ntag => self.last_page,
        }
    }

    /// Where the secret is stored: the key, or the password and its PACK.
    pub(super) fn first_secret_page(&self) -> u8 {
        self.configuration_page + 2
    }

    /// Whether the chip leaves the factory with blocks whose meaning is not published.
    pub(super) fn has_factory_blocks(&self) -> bool {
        self.product == Product::UltralightC
    }

    /// The data area as the chip leaves the factory, in full.
    pub(super) fn is_factory_area(&self, area: &[u8]) -> bool {
        area.len() >= self.factory_area.len()
            && area.starts_with(self.factory_area)
            && area[self.factory_area.len()..]
                .iter()
                .all(|&byte| byte == 0)
    }

    pub(super) fn by_name(name: &str) -> Option<&'static Self> {
        CHIPS.iter().find(|chip| chip.model.name == name)
    }
}

pub(super) static MODELS: [Model; 6] = [
    Model {
        name: "ultralight-ev1-48",
        title: "MIFARE Ultralight EV1 (48 bytes)",
        memory: 48,
        capacity: 27,
        key: ModelKey::IfWanted,
        key_needs_raw_path: true,
    },
    Model {
        name: "ultralight-ev1-128",
        title: "MIFARE Ultralight EV1 (128 bytes)",
        memory: 128,
        capacity: 107,
        key: ModelKey::IfWanted,
        key_needs_raw_path: true,
    },
    Model {
        name: "ntag213",
        title: "NTAG213",
        memory: 144,
        capacity: 123,
        key: ModelKey::IfWanted,
        key_needs_raw_path: true,
    },
    Model {
        name: "ntag215",
        title: "NTAG215",
        memory: 504,
        capacity: 478,
        key: ModelKey::IfWanted,
        key_needs_raw_path: true,
    },
    Model {
        name: "ntag216",
        title: "NTAG216",
        memory: 888,
        capacity: 862,
        key: ModelKey::IfWanted,
        key_needs_raw_path: true,
    },
    Model {
        name: "ultralight-c",
        title: "MIFARE Ultralight C",
        memory: 192,
        capacity: 123,
        key: ModelKey::Site,
        key_needs_raw_path: true,
    },
];

pub(super) static CHIPS: [Chip; 6] = [
    Chip {
        model: &MODELS[0],
        product: Product::UltralightEv1,
        size: 0x0B,
        factory_container: [0; PAGE],
        last_user_page: 0x0F,
        last_page: 0x13,
        dynamic_lock: None,
        configuration_page: 0x10,
        factory_area: &[],
    },
    Chip {
        model: &MODELS[1],
        product: Product::UltralightEv1,
        size: 0x0E,
        factory_container: [0; PAGE],
        last_user_page: 0x23,
        last_page: 0x28,
        dynamic_lock: Some(DynamicLock {
            page: 0x24,
            groups: LockGroups::Of(2),
        }),
        configuration_page: 0x25,
        factory_area: &[],
    },
    Chip {
        model: &MODELS[2],
        product: Product::Ntag,
        size: 0x0F,
        factory_container: [CC_MAGIC, 0x10, 0x12, 0x00],
        last_user_page: 0x27,
        last_page: 0x2C,
        dynamic_lock: Some(DynamicLock {
            page: 0x28,
            groups: LockGroups::Of(2),
        }),
        configuration_page: 0x29,
        factory_area: FACTORY_NTAG213,
    },
    Chip {
        model: &MODELS[3],
        product: Product::Ntag,
        size: 0x11,
        factory_container: [CC_MAGIC, 0x10, 0x3E, 0x00],
        last_user_page: 0x81,
        last_page: 0x86,
        dynamic_lock: Some(DynamicLock {
            page: 0x82,
            groups: LockGroups::Of(16),
        }),
        configuration_page: 0x83,
        factory_area: FACTORY_NTAG,
    },
    Chip {
        model: &MODELS[4],
        product: Product::Ntag,
        size: 0x13,
        factory_container: [CC_MAGIC, 0x10, 0x6D, 0x00],
        last_user_page: 0xE1,
        last_page: 0xE6,
        dynamic_lock: Some(DynamicLock {
            page: 0xE2,
            groups: LockGroups::Of(16),
        }),
        configuration_page: 0xE3,
        factory_area: FACTORY_NTAG,
    },
    Chip {
        model: &MODELS[5],
        product: Product::UltralightC,
        size: 0x00,
        factory_container: [0; PAGE],
        last_user_page: 0x27,
        last_page: 0x2F,
        dynamic_lock: Some(DynamicLock {
            page: 0x28,
            groups: LockGroups::UltralightC,
        }),
        configuration_page: 0x2A,
        factory_area: FACTORY_ULTRALIGHT_C,
    },
];

/// The page on which byte `offset` of the data area is.
///
/// # Errors
/// [`DriverError::TooLong`] behind the last page that a tag can have.
pub(super) fn page_of(offset: usize) -> Result<u8, DriverError> {
    u8::try_from(offset / PAGE + usize::from(FIRST_USER_PAGE)).map_err(|_| DriverError::TooLong {
        what: "what is on the tag",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::tlv;

    #[test]
    fn capacities_are_what_the_data_areas_leave() {
        for chip in &CHIPS {
            assert_eq!(
                tlv::capacity(chip.area_bytes()),
                chip.model.capacity,
                "{}",
                chip.model.name
            );
        }
    }

    #[test]
    fn versions_of_the_data_sheets() {
        for (version, name) in [
            ("0004030101000b03", "ultralight-ev1-48"),
            ("0004030201000b03", "ultralight-ev1-48"),
            ("0004030101000e03", "ultralight-ev1-128"),
            ("0004040201000f03", "ntag213"),
            ("0004040201001103", "ntag215"),
            ("0004040201001303", "ntag216"),
            ("0053040201001303", "ntag216"),
        ] {
            let chip = Chip::by_version(&hex::decode(version).unwrap());
            assert_eq!(chip.map(|chip| chip.model.name), Some(name));
        }
        for unknown in [
            "",
            "0004040101000b03",
            "0004000201000003",
            "0004040201001203",
            "0004040201000f04",
            "af04010101001605",
        ] {
            assert_eq!(
                Chip::by_version(&hex::decode(unknown).unwrap()),
                None,
                "{unknown}"
            );
        }
    }

    #[test]
    fn a_factory_capability_container_can_always_be_completed() {
        for chip in &CHIPS {
            let whole = chip.capability_container();
            for (factory, whole) in chip.factory_container.iter().zip(whole) {
                assert_eq!(factory | whole, whole, "{}", chip.model.name);
            }
        }
    }

    #[test]
    fn whole_capability_containers() {
        let container = |name| hex::encode(Chip::by_name(name).unwrap().capability_container());
        assert_eq!(container("ntag213"), "e1101200");
        assert_eq!(container("ntag215"), "e1103f00");
        assert_eq!(container("ntag216"), "e1106f00");
        assert_eq!(container("ultralight-c"), "e1101200");
    }
}
