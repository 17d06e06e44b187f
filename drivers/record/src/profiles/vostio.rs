//! ASSA ABLOY Vostio: keys kept in the cloud.

use super::{Field, Profile};

/// The profile of Vostio keys.
#[derive(Debug)]
pub struct Vostio;

impl Profile for Vostio {
    fn title(&self) -> &'static str {
        "Vostio"
    }

    fn manufacturer(&self) -> i64 {
        2
    }

    fn external_type(&self) -> &'static str {
        "assa_abloy_vostio_key"
    }

    fn metadata(&self) -> &'static str {
        "assa_abloy_vostio_metadata"
    }

    fn fields(&self) -> &'static [Field] {
        const {
            &[
                // Whether Seam chooses which keys to join.
                Field::bool(1, "auto_join"),
                // Guest rooms whose earlier keys this one cancels.
                Field::ids(2, "override_guest_acs_entrance_ids"),
                Field::text(3, "key_id"),
                // The request to Vostio that issues the key.
                Field::text(4, "key_issuing_request_id"),
                Field::texts(5, "door_names"),
                // The mobile endpoint that the key was sent to.
                Field::text(6, "endpoint_id"),
            ]
        }
    }
}
