//! A card that is pulled at a chosen command.

use crate::contract::apdu::{Command, Response};
use crate::contract::{CardChannel, ChannelError, Mishap, ReaderProfile, Session, SimulatedCard};

/// Which half of the exchange the removal cuts off. The sender of the command cannot tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// The command did not reach the card.
    Command,
    /// The card carried the command out, and its answer was lost.
    Answer,
    /// The card was storing: so many bytes are new, those behind them are old. As [`Answer`](Self::Answer) where the
    /// command writes nothing.
    Rest {
        /// How many bytes are stored.
        stored: usize,
    },
}

/// A channel to a simulated card that can be reached past it.
pub trait HoldsCard: CardChannel {
    /// The card.
    fn card_mut(&mut self) -> &mut dyn SimulatedCard;
}

/// A channel whose card is pulled during one command and stays away. To put the card back, use the inner channel again.
#[derive(Debug)]
pub struct Faulty<'a, C> {
    channel: &'a mut C,
    pulled_at: usize,
    loss: Loss,
    commands: usize,
}

impl<'a, C: HoldsCard> Faulty<'a, C> {
    /// Pulls the card at the command with this index, the first being 0.
    pub fn new(channel: &'a mut C, pulled_at: usize, loss: Loss) -> Self {
        Self {
            channel,
            pulled_at,
            loss,
            commands: 0,
        }
    }

    /// Whether the card was pulled: `false` means that fewer commands were sent.
    #[must_use]
    pub fn is_pulled(&self) -> bool {
        self.commands > self.pulled_at
    }
}

impl<C: HoldsCard> CardChannel for Faulty<'_, C> {
    fn atr(&self) -> &[u8] {
        self.channel.atr()
    }

    fn profile(&self) -> ReaderProfile {
        self.channel.profile()
    }

    fn transmit(&mut self, command: &Command) -> Result<Response, ChannelError> {
        if self.is_pulled() {
            return Err(ChannelError::Removed);
        }
        self.commands += 1;
        if !self.is_pulled() {
            return self.channel.transmit(command);
        }
        match self.loss {
            Loss::Command => {}
            Loss::Answer => {
                self.channel.transmit(command)?;
            }
            Loss::Rest { stored } => {
                let torn = Mishap::Torn { stored };
                self.channel.card_mut().spoil_next_write(Some(torn));
                self.channel.transmit(command)?;
                self.channel.card_mut().spoil_next_write(None);
            }
        }
        Err(ChannelError::Removed)
    }

    fn reconnect(&mut self) -> Result<(), ChannelError> {
        if self.is_pulled() {
            return Err(ChannelError::Removed);
        }
        self.channel.reconnect()
    }

    fn session(&mut self) -> Option<&mut Session> {
        self.channel.session()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cards;
    use crate::contract::Uid;
    use crate::testing::SimulatedReader;

    fn page_5_after(loss: Loss) -> Vec<u8> {
        let write = Command::update_binary(5, &[1, 2, 3, 4]);
        let card = cards::simulate("ntag215", Uid::from([4, 1, 2, 3, 4, 5, 6])).unwrap();
        let mut reader = SimulatedReader::new(card, ReaderProfile::ACR122U);
        let mut channel = Faulty::new(&mut reader, 0, loss);
        assert!(!channel.is_pulled());
        assert_eq!(channel.transmit(&write), Err(ChannelError::Removed));
        assert!(channel.is_pulled());
        assert_eq!(channel.transmit(&write), Err(ChannelError::Removed));
        assert_eq!(channel.reconnect(), Err(ChannelError::Removed));
        reader.card().memory()[20..24].to_vec()
    }

    #[test]
    fn a_lost_command_is_not_carried_out_and_a_lost_answer_is() {
        assert_eq!(page_5_after(Loss::Command), [0; 4]);
        assert_eq!(page_5_after(Loss::Answer), [1, 2, 3, 4]);
        assert_eq!(page_5_after(Loss::Rest { stored: 3 }), [1, 2, 3, 0]);
    }
}
