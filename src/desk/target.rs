//! Where a credential is encoded: the reader of this machine, or an encoder of another kind, behind one trait.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cardbridge_drivers::contract::Uid;
use futures_util::future::BoxFuture;
use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::desk::DeskError;
use crate::desk::contents::Contents;
pub use crate::desk::encoder_info::{EncoderInfo, EncoderKind, Opens};
use crate::desk::job::Job;
use crate::desk::reading::Reading;
use crate::encoder::EncoderName;
pub use crate::issuance::encoded::Encoded;
use crate::issuance::entry::Issuance;
use crate::issuance::inspect::Sight;
use crate::issuance::journal::JournalError;
use crate::issuance::policy::Allowed;
use crate::seam::{AcsCredential, CreateAcsCredential, ScanResult};

/// Which credential to encode.
#[derive(Debug, Clone)]
pub enum Selection {
    /// This one.
    Credential(String),
    /// This one, which the API has just given: it is not asked for again.
    Fetched(Box<AcsCredential>),
    /// The one that carries this access method of an access grant.
    AccessMethod(String),
    /// The one that has waited longest.
    Next,
    /// A new one, created once there is a card for it.
    Create(Box<CreateAcsCredential>),
}

/// On which encoder, and how long a card is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The encoder; none: the reader of this machine that has a card first.
    pub encoder: Option<Which>,
    /// How long a card is waited for: at first, and when it was removed too early.
    pub patience: Duration,
}

/// One encoder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// By its id.
    Id(Uuid),
    /// By its name, or a part of it that fits no other.
    Name(String),
}

impl Target {
    /// The first card on any reader.
    #[must_use]
    pub fn first_card(patience: Duration) -> Self {
        Self {
            encoder: None,
            patience,
        }
    }

    /// This reader.
    #[must_use]
    pub fn named(encoder: &EncoderName, patience: Duration) -> Self {
        Self {
            encoder: Some(Which::Name(encoder.0.clone())),
            patience,
        }
    }
}

/// What is to be encoded.
#[derive(Debug, Clone)]
pub struct EncodeOrder {
    /// Which credential.
    pub selection: Selection,
    /// What is allowed.
    pub allowed: Allowed,
    /// How long a card is waited for.
    pub patience: Duration,
}

/// One encoder, whatever is behind it. The desk hands out the ticket, takes one job at a time to it, tells the events and cancels
/// through the [`Job`]. The target does the work and tells what happens through [`Job::tell`]. As long as nothing has begun that
/// would have to be finished, it stops when [`Job::unless_ended`] says so: the job was cancelled, or the desk is being stopped.
/// From [`Job::begin`] on it cannot be cancelled, and when [`Job::stopped`] is ready it ends soon, with all that a later start
/// needs in the journal.
pub trait EncodeTarget: fmt::Debug + Send + Sync {
    /// What is shown of it. The id does not change, nor does the name while the desk has it.
    fn info(&self) -> EncoderInfo;

    /// Encodes a credential on the card that is on it, or the next one.
    fn encode<'a>(
        &'a self,
        order: EncodeOrder,
        job: &'a Job,
    ) -> BoxFuture<'a, Result<Encoded, DeskError>>;

    /// Reads the card.
    fn scan<'a>(
        &'a self,
        patience: Duration,
        job: &'a Job,
    ) -> BoxFuture<'a, Result<Scan, DeskError>>;

    /// Takes our record off the card.
    fn wipe<'a>(
        &'a self,
        order: WipeOrder,
        job: &'a Job,
    ) -> BoxFuture<'a, Result<Wiped, DeskError>>;
}

/// What is to be wiped.
#[derive(Debug, Clone, Copy, Default)]
pub struct WipeOrder {
    /// This card and no other.
    pub card: Option<Uid>,
    /// Also when its record is still valid.
    pub valid: bool,
    /// Also what others have beside our record.
    pub beside: bool,
    /// How long a card is waited for.
    pub patience: Duration,
}

/// A card that is blank now.
#[derive(Debug, Clone, Serialize)]
pub struct Wiped {
    /// The card.
    #[serde(serialize_with = "as_text")]
    pub card_uid: Uid,
    /// What it was for at this desk, with the reports as far as they came.
    pub issuances: Vec<Issuance>,
}

/// A card, as it was read.
#[derive(Debug, Clone)]
pub struct Scan {
    /// The encoder that it is on.
    pub encoder: String,
    /// What is on it, in short, if it could be read.
    pub contents: Option<Contents>,
    /// All that was seen of it; none where another kind of encoder has read it.
    pub sight: Option<Sight>,
    /// The same, explained.
    pub reading: Option<Reading>,
    /// What Seam says of it, where its encoder has read it.
    pub by_seam: Option<ScanResult>,
    /// What the journal of this desk knows of it.
    pub on_record: OnRecord,
    /// Why the journal did not say, or could not take, what the card is.
    pub journal_trouble: Option<Arc<JournalError>>,
}

impl Serialize for Scan {
    /// What `read --json` prints: `docs/json.md` describes it. Of another kind of encoder no more than what is on the card.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct At<'a, T> {
            encoder: &'a str,
            #[serde(flatten)]
            what: T,
        }
        let encoder = &self.encoder;
        if let Some(what) = &self.reading {
            return At { encoder, what }.serialize(serializer);
        }
        let what = &self.contents;
        At { encoder, what }.serialize(serializer)
    }
}

/// What a journal knows of a card.
#[derive(Debug, Clone, Default, Serialize)]
pub struct OnRecord {
    /// What was begun on it and is not finished.
    pub begun: Option<Issuance>,
    /// The credential that it holds, if it is no longer its card.
    pub superseded: Option<String>,
    /// What it holds and is still to be reported.
    pub unreported: Option<Issuance>,
}

fn as_text<S: Serializer>(uid: &Uid, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(uid)
}
