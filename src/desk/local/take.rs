//! Taking a card for a job: the one that is there, or the next one.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::{Held, Readers};
use crate::desk::DeskError;
use crate::desk::job::Job;
use crate::desk::notice::Notice;
use crate::desk::ticket::TicketId;
use crate::encoder::{CardSession, EncoderError, EncoderName};

impl Readers {
    /// Waits for a card that is none of `others`, and for every other job with it to end.
    pub(in crate::desk) async fn take(
        self: &Arc<Self>,
        encoder: Option<&EncoderName>,
        patience: Duration,
        others: &[Held],
        job: &Job,
    ) -> Result<Held, DeskError> {
        let waiting = self.wait_on(encoder, job.control.ticket);
        let mut changes = self.places.subscribe();
        let card = async {
            let mut told = false;
            loop {
                changes.borrow_and_update();
                match self.try_to_take(encoder, others, job) {
                    Try::Taken(card) => return Ok(card),
                    Try::Waits { nothing_there } => {
                        if nothing_there && !told && !job.control.has_its_card() {
                            told = true;
                            job.tell(Notice::CardAwaited {
                                encoder: encoder.cloned(),
                                card_uid: None,
                                because: None,
                            });
                        }
                    }
                }
                if changes.changed().await.is_err() {
                    return Err(DeskError::Over);
                }
            }
        };
        let found = timeout(patience, card).await;
        drop(waiting);
        let card = match found {
            Ok(card) => card?,
            Err(_elapsed) => {
                return Err(DeskError::NoCard {
                    waited: patience,
                    encoder: encoder.cloned(),
                    trouble: self.trouble(encoder),
                });
            }
        };
        job.tell(Notice::JobHasCard(card.encoder().clone()));
        Ok(Held {
            card,
            readers: Arc::clone(self),
            ticket: job.control.ticket,
        })
    }

    /// Takes a card that is there, if no other job has it; else asks for what prevents that.
    fn try_to_take(&self, encoder: Option<&EncoderName>, others: &[Held], job: &Job) -> Try {
        let mut taken = None;
        let mut let_go = Vec::new();
        let mut nothing_there = true;
        self.places.send_if_modified(|places| {
            let names = places.by_name.keys().filter(|name| match encoder {
                Some(encoder) => encoder == *name,
                None => !places.leaves_out(name, job.control.ticket),
            });
            let wanted: Vec<_> = names.cloned().collect();
            let given = &mut places.given;
            let here = places.by_name.iter_mut();
            for (name, place) in here.filter(|(name, _)| wanted.contains(name)) {
                nothing_there &= !place.is_card_there;
                match (&place.job, &place.card) {
                    // Ours, though not with a card that was not the one it wants.
                    (Some(this), Some(card)) if this.ticket == job.control.ticket => {
                        if card.is_live() && !others.iter().any(|other| other.card.is(card)) {
                            taken = Some(card.clone());
                            return false;
                        }
                    }
                    (Some(other), _) if other.makes_way() => other.ask_to_end(),
                    (None, Some(card)) if card.is_live() => {
                        taken = Some(card.clone());
                        place.job = Some(Arc::clone(&job.control));
                        given.settle(&job.control, name);
                        return true;
                    }
                    (None, _) if place.is_card_there && place.trouble.is_none() => {
                        if !std::mem::replace(&mut place.is_asked, true) {
                            let_go.push(name.clone());
                        }
                    }
                    (Some(_) | None, _) => {}
                }
            }
            false
        });
        if let Some(card) = taken {
            return Try::Taken(card);
        }
        if let Some(encoders) = &self.encoders {
            for name in &let_go {
                encoders.take_again(name);
            }
        }
        Try::Waits { nothing_there }
    }

    fn trouble(&self, encoder: Option<&EncoderName>) -> Option<EncoderError> {
        let places = self.places.borrow();
        if places.is_service_lost {
            let why = "it stopped while a card was waited for";
            return Some(EncoderError::NoService(why.to_owned()));
        }
        let mut places = places.by_name.iter();
        places.find_map(|(name, place)| {
            let is_meant = encoder.is_none_or(|encoder| encoder == name);
            let trouble = place.trouble.clone().filter(|_| is_meant)?;
            // A security module that is always there must not hide that no card came.
            (!matches!(trouble, EncoderError::NoUid { .. })).then_some(trouble)
        })
    }

    fn wait_on(self: &Arc<Self>, encoder: Option<&EncoderName>, ticket: TicketId) -> Waiting {
        self.places.send_if_modified(|places| {
            places.waiting.push((ticket, encoder.cloned()));
            false
        });
        Waiting {
            readers: Arc::clone(self),
            ticket,
        }
    }
}

/// What came of trying to take a card.
enum Try {
    Taken(CardSession),
    Waits { nothing_there: bool },
}

/// A job that waits for a card, until this is dropped.
struct Waiting {
    readers: Arc<Readers>,
    ticket: TicketId,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.readers.places.send_if_modified(|places| {
            places.waiting.retain(|(ticket, _)| *ticket != self.ticket);
            false
        });
    }
}
