//! May this credential go onto this card? Pure: everything it needs to know is handed in.

use cardbridge_drivers::contract::{Contents, Others, Uid};
use cardbridge_drivers::record::RecordError;
use jiff::Timestamp;

use crate::issuance::elsewhere::Elsewhere;
use crate::issuance::entry::{Issuance, Kind};
use crate::issuance::inspect::{Holds, Look};
use crate::issuance::past::{AtSeam, Past, Written};
use crate::issuance::refusal::Refusal;
use crate::issuance::state::State;
use crate::seam::{AccessMode, AcsCredential, CredentialWarningCode};

/// What the person who asked has allowed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Allowed {
    /// The credential may go onto one more card, and an unfinished issuance onto another card is given up.
    pub reissue: bool,
    /// Whether what is on the card may be lost.
    pub overwrite: Overwrite,
}

/// Of which card the contents may be lost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Overwrite {
    /// Of none.
    #[default]
    Never,
    /// Of this one, which the person was asked about. Another one may be on the encoder by now.
    Card(Uid),
    /// Of whichever is on the encoder.
    Any,
}

impl From<bool> for Overwrite {
    /// Of whichever card is on the encoder, or of none.
    fn from(is_allowed: bool) -> Self {
        if is_allowed { Self::Any } else { Self::Never }
    }
}

impl Allowed {
    /// Whether what is on this card may be lost.
    #[must_use]
    pub fn overwrites(self, card: Uid) -> bool {
        match self.overwrite {
            Overwrite::Never => false,
            Overwrite::Card(meant) => meant == card,
            Overwrite::Any => true,
        }
    }
}

/// Whether the credential can be issued at all, and whether it would be its first card.
///
/// `past` is what our journal, and the property where there is one, know of its cards: a hosted API knows of none that was written here.
///
/// # Errors
/// What prevents it.
pub fn may_be_issued(
    credential: &AcsCredential,
    past: &Past,
    allowed: Allowed,
    now: Timestamp,
) -> Result<Kind, Refusal> {
    seam_allows(past.by_seam(), credential, allowed)?;
    let kind = credential_may_be_issued(credential, past, allowed, now)?;
    Ok(match past.by_seam() {
        Some(at_seam) if at_seam.is_issued => Kind::Again,
        _ => kind,
    })
}

/// The same, whatever an encoder of Seam's has done with it.
///
/// # Errors
/// What prevents it.
pub fn credential_may_be_issued(
    credential: &AcsCredential,
    past: &Past,
    allowed: Allowed,
    now: Timestamp,
) -> Result<Kind, Refusal> {
    if credential.access_method != AccessMode::Card {
        return Err(Refusal::NotACard {
            access_method: credential.access_method.as_str().to_owned(),
        });
    }
    if credential.has_warning(&CredentialWarningCode::BeingDeleted) {
        return Err(Refusal::BeingDeleted);
    }
    if !credential.errors.is_empty() {
        return Err(Refusal::HasErrors(
            credential
                .errors
                .iter()
                .map(|error| error.message.clone())
                .collect(),
        ));
    }
    if let Some(ends_at) = credential
        .ends_at_time()?
        .filter(|ends_at| *ends_at <= now.into())
    {
        return Err(Refusal::Ended { ends_at });
    }
    let last_written = past.written().next();
    let is_on_card = last_written.is_some_and(|last| !last.is_wiped());
    if !credential.is_known_issued() && !is_on_card {
        return Ok(Kind::First);
    }
    if last_written.is_some_and(|last| last.is_wiped() && is_known_by(credential, last)) {
        return Ok(Kind::Again);
    }
    if allowed.reissue || wants_reissue(credential, past) {
        return Ok(Kind::Again);
    }
    match last_written.filter(|last| !last.is_wiped()) {
        Some(last) if last.state == State::Wiping => Err(Refusal::BeingWiped {
            card_uid: last.card_uid,
        }),
        Some(last) => Err(Refusal::AlreadyWritten {
            card_uid: last.card_uid,
            written_at: last.written_at,
            desk: last.desk.clone(),
        }),
        None => Err(Refusal::AlreadyIssued {
            card_number: credential.card_number.value().cloned(),
        }),
    }
}

