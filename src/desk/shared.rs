//! What all handles of a desk share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

use crate::desk::guests::Guests;
use crate::desk::hub::Hub;
use crate::desk::job::{Control, Job};
use crate::desk::local::Readers;
use crate::desk::manner::Cards;
use crate::desk::notice::JobKind;
use crate::desk::orderer::Orderer;
use crate::desk::reader::Reader;
use crate::desk::seam_encoder::listing::Listing;
use crate::desk::target::{EncodeTarget, Target};
use crate::desk::targets::Targets;
use crate::desk::ticket::TicketId;
use crate::desk::{DeskError, Parts};
use crate::encoder::EncoderName;

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) parts: Parts,
    pub(super) readers: Arc<Readers>,
    pub(super) hub: Arc<Hub>,
    pub(super) guests: Arc<Guests>,
    pub(super) cards: Option<Cards>,
    pub(super) targets: Targets,
    pub(super) seam_listing: Listing,
    pub(super) jobs: Mutex<HashMap<TicketId, Weak<Control>>>,
    pub(super) at_work: Mutex<JoinSet<()>>,
    pub(super) stopping: watch::Sender<bool>,
    pub(super) over: watch::Sender<bool>,
    /// Whether a card was written since the desk is being stopped.
    pub(super) wrote: AtomicBool,
    /// What goes on beside all jobs: reports are sent, the queue is kept warm, encoders are listed.
    pub(super) beside: Mutex<Vec<AbortHandle>>,
}

impl Shared {
    /// The encoder that is meant, and its name where that is known already. A job that is given to it has it to itself.
    pub(super) fn target(
        &self,
        target: &Target,
        job: &Job,
    ) -> Result<(Arc<dyn EncodeTarget>, Option<EncoderName>), DeskError> {
        let which = target.encoder.as_ref();
        if let Some(which) = which
            && let Some(other) = self.targets.find(which, &self.readers.names())?
        {
            let info = other.info();
            self.targets.occupy(info.acs_encoder_id, &job.control)?;
            return Ok((other, Some(info.name)));
        }
        let encoder = self.readers.known(which);
        self.readers
            .give(encoder.as_ref(), which.is_none(), &job.control)?;
        let readers = Arc::clone(&self.readers);
        let reader = Reader::new(self.parts.clone(), readers, which.cloned());
        Ok((Arc::new(reader), encoder))
    }

    /// Puts other encoders in place of those of other kinds that are there.
    pub(super) fn list(&self, targets: Vec<Arc<dyn EncodeTarget>>) {
        for change in self.targets.set(targets) {
            self.hub.publish(None, change);
        }
    }

    pub(super) fn new_job(&self, kind: JobKind, orderer: Orderer) -> Job {
        let job = Job::new(kind, orderer, &self.hub, self.stopping.subscribe());
        let mut jobs = self.jobs();
        jobs.retain(|_, job| job.strong_count() > 0);
        jobs.insert(job.control.ticket, Arc::downgrade(&job.control));
        job
    }

    /// Has something done that [`Desk::stop`](super::Desk::stop) waits for.
    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut at_work = self.at_work();
        while at_work.try_join_next().is_some() {}
        at_work.spawn(work);
    }

    /// A card was written, whose report may still be to be sent.
    pub(super) fn has_written(&self) {
        // Also before the stop: the request may not have been heard yet, and the report be on its way.
        self.wrote.store(true, Ordering::Relaxed);
        self.parts.something_to_report();
    }

    /// Adds something that goes on beside all jobs.
    pub(super) fn beside(&self, work: AbortHandle) {
        let mut beside = self.beside.lock().unwrap_or_else(PoisonError::into_inner);
        beside.push(work);
    }

    /// Ends what goes on beside all jobs.
    pub(super) fn end_beside(&self) {
        let beside = self.beside.lock().unwrap_or_else(PoisonError::into_inner);
        beside.iter().for_each(AbortHandle::abort);
    }

    pub(super) fn jobs(&self) -> MutexGuard<'_, HashMap<TicketId, Weak<Control>>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn at_work(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.at_work.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
