//! A credential that is created for the card: what an earlier try has created is found again, and what leads to no card is
//! deleted.

use jiff::Timestamp;

use crate::desk::notice::{self, Notice, Observer};
use crate::desk::turns::Turn;
use crate::desk::{Agent, IssueError, Wanted};
use crate::encoder::CardSession;
use crate::issuance::journal::{Creation, JournalError};
use crate::issuance::policy::{Allowed, is_waiting};
use crate::issuance::refusal::Refusal;
use crate::issuance::seam_encode::SeamEncode;
use crate::queue::QueueError;
use crate::seam::{AcsCredential, CreateAcsCredential};

/// A credential for the card. Until it is dropped, no other order with the same words creates or finds one.
#[derive(Debug)]
pub struct New {
    credential: Credential,
    _turn: Turn,
}

#[derive(Debug)]
enum Credential {
    /// It is on its way onto a card already, since an earlier try.
    Begun(String),
    /// It waits for its card, since an earlier try.
    Found(Box<AcsCredential>),
    /// This order has created it.
    Created(Box<AcsCredential>),
}

impl New {
    /// What to issue.
    #[must_use]
    pub fn wanted(&self) -> Wanted<'_> {
        match &self.credential {
            Credential::Begun(id) => Wanted::Credential(id),
            Credential::Found(credential) | Credential::Created(credential) => {
                Wanted::Fetched(credential)
            }
        }
    }

    fn acs_credential_id(&self) -> &str {
        match &self.credential {
            Credential::Begun(id) => id,
            Credential::Found(credential) | Credential::Created(credential) => {
                &credential.acs_credential_id
            }
        }
    }
}

impl Agent {
    /// Creates a credential for this card, or finds the one that an earlier try with the same request has left. What becomes of
    /// it is for [`settle`](Self::settle).
    ///
    /// # Errors
    /// As [`check_card`](Self::check_card) answers, before anything is created; [`Refusal::BeingIssued`] while another order with
    /// the same words is under way; and [`IssueError::CreationInDoubt`], after which the same request finds what was created.
    pub async fn obtain(
        &self,
        card: &CardSession,
        request: &CreateAcsCredential,
        allowed: Allowed,
        observer: &Observer,
    ) -> Result<New, IssueError> {
        let words = words(request);
        let turn = self.turns.take(&words).ok_or(Refusal::BeingIssued)?;
        let (earlier, begun) = self.earlier(&words).await?;
        let credential = if let Some(id) = begun {
            Credential::Begun(id)
        } else {
            // Before a credential is created for a card that will not do.
            self.check_card(card, allowed, observer).await?;
            self.found_or_created(&words, earlier, request, observer)
                .await?
        };
        Ok(New {
            credential,
            _turn: turn,
        })
    }

    /// The same for a card that only an encoder of Seam's will see.
    pub(super) async fn obtain_without_card(
        &self,
        request: &CreateAcsCredential,
        observer: &Observer,
    ) -> Result<New, IssueError> {
        let words = words(request);
        let turn = self.turns.take(&words).ok_or(Refusal::BeingIssued)?;
        let (earlier, begun) = self.earlier(&words).await?;
        let credential = match begun {
            Some(id) => Credential::Begun(id),
            None => {
                self.found_or_created(&words, earlier, request, observer)
                    .await?
            }
        };
        Ok(New {
            credential,
            _turn: turn,
        })
    }

    /// What an earlier request of the same words has left, and whether that is on its way onto a card.
    async fn earlier(&self, words: &str) -> Result<(Option<Creation>, Option<String>), IssueError> {
        let asked = words.to_owned();
        let earlier = self
            .journal
            .read(move |journal| journal.creation(&asked))
            .await?;
        let id = earlier
            .as_ref()
            .and_then(|one| one.acs_credential_id.clone());
        let begun = match id {
            Some(id) if self.is_begun(&id).await? => Some(id),
            _ => None,
        };
        Ok((earlier, begun))
    }

    /// Whether a credential is on its way onto a card, here or on an encoder of Seam's.
    async fn is_begun(&self, id: &str) -> Result<bool, JournalError> {
        let is_open = |encode: SeamEncode| encode.is_open();
        Ok(self.open_of_credential(id).await?.is_some()
            || self.by_seam(id).await?.is_some_and(is_open))
    }

