//! A desk that dies or sleeps between its claim and its first write.

use crate::cluster::Database;
use crate::desk::{Here, PLAIN, REISSUE, refused};
use crate::hotel::Hotel;
use crate::proxy::{Proxy, Trouble};

/// A part of the statement that comes right before the first write.
const BEGINS: &[u8] = b"is_begun = true, lease_until";

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_wakes_up_late_writes_nothing() {
    let (hotel, database) = (Hotel::new().await, Database::new().await);
    let proxy = Proxy::to(&database).await;
    let sleeper = Here::new(&hotel, "Front desk 1", &proxy.database());
    let other = Here::new(&hotel, "Front desk 2", &database);
    let id = hotel.credential().await;
    proxy.next(Trouble::Held(BEGINS));
    let card = sleeper.card();
    sleeper.place(card);
    let blank = sleeper.memory(card);
    let (late, issued) = tokio::join!(sleeper.encode_here(&id, PLAIN), async {
        proxy.happened().await;
        let (code, words) = refused(other.encode(&id, PLAIN).await);
        assert_eq!(code, "being_issued_elsewhere", "{words}");
        database.end_leases().await;
        let issued = other.encode(&id, PLAIN).await.unwrap();
        proxy.go_on();
        issued
    });
    let (code, words) = refused(late);
    assert_eq!(code, "taken_over", "{words}");
    assert!(words.contains("Front desk 2"), "{words}");
    assert_eq!(sleeper.memory(card), blank);
    assert_eq!(issued.acs_credential_id, id);
    sleeper.reaches(&id, "abandoned").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_whose_desk_died_is_taken_over_when_its_lease_is_over() {
    let (hotel, database) = (Hotel::new().await, Database::new().await);
    let proxy = Proxy::to(&database).await;
    let dying = Here::new(&hotel, "Front desk 1", &proxy.database());
    let other = Here::new(&hotel, "Front desk 2", &database);
    let id = hotel.credential().await;
    proxy.next(Trouble::Held(BEGINS));
    dying.place(dying.card());
    tokio::select! {
        late = dying.encode_here(&id, PLAIN) => panic!("{late:?}"),
        () = proxy.happened() => {}
    }
    proxy.go_down();
    // Not by permission of a person either: it may be about to write.
    let (code, words) = refused(other.encode(&id, REISSUE).await);
    assert_eq!(code, "being_issued_elsewhere", "{words}");
    database.end_leases().await;
    other.encode(&id, PLAIN).await.unwrap();
    assert_eq!(database.open().await, 0);
}
