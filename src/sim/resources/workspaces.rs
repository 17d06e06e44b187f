//! `/workspaces` and `/health`.

use crate::rpc::{Answer, Success};
use crate::sim::call::Call;
use crate::sim::state::State;

#[expect(clippy::unnecessary_wraps, reason = "a handler's signature")]
pub(in crate::sim) fn get(state: &mut State, _: &Call<'_>) -> Answer {
    Ok(Success::one("workspace", state.workspace.view()))
}

#[expect(clippy::unnecessary_wraps, reason = "a handler's signature")]
pub(in crate::sim) fn health(_: &mut State, _: &Call<'_>) -> Answer {
    Ok(Success::ok())
}
