//! Carrying a plan out.

use std::collections::BTreeMap;

use crate::contract::{DriverError, KeyKind, Progress};

use super::access::Conditions;
use super::keys::{CardKeyring, Credential, Key};
use super::layout::{Layout, Memory};
use super::plan::Step;
use super::sectors::{sector_of, trailer_block};
use super::session::Session;
use super::trailer::Trailer;

/// Nobody gets here: the layout has only sectors that a key of the site's opens.
const NO_KEY: DriverError = DriverError::Locked {
    what: "one of its sectors is under a key that this site does not have",
};

/// One write.
pub(super) struct Writer<'a> {
    session: Session<'a>,
    keyring: CardKeyring,
    layout: &'a Layout,
    credentials: BTreeMap<u8, Credential>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(
        session: Session<'a>,
        keyring: CardKeyring,
        memory: &Memory,
        layout: &'a Layout,
    ) -> Self {
        let credentials = layout
            .sectors()
            .filter_map(|sector| Some((sector, memory.credential(sector)?)))
            .collect();
        Self {
            session,
            keyring,
            layout,
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
        Ok(())
    }

    /// Gives a sector its keys, and makes sure that it has them. A trailer that was refused, or seems so, is written once
    /// more only where the old key still opens the sector.
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
        let read = self
            .session
            .read_surely(trailer_block(sector), KeyKind::B, &key_b)?;
        if !trailer.is(&read) {
            return Err(DriverError::Malformed {
                step: format!("keep the access conditions of sector {sector}"),
            });
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
