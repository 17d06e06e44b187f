//! What the agent tells those who watch it work.

use std::sync::Arc;

use cardbridge_drivers::contract::{Progress, Uid};
use jiff::SignedDuration;
use serde::Serialize;
use uuid::Uuid;

use crate::desk::contents::{Contents, ContentsKind};
use crate::desk::encoder_info::EncoderInfo;
use crate::desk::error::{DeskError, IssueError};
use crate::desk::guests::Property;
use crate::desk::orderer::Orderer;
use crate::desk::problem::Problem;
use crate::encoder::{EncoderEvent, EncoderName};
use crate::issuance::entry::Issuance;
use crate::issuance::inspect::Seen;
use crate::issuance::journal::JournalError;
use crate::issuance::refusal::Refusal;
use crate::issuance::seam_encode::SeamEncode;
use crate::queue::Answering;
use crate::report::Waiting;
use crate::seam::{Odd, Time};

/// An observer is called from whichever thread the step happens on, and must return at once.
pub type Observer = Arc<dyn Fn(Notice) + Send + Sync>;

/// While this lives, the work is not to be stopped or cancelled: see [`Notice::Committing`].
pub(crate) struct Committing<'a>(&'a Observer);

impl<'a> Committing<'a> {
    pub(crate) fn begin(observer: &'a Observer) -> Self {
        observer(Notice::Committing(true));
        Self(observer)
    }
}

impl Drop for Committing<'_> {
    fn drop(&mut self) {
        (self.0)(Notice::Committing(false));
    }
}

/// One thing that happened.
#[derive(Debug, Clone)]
pub enum Notice {
    /// A credential was claimed for a card; writing begins.
    Claimed(Issuance),
    /// The journal is about to take something that has to be followed by something else (true), or has taken or refused it (false).
    /// In between it is not known whether there is something to finish: what could stop or cancel the work waits for that. It is
    /// not shown to anyone.
    Committing(bool),
    /// What was on the card is about to be lost, because that was allowed.
    Overwriting {
        /// The card.
        card_uid: Uid,
        /// What is lost.
        lost: String,
    },
    /// A write command was carried out.
    Writing {
        /// The issuance.
        issuance_id: Uuid,
        /// How far it is.
        progress: Progress,
    },
    /// The process was asked to stop; this card is finished first.
    Finishing(Issuance),
    /// The card was read back and is good.
    Written(Issuance),
    /// The card that the job had begun and lost was finished by another job, or another process.
    FinishedElsewhere(Issuance),
    /// A card that was finished holds another end of validity than the credential has by now.
    HoldsAnotherEnd {
        /// The issuance.
        issuance: Issuance,
        /// What is on the card.
        on_card: Option<Time>,
        /// What Seam has.
        in_seam: Option<Time>,
    },
    /// Every sink has taken the report that it was issued.
    Reported(Issuance),
    /// This machine's clock is so far ahead of Seam's (negative: behind), which therefore decides what has ended.
    ClockOff(SignedDuration),
    /// A wipe that was begun with this card is finished: its credential may be issued again.
    Wiped(Issuance),
    /// Every sink has taken the report that its card is no longer good.
    Invalidated(Issuance),
    /// Seam is about to be asked to encode a credential, or has taken that on: the journal says so.
    AskedSeam(SeamEncode),
    /// What came of it is known.
    SeamHasEncoded(SeamEncode),
    /// The encoders, without the cards.
    Encoder(Arc<EncoderEvent>),
    /// An encoder of another kind than a reader of this machine is there, or is not as it was.
    Listed {
        /// The encoder.
        encoder: EncoderInfo,
        /// Whether it was not there before.
        is_new: bool,
    },
    /// An encoder of another kind is no longer there.
    Unlisted(EncoderInfo),
    /// A card is on an encoder.
    CardPlaced(EncoderName),
    /// The card on an encoder was looked at.
    Looked {
        /// Where.
        encoder: EncoderName,
        /// Its fixed identifier.
        card_uid: Uid,
        /// Its model, such as `ntag215`, where a driver knows it.
        card_type: Option<&'static str>,
        /// What is on it.
        contents: Contents,
    },
    /// A credential is tried on the card that was looked at; what comes next is about it.
    Tried {
        /// Where.
        encoder: EncoderName,
        /// The credential.
        acs_credential_id: String,
    },
    /// A card that nothing is open for was not touched, as asked: see [`Cards::FinishOnly`](super::manner::Cards::FinishOnly).
    LeftAlone(EncoderName),
    /// A card did not become a good one.
    NotIssued {
        /// Where.
        encoder: EncoderName,
        /// Why, and what to do.
        error: Arc<IssueError>,
    },
    /// What became of a credential that was to be created for a card.
    Creation(Creation),
    /// An issuance that was begun is given up: its card is free, and so is its credential.
    GivenUp {
        /// The issuance.
        issuance: Issuance,
        /// Why.
        why: GivenUp,
    },
    /// An object of the API in the queue is not as the API describes it. The others are issued.
    LeftOut(Odd),
    /// A credential that has waited longer than the one just issued was left in the queue.
    PassedOver {
        /// The credential.
        acs_credential_id: String,
        /// How Seam names it to people.
        display_name: String,
        /// What is in its way.
        refusal: Arc<Refusal>,
    },
    /// What was found out about a card cannot be written down yet. It is kept, and tried again until it is.
    NotNoted {
        /// The issuance, as the journal still has it.
        issuance: Issuance,
        /// What is wrong.
        error: Arc<JournalError>,
    },
    /// The journal failed while reports were sent.
    JournalTrouble(Arc<JournalError>),
    /// A sink did not take the report; it is tried again later.
    NotReported(Waiting),
    /// So many reports are still to be sent.
    Unreported {
        /// How many.
        count: usize,
        /// What a receiver said last, where one was tried.
        last_error: Option<String>,
    },
    /// The list of the guests is another one.
    Guests {
        /// Its number.
        revision: u64,
        /// How many wait for a card.
        waiting: usize,
        /// The property.
        property: Property,
    },
    /// The API begins to answer, or ceases to.
    Api(Answering),
    /// A command was taken, or a card is served by the desk itself; `encoder` is none until a card decides it.
    JobBegan {
        /// What is to be done.
        kind: JobKind,
        /// On whose behalf.
        orderer: Orderer,
        /// Where.
        encoder: Option<EncoderName>,
    },
    /// The job goes on once a card is placed.
    CardAwaited {
        /// Where; none: on any encoder.
        encoder: Option<EncoderName>,
        /// Which card; none: any.
        card_uid: Option<Uid>,
        /// What happened to it before.
        because: Option<Problem>,
    },
    /// Another card than the one that is awaited was placed. It is left as it is.
    OtherCard {
        /// Where.
        encoder: EncoderName,
        /// The card that is there.
        card_uid: Uid,
        /// The card that is awaited.
        awaited: Uid,
    },
    /// The job has its card.
    JobHasCard(EncoderName),
    /// The job cannot be cancelled any more.
    JobCommitted,
    /// The job is over.
    JobEnded {
        /// How.
        ending: Ending,
        /// What went wrong.
        error: Option<Arc<DeskError>>,
    },
}

