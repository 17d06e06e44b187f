//! The page's sentences, for what is served in its language without being a part of it.

use serde_json::{Map, Value};

use super::files::FILES;

/// The sentences of one language, by key.
#[derive(Debug, Clone, Default)]
pub(in crate::serve) struct Words(Map<String, Value>);

impl Words {
    /// Those of this language; the English ones where the page has none.
    pub(in crate::serve) fn of(language: &str) -> Self {
        let file = |language: &str| {
            let path = format!("/page/words/{language}.json");
            FILES.iter().find(|file| file.path == path)
        };
        let table = file(language).or_else(|| file("en"));
        let table = table.and_then(|file| serde_json::from_slice(file.bytes).ok());
        Self(table.unwrap_or_default())
    }

    /// A sentence; the key itself where there is none.
    pub(in crate::serve) fn get<'a>(&'a self, key: &'a str) -> &'a str {
        self.0.get(key).and_then(Value::as_str).unwrap_or(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_that_the_page_has_not_is_english() {
        assert_eq!(Words::of("de").get("state.wiped"), "gelöscht");
        for language in ["en", "fr", "../kiosk"] {
            assert_eq!(Words::of(language).get("state.wiped"), "wiped");
        }
        assert_eq!(Words::of("en").get("no such key"), "no such key");
    }
}
