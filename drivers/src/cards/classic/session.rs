//! One card on one channel: keys into the reader, authentication sector by sector, blocks.
//!
//! The card forgets an authentication at any error and at the next one, and is halted when a key is wrong; it is selected
//! again after each.

use crate::contract::apdu::{Command, Response};
use crate::contract::{CardChannel, DriverError, LoadKey, Uid, reselect};

use super::access::Kind;
use super::keys::Key;
use super::sectors::{BLOCK, Block, sector_of, trailer_block};
use super::trailer::Trailer;

/// A reader remembers two keys: every make has room for that many.
const SLOTS: usize = 2;

/// One card.
pub(super) struct Session<'a> {
    card: &'a mut dyn CardChannel,
    uid: Uid,
    form: LoadKey,
    /// Whether the reader has taken a key in this form.
    form_is_certain: bool,
    loaded: [Option<Key>; SLOTS],
    next_slot: usize,
    open: Option<(u8, Kind, Key)>,
}

impl<'a> Session<'a> {
    pub(super) fn new(card: &'a mut dyn CardChannel, uid: Uid) -> Self {
        Self {
            form: card.profile().load_key,
            card,
            uid,
            form_is_certain: false,
            loaded: [None, None],
            next_slot: 0,
            open: None,
        }
    }

    /// Authenticates for a sector, unless it is open so already. `false`: the card refused, and is selected again.
    pub(super) fn authenticate(
        &mut self,
        sector: u8,
        kind: Kind,
        key: &Key,
    ) -> Result<bool, DriverError> {
        if self
            .open
            .as_ref()
            .is_some_and(|open| (open.0, open.1) == (sector, kind) && open.2 == *key)
        {
            return Ok(true);
        }
        self.open = None;
        let slot = self.load(kind, key)?;
        let command = Command::authenticate_block(trailer_block(sector).into(), is_b(kind), slot);
        if command.send(self.card)?.is_success() {
            self.open = Some((sector, kind, key.clone()));
            return Ok(true);
        }
        self.reselect()?;
        Ok(false)
    }

    /// As [`authenticate`](Self::authenticate), with a key that is known to be right: what refuses may be a poor contact, or
    /// a reader that lost its keys, so it is tried once more from the start.
    pub(super) fn open(&mut self, sector: u8, kind: Kind, key: &Key) -> Result<(), DriverError> {
        if self.authenticate(sector, kind, key)? {
            return Ok(());
        }
        self.loaded = [None, None];
        if self.authenticate(sector, kind, key)? {
            return Ok(());
        }
        Err(DriverError::Refused {
            step: format!("open sector {sector} with a key that it had"),
            status: 0x6300,
        })
    }

    /// Reads a block of the sector that is open. `None`: its access conditions forbid it, or the contact is poor.
    pub(super) fn read(&mut self, block: u8) -> Result<Option<Block>, DriverError> {
        const BYTES: u8 = 16;
        const _: () = assert!(BYTES as usize == BLOCK);

        let response = Command::read_binary(block.into(), BYTES).send(self.card)?;
        if !response.is_success() {
            self.reselect()?;
            return Ok(None);
        }
        let bytes = Block::try_from(response.data).map_err(|_| DriverError::Malformed {
            step: format!("read block {block}"),
        })?;
        Ok(Some(bytes))
    }

    /// Reads a block that could be read before, or whose access conditions say that it can.
    pub(super) fn read_surely(
        &mut self,
        block: u8,
        kind: Kind,
        key: &Key,
    ) -> Result<Block, DriverError> {
        for _attempt in 0..2 {
            self.open(sector_of(block), kind, key)?;
            if let Some(bytes) = self.read(block)? {
                return Ok(bytes);
            }
        }
        Err(DriverError::Refused {
            step: format!("read block {block}"),
            status: 0x6300,
        })
    }

    /// Writes a block of data of the sector that is open. Never block 0, never a trailer.
    pub(super) fn write(&mut self, block: u8, bytes: &Block) -> Result<(), DriverError> {
        let is_data = super::sectors::data_blocks(sector_of(block)).contains(&block);
        if !is_data {
            return Err(DriverError::Unsupported {
                what: "a block that holds no data was to be written",
            });
        }
        let response = Command::update_binary(block.into(), bytes).send(self.card)?;
        self.expect_success(&response, || format!("write block {block}"))
    }

