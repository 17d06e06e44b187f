//! A machine on which no agent has run yet.

use crate::agent::Agent;

#[tokio::test(flavor = "multi_thread")]
async fn a_token_can_be_made_before_the_agent_first_runs() {
    let agent = Agent::start(&[]).await;
    let state = agent.path("another/state");
    let arguments = [
        "token",
        "new",
        "a test",
        "--state-dir",
        state.to_str().unwrap(),
    ];
    let token = agent.cardbridge(&arguments).await;
    assert!(token.starts_with("seam_local_"));
}
