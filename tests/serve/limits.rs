//! Limits: whatever is sent, and however much of it, the agent answers or hangs up, and goes on serving others.

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::agent::Agent;
use crate::http::{Answer, Ask};

#[tokio::test(flavor = "multi_thread")]
async fn bodies_and_heads_that_are_too_long_are_refused() {
    let agent = Agent::start(&[]).await;
    let token = agent.token("desk").await;
    let long = json!({"ticket": "x".repeat(100_000)});
    let answer = agent
        .ask(Ask::post("/desk/cancel", &long).bearer(&token))
        .await;
    assert_eq!(answer.refused(), (413, "payload_too_large".to_owned()));
    let head = Ask::get("/desk/snapshot")
        .bearer(&token)
        .with("x", "y".repeat(64 * 1024));
    assert_eq!(agent.ask(head).await.status, 431);
    let mut many = Ask::get("/desk/snapshot").bearer(&token);
    for _ in 0..200 {
        many = many.with("x", "y");
    }
    assert_eq!(agent.ask(many).await.status, 431);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_http_is_hung_up_on() {
    let agent = Agent::start(&[]).await;
    let token = agent.token("desk").await;
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\0 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"POST /desk/cancel HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(&agent.host).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer);
        assert!(!answer.contains(" 200 "), "{bytes:?}: {answer}");
    }
    let ask = Ask::get("/desk/snapshot").bearer(&token);
    assert_eq!(agent.ask(ask).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_connections_do_not_stop_the_agent() {
    let agent = Agent::start(&[]).await;
    let token = agent.token("desk").await;
    let mut held = Vec::new();
    let mut refused = 0;
    for _ in 0..10_000 {
        let mut stream = TcpStream::connect(&agent.host).await.unwrap();
        if held.len() < 300 {
            stream
                .write_all(b"GET /desk/snapshot HTTP/1.1\r\n")
                .await
                .unwrap_or_default();
            held.push(stream);
        } else {
            refused += 1;
        }
    }
    assert!(refused > 0);
    drop(held);
    // As soon as the agent has seen that they are gone.
    loop {
        let mut stream = TcpStream::connect(&agent.host).await.unwrap();
        let ask = Ask::get("/desk/snapshot").bearer(&token).bytes(&agent.host);
        let mut answer = Vec::new();
        if stream.write_all(&ask).await.is_ok()
            && stream.read_to_end(&mut answer).await.is_ok()
            && !answer.is_empty()
        {
            let answer = Answer::read(&mut &answer[..]).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_say_nothing_keep_nobody_out() {
    let agent = Agent::start(&[]).await;
    let token = agent.token("desk").await;
    // A page that was there before keeps its events.
    let mut page = watching(&agent, &token).await;
    let mut held = Vec::new();
    for number in 0..600 {
        let mut stream = TcpStream::connect(&agent.host).await.unwrap();
        if number % 2 == 0 {
            let begin = b"GET /desk/snapshot HTTP/1.1\r\n";
            stream.write_all(begin).await.unwrap_or_default();
        }
        held.push(stream);
    }
    for _ in 0..3 {
        let ask = Ask::get("/desk/snapshot").bearer(&token);
        assert_eq!(agent.ask(ask).await.status, 200);
    }
    let mut more = [0; 1];
    page.read_exact(&mut more).await.unwrap();
    // The first of them had to go.
    let mut rest = Vec::new();
    held[0].read_to_end(&mut rest).await.unwrap_or_default();
    assert!(rest.is_empty());
    // The last are still waited for.
    let mut last = held.pop().unwrap();
    let ask = Ask::get("/desk/snapshot").bearer(&token).bytes(&agent.host);
    last.write_all(&ask).await.unwrap();
    assert_eq!(Answer::read(&mut last).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_requests_are_told_to_wait_and_others_go_on() {
    let agent = Agent::start(&[]).await;
    let token = agent.token("desk").await;
    let mut statuses = Vec::new();
    for _ in 0..150 {
        statuses.push(agent.ask(Ask::get("/desk/snapshot")).await.status);
    }
    assert_eq!(statuses[0], 401);
    assert!(statuses.contains(&429), "{statuses:?}");
    let ask = Ask::get("/desk/snapshot").bearer(&token);
    assert_eq!(agent.ask(ask).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn event_streams_are_limited_and_end_with_the_agent() {
    let mut agent = Agent::start(&[]).await;
    let mut streams = Vec::new();
    // One token does not shut out another, until there is no room at all.
    let others = ["read-only", "kiosk", "read-only"].map(|scope| (scope, 8));
    for (scope, most) in [&others[..], &[("desk", 64), ("read-only", 8)]].concat() {
        let token = agent.token(scope).await;
        for _ in 0..most {
            streams.push(watching(&agent, &token).await);
        }
        let one_more = agent.ask(Ask::get("/events").bearer(&token)).await;
        assert_eq!(one_more.refused(), (503, "too_many_streams".to_owned()));
    }
    assert_eq!(streams.len(), 96);
    let token = agent.token("desk").await;
    let one_more = agent.ask(Ask::get("/events").bearer(&token)).await;
    assert_eq!(one_more.refused(), (503, "too_many_streams".to_owned()));
    streams.pop();
    agent.restart().await;
    let mut rest = Vec::new();
    let _ = streams[0].read_to_end(&mut rest).await;
    assert!(String::from_utf8_lossy(&rest).contains("event: snapshot"));
}

/// A stream of events that has begun.
async fn watching(agent: &Agent, token: &str) -> TcpStream {
    let ask = Ask::get("/events").bearer(token).bytes(&agent.host);
    let mut stream = TcpStream::connect(&agent.host).await.unwrap();
    stream.write_all(&ask).await.unwrap();
    let mut first = vec![0; 15];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(first, b"HTTP/1.1 200 OK");
    stream
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_one_object_and_nothing_else() {
    let agent = Agent::start(&[]).await;
    let token = agent.token("desk").await;
    let ticket = "01a221f2-03ba-76e4-b145-18d2a5b45632";
    let object = json!({ "ticket": ticket }).to_string();
    for (body, status) in [
        (format!(" {object}\n"), 404),
        (format!("{object} x"), 400),
        (format!("{object}{object}"), 400),
        (json!([ticket]).to_string(), 400),
    ] {
        let bytes = format!(
            "POST /desk/cancel HTTP/1.1\r\nhost: {}\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            agent.host,
            body.len()
        );
        let mut stream = TcpStream::connect(&agent.host).await.unwrap();
        stream.write_all(bytes.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let answer = Answer::read(&mut &answer[..]).await;
        assert_eq!(answer.status, status, "{body}: {answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_in_utf_8() {
    let agent = Agent::start(&[]).await;
    let token = agent.token("desk").await;
    let ticket = json!({"ticket": "01a221f2-03ba-76e4-b145-18d2a5b45632"}).to_string();
    let encoder = json!({"acs_encoder_id": "01a221f2-03ba-46e4-b145-18d2a5b45632"}).to_string();
    for (path, body) in [("/desk/cancel", ticket), ("/acs/encoders/get", encoder)] {
        for (charset, status) in [
            ("charset=UTF-8", 404),
            ("charset=\"utf-8\"; a=b", 404),
            ("a=b; charset=utf-16", 415),
            ("charset = iso-8859-1", 415),
            ("charset=\"utf-16le\"", 415),
        ] {
            let content_type = format!("application/json; {charset}");
            let ask = Ask::text(path, &body).with("content-type", content_type);
            let answer = agent.ask(ask.bearer(&token)).await;
            assert_eq!(answer.status, status, "{path} {charset}: {answer:?}");
            if status == 415 {
                assert_eq!(answer.refused().1, "invalid_content_type");
            }
        }
    }
}
