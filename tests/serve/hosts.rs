//! The names under which the agent may be called. A page whose own name leads to this machine gets nothing.

use crate::agent::Agent;
use crate::http::Ask;

#[tokio::test(flavor = "multi_thread")]
async fn only_its_own_names_reach_the_agent() {
    let agent = Agent::start(&[]).await;
    let token = agent.token("desk").await;
    let port = agent.host.rsplit(':').next().unwrap();
    let snapshot = || Ask::get("/desk/snapshot").bearer(&token);
    for host in ["127.0.0.1", "localhost", "LocalHost", "[::1]"] {
        let host = format!("{host}:{port}");
        assert_eq!(
            agent.ask(snapshot().named(&host)).await.status,
            200,
            "{host}"
        );
    }
    let wrong_port = format!("127.0.0.1:{}", u16::MAX);
    for host in [
        "evil.example",
        &format!("evil.example:{port}"),
        &format!("127.0.0.1.evil.example:{port}"),
        "127.0.0.1",
        &wrong_port,
        &format!("localhost.:{port}"),
        &format!("0.0.0.0:{port}"),
        "",
    ] {
        for path in ["/", "/events", "/desk/snapshot", "/login/x", "/nothing"] {
            let answer = agent.ask(Ask::get(path).bearer(&token).named(host)).await;
            // Without any, HTTP itself is broken.
            assert!(
                [400, 421].contains(&answer.status),
                "{host} {path}: {answer:?}"
            );
        }
    }
    let twice = snapshot().with("host", "evil.example");
    assert!(agent.ask(twice).await.status >= 400);
    let elsewhere = format!("http://evil.example:{port}/desk/snapshot");
    let absolute = Ask::get(&elsewhere).bearer(&token);
    assert_eq!(
        agent.ask(absolute).await.refused(),
        (421, "wrong_host".to_owned())
    );
}
