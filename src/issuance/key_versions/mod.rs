//! Which site keys a card carries and may carry: what the journal must hold before the card is touched. Pure.
//!
//! While keys are being changed a card may carry those that it came with, those that it is to get, and, when writing was
//! taken up again after a rotation, those of every version it was on the way to. A desk that has all of them can finish it, so all
//! of them are remembered until the card is whole; one version would not do.

use cardbridge_drivers::contract::{CardKeys, Uid};
use cardbridge_drivers::keys::{KeyVersion, SiteKeys};

use crate::issuance::entry::Issuance;
use crate::issuance::refusal::Refusal;

/// What the journal holds of a card's keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Noted {
    /// The version that the card carries once it is whole.
    pub(crate) version: Option<KeyVersion>,
    /// Those that it may carry until then besides.
    pub(crate) earlier: Vec<KeyVersion>,
}

/// For a card that an issuance begins with, which `found` was seen on and which `left` may have left keys on.
pub(crate) fn to_begin(
    version: Option<KeyVersion>,
    found: CardKeys,
    left: &[Issuance],
    site: Option<&SiteKeys>,
) -> Noted {
    let may_carry: Vec<KeyVersion> = match found {
        CardKeys::Site(found) => vec![found],
        // Every key on the card is known, so it is none that the site no longer has.
        CardKeys::Mixed => left
            .iter()
            .flat_map(Issuance::keys_on_card)
            .filter(|&left| has(site, left))
            .collect(),
        CardKeys::None | CardKeys::Factory | CardKeys::Unknown => Vec::new(),
    };
    noted(version, may_carry)
}

/// For a card that an issuance goes on with.
pub(crate) fn to_go_on(version: Option<KeyVersion>, found: CardKeys, open: &Issuance) -> Noted {
    let found = match found {
        CardKeys::Site(found) => Some(found),
        _ => None,
    };
    noted(version, open.keys_on_card().chain(found).collect())
}

/// Refuses a card whose change to keys that the site no longer has was left unfinished: which of them it carries could not
/// be known, and writing it could leave it worse.
///
/// # Errors
/// [`Refusal::KeyVersionMissing`] with the first such version.
pub(crate) fn can_be_finished(open: &Issuance, site: Option<&SiteKeys>) -> Result<(), Refusal> {
    open.keys_on_card()
        .find(|&version| !has(site, version))
        .map_or(Ok(()), |version| Err(missing(open.card_uid, version)))
}

/// Refuses a card with unknown keys in better words, when this desk may have left it with a version that the site no longer has.
///
/// # Errors
/// [`Refusal::KeyVersionMissing`] with the latest such version.
pub(crate) fn explain_unknown(left: &[Issuance], site: Option<&SiteKeys>) -> Result<(), Refusal> {
    left.iter()
        .flat_map(|issuance| issuance.keys_on_card().map(|key| (issuance.card_uid, key)))
        .find(|(_, version)| !has(site, *version))
        .map_or(Ok(()), |(uid, version)| Err(missing(uid, version)))
}

fn missing(card_uid: Uid, version: KeyVersion) -> Refusal {
    Refusal::KeyVersionMissing { card_uid, version }
}

fn has(site: Option<&SiteKeys>, version: KeyVersion) -> bool {
    site.is_some_and(|keys| keys.version(version).is_some())
}

fn noted(version: Option<KeyVersion>, mut may_carry: Vec<KeyVersion>) -> Noted {
    may_carry.sort_unstable();
    may_carry.dedup();
    may_carry.retain(|&other| Some(other) != version);
    Noted {
        version,
        earlier: may_carry,
    }
}

#[cfg(test)]
mod tests;
