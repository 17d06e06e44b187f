//! Access systems: what of their metadata goes onto a card and back, and what of it makes no sense.
//!
//! An access system is one file, which implements [`Profile`], and one line in [`ALL`].
//!
//! | file | holds |
//! |---|---|
//! | `visionline`, `vostio` | an access system each |
//! | `field` | the forms that a field can have on a card |
//! | `system` | what a record says of its access system, by the fields of the profile |
//! | `object` | the same as the API's object |
//! | `credential`, `refusal` | what a record is made from, and why none is made |

mod credential;
mod field;
mod object;
mod refusal;
mod system;
mod visionline;
mod vostio;

use core::fmt::Debug;

pub use credential::CardCredential;
#[cfg(test)]
pub(crate) use field::Form;
pub use field::{Field, Value};
pub use refusal::{Contradiction, Refusal};
pub use system::{FieldError, System};
pub use visionline::Visionline;
pub use vostio::Vostio;

use crate::Record;

/// Every access system that is built in.
pub const ALL: &[&dyn Profile] = &[&Visionline, &Vostio];

/// An access system, as far as cards are concerned.
pub trait Profile: Debug + Send + Sync {
    /// Its name, as shown to people.
    fn title(&self) -> &'static str;

    /// The number by which a card names it. It never changes, and no other system has it.
    fn manufacturer(&self) -> i64;

    /// The API's `external_type` of its credentials.
    fn external_type(&self) -> &'static str;

    /// The API's name for its metadata in a credential.
    fn metadata(&self) -> &'static str;

    /// What of its metadata goes onto a card. Nothing else does.
    fn fields(&self) -> &'static [Field];

    /// Looks for contradictions in the metadata of a credential.
    ///
    /// # Errors
    /// The first contradiction found.
    fn check(&self, metadata: &System, acs_credential_id: &str) -> Result<(), Contradiction> {
        let _ = (metadata, acs_credential_id);
        Ok(())
    }
}

/// The access systems that are known: those built in, or others beside them.
#[derive(Debug, Clone, Copy)]
pub struct Profiles(&'static [&'static dyn Profile]);

impl Profiles {
    /// [`ALL`].
    pub const BUILT_IN: Self = Self(ALL);

    /// Just these.
    #[must_use]
    pub const fn new(profiles: &'static [&'static dyn Profile]) -> Self {
        Self(profiles)
    }

    /// One after the other.
    pub fn iter(self) -> impl Iterator<Item = &'static dyn Profile> {
        self.0.iter().copied()
    }

    /// The system by the number that a card has for it.
    pub(crate) fn of_manufacturer(self, manufacturer: i64) -> Option<&'static dyn Profile> {
        self.iter()
            .find(|profile| profile.manufacturer() == manufacturer)
    }

    /// The record of a credential, by the profile of its `external_type`; `written_at` in seconds since 1970.
    ///
    /// Where the API gives no `external_type`, the metadata identifies the system. A credential of a system that has no profile
    /// gets a record without manufacturer and metadata.
    ///
    /// # Errors
    /// The first contradiction found.
    pub fn record(self, credential: &CardCredential, written_at: i64) -> Result<Record, Refusal> {
        let said = only(credential)?;
        if let (Some(starts_at), Some(ends_at)) = (credential.starts_at, credential.ends_at)
            && ends_at <= starts_at
        {
            return Err(Refusal::WindowReversed { starts_at, ends_at });
        }
        let profile = match &credential.external_type {
            Some(external_type) => self
                .iter()
                .find(|profile| profile.external_type() == external_type),
            None => said.map(System::profile),
        };
        if let Some(said) = said
            && profile.map(Profile::manufacturer) != Some(said.profile().manufacturer())
        {
            // On the card it would be lost, or be read as something else.
            return Err(Refusal::ForeignMetadata {
                external_type: credential.external_type.clone().unwrap_or_default(),
                metadata: said.profile().metadata(),
            });
        }
        let system = profile.map(|profile| said.cloned().unwrap_or_else(|| System::new(profile)));
        if let Some(system) = &system {
            system
                .profile()
                .check(system, &credential.acs_credential_id)?;
        }
        Ok(Record {
            acs_credential_id: credential.acs_credential_id.clone(),
            card_number: credential.card_number.clone(),
            starts_at: credential.starts_at,
            ends_at: credential.ends_at,
            written_at,
            system,
        })
    }
}

/// [`Profiles::record`] of those that are built in.
///
/// # Errors
/// The first contradiction found.
pub fn record_for(credential: &CardCredential, written_at: i64) -> Result<Record, Refusal> {
    Profiles::BUILT_IN.record(credential, written_at)
}

/// The metadata that says anything, of which there may be one.
fn only(credential: &CardCredential) -> Result<Option<&System>, Refusal> {
    let mut said = credential.said();
    match (said.next(), said.next()) {
        (Some(first), Some(second)) => Err(Refusal::BothMetadata {
            first: first.profile().metadata(),
            second: second.profile().metadata(),
        }),
        (first, _) => Ok(first),
    }
}

#[cfg(test)]
mod tests;
