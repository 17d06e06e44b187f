//! A reader of this machine as a place to encode.
//!
//! | file | holds |
//! |---|---|
//! | `encode` | waits for the card, and encodes on it |
//! | `same_card` | waits for the same card again, which was removed too early |
//! | `scan` | reads the card, and says what the journal knows of it |
//! | `wipe` | wipes the card, and tries to report that |

mod encode;
mod same_card;
mod scan;
mod wipe;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use uuid::Uuid;

use crate::desk::job::Job;
use crate::desk::local::{Held, Readers};
use crate::desk::snapshot::encoder_id;
use crate::desk::target::{
    EncodeOrder, EncodeTarget, Encoded, EncoderInfo, EncoderKind, Opens, Scan, Which, WipeOrder,
    Wiped,
};
use crate::desk::{DeskError, Parts};
use crate::encoder::EncoderName;

/// One reader, or whichever has a card first.
#[derive(Debug)]
pub(super) struct Reader {
    parts: Parts,
    readers: Arc<Readers>,
    which: Option<Which>,
}

impl EncodeTarget for Reader {
    fn info(&self) -> EncoderInfo {
        let (acs_encoder_id, name) = match &self.which {
            None => (Uuid::nil(), "any reader".to_owned()),
            Some(Which::Id(id)) => (*id, id.to_string()),
            Some(Which::Name(name)) => (encoder_id(&EncoderName(name.clone())), name.clone()),
        };
        EncoderInfo {
            acs_encoder_id,
            name: EncoderName(name),
            kind: EncoderKind::Local,
            opens: Opens::OwnRecord,
            acs_system_id: None,
            problem: None,
        }
    }

    fn encode<'a>(
        &'a self,
        order: EncodeOrder,
        job: &'a Job,
    ) -> BoxFuture<'a, Result<Encoded, DeskError>> {
        Box::pin(async move { self.encode_on_card(order, job).await.map(Encoded::Here) })
    }

    fn scan<'a>(
        &'a self,
        patience: Duration,
        job: &'a Job,
    ) -> BoxFuture<'a, Result<Scan, DeskError>> {
        Box::pin(self.scan_card(patience, job))
    }

    fn wipe<'a>(
        &'a self,
        order: WipeOrder,
        job: &'a Job,
    ) -> BoxFuture<'a, Result<Wiped, DeskError>> {
        Box::pin(self.wipe_card(order, job))
    }
}

impl Reader {
    pub(super) fn new(parts: Parts, readers: Arc<Readers>, which: Option<Which>) -> Self {
        Self {
            parts,
            readers,
            which,
        }
    }

    async fn take(&self, patience: Duration, job: &Job) -> Result<Held, DeskError> {
        let encoder = self.readers.choose(self.which.as_ref())?;
        let taken = self.readers.take(encoder.as_ref(), patience, &[], job);
        job.unless_ended(taken).await?
    }
}
