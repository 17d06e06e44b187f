//! What an encoder is: what is behind it, and what its cards open.

use serde::Serialize;
use uuid::Uuid;

use crate::desk::problem::Problem;
use crate::encoder::EncoderName;

/// One encoder, as every front end lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EncoderInfo {
    /// Its id, the same whenever this program runs.
    pub acs_encoder_id: Uuid,
    /// Its name, as shown to people. No other encoder of the desk has it.
    pub name: EncoderName,
    /// What is behind it.
    pub kind: EncoderKind,
    /// What its cards open.
    pub opens: Opens,
    /// The access system that it belongs to, where it belongs to one.
    pub acs_system_id: Option<String>,
    /// Why it cannot be used.
    pub problem: Option<Problem>,
}

/// What is behind an encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EncoderKind {
    /// A reader of this machine.
    #[default]
    Local,
    /// An encoder of an access system, which Seam drives.
    Seam,
}

/// What the cards of an encoder open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Opens {
    /// Whatever reads our own record: no stock lock.
    #[default]
    OwnRecord,
    /// The access system's own locks: the card is as the vendor makes it.
    VendorCard,
}
