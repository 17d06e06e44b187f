//! How everything at the desk stands, in one document: what a page shows that was just opened.

use std::collections::BTreeMap;

use cardbridge_drivers::contract::Progress;
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use crate::desk::event::About;
use crate::desk::notice::{Contents, JobKind, Notice, Problem};
use crate::desk::ticket::TicketId;
use crate::encoder::{EncoderEvent, EncoderName};
use crate::seam::Time;

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
}

/// One encoder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct EncoderView {
    /// The same for the same name, whenever it is plugged in.
    pub acs_encoder_id: Uuid,
    /// Its name.
    pub name: String,
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
}

/// A job that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JobView {
    /// What cancels it.
    pub ticket: TicketId,
    /// What it does.
    pub kind: JobKind,
    /// How far it is.
    pub step: Step,
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
    /// It writes. The card must not be removed.
    Writing,
    /// It reads back what it wrote.
    ReadingBack,
    /// The card is good; the report is sent.
    Reporting,
}

/// What a snapshot is made of.
#[derive(Debug, Default)]
pub(super) struct Model {
    number: u64,
    service_lost: bool,
    encoders: BTreeMap<EncoderName, EncoderView>,
    jobs: BTreeMap<TicketId, (Option<EncoderName>, JobView)>,
    unreported: usize,
}

