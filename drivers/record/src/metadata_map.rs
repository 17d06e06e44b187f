//! Visionline's and Vostio's metadata as the numbered fields that stand on a card.

use alloc::borrow::ToOwned;
use alloc::string::String;

use ciborium::Value;

use super::fields::{Fields, Writer};
use super::strict::Malformation;
use super::{RecordError, VisionlineMetadata, VostioMetadata};

const WHAT: &str = "the metadata";
const UNKNOWN: &str = "its metadata has a field that this version does not know";

mod visionline {
    pub(super) const CARD_FUNCTION_TYPE: i64 = 1;
    pub(super) const JOINER_ACS_CREDENTIAL_IDS: i64 = 2;
    pub(super) const GUEST_ACS_ENTRANCE_IDS: i64 = 3;
    pub(super) const COMMON_ACS_ENTRANCE_IDS: i64 = 4;
    pub(super) const IS_VALID: i64 = 5;
    pub(super) const AUTO_JOIN: i64 = 6;
    pub(super) const CARD_ID: i64 = 7;
    pub(super) const CREDENTIAL_ID: i64 = 8;
}

mod vostio {
    pub(super) const AUTO_JOIN: i64 = 1;
    pub(super) const OVERRIDE_GUEST_ACS_ENTRANCE_IDS: i64 = 2;
    pub(super) const KEY_ID: i64 = 3;
    pub(super) const KEY_ISSUING_REQUEST_ID: i64 = 4;
    pub(super) const DOOR_NAMES: i64 = 5;
    pub(super) const ENDPOINT_ID: i64 = 6;
}

/// The values of `card_function_type` that stand as a number: their place in this list.
const FUNCTION_TYPES: [&str; 2] = ["guest", "staff"];

/// The map, or `None` for metadata that says nothing.
pub(super) fn visionline(metadata: &VisionlineMetadata) -> Option<Value> {
    use visionline as key;
    let function_type = metadata.card_function_type.as_deref().map(function_type);
    Writer::default()
        .optional(key::CARD_FUNCTION_TYPE, function_type)
        .ids(
            key::JOINER_ACS_CREDENTIAL_IDS,
            &metadata.joiner_acs_credential_ids,
        )
        .ids(
            key::GUEST_ACS_ENTRANCE_IDS,
            &metadata.guest_acs_entrance_ids,
        )
        .ids(
            key::COMMON_ACS_ENTRANCE_IDS,
            &metadata.common_acs_entrance_ids,
        )
        .optional(key::IS_VALID, metadata.is_valid)
        .optional(key::AUTO_JOIN, metadata.auto_join)
        .text(key::CARD_ID, metadata.card_id.as_deref())
        .text(key::CREDENTIAL_ID, metadata.credential_id.as_deref())
        .non_empty()
}

/// Reads what [`visionline`] made.
pub(super) fn read_visionline(value: Value) -> Result<VisionlineMetadata, RecordError> {
    use visionline as key;
    let mut map = Fields::new(value, WHAT)?;
    let metadata = VisionlineMetadata {
        card_function_type: map
            .take(key::CARD_FUNCTION_TYPE)
            .map(read_function_type)
            .transpose()?,
        joiner_acs_credential_ids: map
            .ids(key::JOINER_ACS_CREDENTIAL_IDS, "joiner_acs_credential_ids")?,
        guest_acs_entrance_ids: map.ids(key::GUEST_ACS_ENTRANCE_IDS, "guest_acs_entrance_ids")?,
        common_acs_entrance_ids: map
            .ids(key::COMMON_ACS_ENTRANCE_IDS, "common_acs_entrance_ids")?,
        is_valid: map.bool(key::IS_VALID, "is_valid")?,
        auto_join: map.bool(key::AUTO_JOIN, "auto_join")?,
        card_id: map.text(key::CARD_ID, "card_id")?,
        credential_id: map.text(key::CREDENTIAL_ID, "credential_id")?,
    };
    map.end(UNKNOWN)?;
    Ok(metadata)
}

/// The map, or `None` for metadata that says nothing.
pub(super) fn vostio(metadata: &VostioMetadata) -> Option<Value> {
    use vostio as key;
    Writer::default()
        .optional(key::AUTO_JOIN, metadata.auto_join)
        .ids(
            key::OVERRIDE_GUEST_ACS_ENTRANCE_IDS,
            &metadata.override_guest_acs_entrance_ids,
        )
        .text(key::KEY_ID, metadata.key_id.as_deref())
        .text(
            key::KEY_ISSUING_REQUEST_ID,
            metadata.key_issuing_request_id.as_deref(),
        )
        .texts(key::DOOR_NAMES, &metadata.door_names)
        .text(key::ENDPOINT_ID, metadata.endpoint_id.as_deref())
        .non_empty()
}

/// Reads what [`vostio`] made.
pub(super) fn read_vostio(value: Value) -> Result<VostioMetadata, RecordError> {
    use vostio as key;
    let mut map = Fields::new(value, WHAT)?;
    let metadata = VostioMetadata {
        auto_join: map.bool(key::AUTO_JOIN, "auto_join")?,
        override_guest_acs_entrance_ids: map.ids(
            key::OVERRIDE_GUEST_ACS_ENTRANCE_IDS,
            "override_guest_acs_entrance_ids",
        )?,
        key_id: map.text(key::KEY_ID, "key_id")?,
        key_issuing_request_id: map.text(key::KEY_ISSUING_REQUEST_ID, "key_issuing_request_id")?,
        door_names: map.texts(key::DOOR_NAMES, "door_names")?,
        endpoint_id: map.text(key::ENDPOINT_ID, "endpoint_id")?,
    };
    map.end(UNKNOWN)?;
    Ok(metadata)
}

fn function_type(name: &str) -> Value {
    (0_u8..)
        .zip(FUNCTION_TYPES)
        .find(|(_, known)| *known == name)
        .map_or_else(|| Value::from(name), |(number, _)| Value::from(number))
}

fn read_function_type(value: Value) -> Result<String, RecordError> {
    match value {
        Value::Text(name) => Ok(name),
        Value::Integer(number) => usize::try_from(number)
            .ok()
            .and_then(|number| FUNCTION_TYPES.get(number))
            .map(|name| (*name).to_owned())
            .ok_or(RecordError::NewerLayout {
                what: "its card_function_type is a number that this version does not know",
            }),
        _ => Err(Malformation::WrongType {
            what: "card_function_type",
        }
        .into()),
    }
}
