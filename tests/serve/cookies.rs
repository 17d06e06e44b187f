//! The page's cookie: from a link that works once, kept over restarts, and good for the page alone.

use serde_json::json;

use crate::agent::Agent;
use crate::http::Ask;

#[tokio::test(flavor = "multi_thread")]
async fn a_link_works_once() {
    let agent = Agent::start(&[]).await;
    let link = agent.cardbridge(&["desk", "--print"]).await;
    let (_, path) = link.split_once(&agent.host).unwrap();
    // A program that looks at the link before the browser does not use it up.
    let looked = agent.head(path).await;
    assert!(looked.starts_with("HTTP/1.1 405"), "{looked}");
    let answer = agent.ask(Ask::get(path)).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/")));
    let cookie = answer.header("set-cookie").unwrap();
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    let again = agent.ask(Ask::get(path)).await;
    assert_eq!(again.header("set-cookie"), None);
    let guessed = agent.ask(Ask::get("/login/AAAAAAAAAAAAAAAA")).await;
    assert_eq!(guessed.header("set-cookie"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_stays_logged_in_when_the_agent_starts_again_until_it_is_revoked() {
    let mut agent = Agent::start(&[]).await;
    let cookie = agent.cookie(&[]).await;
    let ask = || Ask::get("/desk/snapshot").with("cookie", &cookie);
    assert_eq!(agent.ask(ask()).await.status, 200);
    agent.restart().await;
    assert_eq!(agent.ask(ask()).await.status, 200);
    let tokens = agent.cardbridge(&["token", "list", "--json"]).await;
    let tokens: serde_json::Value = serde_json::from_str(&tokens).unwrap();
    assert_eq!(tokens[0]["kind"], "browser");
    agent
        .cardbridge(&["token", "revoke", tokens[0]["id"].as_str().unwrap()])
        .await;
    assert_eq!(agent.ask(ask()).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_changes_things_from_the_own_page_only() {
    let agent = Agent::start(&[]).await;
    let cookie = agent.cookie(&[]).await;
    let own = format!("http://{}", agent.host);
    let order = json!({"ticket": "01a221f2-03ba-76e4-b145-18d2a5b45632"});
    let ask = || Ask::post("/desk/cancel", &order).with("cookie", &cookie);
    for from_page in [
        ask().with("origin", &own),
        ask().with("sec-fetch-site", "same-origin"),
    ] {
        assert_eq!(agent.ask(from_page).await.status, 404);
    }
    assert_eq!(
        agent.ask(ask()).await.refused(),
        (403, "cross_origin".to_owned())
    );
    // An address that a person typed changes nothing.
    let typed = ask().with("sec-fetch-site", "none");
    assert_eq!(agent.ask(typed).await.status, 403);
    // As a token it is not one, and a token is no cookie.
    let (name, value) = cookie.split_once('=').unwrap();
    let as_token = Ask::get("/desk/snapshot").bearer(value);
    assert_eq!(agent.ask(as_token).await.status, 401);
    let token = agent.token("desk").await;
    let as_cookie = Ask::get("/desk/snapshot").with("cookie", format!("{name}={token}"));
    assert_eq!(agent.ask(as_cookie).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kiosk_has_its_own_page() {
    let agent = Agent::start(&[]).await;
    let cookie = agent.cookie(&["--kiosk"]).await;
    let ask = |path| Ask::get(path).with("cookie", &cookie);
    assert_eq!(agent.ask(ask("/desk/snapshot")).await.status, 200);
    let order = json!({"ticket": "01a221f2-03ba-76e4-b145-18d2a5b45632"});
    let change = Ask::post("/desk/cancel", &order)
        .with("cookie", &cookie)
        .with("sec-fetch-site", "same-origin");
    assert_eq!(
        agent.ask(change).await.refused(),
        (403, "out_of_scope".to_owned())
    );
}
