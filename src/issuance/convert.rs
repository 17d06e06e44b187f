//! From the API's credential to what goes onto a card of it.

use cardbridge_drivers::profiles::{self, CardCredential};

use crate::issuance::refusal::Refusal;
use crate::seam::{AcsCredential, Time};

/// What goes onto a card, with the number that was settled for it.
pub(crate) fn card_credential(
    credential: &AcsCredential,
    card_number: String,
) -> Result<CardCredential, Refusal> {
    let mut content = CardCredential::new(&credential.acs_credential_id, card_number);
    content.external_type = credential
        .external_type
        .as_ref()
        .map(|external_type| external_type.as_str().to_owned());
    content.starts_at = credential.starts_at_time()?.map(Time::as_second);
    content.ends_at = credential.ends_at_time()?.map(Time::as_second);
    for &profile in profiles::ALL {
        if let Some(object) = credential.metadata(profile.metadata()) {
            content.add_metadata(profile, object)?;
        }
    }
    Ok(content)
}
