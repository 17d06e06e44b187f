//! What a tag is written under: the site's secrets for one tag, and the pages that hold them.

use zeroize::Zeroizing;

use crate::contract::{CardKeys, DriverSettings, Uid};
use crate::keys::{KeyVersion, SecretKey, SiteKey, SiteKeys};

use super::models::{Chip, PAGE, Product};

/// The key with which an Ultralight C leaves the factory (data sheet `MF0ICU2`, 7.5.5), in the order of the cipher.
const FACTORY_KEY: [u8; 16] = *b"IEMKAERB!NACUOYF";

/// What the settings say of keys and passwords.
#[derive(Debug)]
pub(super) struct Secrets {
    site: Option<SiteKeys>,
    wants_password: bool,
}

/// One secret that a tag may carry.
#[derive(Debug)]
pub(super) struct Secret {
    /// Whose it is.
    pub(super) keys: CardKeys,
    key: SecretKey,
}

impl Secrets {
    pub(super) fn new(settings: &DriverSettings) -> Self {
        Self {
            site: settings.site_keys.clone(),
            wants_password: settings.type2_password,
        }
    }

    pub(super) fn has_site_keys(&self) -> bool {
        self.site.is_some()
    }

    /// Whether a tag is to be protected: an Ultralight C always, another if the site wants it, and one that is protected by
    /// the site already, so that no card loses a protection it once had.
    pub(super) fn protect(&self, chip: &Chip, keys: CardKeys) -> bool {
        chip.product == Product::UltralightC
            || self.wants_password
            || matches!(keys, CardKeys::Site(_) | CardKeys::Mixed)
    }

    /// The version of the secret that tags get.
    pub(super) fn current_version(&self) -> Option<KeyVersion> {
        self.site.as_ref().map(|site| site.current().version)
    }

    /// The secret that a tag gets.
    pub(super) fn current(&self, uid: &Uid) -> Option<Secret> {
        let site = self.site.as_ref()?;
        Some(Secret::of_site(site.current(), uid))
    }

    /// Every secret that a tag can carry and that is known, the likeliest first. The factory's only for Ultralight C: a
    /// password of FF FF FF FF protects nothing, and was switched on for another purpose.
    pub(super) fn candidates(&self, chip: &Chip, uid: &Uid) -> Vec<Secret> {
        let site = self.site.iter().flat_map(SiteKeys::iter);
        let factory = (chip.product == Product::UltralightC).then(|| Secret {
            keys: CardKeys::Factory,
            key: SecretKey::new(FACTORY_KEY),
        });
        site.map(|key| Secret::of_site(key, uid))
            .chain(factory)
            .collect()
    }
}

impl Secret {
    /// A tag has no applications and one secret: an empty AID, slot 0.
    fn of_site(key: &SiteKey, uid: &Uid) -> Self {
        Self {
            keys: CardKeys::Site(key.version),
            key: key.diversify(uid, &[], 0),
        }
    }

    /// The key of an Ultralight C, in the order of the cipher.
    pub(super) fn key(&self) -> &SecretKey {
        &self.key
    }

    /// The password of a chip that has one.
    pub(super) fn password(&self) -> [u8; 4] {
        let [p0, p1, p2, p3, ..] = *self.key.expose();
        [p0, p1, p2, p3]
    }

    /// What such a chip answers to the password.
    pub(super) fn pack(&self) -> [u8; 2] {
        let [_, _, _, _, p0, p1, ..] = *self.key.expose();
        [p0, p1]
    }

    /// The pages of the secret, from [`Chip::first_secret_page`] on.
    ///
    /// An Ultralight C has both halves of its key back to front (data sheet `MF0ICU2`, 7.5.8; the factory key on its pages:
    /// 42524541 4B4D4549 46594F55 43414E21).
    pub(super) fn pages(&self, chip: &Chip) -> Vec<Zeroizing<[u8; PAGE]>> {
        match chip.product {
            Product::UltralightC => {
                const HALF: usize = 8;
                let mut reversed = Zeroizing::new(*self.key.expose());
                reversed.chunks_mut(HALF).for_each(<[u8]>::reverse);
                let pages = reversed.as_chunks().0;
                pages.iter().copied().map(Zeroizing::new).collect()
            }
            Product::UltralightEv1 | Product::Ntag => {
                let [pack0, pack1] = self.pack();
                vec![
                    Zeroizing::new(self.password()),
                    Zeroizing::new([pack0, pack1, 0, 0]),
                ]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(model: &str, secret: &Secret) -> String {
        let chip = Chip::by_name(model).unwrap();
        let pages = secret.pages(chip);
        let pages: Vec<_> = pages
            .iter()
            .map(|page| hex::encode(page.as_slice()))
            .collect();
        pages.join(" ")
    }

    #[test]
    fn a_key_stands_on_an_ultralight_c_with_its_halves_back_to_front() {
        let uid = Uid::from([4, 1, 2, 3, 4, 5, 6]);
        let none = Secrets::new(&DriverSettings::default());
        let chip = Chip::by_name("ultralight-c").unwrap();
        let [factory] = &none.candidates(chip, &uid)[..] else {
            panic!("without site keys there is the factory's alone");
        };
        assert_eq!(factory.keys, CardKeys::Factory);
        // The pages of nfcpy's test vector, and of NXP's data sheet.
        assert_eq!(
            pages("ultralight-c", factory),
            "42524541 4b4d4549 46594f55 43414e21"
        );
    }

    #[test]
    fn a_password_is_the_first_four_bytes_and_its_pack_the_next_two() {
        let secret = Secret {
            keys: CardKeys::Factory,
            key: SecretKey::new([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]),
        };
        assert_eq!(pages("ntag213", &secret), "00010203 04050000");
        assert_eq!(secret.pack(), [4, 5]);
    }

    #[test]
    fn an_empty_aid_and_slot_0_make_a_tags_key() {
        let version = KeyVersion::FIRST;
        let site = SiteKey {
            version,
            key: SecretKey::new([1; 16]),
        };
        let uid = Uid::from([0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80]);
        let secret = Secret::of_site(&site, &uid);
        assert_eq!(secret.keys, CardKeys::Site(version));
        assert_eq!(
            secret.key,
            crate::keys::diversify_aes128(
                &site.key,
                &hex::decode("04a1b2c3d4e5806361726462726964676500")
                    .unwrap()
                    .as_slice()
                    .try_into()
                    .unwrap()
            )
        );
    }
}
