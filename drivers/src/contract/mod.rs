//! What the parts promise each other: a channel to one card, a driver for one technology, a simulated card.

mod card;
mod channel;
mod driver;
mod simulated;

pub use card::{CardType, Family, Uid, UidLength, Version};
pub use channel::{CardChannel, ChannelError};
pub use driver::{Contents, Driver, DriverError, Image, Inspection, Model, Progress, Registration};
pub use simulated::{Answer, SimulatedCard};
