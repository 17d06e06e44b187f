//! ASSA ABLOY Visionline: data on card, offline locks, on the hotel's premises.

use alloc::format;

use super::{Contradiction, Field, Profile, System};

/// The profile of Visionline cards.
#[derive(Debug)]
pub struct Visionline;

impl Profile for Visionline {
    fn title(&self) -> &'static str {
        "Visionline"
    }

    fn manufacturer(&self) -> i64 {
        1
    }

    fn external_type(&self) -> &'static str {
        "visionline_card"
    }

    fn metadata(&self) -> &'static str {
        "visionline_metadata"
    }

    fn fields(&self) -> &'static [Field] {
        const {
            &[
                Field::word(1, "card_function_type", &["guest", "staff"]),
                // Credentials whose access this card shares.
                Field::ids(2, "joiner_acs_credential_ids"),
                Field::ids(3, "guest_acs_entrance_ids"),
                Field::ids(4, "common_acs_entrance_ids"),
                // Whether Visionline still honours the credential.
                Field::bool(5, "is_valid"),
                // Whether Seam chose the credentials to join.
                Field::bool(6, "auto_join"),
                // Visionline's own numbers of the card and of the credential, such as 5 and 15.
                Field::text(7, "card_id"),
                Field::text(8, "credential_id"),
            ]
        }
    }

    fn check(&self, metadata: &System, acs_credential_id: &str) -> Result<(), Contradiction> {
        if metadata.bool("is_valid") == Some(false) {
            // Cancelled, overridden, overwritten or discarded.
            return Err(Contradiction::new(
                "credential_invalidated",
                "Visionline no longer honours the credential (visionline_metadata.is_valid is false)",
                "create a new credential for the guest and issue that one",
            ));
        }
        let joiners = metadata.texts("joiner_acs_credential_ids");
        if joiners.iter().any(|joiner| joiner == acs_credential_id) {
            return Err(Contradiction::new(
                "credential_contradictory",
                "the credential is to join itself (visionline_metadata.joiner_acs_credential_ids)",
                "create the credential again, joining those whose access it is to share",
            ));
        }
        // A Visionline door has one category: guest or common.
        let common = metadata.texts("common_acs_entrance_ids");
        let mut guest = metadata.texts("guest_acs_entrance_ids").iter();
        match guest.find(|entrance| common.contains(entrance)) {
            Some(entrance) => Err(Contradiction::new(
                "credential_contradictory",
                format!(
                    "the entrance {entrance} is both a guest and a common entrance in visionline_metadata"
                ),
                "check the entrance in Visionline, then create the credential again",
            )),
            None => Ok(()),
        }
    }
}
