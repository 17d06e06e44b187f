//! A receiver that does not take reports: the card is good, the script knows, and nothing is forgotten.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::desk::{Desk, Ran, uid};
use crate::pcscd::{Card, beside_pcscd};
use crate::presence::nothing_lies_there;

/// A receiver that gives everybody this answer.
async fn receiver(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 16 * 1024];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    url
}

async fn run_with(desk: &Desk, url: &str, arguments: &[&str]) -> Ran {
    let mut command = desk.command(arguments, None);
    let output = command
        .env("CARDBRIDGE_REPORT_URL", url)
        .output()
        .await
        .unwrap();
    Ran {
        code: output.status.code().unwrap(),
        document: serde_json::from_slice(&output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn a_receiver_that_takes_nothing_costs_no_card_and_no_report() {
    beside_pcscd(&["Desk"], async |_| {
        let desk = Desk::new().await;
        let nobody = {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            format!("http://{}/hook", listener.local_addr().unwrap())
        };
        let receivers = [
            (nobody, "cannot be reached"),
            (receiver("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").await, "404"),
            (receiver("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n").await, "302"),
            (receiver("HTTP/1.1 429 Too Many Requests\r\nretry-after: 3600\r\ncontent-length: 0\r\n\r\n").await, "429"),
            (receiver("nonsense\r\n\r\n").await, "cannot be reached"),
        ];
        let mut credentials = Vec::new();
        for (number, (url, says)) in (0..).zip(&receivers) {
            let credential = desk.credential("visionline_system", 0).await;
            let card = Card::place(0, "ntag215", uid(number)).await;
            let id = credential.acs_credential_id.clone();
            let ran = run_with(
                &desk,
                url,
                &["encode", "--json", "--timeout", "20", "--credential", &id],
            )
            .await;
            assert_eq!(ran.code, 7, "{}", ran.stderr);
            assert_eq!(ran.document["state"], "reporting");
            assert_eq!(
                (
                    &ran.document["reported_at"],
                    ran.document["written_at"].is_string()
                ),
                (&Value::Null, true)
            );
            assert!(
                ran.stderr.contains("fix: hand the card out"),
                "{}",
                ran.stderr
            );
            assert!(!desk.look_up(&credential).await.is_known_issued());
            card.remove().await;
            nothing_lies_there().await;

            let retried = run_with(&desk, url, &["retry", "--json"]).await;
            assert_eq!(retried.code, 7, "{}", retried.stderr);
            let unreported = retried.document["unreported"].as_array().unwrap();
            assert_eq!(unreported.len(), credentials.len() + 1);
            let first = unreported[0]["last_error"].as_str().unwrap();
            assert!(first.contains(says), "{first}");
            credentials.push(credential);
        }
        let states = |history: &Value| -> Vec<Value> {
            let all = history.as_array().unwrap();
            all.iter().map(|one| one["state"].clone()).collect()
        };
        let history = desk.run(&["history", "--json"]).await.document;
        assert_eq!(states(&history), ["reporting"; 5]);

        let retried = desk.run(&["retry", "--json"]).await;
        assert_eq!(retried.code, 0, "{}", retried.stderr);
        assert_eq!(retried.document["unreported"], json!([]));
        assert_eq!(retried.document["reported"].as_array().unwrap().len(), 5);
        assert_eq!(
            desk.run(&["retry", "--json"]).await.document["reported"],
            json!([])
        );
        for credential in &credentials {
            assert!(desk.look_up(credential).await.is_known_issued());
            assert_eq!(desk.events_of(credential).await.len(), 1);
        }
        let history = desk.run(&["history", "--json"]).await.document;
        assert_eq!(states(&history), ["closed"; 5]);
    });
}
