//! The readers of this machine, and the cards on them: which job has which card, and which card is released.

pub(super) mod give;
mod given;
mod take;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;

use self::given::{Given, Left};
use crate::desk::DeskError;
use crate::desk::job::{Control, Job};
use crate::desk::manner::Keep;
use crate::desk::notice::JobKind;
use crate::desk::snapshot::encoder_id;
use crate::desk::target::Which;
use crate::desk::ticket::TicketId;
use crate::encoder::{CardSession, EncoderError, EncoderEvent, EncoderName, Encoders, choose};

/// All readers of this machine.
pub(super) struct Readers {
    places: watch::Sender<Places>,
    /// None where only their events are followed: a card that was released is then out of reach.
    encoders: Option<Encoders>,
    keep: Keep,
}

#[derive(Debug, Default)]
struct Places {
    by_name: BTreeMap<EncoderName, Place>,
    /// The jobs that wait for a card, and where.
    waiting: Vec<(TicketId, Option<EncoderName>)>,
    is_service_lost: bool,
    given: Given,
}

impl Places {
    fn at(&mut self, encoder: &EncoderName) -> &mut Place {
        self.by_name.entry(encoder.clone()).or_default()
    }

    fn is_busy(&self, encoder: &EncoderName) -> bool {
        let waits = |(_, on): &(TicketId, Option<EncoderName>)| on.as_ref() == Some(encoder);
        let place = self.by_name.get(encoder);
        let job = place.and_then(|place| place.job.as_ref());
        self.waiting.iter().any(waits) || job.is_some_and(|job| !job.makes_way())
    }
}

/// One reader.
#[derive(Debug, Default)]
struct Place {
    is_card_there: bool,
    /// The card, while it is held.
    card: Option<CardSession>,
    /// Why a card that is there cannot be used.
    trouble: Option<EncoderError>,
    job: Option<Arc<Control>>,
    /// Whose card it was, since an order has left it there.
    left: Option<Left>,
    /// A card that was released is being taken again.
    is_asked: bool,
}

/// A card, for one job. Dropped, it is released, unless cards are kept.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) card: CardSession,
    readers: Arc<Readers>,
    ticket: TicketId,
}

impl Readers {
    pub(super) fn new(encoders: Option<Encoders>, keep: Keep) -> Arc<Self> {
        Arc::new(Self {
            places: watch::Sender::default(),
            encoders,
            keep,
        })
    }

    /// Notes what happened at the readers.
    pub(super) fn hear(&self, event: &EncoderEvent) {
        self.places.send_modify(|places| match event {
            EncoderEvent::Added(encoder) => {
                places.at(encoder);
            }
            EncoderEvent::Removed(encoder) => {
                places.by_name.remove(encoder);
            }
            EncoderEvent::CardPlaced(card) | EncoderEvent::CardTaken(card) => {
                let place = places.at(card.encoder());
                if matches!(event, EncoderEvent::CardPlaced(_)) {
                    place.left = None;
                }
                place.is_card_there = true;
                place.card = Some(card.clone());
                place.trouble = None;
                place.is_asked = false;
            }
            EncoderEvent::CardRemoved(encoder) | EncoderEvent::Stuck(encoder) => {
                let place = places.at(encoder);
                place.is_card_there = false;
                place.card = None;
                place.trouble = None;
                place.is_asked = false;
            }
            EncoderEvent::CardUnreadable(encoder, error) => {
                let place = places.at(encoder);
                place.is_card_there = true;
                place.trouble = Some(error.clone());
                place.is_asked = false;
            }
            EncoderEvent::ServiceLost => places.is_service_lost = true,
            EncoderEvent::ServiceBack => places.is_service_lost = false,
        });
    }

    /// Whether a job waits for a card on this reader.
    pub(super) fn is_awaited(&self, encoder: &EncoderName) -> bool {
        let places = self.places.borrow();
        let mut waiting = places.waiting.iter();
        waiting.any(|(order, on)| match on {
            Some(on) => on == encoder,
            None => !places.leaves_out(encoder, *order),
        })
    }

    /// Gives the card that was just placed to the job that the desk does with it by itself, unless a command has it.
    pub(super) fn hold(self: &Arc<Self>, card: CardSession, job: &Job) -> Option<Held> {
        let mut is_free = true;
        self.places.send_if_modified(|places| {
            if let Some(place) = places.by_name.get_mut(card.encoder()) {
                let is_own = |other: &Arc<Control>| other.kind == JobKind::Serve;
                is_free = place.job.as_ref().is_none_or(is_own);
                if is_free {
                    place.job = Some(Arc::clone(&job.control));
                }
            }
            is_free
        });
        is_free.then(|| Held {
            card,
            readers: Arc::clone(self),
            ticket: job.control.ticket,
        })
    }

    /// Releases the card on a reader, unless a job has it or cards are kept.
    pub(super) fn let_go(&self, encoder: &EncoderName) {
        if self.keep == Keep::UntilRemoved {
            return;
        }
        self.places.send_modify(|places| {
            if let Some(place) = places.by_name.get_mut(encoder)
                && place.job.is_none()
            {
                place.card = None;
            }
        });
    }

    /// The reader that is meant, of those that are there; none where any will do.
    pub(super) fn choose(&self, which: Option<&Which>) -> Result<Option<EncoderName>, DeskError> {
        let present = match &self.encoders {
            Some(encoders) => encoders.list()?,
            None => self.places.borrow().by_name.keys().cloned().collect(),
        };
        let id = match which {
            None => {
                choose(None, present)?;
                return Ok(None);
            }
            Some(Which::Name(part)) => return Ok(choose(Some(part), present)?.into_iter().next()),
            Some(Which::Id(id)) => *id,
        };
        let chosen = present.iter().find(|name| encoder_id(name) == id).cloned();
        if chosen.is_some() {
            return Ok(chosen);
        }
        Err(DeskError::Encoder(EncoderError::NoEncoder {
            wanted: Some(id.to_string()),
            present: present.into_iter().map(|name| name.0).collect(),
        }))
    }

    /// The same without asking anybody: the reader of that very name or id, if it is known.
    pub(super) fn known(&self, which: Option<&Which>) -> Option<EncoderName> {
        let is_meant = |name: &&EncoderName| match which {
            None => false,
            Some(Which::Name(part)) => name.0 == *part,
            Some(Which::Id(id)) => encoder_id(name) == *id,
        };
        let places = self.places.borrow();
        places.by_name.keys().find(is_meant).cloned()
    }

    /// Whether a command has this reader. What the desk does by itself makes way as long as it has written nothing.
    pub(super) fn is_busy(&self, encoder: &EncoderName) -> bool {
        self.places.borrow().is_busy(encoder)
    }

    /// The readers that are there.
    pub(super) fn names(&self) -> Vec<EncoderName> {
        self.places.borrow().by_name.keys().cloned().collect()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let encoder = self.card.encoder().clone();
        self.readers.places.send_modify(|places| {
            if let Some(place) = places.by_name.get_mut(&encoder)
                // A later card of the same job has a hold of its own.
                && place.card.as_ref().is_none_or(|card| card.is(&self.card))
                && let Some(job) = place.job.take_if(|job| job.ticket == self.ticket)
            {
                place.left = places.given.left_by(&job);
            }
        });
        self.readers.let_go(&encoder);
    }
}

impl fmt::Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readers")
            .field("places", &*self.places.borrow())
            .finish_non_exhaustive()
    }
}
