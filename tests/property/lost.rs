//! The connection to the database is lost in the middle: whether a claim was taken is never guessed.

use crate::cluster::Database;
use crate::desk::{Here, PLAIN, refused};
use crate::hotel::Hotel;
use crate::proxy::{COMMIT, Proxy, Trouble};

async fn stage() -> (Hotel, Database, Proxy, Here) {
    let (hotel, database) = (Hotel::new().await, Database::new().await);
    let proxy = Proxy::to(&database).await;
    let desk = Here::new(&hotel, "Front desk 1", &proxy.database());
    // So that the connection is there, and the tables are.
    let id = hotel.credential().await;
    desk.encode(&id, PLAIN).await.unwrap();
    (hotel, database, proxy, desk)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_is_taken_once_whichever_half_of_its_end_is_lost() {
    let (hotel, database, proxy, desk) = stage().await;
    for trouble in [Trouble::LostBefore(COMMIT), Trouble::LostAfter(COMMIT)] {
        let id = hotel.credential().await;
        proxy.next(trouble);
        let issued = desk.encode(&id, PLAIN).await.unwrap();
        assert_eq!(database.rows_of(&id).await, 1);
        let other = Here::new(&hotel, "Front desk 2", &database);
        let (code, words) = refused(other.encode(&id, PLAIN).await);
        assert_eq!(code, "already_written", "{words}");
        assert!(words.contains(&issued.card_uid.to_string()), "{words}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_is_made_again_when_the_server_ends_its_connection() {
    let (hotel, database, proxy, desk) = stage().await;
    let id = hotel.credential().await;
    proxy.next(Trouble::Held(COMMIT));
    let (issued, ()) = tokio::join!(desk.encode(&id, PLAIN), async {
        proxy.happened().await;
        database.end_connections().await;
        proxy.go_on();
    });
    issued.unwrap();
    assert_eq!(database.rows_of(&id).await, 1);
    // And one that was lost while nothing was done is made again without a word.
    database.end_connections().await;
    let id = hotel.credential().await;
    desk.encode(&id, PLAIN).await.unwrap();
}