/// Whether the credential can be issued in spite of what an encoder of Seam's has, or may have, done with it.
fn seam_allows(
    by_seam: Option<&AtSeam>,
    credential: &AcsCredential,
    allowed: Allowed,
) -> Result<(), Refusal> {
    let Some(at_seam) = by_seam.filter(|_| !allowed.reissue) else {
        return Ok(());
    };
    if at_seam.is_open {
        return Err(Refusal::AskedOfSeam {
            encoder: at_seam.encoder.clone(),
        });
    }
    if reissue_warnings(credential).any(|warned_at| !at_seam.answers(warned_at)) {
        return Ok(());
    }
    Err(Refusal::AlreadyIssued {
        card_number: at_seam.card_number.clone(),
    })
}

/// Which issuances of other desks have to make way for a new one of this credential on this card.
///
/// # Errors
/// What prevents it: another desk may be at it, or has left a card half-written that is not given up.
pub fn make_way<'a>(
    elsewhere: &'a [Elsewhere],
    acs_credential_id: &str,
    allowed: Allowed,
) -> Result<Vec<&'a Elsewhere>, Refusal> {
    let mut given_up = Vec::new();
    for open in elsewhere.iter().filter(|one| one.is_open()) {
        let desk = open.desk.clone();
        let is_of_credential = open.acs_credential_id == acs_credential_id;
        match open.card_uid {
            _ if open.is_leased && is_of_credential => {
                return Err(Refusal::BeingIssuedElsewhere { desk });
            }
            Some(card_uid) if open.is_leased => {
                return Err(Refusal::BeingWrittenElsewhere { card_uid, desk });
            }
            // Its desk did not begin to write in time.
            _ if open.state == State::Claiming => given_up.push(open),
            Some(card_uid) if is_of_credential && !allowed.reissue => {
                return Err(Refusal::OpenElsewhere { card_uid, desk });
            }
            Some(card_uid) if !is_of_credential && !allowed.overwrites(card_uid) => {
                return Err(Refusal::CardOpenElsewhere {
                    acs_credential_id: open.acs_credential_id.clone(),
                    desk,
                });
            }
            None if !allowed.reissue => {
                return Err(Refusal::AskedOfSeam {
                    encoder: open.encoder.clone(),
                });
            }
            _ => given_up.push(open),
        }
    }
    Ok(given_up)
}

/// Whether what Seam knows to be issued is this very card, and not another one: only until Seam hears that it was wiped. The time is the
/// one that our report gave.
fn is_known_by(credential: &AcsCredential, wiped: &Written) -> bool {
    let number = credential.card_number.value();
    let issued_at = credential
        .issued_at
        .value()
        .and_then(|at| at.parse::<Timestamp>().ok());
    number == Some(&wiped.card_number)
        && issued_at.map(Timestamp::as_millisecond)
            == wiped.written_at.map(Timestamp::as_millisecond)
}

/// Whether Seam asks for a new card, and no card that was written, and not wiped since, answers that very warning. Which warning it was decides, not
/// when: Seam's clock and this machine's need not agree.
fn wants_reissue(credential: &AcsCredential, past: &Past) -> bool {
    reissue_warnings(credential).any(|warned_at| {
        let mut on_cards = past.written().filter(|card| !card.is_wiped());
        !on_cards.any(|card| card.answers(warned_at))
    })
}

/// The `created_at` of every warning `needs_to_be_reissued`, exactly as Seam gives it.
pub(crate) fn reissue_warnings(credential: &AcsCredential) -> impl Iterator<Item = &str> {
    credential
        .warnings
        .iter()
        .filter(|warning| warning.warning_code == CredentialWarningCode::NeedsToBeReissued)
        .map(|warning| warning.created_at.as_str())
}

