//! What is done with a card at one desk, the others know.

use cardbridge::issuance::policy::{Allowed, Overwrite};

use crate::cluster::Database;
use crate::desk::{Here, PLAIN, REISSUE, refused};
use crate::hotel::Hotel;

/// A hotel, its database and two desks.
async fn two_desks() -> (Hotel, Database, Here, Here) {
    let (hotel, database) = (Hotel::new().await, Database::new().await);
    let one = Here::new(&hotel, "Front desk 1", &database);
    let other = Here::new(&hotel, "Front desk 2", &database);
    (hotel, database, one, other)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_was_begun_elsewhere_is_finished_there_or_given_up_by_a_person() {
    let (hotel, _database, one, other) = two_desks().await;
    let id = hotel.credential().await;
    let torn = one.tear(&id).await;
    let (code, words) = refused(other.encode(&id, PLAIN).await);
    assert_eq!(code, "open_elsewhere", "{words}");
    for named in ["Front desk 1", &torn.card_uid.to_string()] {
        assert!(words.contains(named), "{words}");
    }
    let issued = other.encode(&id, REISSUE).await.unwrap();
    assert_ne!(issued.card_uid, torn.card_uid);
    // The first desk hears of it, and its card is not finished any more.
    one.reaches(&id, "abandoned").await;
    let (code, words) = refused(one.encode(&id, PLAIN).await);
    assert_eq!(code, "already_written", "{words}");
    assert!(words.contains("Front desk 2"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_written_card_is_known_at_the_other_desk() {
    let (hotel, _database, one, other) = two_desks().await;
    let [id, another] = [hotel.credential().await, hotel.credential().await];
    let torn = one.tear(&id).await;
    one.hand(torn.card_uid, &other);
    let (code, words) = refused(other.encode_here(&another, PLAIN).await);
    assert_eq!(code, "card_open_elsewhere", "{words}");
    assert!(words.contains("Front desk 1"), "{words}");
    // The same credential on the same card: begun again, as a person has said.
    let issued = other.encode_here(&id, REISSUE).await.unwrap();
    assert_eq!(issued.card_uid, torn.card_uid);
    one.reaches(&id, "abandoned").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_was_replaced_at_another_desk_is_superseded_at_all() {
    let (hotel, _database, one, other) = two_desks().await;
    let id = hotel.credential().await;
    let first = one.encode(&id, PLAIN).await.unwrap();
    let second = other.encode(&id, REISSUE).await.unwrap();
    assert_ne!(first.card_uid, second.card_uid);
    assert_eq!(other.verdict().await, "genuine");
    one.hand(first.card_uid, &other);
    assert_eq!(other.verdict().await, "superseded");
    // The desk that wrote it hears of that, and reports it as no longer good.
    one.reaches(&id, "superseded").await;
    let history = one.history().await;
    assert!(history[0].invalidation().is_some(), "{history:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_was_replaced_elsewhere_is_superseded_where_it_was_written() {
    let (hotel, _database, one, other) = two_desks().await;
    let id = hotel.credential().await;
    one.encode(&id, PLAIN).await.unwrap();
    assert_eq!(one.verdict().await, "genuine");
    other.encode(&id, REISSUE).await.unwrap();
    assert_eq!(one.verdict().await, "superseded");
    one.reaches(&id, "superseded").await;
    let (code, _) = refused(one.encode_here(&hotel.credential().await, PLAIN).await);
    assert_eq!(code, "card_superseded");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_was_wiped_at_another_desk_is_free_at_all() {
    let (hotel, _database, one, other) = two_desks().await;
    let id = hotel.credential().await;
    let issued = one.encode(&id, PLAIN).await.unwrap();
    one.hand(issued.card_uid, &other);
    other.wipe().await;
    one.reaches(&id, "wiped").await;
    let again = other.encode(&id, PLAIN).await.unwrap();
    assert_eq!(again.acs_credential_id, id);
    let (code, words) = refused(one.encode(&id, PLAIN).await);
    assert_eq!(code, "already_written", "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_was_written_over_at_another_desk_is_no_longer_its_credentials() {
    let (hotel, _database, one, other) = two_desks().await;
    let [id, another] = [hotel.credential().await, hotel.credential().await];
    let issued = one.encode(&id, PLAIN).await.unwrap();
    one.hand(issued.card_uid, &other);
    let overwrite = Allowed {
        overwrite: Overwrite::Any,
        ..PLAIN
    };
    other.encode_here(&another, overwrite).await.unwrap();
    one.reaches(&id, "wiped").await;
    assert_eq!(other.verdict().await, "genuine");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_before_a_desk_joined_counts() {
    let (hotel, database, before) = (
        Hotel::new().await,
        Database::new().await,
        Database::new().await,
    );
    let id = hotel.credential().await;
    let one = Here::new(&hotel, "Front desk 1", &before);
    one.encode(&id, PLAIN).await.unwrap();
    // Another property's database knows nothing of it, and hears of it.
    let one = one.restarted(&hotel, &database).await;
    let other = Here::new(&hotel, "Front desk 2", &database);
    database.comes_to_know(&id).await;
    let (code, words) = refused(other.encode(&id, PLAIN).await);
    assert_eq!(code, "already_written", "{words}");
    assert!(words.contains("Front desk 1"), "{words}");
    drop(one);
}
