//! Which reader is whose: those that an order names, and those that a kiosk has, are left out where an order takes the first card.

use std::sync::{Arc, Weak};

use super::{Places, Readers};
use crate::desk::DeskError;
use crate::desk::job::Control;
use crate::desk::notice::JobKind;
use crate::desk::snapshot::encoder_id;
use crate::desk::target::Which;
use crate::desk::ticket::TicketId;
use crate::encoder::EncoderName;

/// What is given away of the readers.
#[derive(Debug, Default)]
pub(super) struct Given {
    orders: Vec<Order>,
    /// Grows whenever an order is given or leaves a card.
    turn: u64,
    /// The readers that kiosks have; none: the first of this machine.
    kiosks: Vec<Option<Which>>,
}

/// An order that is under way.
#[derive(Debug)]
struct Order {
    job: Weak<Control>,
    /// Its reader, once that is known.
    at: Option<EncoderName>,
    since: u64,
}

/// Whose a card was that is still there.
#[derive(Debug)]
pub(super) struct Left {
    by: TicketId,
    turn: u64,
}

/// A reader that a kiosk has, until this is dropped.
#[derive(Debug)]
pub struct KioskReader {
    readers: Arc<Readers>,
    which: Option<Which>,
}

impl Given {
    /// Whether another order than this one has this reader, from the moment on at which it is given.
    fn is_ordered(&self, encoder: &EncoderName, not_by: TicketId) -> bool {
        let mut orders = self.under_way();
        orders.any(|(job, at)| at == Some(encoder) && job.ticket != not_by)
    }

    fn under_way(&self) -> impl Iterator<Item = (Arc<Control>, Option<&EncoderName>)> {
        let orders = self.orders.iter();
        let orders = orders.filter_map(|order| Some((order.job.upgrade()?, order.at.as_ref())));
        orders.filter(|(job, _)| !job.is_over())
    }

    /// The job has this reader from now on.
    pub(super) fn settle(&mut self, job: &Arc<Control>, encoder: &EncoderName) {
        for order in &mut self.orders {
            if order.job.as_ptr() == Arc::as_ptr(job) {
                order.at = Some(encoder.clone());
            }
        }
    }

    /// What an order leaves behind that has written a card.
    pub(super) fn left_by(&mut self, job: &Control) -> Option<Left> {
        self.turn += 1;
        encodes(job).then_some(Left {
            by: job.ticket,
            turn: self.turn,
        })
    }

    /// Whether the card that is there was placed for another order, while this one waited already.
    fn is_of_another(&self, left: &Left, order: TicketId) -> bool {
        let mut orders = self.orders.iter();
        let of_order = |one: &&Order| one.job.upgrade().is_some_and(|job| job.ticket == order);
        let since = orders.find(of_order).map(|order| order.since);
        left.by != order && since.is_some_and(|since| since < left.turn)
    }
}

impl Places {
    /// Whether this order for the first card anywhere leaves this reader alone.
    pub(super) fn leaves_out(&self, encoder: &EncoderName, order: TicketId) -> bool {
        let is_kiosks = |which: &Option<Which>| match which {
            None => self.by_name.keys().next() == Some(encoder),
            Some(Which::Id(id)) => encoder_id(encoder) == *id,
            Some(Which::Name(name)) => encoder.0 == *name,
        };
        let place = self.by_name.get(encoder);
        let left = place.and_then(|place| place.left.as_ref());
        self.given.is_ordered(encoder, order)
            || self.given.kiosks.iter().any(is_kiosks)
            || left.is_some_and(|left| self.given.is_of_another(left, order))
    }
}

fn encodes(job: &Control) -> bool {
    matches!(job.kind, JobKind::Encode | JobKind::Wipe)
}

impl Readers {
    /// Gives an order its reader, or the first card on any that nobody else has.
    ///
    /// # Errors
    /// [`DeskError::Busy`] where another order has the reader, [`DeskError::NoneFree`] where the next card on any reader is another
    /// order's: what is placed for one guest must not become the key of another.
    pub(in crate::desk) fn give(
        &self,
        encoder: Option<&EncoderName>,
        is_any: bool,
        job: &Arc<Control>,
    ) -> Result<(), DeskError> {
        let mut refused = None;
        self.places.send_if_modified(|places| {
            let busy = encoder.filter(|encoder| {
                places.is_busy(encoder) || places.given.is_ordered(encoder, job.ticket)
            });
            let mut under_way = places.given.under_way();
            let is_next_taken =
                under_way.any(|(other, at)| at.is_none() && encodes(&other) && encodes(job));
            drop(under_way);
            let all_left_out = !places.by_name.is_empty()
                && places
                    .by_name
                    .keys()
                    .all(|name| places.leaves_out(name, job.ticket));
            refused = match busy {
                Some(encoder) => Some(DeskError::Busy {
                    encoder: encoder.clone(),
                }),
                None if is_any && (is_next_taken || all_left_out) => Some(DeskError::NoneFree),
                None => None,
            };
            if refused.is_none() {
                let given = &mut places.given;
                let is_over = |order: &Order| order.job.upgrade().is_none_or(|job| job.is_over());
                given.orders.retain(|order| !is_over(order));
                given.turn += 1;
                given.orders.push(Order {
                    job: Arc::downgrade(job),
                    at: encoder.cloned(),
                    since: given.turn,
                });
            }
            false
        });
        refused.map_or(Ok(()), Err)
    }

    /// Keeps a reader for a kiosk; none: the first of this machine.
    pub(in crate::desk) fn keep_for_kiosk(self: &Arc<Self>, which: Option<Which>) -> KioskReader {
        self.places
            .send_modify(|places| places.given.kiosks.push(which.clone()));
        KioskReader {
            readers: Arc::clone(self),
            which,
        }
    }
}

impl Drop for KioskReader {
    fn drop(&mut self) {
        self.readers.places.send_modify(|places| {
            let kiosks = &mut places.given.kiosks;
            if let Some(at) = kiosks.iter().position(|which| *which == self.which) {
                kiosks.swap_remove(at);
            }
        });
    }
}
