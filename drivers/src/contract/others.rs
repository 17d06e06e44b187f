//! What is on a card that is not ours, in words for the person who decides whether it may be lost.

use std::fmt;

use crate::record::ndef::Kind;
use crate::record::tlv::{NDEF_MESSAGE, PROPRIETARY};

/// One thing on a card that is not ours, and that writing or wiping the card would lose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Others {
    /// A record in an NDEF message.
    Record(Kind),
    /// An NDEF message that is not well formed, or where no reader looks for one.
    Message,
    /// A TLV block of another kind, by its tag.
    Block(u8),
    /// Memory in use without anything that says by whom.
    Memory,
    /// MIFARE Classic sectors that no directory gives to anybody, and that are not as from the factory.
    Sectors(Vec<u8>),
    /// A MIFARE Classic directory that names applications, whose sectors stay as they are, or that is damaged.
    Directory,
    /// A DESFire application under the identifier of ours.
    Application,
}

impl Others {
    /// All of them in one phrase: `a text record, a URI record and a proprietary block`. `None` when there is nothing.
    #[must_use]
    pub fn phrase(all: &[Self]) -> Option<String> {
        let (last, rest) = all.split_last()?;
        let rest: Vec<String> = rest.iter().map(Self::to_string).collect();
        Some(if rest.is_empty() {
            last.to_string()
        } else {
            format!("{} and {last}", rest.join(", "))
        })
    }

    /// What is beside a record of ours, in a few words.
    #[must_use]
    pub fn beside(all: &[Self]) -> &'static str {
        match all {
            [Self::Record(_)] => "another record",
            all if all.iter().all(|other| matches!(other, Self::Record(_))) => "other records",
            _ => "other data",
        }
    }
}

impl fmt::Display for Others {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record(Kind::Text) => f.write_str("a text record"),
            Self::Record(Kind::Uri) => f.write_str("a URI record"),
            Self::Record(Kind::Media(media_type)) => write!(f, "a record of type {media_type}"),
            Self::Record(Kind::Other) => f.write_str("a record of another kind"),
            Self::Message | Self::Block(NDEF_MESSAGE) => f.write_str("an NDEF message"),
            Self::Block(PROPRIETARY) => f.write_str("a proprietary block"),
            Self::Block(tag) => write!(f, "a block of an unknown kind (tag {tag:02X})"),
            Self::Memory => f.write_str("data that is not NDEF"),
            Self::Sectors(sectors) => match sectors.as_slice() {
                [sector] => write!(f, "data in sector {sector}, which no directory names"),
                sectors => {
                    f.write_str("data in sectors ")?;
                    list(f, sectors)?;
                    f.write_str(", which no directory names")
                }
            },
            Self::Directory => {
                f.write_str("a directory that names applications (their sectors stay as they are)")
            }
            Self::Application => f.write_str("an application under the identifier of ours"),
        }
    }
}

fn list(f: &mut fmt::Formatter<'_>, sectors: &[u8]) -> fmt::Result {
    for (index, sector) in sectors.iter().enumerate() {
        let before = match sectors.len() - index {
            _ if index == 0 => "",
            1 => " and ",
            _ => ", ",
        };
        write!(f, "{before}{sector}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_names_all() {
        let phrase = Others::phrase;
        assert_eq!(phrase(&[]), None);
        assert_eq!(
            phrase(&[Others::Record(Kind::Text)]).as_deref(),
            Some("a text record")
        );
        let all = [
            Others::Record(Kind::Text),
            Others::Record(Kind::Uri),
            Others::Block(PROPRIETARY),
        ];
        assert_eq!(
            phrase(&all).as_deref(),
            Some("a text record, a URI record and a proprietary block")
        );
        assert_eq!(Others::beside(&all), "other data");
        assert_eq!(Others::beside(&all[..2]), "other records");
        assert_eq!(Others::beside(&all[..1]), "another record");
    }

    #[test]
    fn sectors_are_listed() {
        let words = |sectors: &[u8]| Others::Sectors(sectors.to_vec()).to_string();
        assert_eq!(words(&[2]), "data in sector 2, which no directory names");
        assert!(words(&[2, 3]).starts_with("data in sectors 2 and 3, "));
        assert!(words(&[2, 3, 7]).starts_with("data in sectors 2, 3 and 7, "));
    }
}
