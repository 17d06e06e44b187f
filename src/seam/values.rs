//! The kinds of value that the API's objects are made of, each of which comes back out exactly as it went in.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The fields of an object that this client does not know, kept for a round trip.
pub type Extra = serde_json::Map<String, serde_json::Value>;

/// A field that may be missing and may be null, which the API does not use alike: `card_number` is null until a card was
/// encoded, and missing where there can be none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub enum Nullable<T> {
    /// The field is not there.
    #[default]
    Absent,
    /// The field is there, and null.
    Null,
    /// The field has a value.
    Value(T),
}

impl<T> Nullable<T> {
    /// The value, if there is one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// Whether the field is not there at all.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

impl<T: std::ops::Deref> Nullable<T> {
    /// The value as what it dereferences to: `&str` for a `String`.
    pub fn as_deref(&self) -> Option<&T::Target> {
        self.value().map(std::ops::Deref::deref)
    }
}

impl<T> From<Option<T>> for Nullable<T> {
    /// `None` becomes null: an `Option` means that there is a field.
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::Value)
    }
}

impl<T: Serialize> Serialize for Nullable<T> {
    /// An absent field has to be left out by its object (`skip_serializing_if`); by itself it is written as null.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Nullable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::from)
    }
}

/// A string that gives access to anyone who reads it: a PIN, a session token. It goes to and from the API like any other, but `Debug`
/// does not show it.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sensitive(String);

impl Sensitive {
    /// The string.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Sensitive {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Sensitive {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Sensitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// A value of an enumeration that this client does not know. Only parsing makes one, so that a known value never hides in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Unrecognised(String);

impl Unrecognised {
    pub(super) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The value as the API spelt it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An enumeration of the API. They all grow without notice, so each has room for what is not known yet.
macro_rules! open_enum {
    ($(#[$about:meta])* pub enum $name:ident { $($variant:ident = $text:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub enum $name {
            $(#[doc = concat!("`", $text, "`")] $variant,)+
            /// A value that this client does not know, kept as it came.
            Unknown($crate::seam::values::Unrecognised),
        }

        impl $name {
            /// The values that this client knows.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant,)+];

            /// The value as the API spells it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Unknown(text) => text.as_str(),
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)+
                    unknown => Self::Unknown($crate::seam::values::Unrecognised::new(unknown)),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <std::borrow::Cow<'de, str>>::deserialize(deserializer).map(|text| Self::from(&*text))
            }
        }
    };
}
pub(super) use open_enum;

open_enum! {
    /// What a credential or an access method is: the `access_method` of the one, the `mode` of the other.
    pub enum AccessMode {
        Code = "code",
        Card = "card",
        MobileKey = "mobile_key",
        CloudKey = "cloud_key",
    }
}

open_enum! {
    /// How a Visionline card is laid out.
    pub enum CardFormat {
        TlCode = "TLCode",
        Rfid48 = "rfid48",
    }
}
