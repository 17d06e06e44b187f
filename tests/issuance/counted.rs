//! The README's table counts every command that reaches the reader: as many as the agent sends, its own included.

use cardbridge::issuance::policy::{Allowed, Overwrite};
use cardbridge_drivers::cards;
use cardbridge_drivers::testing::cost::{self, CountingDesk};

use crate::desk::{Desk, encoder, issue};

#[tokio::test]
async fn the_agent_sends_as_many_commands_as_the_table_counts() {
    let mut desk = Desk::new().await;
    let agent = desk.agent();
    let again = Allowed {
        reissue: true,
        overwrite: Overwrite::Any,
    };
    for model in cards::ALL.iter().flat_map(|driver| driver.models) {
        if model.capacity < cost::RECORD_BYTES {
            continue;
        }
        let uid = desk.card(model.name);
        let mut counting = CountingDesk::with(cards::simulate(model.name, uid).unwrap());
        for which in ["first issue", "issued again"] {
            let credential = desk.credential().await;
            let before = desk.tray.commands(&encoder()).unwrap();
            let card = desk.place(uid).await;
            let issuance = issue(&agent, &card, &credential, again).await.unwrap();
            drop(card);
            let sent = desk.tray.commands(&encoder()).unwrap() - before;
            desk.remove().await;
            let counted = counting.issue(&issuance.record).unwrap().spent.commands;
            assert_eq!(sent, counted, "{}, {which}", model.name);
        }
    }
}
