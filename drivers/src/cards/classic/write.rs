//! Carrying a plan out.

use std::collections::BTreeMap;

use crate::contract::{DriverError, KeyKind, Progress};

use crate::keys::KeyVersion;

use super::access::Conditions;
use super::keys::{CardKeyring, Credential, Key};
use super::layout::{Layout, Memory};
use super::plan::Step;
use super::sectors::{Block, Chip, data_blocks, is_directory, sector_of, trailer_block};
use super::session::Session;
use super::trailer::Trailer;

/// Never reached: the layout has only sectors that a key of the site's opens.
const NO_KEY: DriverError = DriverError::Locked {
    what: "one of its sectors is under a key that this site does not have",
};

/// What a write has left on a card, for reading it back.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) chip: &'static Chip,
    pub(super) layout: Layout,
    pub(super) version: KeyVersion,
    /// The blocks of the directories, where these were not written: they are as they were read before. None where they were.
    pub(super) directories: Vec<(u8, Block)>,
}

/// One write.
pub(super) struct Writer<'a> {
    session: Session<'a>,
    keyring: CardKeyring,
    memory: &'a Memory,
    layout: &'a Layout,
    /// The sectors that reading back opens with their new key, which shows that they have it.
    read_back: Vec<u8>,
    credentials: BTreeMap<u8, Credential>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(
        session: Session<'a>,
        keyring: CardKeyring,
        memory: &'a Memory,
        layout: &'a Layout,
        read_back: Vec<u8>,
    ) -> Self {
        let credentials = layout
            .sectors()
            .filter_map(|sector| Some((sector, memory.credential(sector)?)))
            .collect();
        Self {
            session,
            keyring,
            memory,
            layout,
            read_back,
            credentials,
        }
    }

    pub(super) fn carry_out(
        mut self,
        steps: &[Step],
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), DriverError> {
        for (done, step) in (1..).zip(steps) {
            match step {
                Step::Data { block, bytes } => {
                    let (kind, key) = self.way_in(sector_of(*block))?;
                    self.session.open(sector_of(*block), kind, &key)?;
                    self.session.write(*block, bytes)?;
                }
                Step::Trailer { sector } => self.rekey(*sector)?,
            }
            progress(Progress {
                done,
                total: steps.len(),
            });
        }
        let written = self.written(steps);
        self.session.leave(written);
        Ok(())
    }

    fn written(&self, steps: &[Step]) -> Option<Written> {
        let writes_directory = steps.iter().any(|step| match step {
            Step::Data { block, .. } => is_directory(sector_of(*block)),
            Step::Trailer { sector } => is_directory(*sector),
        });
        let directories = if writes_directory {
            vec![]
        } else {
            let sectors = self.layout.directories.iter();
            let blocks =
                sectors.flat_map(|&sector| data_blocks(sector).chain([trailer_block(sector)]));
            blocks
                .map(|block| Some((block, self.memory.block(block)?)))
                .collect::<Option<_>>()?
        };
        Some(Written {
            chip: self.memory.chip,
            layout: self.layout.clone(),
            version: self.keyring.current()?,
            directories,
        })
    }

    /// Gives a sector its keys, and makes sure that it has them: at once, or where the sector is read back. A trailer that was
    /// refused, or seems so, is written once more only where the old key still opens the sector.
    fn rekey(&mut self, sector: u8) -> Result<(), DriverError> {
        let version = self.keyring.current().ok_or(NO_KEY)?;
        let new = Credential::Site(version);
        let key_b = self.keyring.key(new).ok_or(NO_KEY)?;
        let trailer = self.trailer(sector, &key_b)?;
        let (kind, old_key) = self.way_in(sector)?;

        self.session.open(sector, kind, &old_key)?;
        if let Err(error) = self.session.write_trailer(sector, &trailer) {
            let DriverError::Refused { .. } = error else {
                return Err(error);
            };
            let is_there = self.holds(sector, &key_b, &trailer)?;
            if !is_there {
                self.session.open(sector, kind, &old_key)?;
                self.session.write_trailer(sector, &trailer)?;
            }
        }
        if !self.read_back.contains(&sector) {
            self.session.open(sector, KeyKind::B, &key_b)?;
        }
        self.credentials.insert(sector, new);
        Ok(())
    }

    /// Whether the sector has this trailer already.
    fn holds(&mut self, sector: u8, key_b: &Key, trailer: &Trailer) -> Result<bool, DriverError> {
        if !self.session.authenticate(sector, KeyKind::B, key_b)? {
            return Ok(false);
        }
        let read = self.session.read(trailer_block(sector))?;
        Ok(read.is_some_and(|read| trailer.is(&read)))
    }

    fn trailer(&self, sector: u8, key_b: &Key) -> Result<Trailer, DriverError> {
        let gpb = self.layout.gpb(sector);
        Trailer::new(&Key::public(sector), Conditions::OURS, gpb, key_b).ok_or(
            DriverError::Unsupported {
                what: "its access conditions would lock the site out",
            },
        )
    }

    fn way_in(&self, sector: u8) -> Result<(KeyKind, Key), DriverError> {
        let credential = *self.credentials.get(&sector).ok_or(NO_KEY)?;
        let key = self.keyring.key(credential).ok_or(NO_KEY)?;
        Ok((credential.kind(), key))
    }
}