/// Whether the credential waits for its first card: what the queue hands out.
#[must_use]
pub fn is_waiting(credential: &AcsCredential, now: Timestamp) -> bool {
    credential.has_warning(&CredentialWarningCode::WaitingToBeIssued)
        && matches!(
            credential_may_be_issued(credential, &Past::default(), Allowed::default(), now),
            Ok(Kind::First)
        )
}

/// Whether the credential waits for another card, because Seam warns that its card no longer says what it should.
#[must_use]
pub fn waits_again(credential: &AcsCredential, now: Timestamp) -> bool {
    matches!(
        credential_may_be_issued(credential, &Past::default(), Allowed::default(), now),
        Ok(Kind::Again)
    )
}

/// The most bytes that one command writes, on any card.
const LONGEST_WRITE: usize = 64;

/// Whether what is on the card can be what is left of an issuance that has begun to write it. Then nothing whole is lost
/// when it is finished.
///
/// What was there before has been given up when writing began. Since then anybody may have written the card: a message that
/// is whole, a record that verifies, and a record under a key that this desk does not have never count as remains.
#[must_use]
pub fn is_left_by(open: &Issuance, look: &Look) -> bool {
    if !matches!(open.state(), State::Writing | State::Torn) {
        return false;
    }
    match (&look.inspection().contents, &look.holds) {
        (Contents::Torn | Contents::Broken, _) => true,
        (Contents::Record(found), Holds::Unverified(error)) => {
            matches!(
                error,
                RecordError::DoesNotVerify | RecordError::Malformed(_)
            ) || differs_in_one_write(found, &open.record)
        }
        // The end of the record was not stored, and what follows it can no longer be distinguished from blocks.
        (Contents::Beside(found), _) => {
            let names_nobody = |other: &Others| matches!(other, Others::Block(_));
            *found == open.record && look.inspection().others.iter().all(names_nobody)
        }
        _ => false,
    }
}

/// Whether two records differ by no more than one command that was not stored.
fn differs_in_one_write(found: &[u8], record: &[u8]) -> bool {
    let differs = |at: &usize| found[*at] != record[*at];
    let mut places = 0..record.len();
    found.len() == record.len()
        && match (places.clone().find(differs), places.rfind(differs)) {
            (Some(first), Some(last)) => last - first < LONGEST_WRITE,
            _ => true,
        }
}

/// Whether the card may be written with this credential, or with one that it cannot hold yet, going by what is on it.
///
/// # Errors
/// What prevents it.
pub fn card_may_be_written(
    look: &Look,
    acs_credential_id: Option<&str>,
    allowed: Allowed,
    now: Timestamp,
) -> Result<(), Refusal> {
    if look.inspection().uid.is_random() {
        return Err(Refusal::RandomUid(look.inspection().uid));
    }
    match &look.holds {
        Holds::Nothing | Holds::Torn => Ok(()),
        _ if allowed.overwrites(look.inspection().uid) => Ok(()),
        Holds::Foreign => Err(Refusal::Foreign(look.inspection().others.clone())),
        Holds::Beside(record) => Err(Refusal::Beside {
            acs_credential_id: record.acs_credential_id.clone(),
            others: look.inspection().others.clone(),
        }),
        Holds::Unverified(error) => Err(Refusal::Unverified(error.clone())),
        Holds::Verified(record) if acs_credential_id == Some(&record.acs_credential_id) => Ok(()),
        Holds::Verified(record)
            if record
                .ends_at
                .is_some_and(|ends_at| ends_at <= now.as_second()) =>
        {
            Ok(())
        }
        Holds::Verified(record) => Err(Refusal::HoldsAnother {
            acs_credential_id: record.acs_credential_id.clone(),
        }),
    }
}
