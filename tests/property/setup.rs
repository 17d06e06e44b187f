//! What can be wrong with the property's database: each is one sentence with what to do, and never shows the password.

use crate::cluster::Database;
use crate::hotel::{Desk, Hotel};
use crate::proxy::Proxy;
use crate::tls;

const PASSWORD: &str = "sesame-open";

/// What `encode` says at a desk with this database.
async fn said(hotel: &Hotel, desk: &Desk, code: &str, exit: i32) -> String {
    let ended = desk.encode(&hotel.credential().await, &[]).await;
    let error = &ended.document["error"];
    assert_eq!((ended.code(), ended.exit), (code, exit), "{error}");
    let message = error["message"].as_str().unwrap();
    assert!(!message.contains('\n'), "{message}");
    assert!(
        error["hint"].as_str().is_some_and(|hint| !hint.is_empty()),
        "{error}"
    );
    assert!(!error.to_string().contains(PASSWORD), "{error}");
    assert!(!ended.said.contains(PASSWORD), "{}", ended.said);
    message.to_owned()
}

async fn with_url(hotel: &Hotel, url: String, code: &str, exit: i32) -> String {
    let desk = hotel.desk("Front desk 1", Some(&Database::at(url)));
    said(hotel, &desk, code, exit).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_that_cannot_be_used() {
    let hotel = Hotel::new().await;
    for url in [
        format!("mysql://desk:{PASSWORD}@db.hotel.test/cardbridge"),
        format!("postgresql://desk:{PASSWORD}@db.hotel.test/cardbridge?sslmode=disable"),
        format!("postgresql://:{PASSWORD}@db.hotel.test/cardbridge"),
        format!("postgresql://desk:{PASSWORD}@db.hotel.test"),
        format!("postgresql://desk:{PASSWORD}@db.hotel.test/cardbridge?colour={PASSWORD}"),
    ] {
        with_url(&hotel, url, "property_url", 3).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_be_reached_or_does_not_let_in() {
    let (hotel, database) = (Hotel::new().await, Database::new().await);
    let nowhere = format!("host=/nowhere user=desk dbname=cardbridge password={PASSWORD}");
    with_url(&hotel, nowhere, "property_unreachable", 4).await;
    let url = database.url_of("worded", PASSWORD);
    database
        .run("CREATE ROLE worded LOGIN PASSWORD 'another'")
        .await;
    with_url(&hotel, url, "property_login_refused", 3).await;
    let missing = database.url.replace(&database.name, "another_property");
    let message = with_url(&hotel, missing, "property_database_missing", 3).await;
    assert!(message.contains("another_property"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_trusted() {
    let (hotel, database) = (Hotel::new().await, Database::new().await);
    let at = |port: u16, host: &str| {
        let name = &database.name;
        format!(
            "host={host} hostaddr=127.0.0.1 port={port} user=admin dbname={name} sslmode=require"
        )
    };
    let port = tls::serve(&database).await;
    with_url(&hotel, at(port, tls::NAME), "property_not_trusted", 3).await;
    let trusting = |url| {
        let database = Database::at(url);
        hotel.desk_with(
            "Front desk 1",
            &database,
            &format!("ca_file = \"{}\"\n", tls::authority()),
        )
    };
    said(
        &hotel,
        &trusting(at(port, "db.hotel.test")),
        "property_not_trusted",
        3,
    )
    .await;
    // By its name, and with what signs it, it is.
    let trusted = trusting(at(port, tls::NAME));
    assert_eq!(trusted.encode(&hotel.credential().await, &[]).await.exit, 0);
    let nothing = hotel.desk_with(
        "Front desk 1",
        &Database::at(at(port, tls::NAME)),
        "ca_file = \"nowhere.pem\"\n",
    );
    said(&hotel, &nothing, "property_certificates_unusable", 3).await;
    let clear = Proxy::to(&database).await;
    let url = format!("{} sslmode=require", clear.url);
    with_url(&hotel, url, "property_without_tls", 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_or_tables_of_another_version() {
    let (hotel, database) = (Hotel::new().await, Database::new().await);
    let desk = hotel.desk("Front desk 1", Some(&database));
    let id = hotel.credential().await;
    assert_eq!(desk.encode(&id, &[]).await.exit, 0);
    database
        .run("UPDATE cardbridge.property SET version = 99")
        .await;
    let message = said(&hotel, &desk, "property_newer", 3).await;
    assert!(message.contains("99"), "{message}");
    // A server says how old it is by a function, which one before it can do as well.
    let old = Database::new().await;
    old.run(&format!(
        "CREATE FUNCTION public.current_setting(text) RETURNS text LANGUAGE sql AS $$
             SELECT CASE $1 WHEN 'server_version_num' THEN '120022' ELSE '12.22' END $$;
         ALTER DATABASE {} SET search_path = public, pg_catalog",
        old.name
    ))
    .await;
    let message = with_url(&hotel, old.url, "property_too_old", 3).await;
    assert!(message.contains("12.22"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_without_the_right_to_make_tables_is_enough_once_they_are_there() {
    let (hotel, database) = (Hotel::new().await, Database::new().await);
    let (role, id) = (format!("clerk_{}", database.name), hotel.credential().await);
    database.run(&format!("CREATE ROLE {role} LOGIN")).await;
    let clerk = hotel.desk(
        "Front desk 2",
        Some(&Database::at(database.url_of(&role, ""))),
    );
    said(&hotel, &clerk, "property_without_rights", 3).await;
    let owner = hotel.desk("Front desk 1", Some(&database));
    assert_eq!(owner.encode(&id, &[]).await.exit, 0);
    said(&hotel, &clerk, "property_without_rights", 3).await;
    database
        .run(&format!(
            "GRANT USAGE ON SCHEMA cardbridge TO {role};
             GRANT USAGE ON ALL SEQUENCES IN SCHEMA cardbridge TO {role};
             GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA cardbridge TO {role}"
        ))
        .await;
    let refused = clerk.encode(&id, &[]).await;
    assert_eq!(refused.code(), "already_written", "{refused:?}");
    assert_eq!(clerk.encode(&hotel.credential().await, &[]).await.exit, 0);
    // A server that only reads, such as a standby.
    database
        .run(&format!(
            "ALTER DATABASE {} SET default_transaction_read_only = on",
            database.name
        ))
        .await;
    said(&hotel, &clerk, "property_read_only", 4).await;
}
