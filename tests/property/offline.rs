//! A desk that cannot reach the database refuses what is new, and finishes what was begun.

use crate::cluster::Database;
use crate::desk::{Here, PLAIN, refused};
use crate::hotel::Hotel;
use crate::proxy::Proxy;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_begun_is_finished_and_told_later_and_nothing_new_is_begun() {
    let (hotel, database) = (Hotel::new().await, Database::new().await);
    let proxy = Proxy::to(&database).await;
    let desk = Here::new(&hotel, "Front desk 1", &proxy.database());
    let [begun, new] = [hotel.credential().await, hotel.credential().await];
    let torn = desk.tear(&begun).await;
    proxy.go_down();
    let card = desk.card();
    desk.place(card);
    let blank = desk.memory(card);
    let (code, words) = refused(desk.encode_here(&new, PLAIN).await);
    assert_eq!(code, "property_unreachable", "{words}");
    assert_eq!(desk.memory(card), blank);
    assert!(
        desk.history()
            .await
            .iter()
            .all(|one| one.acs_credential_id != new)
    );
    desk.place(torn.card_uid);
    desk.reaches(&begun, "reporting").await;
    proxy.come_up();
    database.comes_to_know(&begun).await;
    desk.encode(&new, PLAIN).await.unwrap();
}
