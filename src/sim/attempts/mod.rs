//! Action attempts: work that is taken at once and ends a little later.
//!
//! An attempt is decided when it falls due, not when it is asked for, so two encodes of one credential cannot both succeed.
//! No task runs for it: [`settle`] is called before every call, and finishes what is due by then.

mod assign;
mod encode;
mod scan;

use jiff::SignedDuration;
use serde_json::Value;
use uuid::Uuid;

use super::model::{Attempt, Failure, Task};
use super::state::State;
use super::time::Time;

/// How long a simulated encoder takes over a card.
const CARD_TIME: SignedDuration = SignedDuration::from_millis(200);

/// Takes a task on; its attempt is pending.
pub(super) fn begin(state: &mut State, task: Task, now: Time) -> Value {
    let due = now.after(CARD_TIME);
    let attempt = Attempt {
        action_attempt_id: Uuid::new_v4(),
        task,
        due,
        outcome: None,
    };
    let view = attempt.view();
    state.attempts.insert(attempt);
    view
}

/// Finishes every attempt that is due, in the order in which they fell due.
pub(super) fn settle(state: &mut State, now: Time) {
    let due: Vec<(Uuid, Task, Time)> = state
        .attempts
        .iter()
        .filter(|attempt| attempt.outcome.is_none() && attempt.due <= now)
        .map(|attempt| (attempt.action_attempt_id, attempt.task.clone(), attempt.due))
        .collect();
    for (id, task, due) in due {
        let outcome = carry_out(state, task, due);
        if let Some(attempt) = state.attempts.get_mut(id) {
            attempt.outcome = Some(outcome);
        }
    }
}

fn carry_out(state: &mut State, task: Task, now: Time) -> Result<Value, Failure> {
    match task {
        Task::Encode {
            acs_encoder_id,
            acs_credential_id,
        } => encode::encode(state, acs_encoder_id, acs_credential_id, now),
        Task::Scan { acs_encoder_id } => scan::scan(state, acs_encoder_id, now),
        Task::ScanToAssign {
            acs_encoder_id,
            acs_user_id,
        } => scan::scan_to_assign(state, acs_encoder_id, acs_user_id, now),
        Task::AssignCard {
            access_method_id,
            card_number,
        } => assign::assign_card(state, access_method_id, &card_number, now),
    }
}
