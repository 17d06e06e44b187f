//! A command in front of the desk: gives it its orders, shows what happens, and says what went wrong.

use std::pin::pin;
use std::sync::Arc;

use tokio::sync::mpsc::unbounded_channel;

use super::card::{CardArgs, Expected};
use super::signals::Stop;
use super::simulated::Finds;
use super::{Context, Failure};
use crate::config::Config;
use crate::desk::notice::{Notice, Observer};
use crate::desk::seam_encoder::SeamEncoder;
use crate::desk::target::{EncodeTarget, Target, Which};
use crate::desk::ticket::Ticket;
use crate::desk::{Agent, Desk, DeskError, Events, Keep, Manner, Parts, Update};
use crate::encoder::Encoders;

/// The desk of one command, which ends with it.
pub(super) struct Front<'a> {
    context: &'a Context,
    desk: Desk,
    events: Events,
    target: Target,
    expected: Expected,
    /// Who shows what happens to the card.
    observer: Observer,
    /// What lets the work be finished in peace; without it a signal ends the process at once.
    stop: Option<&'a Stop>,
}

impl<'a> Front<'a> {
    /// A desk with the encoders that this command may use.
    ///
    /// # Errors
    /// When they cannot be watched.
    pub(super) fn open(
        context: &'a Context,
        config: &Config,
        card: &CardArgs,
        finds: Finds,
        parts: impl Into<Parts>,
        observer: Observer,
        stop: Option<&'a Stop>,
    ) -> Result<Self, Failure> {
        let composer = context.composer(config);
        let tray = card.tray(&composer, finds)?;
        // Before they are watched: from then on we have the cards ourselves.
        let expected = card.expected(config, tray.as_ref());
        let (encoders, cards) = match &tray {
            Some(tray) => Encoders::simulated(tray)?,
            None => composer.encoders(card.reader(config))?,
        };
        let manner = Manner {
            keep: Keep::UntilRemoved,
            ..Manner::default()
        };
        let desk = Desk::open(parts, Some(encoders), cards, manner);
        Ok(Self {
            context,
            events: desk.events(),
            desk,
            target: card.target(config),
            expected,
            observer,
            stop,
        })
    }

    /// A desk with one encoder that Seam drives, and none of this machine.
    pub(super) fn at_seam(
        context: &'a Context,
        encoder: SeamEncoder,
        card: &CardArgs,
        agent: Arc<Agent>,
        observer: Observer,
        stop: Option<&'a Stop>,
    ) -> Self {
        let info = encoder.info();
        let manner = Manner {
            targets: vec![Arc::new(encoder)],
            ..Manner::default()
        };
        let (_, no_cards) = unbounded_channel();
        let desk = Desk::open(agent, None, no_cards, manner);
        Self {
            context,
            events: desk.events(),
            desk,
            target: Target {
                encoder: Some(Which::Id(info.acs_encoder_id)),
                patience: card.patience(),
            },
            expected: Expected::on(&info.name),
            observer,
            stop,
        }
    }

    /// Gives an order, and shows how it goes on until it is done.
    ///
    /// # Errors
    /// What went wrong: see [`failure`](Self::failure).
    pub(super) async fn done<T>(
        &mut self,
        order: impl FnOnce(&Desk, &Target) -> Result<Ticket<T>, DeskError>,
    ) -> Result<T, Arc<DeskError>> {
        let mut ticket = order(&self.desk, &self.target)?;
        let outcome = {
            let mut outcome = pin!(ticket.outcome());
            let stop = self.stop;
            let mut asked = pin!(async {
                match stop {
                    Some(stop) => stop.asked_any().await,
                    None => std::future::pending().await,
                }
            });
            let mut is_stopping = false;
            loop {
                tokio::select! {
                    biased;
                    Some(update) = self.events.next() => show(self.context, &self.expected, &self.observer, update),
                    outcome = &mut outcome => break outcome,
                    () = &mut asked, if !is_stopping => {
                        is_stopping = true;
                        self.desk.ask_to_stop();
                    }
                }
            }
        };
        while let Some(update) = self.events.try_next() {
            show(self.context, &self.expected, &self.observer, update);
        }
        outcome
    }

    /// What to say of an order that was not done.
    pub(super) async fn failure(&self, error: &DeskError) -> Failure {
        match (error, self.stop) {
            (DeskError::NoCard { trouble: None, .. }, _) => {
                Failure::from(error).advising(self.expected.place_again())
            }
            // Those that are there besides help to find the right name.
            (DeskError::Encoder(error), _) => self.expected.error().unwrap_or(error).clone().into(),
            (DeskError::Stopped, Some(stop)) => stop.before_a_card().await,
            (DeskError::StoppedCreating, Some(stop)) => stop.while_creating().await,
            (error, _) => error.into(),
        }
    }
}

fn show(context: &Context, expected: &Expected, observer: &Observer, update: Update) {
    let Update::Event(event) = update else {
        return;
    };
    match &event.notice {
        Notice::CardAwaited { card_uid: None, .. } => expected.tell(context),
        // Why no card could be had is said at the end, if none could.
        Notice::Encoder(_) => {}
        notice => observer(notice.clone()),
    }
}