/// What a job does with a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// Encodes a credential, as it was ordered.
    Encode,
    /// Reads the card.
    Scan,
    /// Wipes it.
    Wipe,
    /// Does what the desk does by itself with a card that is placed: finishes what was begun, or takes what waits.
    Serve,
}

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// It is done.
    Done,
    /// Something went wrong.
    Failed,
    /// It was cancelled before anything was written.
    Cancelled,
    /// The card that it had begun was away, and is left unfinished: placed again, on whichever encoder, it is finished.
    Left,
}

/// What became of a credential that was to be created for a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Creation {
    /// It was created.
    Created(String),
    /// What an earlier try has created is used instead of creating another.
    FoundAgain(String),
    /// It led to no card and is deleted again.
    TakenBack(String),
    /// It led to no card and could not be deleted.
    NotTakenBack {
        /// The credential.
        acs_credential_id: String,
        /// Why.
        error: String,
    },
}

impl Notice {
    /// What was seen on an encoder.
    pub(super) fn looked(encoder: &EncoderName, seen: &Seen, contents: Contents) -> Self {
        let (card_uid, card_type) = match seen {
            Seen::Known(look) => (look.inspection().uid, Some(look.inspection().model.name)),
            Seen::Unknown(card_type) => (card_type.uid, None),
        };
        Self::Looked {
            encoder: encoder.clone(),
            card_uid,
            card_type,
            contents,
        }
    }

    /// A card did not let itself be read.
    pub(super) fn unreadable(encoder: &EncoderName, card_uid: Uid) -> Self {
        Self::Looked {
            encoder: encoder.clone(),
            card_uid,
            card_type: None,
            contents: Contents::without_record(ContentsKind::Unreadable),
        }
    }

    /// A card was wiped, and looked at again.
    pub(super) fn wiped(encoder: EncoderName, card_uid: Uid, card_type: &'static str) -> Self {
        Self::Looked {
            encoder,
            card_uid,
            card_type: Some(card_type),
            contents: Contents::without_record(ContentsKind::Blank),
        }
    }

    /// Which credential the next steps on an encoder are about.
    pub(super) fn tried(encoder: &EncoderName, acs_credential_id: &str) -> Self {
        Self::Tried {
            encoder: encoder.clone(),
            acs_credential_id: acs_credential_id.to_owned(),
        }
    }
}

/// Why an issuance that was begun is given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GivenUp {
    /// The API has not had its credential for some time.
    NotFound,
    /// Its credential can no longer be issued, for this reason.
    Refused(String),
    /// The person at the desk has put another issuance in its place.
    Superseded,
    /// A person at this other desk of the property has.
    Elsewhere(String),
}

/// An observer that looks away.
#[must_use]
pub fn nobody() -> Observer {
    Arc::new(|_| {})
}
