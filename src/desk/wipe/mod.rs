//! Taking our record off a card: the journal first, then the card, then what the card says when it is read again.
//!
//! Whatever this card was for is in the journal as `wiping` before the first command, and as `wiped` only once the card was
//! read and no longer holds the record. Stopped in between, the same card is wiped to the end when it is placed again: by the next
//! `wipe`, `encode` or `run`.

mod error;

use std::sync::Arc;

use cardbridge_drivers::contract::{CardChannel, CardKeys, Contents, DriverError, Others, Uid};
use cardbridge_drivers::record::Record;
use jiff::Timestamp;

pub use self::error::WipeError;
use crate::desk::known::known;
use crate::desk::notice::{Notice, Observer};
use crate::desk::{Agent, IssueError, verdict};
use crate::encoder::CardSession;
use crate::issuance::CardSettings;
use crate::issuance::entry::Issuance;
use crate::issuance::inspect::{Holds, Look, Seen};
use crate::issuance::journal::{Journal, JournalError};
use crate::issuance::state::{Event, State};
use crate::issuance::superseded::superseded_on;
use crate::issuance::write_verify::{expect_same_card, holds, inspect_again};
use crate::queue::CredentialQueue;

/// What wipes cards. It needs no API.
#[derive(Debug)]
pub struct Wiper<'a> {
    journal: &'a Journal,
    setup: Arc<CardSettings>,
}

/// A card that can be wiped, and what it was for at this desk.
#[derive(Debug)]
pub struct Wipeable {
    look: Look,
    /// Every issuance that may have left something on it, the newest first.
    issuances: Vec<Issuance>,
    /// It is no longer the card of its credential.
    is_superseded: bool,
}

impl Wipeable {
    /// The card.
    #[must_use]
    pub fn uid(&self) -> Uid {
        self.look.inspection().uid
    }

    /// A valid record that would be lost. Not one of a card whose wipe was begun: that is decided already. Nor of one that is
    /// superseded: it is to be wiped.
    ///
    /// What has ended by this machine's clock would be wiped without a question, so Seam's clock decides then. A desk
    /// without an API key, or without a network, has only its own.
    pub async fn valid_record(&self, seam: Option<&CredentialQueue>) -> Option<&Record> {
        let begun = |issuance: &Issuance| issuance.state() == State::Wiping;
        let (Holds::Verified(record) | Holds::Beside(record)) = &self.look.holds else {
            return None;
        };
        if self.is_superseded || self.issuances.iter().any(begun) {
            return None;
        }
        let is_valid = |now: Timestamp| {
            let ends_at = record.ends_at;
            ends_at.is_none_or(|ends_at| ends_at > now.as_second())
        };
        if is_valid(Timestamp::now()) {
            return Some(record);
        }
        let seam = seam?;
        seam.ask_the_time().await;
        is_valid(seam.now()).then_some(record)
    }
}

impl Wipeable {
    /// Whether what is on the card is no data of others, but what a wipe of ours has left that a command was lost of.
    fn is_left_by_a_wipe(&self) -> bool {
        let begun = |issuance: &Issuance| issuance.state() == State::Wiping;
        self.look.inspection().contents == Contents::Broken && self.issuances.iter().any(begun)
    }

    /// What of others is beside our record, and would be wiped with it, which is asked about first.
    #[must_use]
    pub fn others(&self) -> &[Others] {
        &self.look.inspection().others
    }

    /// The card's model, such as `ntag215`.
    #[must_use]
    pub fn card_type(&self) -> &'static str {
        self.look.inspection().model.name
    }

    /// Our record that has something of others beside it.
    #[must_use]
    pub fn record_beside(&self) -> Option<&Record> {
        match &self.look.holds {
            Holds::Beside(record) => Some(record),
            _ => None,
        }
    }
}

impl<'a> Wiper<'a> {
    /// One that keeps this journal, and knows cards by this set-up.
    #[must_use]
    pub fn new(journal: &'a Journal, setup: Arc<CardSettings>) -> Self {
        Self { journal, setup }
    }

    /// Looks at a card and says what wiping it would take away. Changes nothing.
    ///
    /// # Errors
    /// When it cannot be wiped.
    pub async fn look(&self, card: &CardSession) -> Result<Wipeable, WipeError> {
        let seen = match known(card, &self.setup).await {
            Ok(known) => known.sight.seen.clone(),
            Err(lost) => Err(lost.into()),
        };
        match seen.map_err(WipeError::Unreadable)? {
            Seen::Known(look) => match look.holds {
                Holds::Foreign if look.inspection().keys == CardKeys::Unknown => {
                    Err(WipeError::UnknownKeys)
                }
                Holds::Foreign => {
                    let others = look.inspection().others.clone();
                    let wipeable = self.wipeable(*look).await?;
                    if wipeable.is_left_by_a_wipe() {
                        Ok(wipeable)
                    } else {
                        Err(WipeError::Foreign(others))
                    }
                }
                _ => self.wipeable(*look).await,
            },
            Seen::Unknown(_) => Err(WipeError::UnknownCard),
        }
    }

