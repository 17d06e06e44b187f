//! A desk for one Type 2 tag: what was sent, what was written, what is on it, and accidents on the way.

use cardbridge_drivers::cards;
use cardbridge_drivers::contract::apdu::{Command, Response};
use cardbridge_drivers::contract::{
    CardChannel, CardType, ChannelError, Driver, DriverError, DriverSettings, InspectedCard,
    ReaderProfile, Uid, identify,
};
use cardbridge_drivers::testing::{Exchange, Recorder, SimulatedReader};

pub(crate) const UID: [u8; 7] = [0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80];

const UPDATE_BINARY: [u8; 2] = [0xFF, 0xD6];

pub(crate) struct Desk {
    pub(crate) reader: Recorder<SimulatedReader>,
    pub(crate) driver: Box<dyn Driver>,
    card: CardType,
}

impl Desk {
    /// A new tag on an ACR122U.
    pub(crate) fn new(model: &str, settings: &DriverSettings) -> Self {
        Self::on(model, ReaderProfile::ACR122U, settings)
    }

    pub(crate) fn on(model: &str, profile: ReaderProfile, settings: &DriverSettings) -> Self {
        Self::with(UID, model, profile, settings)
    }

    pub(crate) fn with(
        uid: [u8; 7],
        model: &str,
        profile: ReaderProfile,
        settings: &DriverSettings,
    ) -> Self {
        let card = cards::simulate(model, Uid::from(uid)).unwrap();
        let mut reader = Recorder::new(SimulatedReader::new(card, profile));
        let card = identify(&mut reader).unwrap();
        let (_, driver) = cards::driver_for(&card, settings).unwrap();
        Self {
            reader,
            driver,
            card,
        }
    }

    /// Changes the site's settings and places the tag again.
    pub(crate) fn settle(&mut self, settings: &DriverSettings) {
        let (_, driver) = cards::driver_for(&self.card, settings).unwrap();
        self.driver = driver;
        self.reader.channel_mut().reset();
    }

    pub(crate) fn memory(&self) -> Vec<u8> {
        self.reader.channel().card().memory()
    }

    /// Changes the memory from a page on, given in hex, and places the tag again.
    pub(crate) fn set(&mut self, page: usize, bytes: &str) -> &mut Self {
        let bytes = hex::decode(bytes.replace(' ', "")).unwrap();
        let mut memory = self.memory();
        memory[page * 4..page * 4 + bytes.len()].copy_from_slice(&bytes);
        assert!(self.reader.channel_mut().card_mut().load(&memory));
        self.reader.channel_mut().reset();
        self
    }

    pub(crate) fn page(&self, page: usize) -> String {
        hex::encode(&self.memory()[page * 4..][..4])
    }

    pub(crate) fn transmit(&mut self, command: &str) -> String {
        let command = hex::decode(command).unwrap();
        hex::encode(self.reader.channel_mut().answer(&command))
    }

    pub(crate) fn inspect(&mut self) -> Box<dyn InspectedCard> {
        self.try_inspect().unwrap()
    }

    pub(crate) fn try_inspect(&mut self) -> Result<Box<dyn InspectedCard>, DriverError> {
        self.reader.clear();
        self.driver.inspect(&mut self.reader, &self.card)
    }

    pub(crate) fn write(&mut self, record: &[u8]) -> Result<(), DriverError> {
        let seen = self.inspect();
        self.reader.clear();
        seen.write(&mut self.reader, record, &mut |_| {})
    }

    /// Writes while one bit of what goes to `page` is turned over on the way.
    pub(crate) fn write_garbling(
        &mut self,
        seen: &dyn InspectedCard,
        record: &[u8],
        page: u8,
    ) -> Result<(), DriverError> {
        self.write_with(seen, record, page, |command| {
            let mut command = command.to_vec();
            *command.last_mut().unwrap_or(&mut 0) ^= 0x02;
            // The last byte of a PACK page means nothing.
            command[5] ^= 0x02;
            Some(command)
        })
    }

    /// Writes while `page` never gets what is written to it, though the reader says so.
    pub(crate) fn write_losing(
        &mut self,
        seen: &dyn InspectedCard,
        record: &[u8],
        page: u8,
    ) -> Result<(), DriverError> {
        self.write_with(seen, record, page, |_| None)
    }

    fn write_with(
        &mut self,
        seen: &dyn InspectedCard,
        record: &[u8],
        page: u8,
        accident: fn(&[u8]) -> Option<Vec<u8>>,
    ) -> Result<(), DriverError> {
        let mut channel = Accident {
            channel: &mut self.reader,
            page,
            befalls: accident,
        };
        seen.write(&mut channel, record, &mut |_| {})
    }

    /// Every command of the last operation.
    pub(crate) fn sent(&self) -> Vec<String> {
        let exchanges = self.reader.exchanges().iter();
        exchanges
            .map(|exchange| hex::encode(exchange.bytes()))
            .collect()
    }

    /// The pages that the last operation wrote, in order.
    pub(crate) fn written(&self) -> Vec<u8> {
        self.updates().map(|command| command[3]).collect()
    }

    /// What the last operation wrote to one page.
    pub(crate) fn written_to(&self, page: u8) -> Vec<String> {
        self.updates()
            .filter(|command| command[3] == page)
            .map(|command| hex::encode(&command[5..]))
            .collect()
    }

    fn updates(&self) -> impl Iterator<Item = Vec<u8>> {
        let commands = self.reader.exchanges().iter();
        commands
            .map(Exchange::bytes)
            .filter(|command| command.starts_with(&UPDATE_BINARY))
    }
}

/// A channel on which something happens to what is written to one page.
struct Accident<'a> {
    channel: &'a mut Recorder<SimulatedReader>,
    page: u8,
    befalls: fn(&[u8]) -> Option<Vec<u8>>,
}

impl CardChannel for Accident<'_> {
    fn atr(&self) -> &[u8] {
        self.channel.atr()
    }

    fn profile(&self) -> ReaderProfile {
        self.channel.profile()
    }

    fn transmit(&mut self, command: &Command) -> Result<Response, ChannelError> {
        let bytes = command.to_bytes()?;
        if !bytes.starts_with(&UPDATE_BINARY) || bytes[3] != self.page {
            return self.channel.transmit(command);
        }
        match (self.befalls)(&bytes) {
            Some(changed) => self
                .channel
                .transmit(&Command::from_apdu(&changed).unwrap()),
            None => Response::parse(vec![0x90, 0x00]),
        }
    }

    fn reconnect(&mut self) -> Result<(), ChannelError> {
        self.channel.reconnect()
    }
}
