//! An encoder that Seam drives, as a place to encode: the access system's own, whose cards open its locks.
//!
//! Seam is asked once and then followed. The journal says so before the call, so that a process which ends in between neither asks
//! again nor forgets.
//!
//! | file | holds |
//! |---|---|
//! | `encode` | an order: which credential, and what is settled before Seam is asked |
//! | `course` | from the call to what came of it |
//! | `outcome` | what came of it, as one look at Seam tells |
//! | `scan` | has the encoder read a card |
//! | `list` | keeps the list of such encoders, and settles what was left open |
//! | `listing` | what Seam has said of them last |
//! | [`find`] | one of them, by its name |
//! | `names` | what they are called |
//! | `error` | why nothing came of it |

mod course;
mod encode;
mod error;
pub mod find;
pub(super) mod list;
pub(super) mod listing;
mod names;
mod outcome;
mod scan;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use uuid::Uuid;

pub use self::error::AtSeamError;
use self::error::Unusable;
pub use self::names::named;
use crate::desk::job::Job;
use crate::desk::problem::Problem;
use crate::desk::target::{
    EncodeOrder, EncodeTarget, Encoded, EncoderInfo, EncoderKind, Opens, Scan, WipeOrder, Wiped,
};
use crate::desk::{Agent, DeskError};
use crate::encoder::EncoderName;
use crate::queue::FoundEncoder;

/// One encoder that Seam drives.
#[derive(Debug)]
pub struct SeamEncoder {
    agent: Arc<Agent>,
    /// As Seam spells it.
    acs_encoder_id: String,
    info: EncoderInfo,
}

impl SeamEncoder {
    /// That encoder under this name; none where its id is none of Seam's form.
    #[must_use]
    pub fn new(agent: Arc<Agent>, found: &FoundEncoder, name: String) -> Option<Self> {
        let encoder = &found.encoder;
        let problem = encoder.errors.first();
        let problem =
            problem.map(|issue| Problem::new(Unusable(issue).code(), issue.message.clone()));
        Some(Self {
            agent,
            acs_encoder_id: encoder.acs_encoder_id.clone(),
            info: EncoderInfo {
                acs_encoder_id: Uuid::parse_str(&encoder.acs_encoder_id).ok()?,
                name: EncoderName(name),
                kind: EncoderKind::Seam,
                opens: Opens::VendorCard,
                acs_system_id: Some(encoder.acs_system_id.clone()),
                problem,
            },
        })
    }

    /// The same with this problem in place of its own, if there is one.
    fn with_problem(mut self, problem: Option<&Problem>) -> Self {
        if let Some(problem) = problem {
            self.info.problem = Some(problem.clone());
        }
        self
    }
}

impl EncodeTarget for SeamEncoder {
    fn info(&self) -> EncoderInfo {
        self.info.clone()
    }

    fn encode<'a>(
        &'a self,
        order: EncodeOrder,
        job: &'a Job,
    ) -> BoxFuture<'a, Result<Encoded, DeskError>> {
        Box::pin(async move {
            let encoded = Box::pin(self.encode_by_seam(order, job));
            encoded.await.map(Encoded::BySeam)
        })
    }

    fn scan<'a>(
        &'a self,
        patience: Duration,
        job: &'a Job,
    ) -> BoxFuture<'a, Result<Scan, DeskError>> {
        Box::pin(self.scan_by_seam(patience, job))
    }

    fn wipe<'a>(&'a self, _: WipeOrder, _: &'a Job) -> BoxFuture<'a, Result<Wiped, DeskError>> {
        Box::pin(async {
            Err(DeskError::Unsupported {
                encoder: self.info.name.to_string(),
                what: "wipe cards",
            })
        })
    }
}
