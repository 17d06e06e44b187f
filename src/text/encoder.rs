//! After errors of encoders, of the PC/SC service and of simulated cards on virtual readers.

use super::{Advice, Front, Hint, UPKEEP};
use crate::encoder::simulated::TrayError;
use crate::encoder::virtual_card::VirtualCardError;
use crate::encoder::{EncoderError, MemoryError};

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
            Self::Memory(error) => return error.hint(),
            Self::Address { .. } => "give the host and the port of vpcd, such as 127.0.0.1:35963",
            Self::Random(_) => "give the UID with --uid",
        };
        hint.into()
    }
}

impl Hint for TrayError {
    fn advice(&self, at: Front) -> Advice {
        let hint = match self {
            Self::NoEncoder(_) => "name one of the simulated encoders",
            Self::NoCard(_) => "name a card type for a new card, or the UID of a card that is kept",
            Self::SameUid(_) => "use the card that is there",
            Self::Elsewhere(..) => "remove the card from the other encoder first",
            Self::UnknownType(_) => {
                return at.say(
                    "`cardbridge drivers` lists the card types",
                    "take one of the card types in the list",
                );
            }
            Self::InUse(_) => {
                return at.upkeep("end the other process (a running `cardbridge run --simulated`), or read the card on its page, under Encoders (`cardbridge desk`); with another --state-dir there \
                 are other cards, and another journal");
            }
            Self::Folder { .. } => {
                return at.upkeep("make the state directory one that this user can write to, or name another with --state-dir");
            }
            Self::Memory(_) => {
                return at.upkeep("remove that file: it is a simulated card");
            }
            Self::Random(_) => "start again",
        };
        hint.into()
    }
}

impl Hint for MemoryError {
    fn advice(&self, at: Front) -> Advice {
        if at == Front::Page {
            return UPKEEP.into();
        }
        let hint = match self {
            Self::Size { .. } => "give the type that the file was made with, or another file",
            Self::OtherUid { .. } => {
                "leave --uid out to use the card as it is, or give another file"
            }
            Self::File { .. } => "give a file in a folder that exists and can be written",
        };
        hint.into()
    }
}
