//! What a snapshot is made of: everything that has happened so far, applied in its order.

use std::collections::BTreeMap;

use cardbridge_drivers::contract::{Progress, ReaderProfile};

use super::{CardView, EncoderView, JobView, QueueView, SeamView, Snapshot, Step, encoder_id};
use crate::desk::contents::{Contents, ContentsKind};
use crate::desk::encoder_info::{EncoderInfo, EncoderKind};
use crate::desk::event::About;
use crate::desk::guests::Property;
use crate::desk::notice::{JobKind, Notice};
use crate::desk::problem::Problem;
use crate::desk::ticket::TicketId;
use crate::encoder::{EncoderEvent, EncoderName};

/// What a snapshot is made of.
#[derive(Debug, Default)]
pub(in crate::desk) struct Model {
    number: u64,
    service_lost: bool,
    encoders: BTreeMap<EncoderName, EncoderView>,
    jobs: BTreeMap<TicketId, (Option<EncoderName>, JobView)>,
    unreported: usize,
    unreported_reason: Option<String>,
    queue: QueueView,
    seam: SeamView,
    property: Property,
}

impl Model {
    pub(in crate::desk) fn snapshot(&self) -> Snapshot {
        let of = |encoder: &EncoderName| {
            let jobs = self.jobs.values();
            let mut at = jobs.filter(|(at, _)| at.as_ref() == Some(encoder));
            at.next().map(|(_, job)| job.clone())
        };
        let encoders = self.encoders.iter().map(|(name, view)| EncoderView {
            job: of(name),
            online: self.is_online(view),
            ..view.clone()
        });
        let waiting = self.jobs.values().filter(|(at, _)| at.is_none());
        let is_simulated = |(name, view): (&EncoderName, &EncoderView)| {
            view.kind == EncoderKind::Local && name.is_simulated()
        };
        Snapshot {
            number: self.number,
            service_lost: self.service_lost,
            encoders: encoders.collect(),
            waiting: waiting.map(|(_, job)| job.clone()).collect(),
            unreported: self.unreported,
            unreported_reason: self.unreported_reason.clone(),
            queue: self.queue.clone(),
            seam: self.seam.clone(),
            property: self.property.clone(),
            simulated: self.encoders.iter().any(is_simulated),
            version: env!("CARGO_PKG_VERSION"),
        }
    }

    fn is_online(&self, view: &EncoderView) -> bool {
        match view.kind {
            EncoderKind::Local => !self.service_lost && !view.stuck,
            EncoderKind::Seam => view.problem.is_none(),
        }
    }

