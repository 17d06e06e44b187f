//! `/acs/encoders/simulate`: what the next attempt on an encoder comes to. Code for the virtual encoders of Seam's sandbox runs on the
//! simulated encoders of this desk as it is.
//!
//! What a card can bring about, a card does: it is placed, removed, or pulled away in the middle. The rest is only said.

use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::Duration;

use cardbridge_drivers::contract::Uid;
use tokio::time::timeout;
use uuid::Uuid;

use super::api::{Call, LocalApi, Reply, journal_failed};
use super::encoders::Meant;
use super::failure::Kind;
use super::stage::{Next, Scene, Stage, Turn};
use crate::desk::Update;
use crate::desk::notice::Notice;
use crate::desk::snapshot::encoder_id;
use crate::encoder::{EncoderEvent, EncoderName, Tray};
use crate::issuance::encoded::Encoded;
use crate::issuance::entry::Issuance;
use crate::issuance::journal::{Filter, JournalError};
use crate::issuance::state::State;
use crate::rpc::{Reader, Refusal, Success};

/// A card on which every record fits.
const ROOMY: &str = "ntag216";

/// Write commands until a card that is to be unfinished is pulled away.
const MIDDLE: NonZeroU64 = NonZeroU64::new(6).expect("it is not zero");

/// Where the data of others begins on a Type 2 card: page 4 of 4 bytes.
const USER_MEMORY: usize = 16;

/// How long the desk may take to see what a hand has done.
const SEEN_AFTER: Duration = Duration::from_secs(5);

/// What a card does about it.
#[derive(Debug, Clone, Copy)]
enum Card {
    /// It stays where it is.
    AsItIs,
    None,
    Blank,
    /// A blank one, which is pulled away while it is written.
    Pulled,
    /// One that holds this credential, or any.
    With(Option<Uuid>),
    Foreign,
}

impl LocalApi {
    /// `/acs/encoders/simulate/…`
    pub(super) async fn simulate(
        self: &Arc<Self>,
        call: Call,
        scene: Scene,
    ) -> Result<Reply, Refusal> {
        let (encoder, card, next) = call.input.read(|body| {
            let encoder = body.uuid("acs_encoder_id");
            let (card, next) = match scene {
                Scene::EncodeSucceeds => encode_succeeds(body),
                Scene::EncodeFails => encode_fails(body),
                Scene::ScanSucceeds => scan_succeeds(body),
                Scene::ScanFails => scan_fails(body),
            };
            (encoder, card, next)
        })?;
        let Meant::Reader { .. } = self.meant(encoder).await? else {
            return self.upstream(call).await;
        };
        let stage = self.stage.as_ref();
        let names = stage.map(|stage| (stage, stage.tray.encoders()));
        let found = names.and_then(|(stage, names)| {
            let name = names.into_iter().find(|name| encoder_id(name) == encoder);
            Some((stage, name?))
        });
        let Some((stage, name)) = found else {
            let complaint = "This is no simulated encoder";
            return Err(Refusal::invalid_field("acs_encoder_id", complaint));
        };
        let turn = match scene {
            Scene::EncodeSucceeds | Scene::EncodeFails => Turn::Encode,
            Scene::ScanSucceeds | Scene::ScanFails => Turn::Scan,
        };
        self.set_scene(stage, &name, card).await?;
        stage.set(encoder, turn, next);
        Ok(Success::ok().into())
    }

    async fn set_scene(
        &self,
        stage: &Stage,
        encoder: &EncoderName,
        card: Card,
    ) -> Result<(), Refusal> {
        let tray = &stage.tray;
        let uid = match card {
            Card::AsItIs => return Ok(()),
            Card::None => None,
            Card::Blank | Card::Pulled => Some(blank(stage)?),
            Card::With(credential) => Some(self.holding(stage, credential).await?),
            Card::Foreign => Some(foreign(stage)?),
        };
        let mut events = self.desk.events();
        let was_there = tray.on(encoder)?.is_some();
        match uid {
            Some(uid) => tray.move_to(encoder, uid)?,
            None => {
                tray.remove_from(encoder)?;
            }
        }
        if let Card::Pulled = card {
            tray.remove_after(encoder, MIDDLE)?;
        }
        let seen = async {
            while let Some(update) = events.next().await {
                let Update::Event(event) = update else {
                    continue;
                };
                let is_it = match (&event.notice, uid) {
                    (Notice::CardPlaced(at), Some(_)) => at == encoder,
                    (Notice::Encoder(event), None) => {
                        matches!(&**event, EncoderEvent::CardRemoved(at) if at == encoder)
                    }
                    _ => false,
                };
                if is_it {
                    return;
                }
            }
        };
        if uid.is_some() || was_there {
            // A desk that is slower sees it all the same, later.
            let _ = timeout(SEEN_AFTER, seen).await;
        }
        Ok(())
    }

