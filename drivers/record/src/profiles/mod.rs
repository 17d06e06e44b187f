//! An access system's metadata: what of it makes no sense, and how it comes to stand on a card and back.
//!
//! One file per access system, one line in [`ALL`].

mod credential;
mod refusal;
mod visionline;
mod vostio;

use core::fmt::Debug;

pub use crate::{VisionlineMetadata, VostioMetadata};
pub use credential::CardCredential;
pub use refusal::Refusal;
pub use visionline::Visionline;
pub use vostio::Vostio;

use crate::Record;

/// Every access system whose metadata goes onto cards.
pub const ALL: &[&dyn Profile] = &[&Visionline, &Vostio];

/// The code for one access system's metadata.
pub trait Profile: Debug + Send + Sync {
    /// The `external_type` of its credentials.
    fn external_type(&self) -> &'static str;

    /// The system's name for people.
    fn title(&self) -> &'static str;

    /// Looks for contradictions in a credential of this system.
    ///
    /// # Errors
    /// The first contradiction found.
    fn validate(&self, credential: &CardCredential) -> Result<(), Refusal>;

    /// The record of a credential of this system; `written_at` in seconds since 1970.
    ///
    /// # Errors
    /// As [`validate`](Self::validate).
    fn to_record(&self, credential: &CardCredential, written_at: i64) -> Result<Record, Refusal>;

    /// The credential that a record was made from; `None` when it is of another system.
    fn to_credential(&self, record: &Record) -> Option<CardCredential>;
}

/// The record of a credential, by the profile of its `external_type`; `written_at` in seconds since 1970.
///
/// Where the API gives no `external_type`, the metadata tells the system. A credential of a system that has no profile
/// gets a record without manufacturer and metadata.
///
/// # Errors
/// The first contradiction found.
pub fn record_for(credential: &CardCredential, written_at: i64) -> Result<Record, Refusal> {
    if let Some(profile) = profile_of(credential) {
        return profile.to_record(credential, written_at);
    }
    validate_without_profile(credential)?;
    Ok(credential.with_system(None, written_at))
}

/// The credential that a record was made from, in Seam's field names. A record without manufacturer gives one without
/// `external_type`.
#[must_use]
pub fn credential_for(record: &Record) -> CardCredential {
    ALL.iter()
        .find_map(|profile| profile.to_credential(record))
        .unwrap_or_else(|| CardCredential::common_of(record))
}

fn profile_of(credential: &CardCredential) -> Option<&'static dyn Profile> {
    let external_type = match credential.external_type.as_deref() {
        Some(external_type) => external_type,
        None if credential.visionline().is_some() => Visionline.external_type(),
        None if credential.vostio().is_some() => Vostio.external_type(),
        None => return None,
    };
    ALL.iter()
        .copied()
        .find(|profile| profile.external_type() == external_type)
}

/// What makes no sense in any system.
fn validate_common(credential: &CardCredential) -> Result<(), Refusal> {
    if credential.visionline().is_some() && credential.vostio().is_some() {
        return Err(Refusal::BothMetadata);
    }
    match (credential.starts_at, credential.ends_at) {
        (Some(starts_at), Some(ends_at)) if ends_at <= starts_at => {
            Err(Refusal::WindowReversed { starts_at, ends_at })
        }
        _ => Ok(()),
    }
}

/// A system without a profile has no metadata of its own; what is there would be lost on the card.
fn validate_without_profile(credential: &CardCredential) -> Result<(), Refusal> {
    validate_common(credential)?;
    let metadata = if credential.visionline().is_some() {
        "visionline_metadata"
    } else if credential.vostio().is_some() {
        "assa_abloy_vostio_metadata"
    } else {
        return Ok(());
    };
    Err(Refusal::ForeignMetadata {
        external_type: credential.external_type.clone().unwrap_or_default(),
        metadata,
    })
}

#[cfg(test)]
mod tests;
