//! What is given away of the readers: to orders, and to kiosks.

use std::sync::{Arc, Weak};

use crate::desk::job::Control;
use crate::desk::notice::JobKind;
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
    pub(super) kiosks: Vec<Option<Which>>,
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

impl Given {
    /// Whether another order than this one has this reader, from the moment on at which it is given.
    pub(super) fn is_ordered(&self, encoder: &EncoderName, not_by: TicketId) -> bool {
        let mut orders = self.under_way();
        orders.any(|(job, at)| at == Some(encoder) && job.ticket != not_by)
    }

    pub(super) fn under_way(&self) -> impl Iterator<Item = (Arc<Control>, Option<&EncoderName>)> {
        let orders = self.orders.iter();
        let orders = orders.filter_map(|order| Some((order.job.upgrade()?, order.at.as_ref())));
        orders.filter(|(job, _)| !job.is_over())
    }

    /// Gives an order its reader, or the next card on any.
    pub(super) fn add(&mut self, job: &Arc<Control>, encoder: Option<&EncoderName>) {
        let is_over = |order: &Order| order.job.upgrade().is_none_or(|job| job.is_over());
        self.orders.retain(|order| !is_over(order));
        self.turn += 1;
        self.orders.push(Order {
            job: Arc::downgrade(job),
            at: encoder.cloned(),
            since: self.turn,
        });
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
    pub(super) fn is_of_another(&self, left: &Left, order: TicketId) -> bool {
        let mut orders = self.orders.iter();
        let of_order = |one: &&Order| one.job.upgrade().is_some_and(|job| job.ticket == order);
        let since = orders.find(of_order).map(|order| order.since);
        left.by != order && since.is_some_and(|since| since < left.turn)
    }
}

pub(super) fn encodes(job: &Control) -> bool {
    matches!(job.kind, JobKind::Encode | JobKind::Wipe)
}
