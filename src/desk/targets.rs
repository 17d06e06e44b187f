//! The encoders that are no readers of this machine, and which job is at each.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use uuid::Uuid;

use crate::desk::DeskError;
use crate::desk::job::Control;
use crate::desk::notice::Notice;
use crate::desk::target::{EncodeTarget, Which};
use crate::encoder::{EncoderName, choose};

/// All encoders of other kinds, by their ids.
#[derive(Debug, Default)]
pub(super) struct Targets(Mutex<BTreeMap<Uuid, Place>>);

#[derive(Debug)]
struct Place {
    target: Arc<dyn EncodeTarget>,
    job: Weak<Control>,
}

impl Targets {
    /// These are all there are from now on. Gives what has changed, to be reported. A job goes on although its encoder is gone.
    pub(super) fn set(&self, targets: Vec<Arc<dyn EncodeTarget>>) -> Vec<Notice> {
        let mut places = self.places();
        let mut before = std::mem::take(&mut *places);
        let mut changes = Vec::new();
        for target in targets {
            let info = target.info();
            let place = before.remove(&info.acs_encoder_id);
            let known = place.as_ref().map(|place| place.target.info());
            if known.as_ref() != Some(&info) {
                changes.push(Notice::Listed {
                    encoder: info.clone(),
                    is_new: known.is_none(),
                });
            }
            let job = place.map_or_else(Weak::new, |place| place.job);
            places.insert(info.acs_encoder_id, Place { target, job });
        }
        let gone = before.into_values();
        let gone = gone.map(|place| Notice::Unlisted(place.target.info()));
        gone.chain(changes).collect()
    }

    /// The one that is meant. By a part of its name only where no reader of this machine is meant by that.
    pub(super) fn find(
        &self,
        which: &Which,
        readers: &[EncoderName],
    ) -> Result<Option<Arc<dyn EncodeTarget>>, DeskError> {
        let places = self.places();
        let part = match which {
            Which::Id(id) => {
                return Ok(places.get(id).map(|place| Arc::clone(&place.target)));
            }
            Which::Name(part) => part,
        };
        let names = || places.values().map(|place| place.target.info().name);
        let is_whole = names().any(|name| name.0 == *part);
        let of_a_reader = readers.iter().any(|name| name.contains(part));
        if !is_whole && (of_a_reader || !names().any(|name| name.contains(part))) {
            return Ok(None);
        }
        let chosen = choose(Some(part), names().collect())?;
        let is_chosen = |place: &&Place| chosen.contains(&place.target.info().name);
        let place = places.values().find(is_chosen);
        Ok(place.map(|place| Arc::clone(&place.target)))
    }

    /// Gives an encoder to a job.
    ///
    /// # Errors
    /// [`DeskError::Busy`] while another job has it.
    pub(super) fn occupy(&self, id: Uuid, job: &Arc<Control>) -> Result<(), DeskError> {
        let mut places = self.places();
        let Some(place) = places.get_mut(&id) else {
            return Ok(());
        };
        if place.job.upgrade().is_some_and(|other| !other.is_over()) {
            return Err(DeskError::Busy {
                encoder: place.target.info().name,
            });
        }
        place.job = Arc::downgrade(job);
        Ok(())
    }

    fn places(&self) -> MutexGuard<'_, BTreeMap<Uuid, Place>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
