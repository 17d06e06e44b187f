//! Metadata as the API's object, and back: what serde reads and writes.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::field::{Form, Value};
use super::{Profile, System};

impl System {
    /// Reads the object that the API has under the profile's [`metadata`](Profile::metadata) name. Null says no more than
    /// nothing; fields that the profile does not know do not go onto cards and are passed over.
    ///
    /// # Errors
    /// A field of another type than the profile has, or anything but an object.
    pub fn read<'de, D: Deserializer<'de>>(
        profile: &'static dyn Profile,
        object: D,
    ) -> Result<Self, D::Error> {
        object.deserialize_map(Object(profile))
    }
}

/// The object of a system.
struct Object(&'static dyn Profile);

impl<'de> Visitor<'de> for Object {
    type Value = System;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the object {}", self.0.metadata())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<System, A::Error> {
        let mut system = System::new(self.0);
        while let Some(name) = object.next_key::<String>()? {
            let Some(field) = self.0.fields().iter().find(|field| field.name == name) else {
                object.next_value::<IgnoredAny>()?;
                continue;
            };
            let value = object
                .next_value_seed(field.form)
                .map_err(|error| A::Error::custom(format_args!("{name}: {error}")))?;
            if let Some(value) = value {
                system.set(field.name, value).map_err(A::Error::custom)?;
            }
        }
        Ok(system)
    }
}

impl<'de> DeserializeSeed<'de> for Form {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<Option<Value>, D::Error> {
        Ok(match self {
            Self::Bool => Option::<bool>::deserialize(value)?.map(Value::Bool),
            Self::Int => Option::<i64>::deserialize(value)?.map(Value::Int),
            Self::Text | Self::Word(_) | Self::Id => {
                Option::<String>::deserialize(value)?.map(Value::Text)
            }
            Self::Texts | Self::Ids => Option::<Vec<String>>::deserialize(value)?.map(Value::Texts),
        })
    }
}

impl Serialize for System {
    /// The object, under the API's names, of the fields that say something.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        for (name, value) in self.iter() {
            object.serialize_entry(name, value)?;
        }
        object.end()
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(yes) => yes.serialize(serializer),
            Self::Int(number) => number.serialize(serializer),
            Self::Text(text) => text.serialize(serializer),
            Self::Texts(texts) => texts.serialize(serializer),
        }
    }
}
