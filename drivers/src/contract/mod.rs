//! What the parts promise each other: a channel to one card, a driver for one technology, a simulated card.

pub mod apdu;
mod atr;
mod card;
mod channel;
mod channel_error;
mod driver;
mod identify;
mod others;
mod reader;
mod settings;
mod simulated;

pub use card::{CardType, Family, Version};
pub use cardbridge_record::{NotUid, Uid, UidLength};
pub use channel::{CardChannel, Session};
pub use channel_error::ChannelError;
pub use driver::{
    CardKeys, Contents, Driver, DriverError, InspectedCard, Inspection, Model, ModelKey, Progress,
    Registration,
};
pub use identify::{identify, identify_again, inspect_again, is_contactless, reselect};
pub use others::Others;
pub use reader::{
    Authenticate, KeyKind, LoadKey, ReaderProfile, Signal, SignalCommands, Signals, signal,
};
pub use settings::{
    ClassicSectors, DesfireAid, DriverSettings, OwnSettings, Setting, SettingValue,
};
pub use simulated::{Answer, FieldLost, Finding, Mishap, SimulatedCard, Specimen, Writes};