    async fn found_or_created(
        &self,
        words: &str,
        earlier: Option<Creation>,
        request: &CreateAcsCredential,
        observer: &Observer,
    ) -> Result<Credential, IssueError> {
        if let Some(credential) = self.left_by(words, earlier, request).await? {
            observer(Notice::Creation(notice::Creation::FoundAgain(
                credential.acs_credential_id.clone(),
            )));
            return Ok(Credential::Found(Box::new(credential)));
        }
        let created = self.create(words, request, observer).await?;
        Ok(Credential::Created(Box::new(created)))
    }

    /// Forgets a creation whose credential is on a card. One that this order has created, and for which no card was begun, is
    /// deleted: no person has seen it yet, and what was refused leaves the API as it was. One that was found is left for the
    /// next try.
    ///
    /// # Errors
    /// When the journal fails; the next try with the same request then finds the credential.
    pub async fn settle(
        &self,
        request: &CreateAcsCredential,
        new: &New,
        observer: &Observer,
    ) -> Result<(), JournalError> {
        let id = new.acs_credential_id();
        if self.is_begun(id).await? {
            return Ok(());
        }
        if self.written(id).await?.is_empty() && self.by_seam(id).await?.is_none() {
            if !matches!(new.credential, Credential::Created(_)) {
                return Ok(());
            }
            let acs_credential_id = id.to_owned();
            if let Err(error) = self.queue.delete(id).await {
                observer(Notice::Creation(notice::Creation::NotTakenBack {
                    acs_credential_id,
                    error: error.to_string(),
                }));
                return Ok(());
            }
            observer(Notice::Creation(notice::Creation::TakenBack(
                acs_credential_id,
            )));
        }
        self.journal.end_creation(&words(request)).await
    }

    /// What an earlier request of the same words has left behind: a credential that waits for its card.
    async fn left_by(
        &self,
        words: &str,
        earlier: Option<Creation>,
        request: &CreateAcsCredential,
    ) -> Result<Option<AcsCredential>, IssueError> {
        let Some(earlier) = earlier else {
            return Ok(None);
        };
        let waits = async |credential: &AcsCredential| {
            let on_a_card = self
                .queue
                .is_on_a_card(&self.journal, &credential.acs_credential_id)
                .await?;
            Ok::<_, QueueError>(is_waiting(credential, self.queue.now()) && !on_a_card)
        };
        let Some(id) = earlier.acs_credential_id else {
            for credential in self
                .queue
                .held_since(&earlier.before, &request.holder)
                .await?
            {
                if waits(&credential).await? && is_asked_for(request, &credential) {
                    self.journal
                        .note_created(words, &credential.acs_credential_id)
                        .await?;
                    return Ok(Some(credential));
                }
            }
            return Ok(None);
        };
        match self.queue.fetch(&id).await {
            Ok(credential) if waits(&credential).await? => Ok(Some(credential)),
            Ok(_) => Ok(None),
            // One answer is not believed: there would be two.
            Err(error)
                if error.is_not_found()
                    && !self.queue.held_by(&request.holder).await?.contains(&id) =>
            {
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn create(
        &self,
        words: &str,
        request: &CreateAcsCredential,
        observer: &Observer,
    ) -> Result<AcsCredential, IssueError> {
        let before = self.queue.held_by(&request.holder).await?;
        self.journal.begin_creation(words, &before).await?;
        match self.queue.create(request).await {
            Ok(created) => {
                self.journal
                    .note_created(words, &created.acs_credential_id)
                    .await?;
                observer(Notice::Creation(notice::Creation::Created(
                    created.acs_credential_id.clone(),
                )));
                Ok(created)
            }
            Err(error) if error.may_have_happened() => Err(IssueError::CreationInDoubt(error)),
            Err(error) => {
                self.journal.end_creation(words).await?;
                Err(error.into())
            }
        }
    }
}

/// A request in words that are the same whenever it is.
fn words(request: &CreateAcsCredential) -> String {
    serde_json::to_string(request).unwrap_or_else(|_| format!("{request:?}"))
}

/// Whether a credential is what was asked for, as far as the API's answers tell.
fn is_asked_for(request: &CreateAcsCredential, credential: &AcsCredential) -> bool {
    let is_time = |asked: &Option<String>, there: &Option<String>| {
        let time = |text: &Option<String>| {
            text.as_deref()
                .and_then(|text| text.parse::<Timestamp>().ok())
        };
        asked.is_none() || time(asked) == time(there)
    };
    credential.access_method == request.access_method
        && is_time(&request.starts_at, &credential.starts_at)
        && is_time(&request.ends_at, &credential.ends_at)
}
