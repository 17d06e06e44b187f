//! Which keys a card carries, beside those that cards get here.

use cardbridge_drivers::contract::CardKeys;
use cardbridge_drivers::keys::KeyVersion;
use serde::{Serialize, Serializer};
use serde_json::json;

/// The keys of one card, beside the site's own current version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keys {
    /// What was found on the card.
    pub found: CardKeys,
    /// The version of site key that cards get here; none at a desk without site keys.
    pub current: Option<KeyVersion>,
}

impl Serialize for Keys {
    /// `state` is one word, `version` the site key's where the card carries one, `current` whether that is the version that
    /// cards get now.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (state, version) = match self.found {
            CardKeys::None => ("none", None),
            CardKeys::Factory => ("factory", None),
            CardKeys::Site(version) => ("site", Some(version)),
            CardKeys::Mixed => ("mixed", None),
            CardKeys::Unknown => ("unknown", None),
        };
        let keys = json!({
            "state": state,
            "version": version.map(KeyVersion::get),
            "current": version.map(|version| Some(version) == self.current),
        });
        keys.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_under_an_older_version_says_so() {
        let version = |number| KeyVersion::new(number).unwrap();
        let keys = |current| Keys {
            found: CardKeys::Site(version(1)),
            current: Some(version(current)),
        };
        assert_eq!(
            json!(keys(2)),
            json!({"state": "site", "version": 1, "current": false})
        );
        assert_eq!(json!(keys(1))["current"], true);
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
            let current = None;
            assert_eq!(json!(Keys { found, current }), expected);
        }
    }
}