    /// The card of the tray that this desk has written last, with this credential or with any.
    async fn holding(&self, stage: &Stage, credential: Option<Uuid>) -> Result<Uid, Refusal> {
        let cards: Vec<Uid> = stage.tray.cards().iter().map(|card| card.uid).collect();
        let filter = Filter {
            acs_credential_id: credential.map(|id| id.to_string()),
            states: vec![State::Reporting, State::Closed],
            ..Filter::default()
        };
        let last = self.journal().read(move |journal| {
            let mut last: Option<Issuance> = None;
            journal.each_page(&filter, |page| {
                let here = page.into_iter().filter_map(Encoded::here);
                let mut here = here.filter(|issuance| cards.contains(&issuance.card_uid));
                last = here.next_back().or(last.take());
                Ok::<_, JournalError>(())
            })?;
            Ok(last)
        });
        let last = last.await.map_err(|error| journal_failed(&error))?;
        last.map(|issuance| issuance.card_uid).ok_or_else(|| {
            let complaint = "No simulated card holds it: encode it on a simulated encoder first";
            Refusal::invalid_field("acs_credential_id_on_seam", complaint)
        })
    }
}

fn encode_succeeds(body: &Reader<'_>) -> (Card, Option<Next>) {
    let _ = body.optional_choice("scenario", &[("credential_is_issued", ())]);
    (Card::Blank, None)
}

/// A credential can be named for the failures that are not the card's.
fn encode_fails(body: &Reader<'_>) -> (Card, Option<Next>) {
    let kind = body.optional_choice(
        "error_code",
        &[
            ("no_credential_on_encoder", Kind::NoCard),
            ("encoding_interrupted", Kind::Interrupted),
            ("uncategorized_error", Kind::Uncategorized),
            ("action_attempt_expired", Kind::Expired),
        ],
    );
    let only = body.optional_uuid("acs_credential_id");
    match kind.unwrap_or(Kind::NoCard) {
        kind @ (Kind::Uncategorized | Kind::Expired) => {
            (Card::AsItIs, Some(Next::Fails(kind, only)))
        }
        kind => {
            if only.is_some() {
                let message = "Only for uncategorized_error and action_attempt_expired";
                body.refuse("acs_credential_id", message);
            }
            let card = match kind {
                Kind::Interrupted => Card::Pulled,
                _ => Card::None,
            };
            (card, Some(Next::Soon))
        }
    }
}

fn scan_succeeds(body: &Reader<'_>) -> (Card, Option<Next>) {
    let credential = body.optional_uuid("acs_credential_id_on_seam");
    let card = body.optional_choice(
        "scenario",
        &[
            ("credential_exists_on_seam", Some(Card::With(credential))),
            // A card that is out of step with Seam comes from a change at Seam.
            ("credential_on_encoder_needs_update", None),
            ("credential_does_not_exist_on_seam", Some(Card::Foreign)),
            ("credential_on_encoder_is_empty", Some(Card::Blank)),
        ],
    );
    let card = card.unwrap_or(Some(Card::With(credential)));
    if card.is_none() {
        let message = "Not staged here: encode the credential, update it, and scan its card";
        body.refuse("scenario", message);
    }
    (card.unwrap_or(Card::AsItIs), None)
}

fn scan_fails(body: &Reader<'_>) -> (Card, Option<Next>) {
    let _ = body.optional_uuid("acs_credential_id_on_seam");
    let kind = body.optional_choice(
        "error_code",
        &[
            ("no_credential_on_encoder", Kind::NoCard),
            ("uncategorized_error", Kind::Uncategorized),
            ("action_attempt_expired", Kind::Expired),
        ],
    );
    match kind.unwrap_or(Kind::NoCard) {
        Kind::NoCard => (Card::None, Some(Next::Soon)),
        kind => (Card::AsItIs, Some(Next::Fails(kind, None))),
    }
}

fn blank(stage: &Stage) -> Result<Uid, Refusal> {
    let model = Tray::model(ROOMY)?;
    Ok(stage.tray.blank(model)?)
}

/// A card with the data of others.
fn foreign(stage: &Stage) -> Result<Uid, Refusal> {
    let uid = blank(stage)?;
    let mut memory = stage.tray.memory(uid)?;
    for (place, byte) in memory.iter_mut().skip(USER_MEMORY).zip(b"data of others.") {
        *place = *byte;
    }
    stage.tray.load(uid, &memory)?;
    Ok(uid)
}
