//! After errors of encoders, of the PC/SC service and of simulated cards on virtual readers.

use super::{Advice, Front, Hint, UPKEEP};
use crate::encoder::EncoderError;
use crate::encoder::virtual_card::VirtualCardError;

impl Hint for EncoderError {
    fn advice(&self, at: Front) -> Advice {
        let hint = match self {
            Self::NoService(_) => {
                return at.upkeep("start the service with `sudo systemctl start pcscd.socket`, then run `cardbridge doctor`")
            }
            Self::NoEncoder { present, .. } if present.is_empty() => {
                return at.say("plug in a contactless encoder; if one is plugged in, run `cardbridge doctor`", "plug in the encoder; if it is plugged in, take another USB port")
            }
            Self::NoEncoder { present, .. } => {
                return format!("these are connected: {}", present.join(", ")).into();
            }
            Self::Ambiguous { .. } => "give more of the name, until only one encoder fits",
            Self::InUse { .. } => {
                return at.say("close the other program that uses the encoder (a running `cardbridge run`, a browser, a card tool), or let it finish; the card is taken as soon as it is free", "close the other program that uses the encoder (a browser, a card tool), or let it finish; the card is taken as soon as it is free")
            }
            Self::Forbidden { .. } => {
                return at.upkeep("install the polkit rule from the project's udev folder, or run as a user who is logged in at the machine's own screen")
            }
            Self::NoUid { .. } => {
                return at.say("place cards on the antenna, which is a slot of its own: `cardbridge readers` lists them", "place cards on the antenna, which is an encoder of its own in the list")
            }
            Self::NoThread(_) => {
                return at.upkeep("end other programs, or raise the process limit of this user, and start again")
            }
            Self::Channel(error) => return error.advice(at),
        };
        hint.into()
    }
}

impl Hint for VirtualCardError {
    fn advice(&self, at: Front) -> Advice {
        if at == Front::Page {
            return UPKEEP.into();
        }
        let hint = match self {
            Self::UnknownModel(_) => "`cardbridge drivers` lists the models",
            Self::Uid { .. } => "give a UID of 7 bytes, 14 hex digits, or none for a random one",
            Self::Size { .. } => "give the type that the file was made with, or another file",
            Self::OtherUid { .. } => {
                "leave --uid out to use the card as it is, or give another file"
            }
            Self::Memory { .. } => "give a file in a folder that exists and can be written",
            Self::Address { .. } => "give the host and the port of vpcd, such as 127.0.0.1:35963",
            Self::Random(_) => "give the UID with --uid",
        };
        hint.into()
    }
}
