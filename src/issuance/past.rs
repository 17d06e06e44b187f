//! Which cards a credential is on, or may be: as this desk's journal says, and, where there are other desks, as the property says.
//! Pure: it is what the [policy](super::policy) decides by.

use std::cmp::Reverse;

use cardbridge_drivers::contract::Uid;
use jiff::Timestamp;

use super::elsewhere::{Elsewhere, Fence};
use super::entry::Issuance;
use super::seam_encode::SeamEncode;
use super::state::State;

/// What became of a credential so far, the newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Past(Vec<(Option<Fence>, Earlier)>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Earlier {
    Written(Written),
    AtSeam(AtSeam),
}

/// A card that the credential was put on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The card.
    pub card_uid: Uid,
    /// The number on it.
    pub card_number: String,
    /// What became of it.
    pub state: State,
    /// When it was found good.
    pub written_at: Option<Timestamp>,
    /// The desk that wrote it; none: this one.
    pub desk: Option<String>,
    answers: Option<Vec<String>>,
}

/// What an encoder of Seam's has, or may have, done with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtSeam {
    /// The encoder.
    pub encoder: String,
    /// The desk that has asked Seam; none: this one.
    pub desk: Option<String>,
    /// Whether it is not known yet what came of it.
    pub is_open: bool,
    /// Whether Seam has issued the credential.
    pub is_issued: bool,
    /// The number of the card, where Seam gave one.
    pub card_number: Option<String>,
    answers: Vec<String>,
}

impl Written {
    /// Whether the card holds the record no more, so that the credential is free again.
    #[must_use]
    pub fn is_wiped(&self) -> bool {
        self.state == State::Wiped
    }

    /// Whether this card answers the warning `needs_to_be_reissued` of that `created_at`: see [`Issuance::answers`].
    #[must_use]
    pub fn answers(&self, warned_at: &str) -> bool {
        self.answers
            .as_ref()
            .is_none_or(|answered| answered.iter().any(|one| one == warned_at))
    }
}

impl AtSeam {
    /// The same of a card that Seam's encoder has written.
    #[must_use]
    pub fn answers(&self, warned_at: &str) -> bool {
        self.answers.iter().any(|one| one == warned_at)
    }
}

impl From<&Issuance> for Written {
    fn from(issuance: &Issuance) -> Self {
        Self {
            card_uid: issuance.card_uid,
            card_number: issuance.card_number.clone(),
            state: issuance.state(),
            written_at: issuance.written_at(),
            desk: None,
            answers: issuance.answers.clone(),
        }
    }
}

impl From<&SeamEncode> for AtSeam {
    fn from(encode: &SeamEncode) -> Self {
        Self {
            encoder: encode.encoder.clone(),
            desk: None,
            is_open: encode.is_open(),
            is_issued: encode.is_issued(),
            card_number: encode.card_number().map(str::to_owned),
            answers: encode.answers.clone(),
        }
    }
}

impl Past {
    /// As the journal says: the issuances that put the credential onto a card, the newest first, and what an encoder of Seam's has done
    /// with it since.
    #[must_use]
    pub fn of_journal(written: &[Issuance], by_seam: Option<&SeamEncode>) -> Self {
        let by_seam = by_seam.map(|encode| Earlier::AtSeam(encode.into()));
        let written = written.iter().map(|one| Earlier::Written(one.into()));
        let all = by_seam.into_iter().chain(written);
        Self(all.map(|one| (None, one)).collect())
    }

    /// The same with what other desks have done, each where its number puts it; `fences` are those of the journal's entries, in their order. An entry without one is
    /// not known to the other desks yet, and counts as the newest.
    #[must_use]
    pub fn with(mut self, fences: &[Option<Fence>], elsewhere: &[Elsewhere]) -> Self {
        for (one, fence) in self.0.iter_mut().zip(fences) {
            one.0 = *fence;
        }
        self.0.extend(elsewhere.iter().filter_map(of_another_desk));
        self.0.sort_by_key(|(fence, _)| {
            fence.map_or((false, Reverse(None)), |fence| (true, Reverse(Some(fence))))
        });
        self
    }

    /// The cards that it was put on, the newest first.
    pub fn written(&self) -> impl Iterator<Item = &Written> {
        self.0.iter().filter_map(|(_, one)| match one {
            Earlier::Written(written) => Some(written),
            Earlier::AtSeam(_) => None,
        })
    }

    /// What an encoder of Seam's has done with it, unless a card was written since.
    #[must_use]
    pub fn by_seam(&self) -> Option<&AtSeam> {
        match self.0.first() {
            Some((_, Earlier::AtSeam(at_seam))) => Some(at_seam),
            _ => None,
        }
    }
}

/// What counts of another desk's: what is on a card, or may be. A card that is being wiped may still hold it.
fn of_another_desk(one: &Elsewhere) -> Option<(Option<Fence>, Earlier)> {
    let earlier = match one.card_uid {
        Some(card_uid) if one.written_at.is_some() || one.state == State::Wiping => {
            Earlier::Written(Written {
                card_uid,
                card_number: one.card_number.clone().unwrap_or_default(),
                state: one.state,
                written_at: one.written_at,
                desk: Some(one.desk.clone()),
                answers: one.answers.clone(),
            })
        }
        None if matches!(one.state, State::Writing | State::Closed) => Earlier::AtSeam(AtSeam {
            encoder: one.encoder.clone(),
            desk: Some(one.desk.clone()),
            is_open: one.state == State::Writing,
            is_issued: one.state == State::Closed,
            card_number: one.card_number.clone(),
            answers: one.answers.clone().unwrap_or_default(),
        }),
        _ => return None,
    };
    Some((Some(one.fence), earlier))
}
