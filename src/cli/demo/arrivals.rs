//! Guests who arrive after the story, each with a room.

use std::pin::pin;

use futures_util::StreamExt;
use jiff::{ToSpan, Zoned};

use super::desk::Desk;
use crate::cli::Failure;
use crate::seam::{
    AccessMode, AcsEntrance, CreateAcsCredential, CreateAcsUser, CredentialHolder, ListAcsEntrances,
};

const NAMES: [&str; 8] = [
    "Priya Raman",
    "Tomasz Zieliński",
    "Amélie Laurent",
    "Kwame Mensah",
    "Ingrid Solberg",
    "Yuki Sato",
    "Rafael Oliveira",
    "Grace O'Connor",
];

/// How the names of the hotel's rooms begin.
const ROOMS: [&str; 2] = ["Room ", "Suite "];

/// What is opened besides the room.
const COMMON: [&str; 2] = ["Main Entrance", "Garden Gate"];

impl Desk {
    /// Guests who wait for their cards.
    pub(super) async fn arrivals(&self) -> Result<(), Failure> {
        let entrances = self.client.entrances().list(&ListAcsEntrances::default());
        let mut entrances = pin!(entrances.into_items());
        let mut all: Vec<AcsEntrance> = Vec::new();
        while let Some(entrance) = entrances.next().await {
            all.push(entrance?);
        }
        let is = |entrance: &AcsEntrance, names: &[&str]| {
            let mut names = names.iter();
            names.any(|name| entrance.display_name.starts_with(name))
        };
        let rooms = all.iter().filter(|entrance| is(entrance, &ROOMS));
        for (name, room) in NAMES.into_iter().zip(rooms) {
            let here = |entrance: &&AcsEntrance| entrance.acs_system_id == room.acs_system_id;
            let common = all.iter().filter(here);
            let common = common.filter(|entrance| is(entrance, &COMMON));
            let doors = [room].into_iter().chain(common);
            self.arrival(name, &room.acs_system_id, doors).await?;
        }
        Ok(())
    }

    async fn arrival(
        &self,
        name: &str,
        acs_system_id: &str,
        doors: impl Iterator<Item = &AcsEntrance>,
    ) -> Result<(), Failure> {
        let guest = CreateAcsUser {
            acs_system_id: acs_system_id.to_owned(),
            full_name: name.to_owned(),
            ..CreateAcsUser::default()
        };
        let guest = self.client.users().create(&guest).await?;
        let holder = CredentialHolder::AcsUser {
            acs_user_id: guest.acs_user_id,
        };
        let now = Zoned::now();
        let leaves = now.checked_add(2.days()).and_then(|day| {
            let eleven = day.with().hour(11).minute(0).second(0).subsec_nanosecond(0);
            eleven.build()
        });
        let credential = CreateAcsCredential {
            allowed_acs_entrance_ids: doors.map(|door| door.acs_entrance_id.clone()).collect(),
            starts_at: Some(now.timestamp().to_string()),
            ends_at: leaves.ok().map(|leaves| leaves.timestamp().to_string()),
            ..CreateAcsCredential::new(AccessMode::Card, holder)
        };
        self.client.credentials().create(&credential).await?;
        Ok(())
    }
}