    /// Applies what happened, and gives it its number.
    pub(in crate::desk) fn apply(&mut self, ticket: Option<TicketId>, notice: &Notice) -> u64 {
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
                    reading: None,
                });
            }
            Notice::OtherCard {
                encoder, card_uid, ..
            } => {
                let view = self.encoder(encoder);
                let card = view.card.get_or_insert_default();
                card.card_uid = Some(card_uid.to_string());
            }
            Notice::Listed { encoder, .. } => self.list(encoder),
            Notice::Unlisted(encoder) => {
                self.encoders.remove(&encoder.name);
            }
            Notice::Unreported { count, last_error } => {
                self.unreported = *count;
                self.unreported_reason.clone_from(last_error);
            }
            Notice::NotReported(waiting) => {
                self.unreported_reason.clone_from(&waiting.last_error);
            }
            Notice::Guests {
                revision,
                waiting,
                property,
            } => {
                self.queue = QueueView {
                    revision: Some(*revision),
                    waiting: *waiting,
                };
                self.property = property.clone();
            }
            Notice::Api(answering) => {
                let problem =
                    |(code, message): &(&'static str, String)| Problem::new(code, message.clone());
                self.seam = SeamView {
                    reachable: answering.is_reachable,
                    since: answering.since,
                    problem: answering.failure.as_ref().map(problem),
                };
            }
            Notice::SeamHasEncoded(encode) if encode.is_issued() => {
                self.supersede(&encode.acs_credential_id);
            }
            Notice::Written(issuance) => {
                self.supersede(&issuance.acs_credential_id);
                // What was begun on another encoder may be finished here.
                let job = ticket.and_then(|ticket| self.jobs.get(&ticket));
                let at = job.and_then(|(at, _)| at.clone());
                let name = at.unwrap_or_else(|| EncoderName(issuance.encoder.clone()));
                if let Some(view) = self.encoders.get_mut(&name) {
                    let card_type = view.card.as_ref().and_then(|card| card.card_type);
                    view.card = Some(CardView {
                        card_uid: Some(issuance.card_uid.to_string()),
                        card_type,
                        contents: Some(Contents::written(issuance)),
                        reading: None,
                    });
                }
            }
            _ => {}
        }
        if let Some(ticket) = ticket {
            self.apply_job(ticket, notice);
        }
        self.number
    }

    /// A credential is on another card from now on than on those that are shown.
    fn supersede(&mut self, acs_credential_id: &str) {
        let cards = self
            .encoders
            .values_mut()
            .filter_map(|view| view.card.as_mut());
        for contents in cards.filter_map(|card| card.contents.as_mut()) {
            if contents.acs_credential_id.as_deref() == Some(acs_credential_id) {
                contents.supersede();
            }
        }
    }

    /// What a failure on an encoder is about, as far as what happened before it tells.
    pub(in crate::desk) fn about(&self, ticket: Option<TicketId>, notice: &Notice) -> About {
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

    /// Shows an encoder of another kind, perhaps under another name than before.
    fn list(&mut self, info: &EncoderInfo) {
        let id = info.acs_encoder_id;
        let mut views = self.encoders.iter();
        let before = views.find(|(_, view)| view.acs_encoder_id == id);
        let before = before.map(|(name, _)| name.clone());
        let view = before.and_then(|name| self.encoders.remove(&name));
        let view = EncoderView {
            acs_encoder_id: id,
            name: info.name.to_string(),
            kind: info.kind,
            opens: info.opens,
            acs_system_id: info.acs_system_id.clone(),
            problem: info.problem.clone(),
            ..view.unwrap_or_default()
        };
        self.encoders.insert(info.name.clone(), view);
    }

    fn apply_encoder(&mut self, event: &EncoderEvent) {
        match event {
            EncoderEvent::Added(encoder) => {
                self.encoder(encoder);
            }
            EncoderEvent::Removed(encoder) => {
                self.encoders.remove(encoder);
            }
            EncoderEvent::CardRemoved(encoder) => {
                let view = self.encoder(encoder);
                view.card = None;
                view.problem = None;
                view.stuck = false;
            }
            EncoderEvent::CardUnreadable(encoder, error) => {
                self.encoder(encoder).problem = Some(error.into());
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
            Notice::JobBegan {
                kind,
                orderer,
                encoder,
            } => {
                let view = JobView {
                    ticket,
                    kind: *kind,
                    ordered_by: *orderer,
                    step: Step::Preparing,
                    cancellable: true,
                    progress: None,
                    acs_credential_id: None,
                    display_name: None,
                    issuance_id: None,
                    card_uid: None,
                };
                self.jobs.insert(ticket, (encoder.clone(), view));
            }
            Notice::JobEnded { error, .. } => {
                if let Some((Some(at), _)) = self.jobs.remove(&ticket)
                    && let Some(torn) = error.as_ref().and_then(|error| error.torn_card())
                    && let Some(view) = self.encoders.get_mut(&at)
                    && let Some(card) = &mut view.card
                    && card.card_uid == Some(torn.to_string())
                {
                    card.contents = Some(Contents::without_record(ContentsKind::Torn));
                }
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
                model: Some(ReaderProfile::of_reader(&encoder.0))
                    .filter(|profile| !profile.name_parts.is_empty())
                    .map(|profile| profile.title),
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
                self.cancellable = true;
            }
            Notice::JobHasCard(_) => self.step = Step::Checking,
            Notice::OtherCard { .. } => self.step = Step::WaitingForCard,
            Notice::JobCommitted => {
                self.cancellable = false;
                if self.kind == JobKind::Wipe {
                    self.step = Step::Wiping;
                }
            }
            Notice::AskedSeam(encode) => {
                self.step = Step::AtEncoder;
                self.acs_credential_id = Some(encode.acs_credential_id.clone());
                self.display_name.clone_from(&encode.display_name);
                self.issuance_id = Some(encode.issuance_id);
            }
            Notice::Tried {
                acs_credential_id, ..
            } => self.acs_credential_id = Some(acs_credential_id.clone()),
            Notice::Claimed(issuance) => {
                self.step = Step::Writing;
                self.cancellable = false;
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
            // What is tried on a card that is looked at again is still to be said.
            Notice::Looked { .. } => self.acs_credential_id = None,
            _ => {}
        }
    }
}
