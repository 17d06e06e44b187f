//! CBOR maps with integer keys, as the record is made of: absent fields are left out, unknown ones are an error.

use alloc::string::String;
use alloc::vec::Vec;

use ciborium::Value;

use super::RecordError;
use super::compact;
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

    pub(super) fn text(self, key: i64, text: Option<&str>) -> Self {
        self.optional(key, text)
    }

    pub(super) fn texts(self, key: i64, texts: &[String]) -> Self {
        self.array(key, texts, |text| Value::from(text))
    }

    pub(super) fn ids(self, key: i64, ids: &[String]) -> Self {
        self.array(key, ids, compact::id)
    }

    pub(super) fn finish(self) -> Value {
        Value::Map(self.0)
    }

    /// The map, unless nothing was put into it.
    pub(super) fn non_empty(self) -> Option<Value> {
        (!self.0.is_empty()).then(|| self.finish())
    }

    fn array(self, key: i64, texts: &[String], value: fn(&str) -> Value) -> Self {
        let values: Vec<_> = texts.iter().map(|text| value(text)).collect();
        self.optional(key, (!values.is_empty()).then_some(values))
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
        self.take_as(key, what, |value| {
            value.as_integer().and_then(|int| int.try_into().ok())
        })
    }

    pub(super) fn bool(
        &mut self,
        key: i64,
        what: &'static str,
    ) -> Result<Option<bool>, Malformation> {
        self.take_as(key, what, |value| value.as_bool())
    }

    pub(super) fn text(
        &mut self,
        key: i64,
        what: &'static str,
    ) -> Result<Option<String>, Malformation> {
        self.take_as(key, what, |value| value.into_text().ok())
    }

    pub(super) fn texts(
        &mut self,
        key: i64,
        what: &'static str,
    ) -> Result<Vec<String>, Malformation> {
        self.array(key, what, |value, what| {
            value
                .into_text()
                .map_err(|_| Malformation::WrongType { what })
        })
    }

    pub(super) fn ids(
        &mut self,
        key: i64,
        what: &'static str,
    ) -> Result<Vec<String>, Malformation> {
        self.array(key, what, compact::read_id)
    }

    /// Nothing may be left: what this version does not know, it must not pass over in silence.
    pub(super) fn end(self, what: &'static str) -> Result<(), RecordError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(RecordError::NewerLayout { what })
        }
    }

    fn take_as<T>(
        &mut self,
        key: i64,
        what: &'static str,
        read: fn(Value) -> Option<T>,
    ) -> Result<Option<T>, Malformation> {
        self.take(key)
            .map(|value| read(value).ok_or(Malformation::WrongType { what }))
            .transpose()
    }

    fn array(
        &mut self,
        key: i64,
        what: &'static str,
        read: fn(Value, &'static str) -> Result<String, Malformation>,
    ) -> Result<Vec<String>, Malformation> {
        let values = self.take_as(key, what, |value| value.into_array().ok())?;
        values
            .unwrap_or_default()
            .into_iter()
            .map(|value| read(value, what))
            .collect()
    }
}
