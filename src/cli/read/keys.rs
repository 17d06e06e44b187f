//! Which keys a card carries, in words for the desk and in JSON for scripts.

use cardbridge_drivers::contract::CardKeys;
use cardbridge_drivers::keys::KeyVersion;
use serde_json::{Value, json};

/// The keys of one card, beside the site's own current version.
pub(super) struct Keys {
    found: CardKeys,
    current: Option<KeyVersion>,
}

impl Keys {
    /// `current`: the version of site key that cards get here; `None` at a desk without site keys.
    pub(super) fn new(found: CardKeys, current: Option<KeyVersion>) -> Self {
        Self { found, current }
    }

    /// `state` is one word, `version` the site key's where the card carries one, `current` whether that is the version that
    /// cards get now.
    pub(super) fn document(&self) -> Value {
        let (state, version) = match self.found {
            CardKeys::None => ("none", None),
            CardKeys::Factory => ("factory", None),
            CardKeys::Site(version) => ("site", Some(version)),
            CardKeys::Mixed => ("mixed", None),
            CardKeys::Unknown => ("unknown", None),
        };
        json!({
            "state": state,
            "version": version.map(KeyVersion::get),
            "current": version.map(|version| Some(version) == self.current),
        })
    }

    pub(super) fn words(&self) -> String {
        match (self.found, self.current) {
            (CardKeys::None, _) => "none: any reader can write this card".to_owned(),
            (CardKeys::Factory, _) => "none of a site's yet: it gets them when it is first written".to_owned(),
            (CardKeys::Site(version), Some(current)) if version == current => {
                format!("this site's, version {version} (current)")
            }
            (CardKeys::Site(version), Some(current)) => format!(
                "this site's, version {version} (older: gets version {current} when it is written)"
            ),
            (CardKeys::Site(version), None) => format!("a site's, version {version}"),
            (CardKeys::Mixed, _) => {
                "some old, some new: a change of keys was cut short; `cardbridge encode` finishes it".to_owned()
            }
            (CardKeys::Unknown, Some(_)) => "some that this site does not know".to_owned(),
            (CardKeys::Unknown, None) => "some that are not the factory's; this desk has no site keys".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_under_an_older_version_says_what_becomes_of_it() {
        let version = |number| KeyVersion::new(number).unwrap();
        let older = Keys::new(CardKeys::Site(version(1)), Some(version(2)));
        assert_eq!(
            older.words(),
            "this site's, version 1 (older: gets version 2 when it is written)"
        );
        assert_eq!(
            older.document(),
            json!({"state": "site", "version": 1, "current": false})
        );
        let current = Keys::new(CardKeys::Site(version(2)), Some(version(2)));
        assert_eq!(current.words(), "this site's, version 2 (current)");
        assert_eq!(current.document()["current"], true);
    }

    #[test]
    fn keys_that_are_not_the_site_s_have_no_version() {
        for (found, state) in [
            (CardKeys::None, "none"),
            (CardKeys::Factory, "factory"),
            (CardKeys::Mixed, "mixed"),
            (CardKeys::Unknown, "unknown"),
        ] {
            let expected = json!({"state": state, "version": null, "current": null});
            assert_eq!(Keys::new(found, None).document(), expected);
        }
    }

    #[test]
    fn a_desk_without_site_keys_says_so_before_it_calls_a_card_strange() {
        let words = |current| Keys::new(CardKeys::Unknown, current).words();
        assert!(words(None).contains("this desk has no site keys"));
        assert!(words(KeyVersion::new(1)).contains("this site does not know"));
    }
}