/// The id of an encoder: made from its name, so that it stays when the agent is started again.
#[must_use]
pub fn encoder_id(encoder: &EncoderName) -> Uuid {
    let digest = Sha256::digest(format!("cardbridge encoder\0{encoder}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}

impl Model {
    pub(super) fn snapshot(&self) -> Snapshot {
        let of = |encoder: &EncoderName| {
            let jobs = self.jobs.values();
            let mut at = jobs.filter(|(at, _)| at.as_ref() == Some(encoder));
            at.next().map(|(_, job)| job.clone())
        };
        let encoders = self.encoders.iter().map(|(name, view)| EncoderView {
            job: of(name),
            ..view.clone()
        });
        let waiting = self.jobs.values().filter(|(at, _)| at.is_none());
        Snapshot {
            number: self.number,
            service_lost: self.service_lost,
            encoders: encoders.collect(),
            waiting: waiting.map(|(_, job)| job.clone()).collect(),
            unreported: self.unreported,
        }
    }

    /// Takes down what happened, and gives it its number.
    pub(super) fn apply(&mut self, ticket: Option<TicketId>, notice: &Notice) -> u64 {
        self.number += 1;
        match notice {
            Notice::Encoder(event) => self.apply_encoder(event),
            Notice::CardPlaced(encoder) => {
                let view = self.encoder(encoder);
                view.card = Some(CardView::default());
                view.problem = None;
                view.stuck = false;
            }
            Notice::Looked {
                encoder,
                card_uid,
                card_type,
                contents,
            } => {
                self.encoder(encoder).card = Some(CardView {
                    card_uid: Some(card_uid.to_string()),
                    card_type: *card_type,
                    contents: Some(contents.clone()),
                });
            }
            Notice::Unreported(count) => self.unreported = *count,
            Notice::Written(issuance) => {
                let card = CardView {
                    card_uid: Some(issuance.card_uid.to_string()),
                    card_type: None,
                    contents: Some(Contents {
                        contents: "record",
                        verified: true,
                        acs_credential_id: Some(issuance.acs_credential_id.clone()),
                        ends_at: issuance
                            .ends_at()
                            .map(|end| Time::from_second(end).to_string()),
                    }),
                };
                let name = EncoderName(issuance.encoder.clone());
                if let Some(view) = self.encoders.get_mut(&name) {
                    let card_type = view.card.as_ref().and_then(|card| card.card_type);
                    view.card = Some(CardView { card_type, ..card });
                }
            }
            _ => {}
        }
        if let Some(ticket) = ticket {
            self.apply_job(ticket, notice);
        }
        self.number
    }

    /// What a failure on an encoder is about, as far as what happened before it tells.
    pub(super) fn about(&self, ticket: Option<TicketId>, notice: &Notice) -> About {
        let Notice::NotIssued { encoder, .. } = notice else {
            return About::default();
        };
        let view = self.encoders.get(encoder);
        let card = view.and_then(|view| view.card.as_ref());
        let job = ticket.and_then(|ticket| self.jobs.get(&ticket));
        About {
            card_uid: card.and_then(|card| card.card_uid.clone()),
            acs_credential_id: job.and_then(|(_, job)| job.acs_credential_id.clone()),
        }
    }

    fn apply_encoder(&mut self, event: &EncoderEvent) {
        match event {
            EncoderEvent::Added(encoder) => {
                self.encoder(encoder);
            }
            EncoderEvent::Removed(encoder) => {
                self.encoders.remove(encoder);
            }
            EncoderEvent::CardLifted(encoder) => {
                let view = self.encoder(encoder);
                view.card = None;
                view.problem = None;
                view.stuck = false;
            }
            EncoderEvent::CardUnreadable(encoder, error) => {
                self.encoder(encoder).problem = Some(Problem {
                    code: error.code(),
                    message: error.to_string(),
                });
            }
            EncoderEvent::Stuck(encoder) => {
                let view = self.encoder(encoder);
                view.stuck = true;
                view.card = None;
            }
            EncoderEvent::ServiceLost => self.service_lost = true,
            EncoderEvent::ServiceBack => self.service_lost = false,
            EncoderEvent::CardPlaced(_) | EncoderEvent::CardTaken(_) => {}
        }
    }

    fn apply_job(&mut self, ticket: TicketId, notice: &Notice) {
        match notice {
            Notice::JobBegan { kind, encoder } => {
                let view = JobView {
                    ticket,
                    kind: *kind,
                    step: Step::Preparing,
                    progress: None,
                    acs_credential_id: None,
                    display_name: None,
                    issuance_id: None,
                    card_uid: None,
                };
                self.jobs.insert(ticket, (encoder.clone(), view));
            }
            Notice::JobEnded { .. } => {
                self.jobs.remove(&ticket);
            }
            _ => {
                if let Some((at, job)) = self.jobs.get_mut(&ticket) {
                    if let Notice::JobHasCard(encoder) = notice {
                        *at = Some(encoder.clone());
                    }
                    job.apply(notice);
                }
            }
        }
    }

    fn encoder(&mut self, encoder: &EncoderName) -> &mut EncoderView {
        self.encoders
            .entry(encoder.clone())
            .or_insert_with(|| EncoderView {
                acs_encoder_id: encoder_id(encoder),
                name: encoder.to_string(),
                ..EncoderView::default()
            })
    }
}

impl JobView {
    fn apply(&mut self, notice: &Notice) {
        match notice {
            Notice::CardAwaited { card_uid, .. } => {
                self.step = Step::WaitingForCard;
                self.card_uid = card_uid.map(|uid| uid.to_string());
            }
            Notice::JobHasCard(_) => self.step = Step::Checking,
            Notice::Tried {
                acs_credential_id, ..
            } => self.acs_credential_id = Some(acs_credential_id.clone()),
            Notice::Claimed(issuance) => {
                self.step = Step::Writing;
                self.acs_credential_id = Some(issuance.acs_credential_id.clone());
                self.display_name.clone_from(&issuance.display_name);
                self.issuance_id = Some(issuance.issuance_id);
                self.card_uid = Some(issuance.card_uid.to_string());
            }
            Notice::Writing {
                progress: Progress { done, total },
                ..
            } => {
                self.progress = Some((*done, *total));
                if done == total {
                    self.step = Step::ReadingBack;
                }
            }
            Notice::Written(_) => self.step = Step::Reporting,
            // What is tried on a card that is looked at anew is still to be said.
            Notice::Looked { .. } => self.acs_credential_id = None,
            _ => {}
        }
    }
}
