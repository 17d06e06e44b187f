//! The access system that a record belongs to, with what it says: metadata of any system, by the fields of its profile.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use ciborium::Value as Cbor;
use thiserror::Error;

use super::field::Value;
use super::{Field, Profile};
use crate::RecordError;
use crate::fields::{Fields, Writer};

/// The access system that a record belongs to, with its metadata. Empty metadata takes no room on the card.
#[derive(Clone)]
pub struct System {
    profile: &'static dyn Profile,
    /// One for each field of the profile, in its order.
    values: Vec<Option<Value>>,
}

impl System {
    /// A system of which no more is known than which it is.
    #[must_use]
    pub fn new(profile: &'static dyn Profile) -> Self {
        Self {
            profile,
            values: vec![None; profile.fields().len()],
        }
    }

    /// Which system it is.
    #[must_use]
    pub fn profile(&self) -> &'static dyn Profile {
        self.profile
    }

    /// Whether nothing is known, so that there is no metadata to put on a card.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.iter().all(Option::is_none)
    }

    /// What a field says, by its name in the API; `None` when it says nothing, or the system has no such field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(self.place(name)?)?.as_ref()
    }

    /// The answer of a field of yes or no.
    #[must_use]
    pub fn bool(&self, name: &str) -> Option<bool> {
        match self.get(name)? {
            Value::Bool(yes) => Some(*yes),
            _ => None,
        }
    }

    /// The number of a field.
    #[must_use]
    pub fn int(&self, name: &str) -> Option<i64> {
        match self.get(name)? {
            Value::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// The text, the id or the word of a field.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The texts or ids of a field; none where it says nothing.
    #[must_use]
    pub fn texts(&self, name: &str) -> &[String] {
        match self.get(name) {
            Some(Value::Texts(texts)) => texts,
            _ => &[],
        }
    }

    /// Says what a field says. An empty list says nothing.
    ///
    /// # Errors
    /// [`FieldError`]: the system has no such field, or it says something else.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) -> Result<(), FieldError> {
        let metadata = self.profile.metadata();
        let value = value.into();
        let place = self.place(name).ok_or(FieldError::Unknown { metadata })?;
        let (Some(field), Some(slot)) =
            (self.profile.fields().get(place), self.values.get_mut(place))
        else {
            return Err(FieldError::Unknown { metadata });
        };
        if !field.form.takes(&value) {
            let field = field.name;
            return Err(FieldError::WrongType { metadata, field });
        }
        *slot = Some(value).filter(|value| !value.says_nothing());
        Ok(())
    }

    /// The fields that say something, in the order of the profile.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.entries().map(|(field, value)| (field.name, value))
    }

    fn entries(&self) -> impl Iterator<Item = (&'static Field, &Value)> {
        let fields = self.profile.fields().iter();
        fields
            .zip(&self.values)
            .filter_map(|(field, value)| Some((field, value.as_ref()?)))
    }

    fn place(&self, name: &str) -> Option<usize> {
        let fields = self.profile.fields();
        fields.iter().position(|field| field.name == name)
    }

    /// The map that is on the card; `None` for metadata that says nothing.
    pub(crate) fn encode(&self) -> Option<Cbor> {
        let mut entries: Vec<_> = self.entries().collect();
        entries.sort_by_key(|(field, _)| field.place());
        let map = entries
            .into_iter()
            .fold(Writer::default(), |map, (field, value)| {
                map.put(field.key, field.form.encode(value))
            });
        (!self.is_empty()).then(|| map.finish())
    }

    /// Reads what [`encode`](Self::encode) made.
    pub(crate) fn decode(
        profile: &'static dyn Profile,
        map: Option<Cbor>,
    ) -> Result<Self, RecordError> {
        let mut system = Self::new(profile);
        let Some(map) = map else { return Ok(system) };
        let mut map = Fields::new(map, "the metadata")?;
        for (field, slot) in profile.fields().iter().zip(&mut system.values) {
            let value = map
                .take(field.key)
                .map(|value| field.form.decode(value, field.name))
                .transpose()?;
            *slot = value.filter(|value| !value.says_nothing());
        }
        map.end("its metadata has a field that this version does not know")?;
        Ok(system)
    }
}

/// The same system says the same.
impl PartialEq for System {
    fn eq(&self, other: &Self) -> bool {
        self.profile.manufacturer() == other.profile.manufacturer() && self.values == other.values
    }
}

impl Eq for System {}

impl fmt::Debug for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.profile.title())?;
        f.write_str(" ")?;
        f.debug_map().entries(self.iter()).finish()
    }
}

/// Why a field of an access system's metadata cannot be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FieldError {
    /// The system has no such field.
    #[error("{metadata} has no such field")]
    Unknown {
        /// The API's name for the system's metadata.
        metadata: &'static str,
    },
    /// The field says something of another type.
    #[error("{metadata}.{field} is of another type")]
    WrongType {
        /// The API's name for the system's metadata.
        metadata: &'static str,
        /// The field.
        field: &'static str,
    },
}
