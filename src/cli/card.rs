//! Waiting for a card to be put down.

use std::time::Duration;

use cardbridge_drivers::contract::Uid;
use clap::Args;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::timeout;

use super::{Context, Exit, Failure};
use crate::config::Config;
use crate::desk::Agent;
use crate::encoder::{CardSession, EncoderError, EncoderEvent, Encoders, Slot, choose, survey};
use crate::issuance::inspect::Seen;

/// Where a card is expected, and for how long.
#[derive(Debug, Clone, Args)]
pub(super) struct CardArgs {
    /// Use the encoder whose PC/SC name contains this. Default: the first card on any encoder.
    #[arg(long, value_name = "NAME")]
    reader: Option<String>,
    /// Wait so many seconds for a card.
    #[arg(long, value_name = "S", default_value_t = 60)]
    timeout: u64,
}

/// A card, and the encoders that must live as long as it is worked on.
#[derive(Debug)]
pub(super) struct PlacedCard {
    pub(super) session: CardSession,
    waiting: Waiting,
}

/// Encoders that are watched for cards.
#[derive(Debug)]
struct Waiting {
    _encoders: Encoders,
    events: UnboundedReceiver<EncoderEvent>,
    patience: Duration,
}

impl PlacedCard {
    /// Waits, as long as for the first card, until the one with this UID is placed again. Any other is named and left alone.
    /// `None`: it did not come in time.
    pub(super) async fn back(
        self,
        context: &Context,
        agent: &Agent,
        uid: Uid,
    ) -> Result<Option<Self>, Failure> {
        let Self {
            session,
            mut waiting,
        } = self;
        drop(session);
        context.output.note(&format!(
            "place card {uid} on the encoder again and leave it there: it will be finished"
        ));
        let patience = waiting.patience;
        let found = timeout(patience, waiting.card(context, agent, uid)).await;
        match found {
            Ok(session) => Ok(Some(Self {
                session: session?,
                waiting,
            })),
            Err(_elapsed) => Ok(None),
        }
    }
}

impl Waiting {
    async fn card(
        &mut self,
        context: &Context,
        agent: &Agent,
        uid: Uid,
    ) -> Result<CardSession, Failure> {
        let mut trouble = None;
        loop {
            let session = next_card(&mut self.events, &mut trouble).await?;
            let found = match agent.look(&session).await {
                Ok(Seen::Known(look)) => look.inspection().uid,
                Ok(Seen::Unknown(card_type)) => card_type.uid,
                // It does not lie well yet, or is gone again.
                Err(_) => continue,
            };
            if found == uid {
                return Ok(session);
            }
            context.output.note(&format!(
                "this is card {found}, which is left as it is; place card {uid} on the encoder"
            ));
        }
    }
}

impl CardArgs {
    /// Waits until a card lies on a wanted encoder.
    ///
    /// # Errors
    /// Exit 5 when there is no such encoder, exit 6 when no card comes in time.
    pub(super) async fn wait(
        self,
        context: &Context,
        config: &Config,
    ) -> Result<PlacedCard, Failure> {
        let wanted = self.reader.or_else(|| config.encoder.reader.clone());
        let slots: Vec<Slot> = survey()?
            .into_iter()
            .filter(|slot| slot.why_no_encoder().is_none())
            .collect();
        let names = choose(
            wanted.as_deref(),
            slots.iter().map(|slot| slot.name.clone()).collect(),
        )?;
        let (encoders, mut events) = context.composer(config).encoders(wanted)?;
        let lies_there = slots
            .iter()
            .any(|slot| slot.has_card && names.contains(&slot.name));
        let names = names
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" or ");
        if !lies_there {
            context.output.note(&format!("place a card on {names}"));
        }
        let patience = Duration::from_secs(self.timeout);
        let mut trouble = None;
        match timeout(patience, next_card(&mut events, &mut trouble)).await {
            Ok(session) => Ok(PlacedCard {
                session: session?,
                waiting: Waiting {
                    _encoders: encoders,
                    events,
                    patience,
                },
            }),
            Err(_elapsed) => Err(match trouble {
                Some(error) => error,
                None => Failure::new(
                    Exit::Card,
                    format!("no card was placed within {} s", self.timeout),
                    format!("place a card on {names}, flat and in the middle, and try again"),
                )
                .coded("no_card_in_time"),
            }),
        }
    }
}

/// What to say of a card under keys of which nobody here can tell whose they are.
pub(super) fn under_unknown_keys(has_site_keys: bool) -> Failure {
    if !has_site_keys {
        return Failure::new(
            Exit::Card,
            "the card is protected by keys, and this desk has no site keys",
            "if it is one of this property, copy the property's site key file from another desk; else take another card",
        )
        .coded("card_keys_unknown");
    }
    Failure::new(
        Exit::Card,
        "the card is protected by keys that this desk does not have",
        "take another card; if it is one of this property, compare `cardbridge keys show` with the other desks",
    )
    .coded("card_keys_unknown")
}

/// The next card that can be worked on; `trouble` holds why an earlier one could not.
async fn next_card(
    events: &mut UnboundedReceiver<EncoderEvent>,
    trouble: &mut Option<Failure>,
) -> Result<CardSession, Failure> {
    while let Some(event) = events.recv().await {
        match event {
            EncoderEvent::CardPlaced(session) | EncoderEvent::CardTaken(session) => {
                return Ok(session);
            }
            // A security module that is always there must not hide that no card came.
            EncoderEvent::CardUnreadable(_, error)
                if !matches!(error, EncoderError::NoUid { .. }) =>
            {
                *trouble = Some(error.into());
            }
            EncoderEvent::CardLifted(_) | EncoderEvent::ServiceBack => *trouble = None,
            EncoderEvent::ServiceLost => {
                *trouble = Some(
                    EncoderError::NoService("it stopped while a card was waited for".to_owned())
                        .into(),
                );
            }
            EncoderEvent::CardUnreadable(..)
            | EncoderEvent::Added(_)
            | EncoderEvent::Removed(_)
            | EncoderEvent::Stuck(_) => {}
        }
    }
    Err(EncoderError::NoEncoder {
        wanted: None,
        present: Vec::new(),
    }
    .into())
}
