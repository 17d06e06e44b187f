//! One field of an access system's metadata: its name in the API, its key on a card, and the form it has there.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use ciborium::Value as Cbor;

use crate::strict::Malformation;
use crate::{RecordError, compact};

/// A field of an access system's metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    pub(crate) key: i64,
    pub(crate) name: &'static str,
    pub(crate) form: Form,
}

/// How a field is on a card. What the API says is the same in all forms of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Bool,
    Int,
    Text,
    Word(&'static [&'static str]),
    Id,
    Texts,
    Ids,
}

/// What a field says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value {
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A text, an id, or a word of an enumeration.
    Text(String),
    /// Texts or ids, in their order.
    Texts(Vec<String>),
}

impl Field {
    /// Yes or no.
    #[must_use]
    pub const fn bool(key: i64, name: &'static str) -> Self {
        Self::new(key, name, Form::Bool)
    }

    /// A whole number.
    #[must_use]
    pub const fn int(key: i64, name: &'static str) -> Self {
        Self::new(key, name, Form::Int)
    }

    /// Text, kept as it is.
    #[must_use]
    pub const fn text(key: i64, name: &'static str) -> Self {
        Self::new(key, name, Form::Text)
    }

    /// A word of an open enumeration: of those that are `known`, a card holds the place in this list, of others the text.
    /// The list may grow at its end, and in no other way.
    #[must_use]
    pub const fn word(key: i64, name: &'static str, known: &'static [&'static str]) -> Self {
        Self::new(key, name, Form::Word(known))
    }

    /// An id: 16 bytes on the card if it is a UUID in canonical form, otherwise text.
    #[must_use]
    pub const fn id(key: i64, name: &'static str) -> Self {
        Self::new(key, name, Form::Id)
    }

    /// Texts, kept as they are.
    #[must_use]
    pub const fn texts(key: i64, name: &'static str) -> Self {
        Self::new(key, name, Form::Texts)
    }

    /// Ids, each as [`id`](Self::id) has it.
    #[must_use]
    pub const fn ids(key: i64, name: &'static str) -> Self {
        Self::new(key, name, Form::Ids)
    }

    /// Its name in the API.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    const fn new(key: i64, name: &'static str, form: Form) -> Self {
        Self { key, name, form }
    }

    /// Where its key sorts among the encoded keys of a map (RFC 8949, 4.2.1): negative numbers come last, backwards.
    pub(crate) fn place(&self) -> (bool, u64) {
        (
            self.key < 0,
            if self.key < 0 { !self.key } else { self.key }.unsigned_abs(),
        )
    }
}

impl Form {
    /// Whether a value is of this form.
    pub(crate) fn takes(self, value: &Value) -> bool {
        match self {
            Self::Bool => matches!(value, Value::Bool(_)),
            Self::Int => matches!(value, Value::Int(_)),
            Self::Text | Self::Word(_) | Self::Id => matches!(value, Value::Text(_)),
            Self::Texts | Self::Ids => matches!(value, Value::Texts(_)),
        }
    }

    pub(crate) fn encode(self, value: &Value) -> Cbor {
        match (self, value) {
            (_, Value::Bool(yes)) => Cbor::from(*yes),
            (_, Value::Int(number)) => Cbor::from(*number),
            (Self::Word(known), Value::Text(word)) => (0_u64..)
                .zip(known)
                .find(|(_, known)| *known == word)
                .map_or_else(|| Cbor::from(word.as_str()), |(place, _)| Cbor::from(place)),
            (Self::Id, Value::Text(id)) => compact::id(id),
            (_, Value::Text(text)) => Cbor::from(text.as_str()),
            (Self::Ids, Value::Texts(ids)) => list(ids, compact::id),
            (_, Value::Texts(texts)) => list(texts, |text| Cbor::from(text)),
        }
    }

    pub(crate) fn decode(self, value: Cbor, what: &'static str) -> Result<Value, RecordError> {
        let wrong = Malformation::WrongType { what };
        let text = |value: Cbor| value.into_text().map_err(|_| wrong);
        Ok(match self {
            Self::Bool => Value::Bool(value.as_bool().ok_or(wrong)?),
            Self::Int => {
                let number = value.as_integer().and_then(|int| int.try_into().ok());
                Value::Int(number.ok_or(wrong)?)
            }
            Self::Text => Value::Text(text(value)?),
            Self::Id => Value::Text(compact::read_id(value, what)?),
            Self::Word(known) => Value::Text(match value.as_integer() {
                Some(place) => usize::try_from(place)
                    .ok()
                    .and_then(|place| known.get(place))
                    .map(|word| (*word).to_owned())
                    .ok_or(RecordError::NewerLayout {
                        what: "its metadata has a word that this version does not know",
                    })?,
                None => text(value)?,
            }),
            Self::Texts => each(value, wrong, text)?,
            Self::Ids => each(value, wrong, |value| compact::read_id(value, what))?,
        })
    }
}

fn list(texts: &[String], encode: fn(&str) -> Cbor) -> Cbor {
    Cbor::Array(texts.iter().map(|text| encode(text)).collect())
}

fn each(
    value: Cbor,
    wrong: Malformation,
    read: impl Fn(Cbor) -> Result<String, Malformation>,
) -> Result<Value, Malformation> {
    let values = value.into_array().map_err(|_| wrong)?;
    let texts: Result<_, _> = values.into_iter().map(read).collect();
    texts.map(Value::Texts)
}

impl Value {
    /// An empty list says no more than none.
    pub(crate) fn says_nothing(&self) -> bool {
        matches!(self, Self::Texts(texts) if texts.is_empty())
    }
}

impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Self::Bool(yes)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<String>> for Value {
    fn from(texts: Vec<String>) -> Self {
        Self::Texts(texts)
    }
}