    async fn wipeable(&self, look: Look) -> Result<Wipeable, WipeError> {
        let of_card = of_card(self.journal, &look).await?;
        let last_whole = of_card.iter().position(Issuance::is_written);
        let latest = last_whole.map_or(of_card.len(), |whole| whole + 1);
        let issuances = of_card
            .into_iter()
            .enumerate()
            .filter(|(place, issuance)| match issuance.state() {
                State::Wiped => false,
                // Given up for another card, yet here it is, whole.
                State::Abandoned => holds(&look.inspection().contents, &issuance.record),
                _ => *place < latest || holds(&look.inspection().contents, &issuance.record),
            })
            .map(|(_, issuance)| issuance)
            .collect();
        let looked = look.clone();
        let superseded = self
            .journal
            .read(move |journal| superseded_on(journal, &looked));
        Ok(Wipeable {
            is_superseded: superseded.await?.is_some(),
            look,
            issuances,
        })
    }

    /// Wipes the card, and says what it was for at this desk: nothing, when another desk wrote it.
    ///
    /// # Errors
    /// When it is not known to be blank, or the journal failed.
    pub async fn wipe(
        &self,
        card: &CardSession,
        wipeable: Wipeable,
        observer: &Observer,
    ) -> Result<Vec<Issuance>, WipeError> {
        let Wipeable {
            look,
            mut issuances,
            ..
        } = wipeable;
        let journal = self.journal;
        for issuance in &mut issuances {
            if !holds(&look.inspection().contents, &issuance.record) {
                continue;
            }
            // A whole card is reported, also one that is about to be wiped: it was there.
            let event = match issuance.state() {
                State::Writing | State::Torn => Event::Verified,
                State::Abandoned => Event::Superseded,
                _ => continue,
            };
            journal.advance(issuance, event, Timestamp::now()).await?;
        }
        // That may have shown that others are no longer on it.
        let Wipeable {
            look,
            mut issuances,
            ..
        } = self.wipeable(look).await?;
        journal
            .advance_all(&mut issuances, Event::WipeBegins, Timestamp::now())
            .await?;
        if look.inspection().contents != Contents::Blank {
            let card_uid = look.inspection().uid;
            let stopped = |cause| WipeError::Interrupted { card_uid, cause };
            let wiped = card.run(move |channel| wipe(channel, &look)).await;
            match wiped.unwrap_or_else(|lost| Err(lost.into())) {
                Ok(true) => {}
                Ok(false) => return Err(WipeError::NotBlank { card_uid }),
                Err(cause) => return Err(stopped(cause)),
            }
        }
        verdict::note(journal, &mut issuances, Event::Wiped, observer).await?;
        Ok(issuances)
    }
}

/// What the journal has of a card, the newest first.
async fn of_card(journal: &Journal, look: &Look) -> Result<Vec<Issuance>, JournalError> {
    let uid = look.inspection().uid;
    journal.read(move |journal| journal.of_card(&uid)).await
}

/// Wipes, and believes it only when the card says so itself.
fn wipe(channel: &mut dyn CardChannel, look: &Look) -> Result<bool, DriverError> {
    expect_same_card(channel, look)?;
    look.card.wipe(channel)?;
    channel.reconnect()?;
    Ok(inspect_again(channel, look)?.summary().contents == Contents::Blank)
}

impl Agent {
    /// Finishes the wipe that was begun with this card, and says whether the card is another now than when it was looked at.
    ///
    /// Another whole record on it shows that ours is gone; that one is not touched. Neither is a card of which it cannot be said what it
    /// holds.
    pub(super) async fn finish_wipe(
        &self,
        card: &CardSession,
        look: &Look,
        observer: &Observer,
    ) -> Result<bool, IssueError> {
        let mut begun = of_card(&self.journal, look).await?;
        begun.retain(|issuance| issuance.state() == State::Wiping);
        if begun.is_empty() {
            return Ok(false);
        }
        let is_ours = begun
            .iter()
            .any(|issuance| holds(&look.inspection().contents, &issuance.record));
        let (changed, wiped) = match &look.holds {
            _ if is_ours => (true, self.wipe_to_the_end(card, look, observer).await?),
            Holds::Nothing | Holds::Torn => {
                (true, self.wipe_to_the_end(card, look, observer).await?)
            }
            Holds::Verified(_) => {
                self.journal
                    .advance_all(&mut begun, Event::Wiped, Timestamp::now())
                    .await?;
                (false, begun)
            }
            Holds::Foreign if look.inspection().contents == Contents::Broken => {
                (true, self.wipe_to_the_end(card, look, observer).await?)
            }
            Holds::Beside(_) | Holds::Foreign | Holds::Unverified(_) => return Ok(false),
        };
        for issuance in wiped {
            observer(Notice::Wiped(issuance));
        }
        self.something_to_report();
        Ok(changed)
    }

    async fn wipe_to_the_end(
        &self,
        card: &CardSession,
        look: &Look,
        observer: &Observer,
    ) -> Result<Vec<Issuance>, WipeError> {
        let wiper = Wiper::new(&self.journal, Arc::clone(&self.setup));
        let wipeable = wiper.wipeable(look.clone()).await?;
        wiper.wipe(card, wipeable, observer).await
    }
}