    /// Writes the trailer of the sector that is open, once. Whatever the answer was, what stands there is for a new
    /// authentication to tell.
    pub(super) fn write_trailer(
        &mut self,
        sector: u8,
        trailer: &Trailer,
    ) -> Result<(), DriverError> {
        let block = trailer_block(sector);
        let response =
            Command::update_binary_with_keys(block.into(), trailer.bytes()).send(self.card)?;
        self.open = None;
        self.expect_success(&response, || format!("write the keys of sector {sector}"))
    }

    fn expect_success(
        &mut self,
        response: &Response,
        step: impl FnOnce() -> String,
    ) -> Result<(), DriverError> {
        if response.is_success() {
            return Ok(());
        }
        self.reselect()?;
        Err(DriverError::Refused {
            step: step(),
            status: response.status,
        })
    }

    fn reselect(&mut self) -> Result<(), DriverError> {
        self.open = None;
        reselect(self.card, &self.uid)
    }

    /// Gets a key into the reader, unless it is there, and says in which slot.
    fn load(&mut self, kind: Kind, key: &Key) -> Result<u8, DriverError> {
        let place = match self.form {
            LoadKey::ByKind => usize::from(is_b(kind)),
            LoadKey::Volatile { .. } | LoadKey::NonVolatile { .. } => match self.place_of(key) {
                Some(place) => return Ok(self.slot(place)),
                None => self.next_slot,
            },
        };
        if self.loaded[place].as_ref() == Some(key) {
            return Ok(self.slot(place));
        }
        let place = if self.send_key(place, kind, key)? {
            place
        } else {
            self.fall_back(kind, key)?
        };
        self.form_is_certain = true;
        self.loaded[place] = Some(key.clone());
        self.next_slot = (place + 1) % SLOTS;
        Ok(self.slot(place))
    }

    fn place_of(&self, key: &Key) -> Option<usize> {
        self.loaded
            .iter()
            .position(|loaded| loaded.as_ref() == Some(key))
    }

    /// Tries the other forms: readers of one make differ by their firmware, and an unknown reader's make is a guess.
    fn fall_back(&mut self, kind: Kind, key: &Key) -> Result<usize, DriverError> {
        let slot = match self.form {
            LoadKey::Volatile { slot } | LoadKey::NonVolatile { slot } => slot,
            LoadKey::ByKind => 0,
        };
        let first = self.form;
        let others = [
            LoadKey::Volatile { slot },
            LoadKey::NonVolatile { slot },
            LoadKey::ByKind,
        ];
        if !self.form_is_certain {
            for form in others.into_iter().filter(|form| *form != first) {
                self.form = form;
                let place = match form {
                    LoadKey::ByKind => usize::from(is_b(kind)),
                    LoadKey::Volatile { .. } | LoadKey::NonVolatile { .. } => 0,
                };
                if self.send_key(place, kind, key)? {
                    return Ok(place);
                }
            }
            self.form = first;
        }
        Err(DriverError::Reader {
            what: "take a MIFARE key",
        })
    }

    fn send_key(&mut self, place: usize, kind: Kind, key: &Key) -> Result<bool, DriverError> {
        let (structure, number) = match self.form {
            LoadKey::Volatile { .. } => (0x00, self.slot(place)),
            LoadKey::NonVolatile { .. } => (0x20, self.slot(place)),
            LoadKey::ByKind => (0x00, if is_b(kind) { 0x61 } else { 0x60 }),
        };
        let response = Command::load_key(structure, number, key.expose()).send(self.card)?;
        Ok(response.is_success())
    }

    /// The reader's number of a place: the profile's slot and the one behind it.
    fn slot(&self, place: usize) -> u8 {
        let behind = u8::from(place == 1);
        match self.form {
            LoadKey::Volatile { slot } | LoadKey::NonVolatile { slot } => slot + behind,
            LoadKey::ByKind => 0,
        }
    }
}

fn is_b(kind: Kind) -> bool {
    kind == Kind::B
}
