//! Pages of other origins: those that the configuration allows may call with a token, all others get nothing.

use serde_json::json;

use crate::agent::Agent;
use crate::http::Ask;

const PMS: &str = "https://pms.example.com";

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_origin_gets_nothing() {
    let agent = Agent::start(&[]).await;
    let token = agent.token("desk").await;
    let cookie = agent.cookie(&[]).await;
    let own = format!("http://{}", agent.host);
    for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        for path in ["/", "/events", "/desk/snapshot", "/desk/cancel", "/nothing"] {
            for origin in [
                "null",
                "https://evil.example",
                "http://127.0.0.1",
                "http://localhost:1",
                "",
                &own.replace("http:", "https:"),
                &format!("{own}.evil.example"),
            ] {
                let ask = Ask::new(method, path)
                    .with("origin", origin)
                    .with("cookie", &cookie);
                for ask in [ask.clone(), ask.bearer(&token)] {
                    let answer = agent.ask(ask).await;
                    assert_eq!(answer.status, 403, "{method} {path} from {origin}");
                    assert_eq!(answer.header("access-control-allow-origin"), None);
                }
            }
            // Without an origin, but with what a browser says of a page on another port of this machine.
            for site in ["cross-site", "same-site"] {
                let ask = Ask::new(method, path)
                    .with("sec-fetch-site", site)
                    .with("cookie", &cookie);
                assert_eq!(agent.ask(ask).await.status, 403, "{method} {path} {site}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_allowed_page_calls_with_a_token_and_not_with_a_cookie() {
    let file = format!("[serve]\nallowed_origins = [\"{PMS}\"]\n");
    let agent = Agent::configured(&file, &[]).await;
    let token = agent.token("desk").await;
    let cookie = agent.cookie(&[]).await;
    let ask = || Ask::get("/desk/snapshot").with("origin", PMS);
    let answer = agent.ask(ask().bearer(&token)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("access-control-allow-origin"), Some(PMS));
    assert_eq!(answer.header("access-control-allow-credentials"), None);
    let answer = agent.ask(ask().with("cookie", cookie)).await;
    assert_eq!(answer.status, 401);
    // The page may read why.
    assert_eq!(answer.header("access-control-allow-origin"), Some(PMS));

    let asked = Ask::new("OPTIONS", "/desk/cancel")
        .with("origin", PMS)
        .with("access-control-request-method", "POST")
        .with(
            "access-control-request-headers",
            "authorization,content-type",
        );
    let answer = agent.ask(asked).await;
    assert_eq!(answer.status, 204);
    assert_eq!(answer.header("access-control-allow-origin"), Some(PMS));
    let headers = answer.header("access-control-allow-headers").unwrap();
    assert!(headers.contains("authorization"), "{headers}");
    let order = json!({"ticket": "01a221f2-03ba-76e4-b145-18d2a5b45632"});
    let answer = agent
        .ask(
            Ask::post("/desk/cancel", &order)
                .with("origin", PMS)
                .bearer(&token),
        )
        .await;
    assert_eq!(answer.refused(), (404, "no_such_ticket".to_owned()));
}
