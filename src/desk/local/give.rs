//! Which reader is whose: those that an order names, and those that a kiosk has, are left out where an order takes the first card.

use std::sync::Arc;

use super::given::encodes;
use super::{Places, Readers};
use crate::desk::DeskError;
use crate::desk::job::Control;
use crate::desk::snapshot::encoder_id;
use crate::desk::target::Which;
use crate::desk::ticket::TicketId;
use crate::encoder::EncoderName;

/// A reader that a kiosk has, until this is dropped.
#[derive(Debug)]
pub struct KioskReader {
    readers: Arc<Readers>,
    which: Option<Which>,
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

impl Readers {
    /// Gives an order its reader, or the first card on any reader that no other order has.
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
                places.given.add(job, encoder);
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
