//! Beeps and lights, by which a reader shows what became of a card to people who do not look at a screen.

/// What a reader can signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Signal {
    /// The card holds its record: take it.
    Done,
    /// The card was not written, or not wholly.
    Refused,
}

/// What makes one reader model beep or light up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signals {
    /// For [`Signal::Done`].
    pub done: SignalCommands,
    /// For [`Signal::Refused`].
    pub refused: SignalCommands,
    /// Ends the reader's own beep at every card that is placed, which would be mistaken for [`Signal::Done`]. Only what the
    /// reader forgets when it loses power: no reader is changed for good.
    pub quiet: Option<SignalCommands>,
}

/// One thing to say to a reader, in the ways that it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignalCommands {
    /// As an escape command, past the card.
    pub escape: &'static [u8],
    /// As a pseudo-APDU of class FF over the connection to the card, for drivers that take no escape commands; readers keep
    /// these to themselves.
    pub pseudo_apdu: Option<&'static [u8]>,
}
