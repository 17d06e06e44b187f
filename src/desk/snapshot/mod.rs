//! The state of everything at the desk, in one document: what a page shows that was just opened.

mod model;

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

pub(super) use self::model::Model;
use crate::desk::contents::Contents;
use crate::desk::encoder_info::{EncoderKind, Opens};
use crate::desk::guests::Property;
use crate::desk::notice::JobKind;
use crate::desk::orderer::Orderer;
use crate::desk::problem::Problem;
use crate::desk::ticket::TicketId;
use crate::encoder::EncoderName;

/// Everything at the desk, at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Snapshot {
    /// The number of the last event that is in it.
    pub number: u64,
    /// Whether the service behind the readers answers.
    pub service_lost: bool,
    /// The encoders that are there, in the order of their names.
    pub encoders: Vec<EncoderView>,
    /// The commands under way that have no encoder yet: they take the first card.
    pub waiting: Vec<JobView>,
    /// Reports that are still to be sent, as far as it was last known.
    pub unreported: usize,
    /// Why they are: what a receiver said last.
    pub unreported_reason: Option<String>,
    /// The list of the guests.
    pub queue: QueueView,
    /// The API.
    pub seam: SeamView,
    /// The property, as far as it is known.
    pub property: Property,
    /// Whether there are simulated encoders.
    pub simulated: bool,
    /// The version of this program.
    pub version: &'static str,
}

/// The list of the guests, in short.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct QueueView {
    /// Another number whenever the list is another one; none before a page has shown it.
    pub revision: Option<u64>,
    /// How many wait for a card.
    pub waiting: usize,
}

/// The API, as far as it was asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SeamView {
    /// Whether it answers; none where it was not asked yet.
    pub reachable: Option<bool>,
    /// Since when that is so.
    pub since: Option<Timestamp>,
    /// Why it does not.
    pub problem: Option<Problem>,
}

/// One encoder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct EncoderView {
    /// The same for the same name, whenever it is plugged in.
    pub acs_encoder_id: Uuid,
    /// Its name.
    pub name: String,
    /// Its model, where its name says that.
    pub model: Option<&'static str>,
    /// What is behind it.
    pub kind: EncoderKind,
    /// What its cards open.
    pub opens: Opens,
    /// The access system that it belongs to, where it belongs to one.
    pub acs_system_id: Option<String>,
    /// Whether it can be used, as far as is known.
    pub online: bool,
    /// A command has not come back from it.
    pub stuck: bool,
    /// The card that is on it.
    pub card: Option<CardView>,
    /// Why there is a card that cannot be worked on.
    pub problem: Option<Problem>,
    /// What is being done with the card.
    pub job: Option<JobView>,
}

/// A card on an encoder. What was not asked yet is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CardView {
    /// Its identifier.
    pub card_uid: Option<String>,
    /// Its model, where a driver knows it.
    pub card_type: Option<&'static str>,
    /// What is on it.
    #[serde(flatten)]
    pub contents: Option<Contents>,
    /// Whose it is, once that is known.
    pub reading: Option<CardReading>,
}

/// What Seam says of the credential on a card.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CardReading {
    /// How the credential is named to people.
    pub display_name: Option<String>,
    /// The rooms and the doors that it opens, by name.
    pub entrances: Vec<Arc<str>>,
}

/// A job that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JobView {
    /// What cancels it.
    pub ticket: TicketId,
    /// What it does.
    pub kind: JobKind,
    /// On whose behalf.
    pub ordered_by: Orderer,
    /// How far it is.
    pub step: Step,
    /// Whether it ends when it is asked to: it has written nothing yet, or its card is away and can be left unfinished.
    pub cancellable: bool,
    /// Write commands that were carried out, and how many there are.
    pub progress: Option<(usize, usize)>,
    /// The credential.
    pub acs_credential_id: Option<String>,
    /// How Seam names it to people.
    pub display_name: Option<String>,
    /// The issuance, once it was begun.
    pub issuance_id: Option<Uuid>,
    /// The only card that it goes on with.
    pub card_uid: Option<String>,
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Nothing yet.
    Preparing,
    /// It waits for a card.
    WaitingForCard,
    /// It reads the card and asks whether it may be written.
    Checking,
    /// The access system's encoder waits for a card and writes it: Seam does not say how far that is.
    AtEncoder,
    /// It writes. The card must not be removed.
    Writing,
    /// It wipes. The card must not be removed.
    Wiping,
    /// It reads back what it wrote.
    ReadingBack,
    /// The card is good; the report is sent.
    Reporting,
}

/// The id of an encoder: made from its name, so that it stays when the agent is started again.
#[must_use]
pub fn encoder_id(encoder: &EncoderName) -> Uuid {
    let digest = Sha256::digest(format!("cardbridge encoder\0{encoder}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}
