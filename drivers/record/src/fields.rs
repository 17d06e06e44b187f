//! CBOR maps with integer keys, as the record is made of: absent fields are left out, unknown ones are an error.

use alloc::vec::Vec;

use ciborium::Value;

use super::RecordError;
use super::strict::Malformation;

/// A map in the making. Fields must be put in the order of their encoded keys.
#[derive(Debug, Default)]
pub(super) struct Writer(Vec<(Value, Value)>);

impl Writer {
    pub(super) fn put(mut self, key: i64, value: Value) -> Self {
        self.0.push((Value::from(key), value));
        self
    }

    pub(super) fn optional<T: Into<Value>>(self, key: i64, value: Option<T>) -> Self {
        match value {
            Some(value) => self.put(key, value.into()),
            None => self,
        }
    }

    pub(super) fn finish(self) -> Value {
        Value::Map(self.0)
    }
}

/// A map being read: every field is taken out once, and what is left over at the end is not known.
#[derive(Debug)]
pub(super) struct Fields(Vec<(Value, Value)>);

impl Fields {
    pub(super) fn new(value: Value, what: &'static str) -> Result<Self, Malformation> {
        value
            .into_map()
            .map(Self)
            .map_err(|_| Malformation::WrongType { what })
    }

    pub(super) fn take(&mut self, key: i64) -> Option<Value> {
        let key = Value::from(key);
        let at = self.0.iter().position(|(found, _)| *found == key)?;
        Some(self.0.remove(at).1)
    }

    pub(super) fn int(
        &mut self,
        key: i64,
        what: &'static str,
    ) -> Result<Option<i64>, Malformation> {
        self.take(key)
            .map(|value| {
                let int = value.as_integer().and_then(|int| int.try_into().ok());
                int.ok_or(Malformation::WrongType { what })
            })
            .transpose()
    }

    /// Nothing may be left: what this version does not know, it must not pass over in silence.
    pub(super) fn end(self, what: &'static str) -> Result<(), RecordError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(RecordError::NewerLayout { what })
        }
    }
}
