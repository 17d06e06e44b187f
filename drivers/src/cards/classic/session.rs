//! One card on one channel: keys into the reader, authentication sector by sector, blocks.
//!
//! The card forgets an authentication at any error and at the next one, and is halted when a key is wrong; it is selected
//! again after each.

use crate::contract::apdu::{Command, Response};
use crate::contract::{self, CardChannel, DriverError, KeyKind, LoadKey, Uid, reselect};

use super::keys::Key;
use super::sectors::{BLOCK, Block, sector_of, trailer_block};
use super::trailer::Trailer;
use super::write::Written;

/// More keys than two are never in turn: the one that fits, and the one that comes.
const PLACES: usize = 2;

/// One card.
pub(super) struct Session<'a> {
    card: &'a mut dyn CardChannel,
    uid: Uid,
    form: LoadKey,
    /// The form in which the reader has taken a key.
    taken: Option<LoadKey>,
    loaded: [Option<Key>; PLACES],
    next_place: usize,
    open: Option<(u8, KeyKind, Key)>,
    /// Whether the sector was left open by the last operation, and nothing has shown yet that it still is.
    is_left_open: bool,
}

/// What is in force when an operation ends: keys in the reader, the sector that is open, and what was written, if anything was.
struct InForce {
    uid: Uid,
    form: LoadKey,
    taken: Option<LoadKey>,
    loaded: [Option<Key>; PLACES],
    next_place: usize,
    open: Option<(u8, KeyKind, Key)>,
    written: Option<Written>,
}

impl<'a> Session<'a> {
    /// Goes on where the last operation on this card has left off, as far as that still holds; also gives what it has written.
    pub(super) fn new(card: &'a mut dyn CardChannel, uid: Uid) -> (Self, Option<Written>) {
        let form = card.profile().load_key;
        let in_force = card.session().and_then(contract::Session::take::<InForce>);
        let InForce {
            form,
            taken,
            loaded,
            next_place,
            open,
            written,
            ..
        } = in_force
            .filter(|in_force| in_force.uid == uid)
            .unwrap_or(InForce {
                uid,
                form,
                taken: None,
                loaded: [None, None],
                next_place: 0,
                open: None,
                written: None,
            });
        let session = Self {
            card,
            uid,
            form,
            taken,
            loaded,
            next_place,
            is_left_open: open.is_some(),
            open,
        };
        (session, written)
    }

    /// Leaves what is in force to the next operation. Which card it is on has to be asked all the same: the key that a sector is open
    /// by is in every copy of the card, and the holder of the card can find out its keys.
    pub(super) fn leave(self, written: Option<Written>) {
        let Some(session) = self.card.session() else {
            return;
        };
        session.keep(InForce {
            uid: self.uid,
            form: self.form,
            taken: self.taken,
            loaded: self.loaded,
            next_place: self.next_place,
            open: self.open,
            written,
        });
    }

    /// Counts on nothing that was in force on the card.
    pub(super) fn begin_anew(&mut self) {
        self.open = None;
        self.loaded = [None, None];
    }

    /// Authenticates for a sector, unless it is open so already. `false`: the card refused, and is selected again.
    pub(super) fn authenticate(
        &mut self,
        sector: u8,
        kind: KeyKind,
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
        self.is_left_open = false;
        let loaded = self.load(kind, key)?;
        let form = self.card.profile().authenticate;
        let command = form.command(trailer_block(sector).into(), kind, loaded);
        if command.send(self.card)?.is_success() {
            self.open = Some((sector, kind, key.clone()));
            return Ok(true);
        }
        self.reselect()?;
        Ok(false)
    }

    /// As [`authenticate`](Self::authenticate), with a key that is known to be right: what refuses may be a poor contact, or
    /// a reader that lost its keys, so it is tried once more from the start.
    pub(super) fn open(&mut self, sector: u8, kind: KeyKind, key: &Key) -> Result<(), DriverError> {
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
        kind: KeyKind,
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
        let command = Command::update_binary(block.into(), bytes);
        let mut response = command.send(self.card)?;
        if !response.is_success()
            && self.is_left_open
            && let Some((sector, kind, key)) = self.open.clone()
        {
            // The reader has lost the card for a moment, and the sector with it.
            self.reselect()?;
            self.open(sector, kind, &key)?;
            response = command.send(self.card)?;
        }
        self.is_left_open = false;
        self.expect_success(&response, || format!("write block {block}"))
    }

    /// Writes the trailer of the sector that is open, once. Whatever the answer was, what is there is for a new
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

    /// Gets a key into the reader, unless it is there, and says where it is.
    fn load(&mut self, kind: KeyKind, key: &Key) -> Result<LoadKey, DriverError> {
        if let Some(place) = self.place_of(kind, key) {
            return Ok(self.form_at(place));
        }
        let forms: Vec<LoadKey> = match self.taken {
            Some(form) => vec![form],
            None => self.card.profile().load_keys().collect(),
        };
        for form in forms {
            self.form = form;
            let place = self.free_place(kind);
            let command = self.form_at(place).command(kind, key.expose());
            if command.send(self.card)?.is_success() {
                self.taken = Some(form);
                self.loaded[place] = Some(key.clone());
                self.next_place = (place + 1) % self.places();
                return Ok(self.form_at(place));
            }
        }
        Err(DriverError::Reader {
            what: "take a MIFARE key",
        })
    }

    fn place_of(&self, kind: KeyKind, key: &Key) -> Option<usize> {
        self.loaded.iter().enumerate().position(|(place, loaded)| {
            let is_for_it = self.form != LoadKey::ByKind || place == self.free_place(kind);
            is_for_it && loaded.as_ref() == Some(key)
        })
    }

    /// Where the next key goes: two that take turns, or one for each kind.
    fn free_place(&self, kind: KeyKind) -> usize {
        match (self.form, kind) {
            (LoadKey::ByKind, KeyKind::A) => 0,
            (LoadKey::ByKind, KeyKind::B) => 1,
            _ => self.next_place,
        }
    }

    fn places(&self) -> usize {
        let has_one_behind = match self.form {
            LoadKey::Volatile { slot } | LoadKey::NonVolatile { slot } => slot < u8::MAX,
            LoadKey::ByKind => true,
        };
        if has_one_behind {
            usize::from(self.card.profile().key_slots).clamp(1, PLACES)
        } else {
            1
        }
    }

    /// The profile's slot, or the one behind it.
    fn form_at(&self, place: usize) -> LoadKey {
        let behind = u8::from(place == 1);
        match self.form {
            LoadKey::Volatile { slot } => LoadKey::Volatile {
                slot: slot + behind,
            },
            LoadKey::NonVolatile { slot } => LoadKey::NonVolatile {
                slot: slot + behind,
            },
            LoadKey::ByKind => LoadKey::ByKind,
        }
    }
}
