//! Waits until pcscd itself has noticed what is on a reader: it looks only every 400 ms, and a card that is swapped in
//! between would be mistaken for the old one.

use std::ffi::CString;

use pcsc::{Context, ReaderState, Scope, State};

/// Returns when pcscd sees no card on the first reader.
pub(crate) async fn nothing_lies_there() {
    wait_for(State::EMPTY).await;
}

/// Returns when pcscd sees a card on the first reader.
pub(crate) async fn a_card_lies_there() {
    wait_for(State::PRESENT).await;
}

async fn wait_for(wanted: State) {
    tokio::task::spawn_blocking(move || {
        let context = Context::establish(Scope::User).unwrap();
        let mut readers = [ReaderState::new(
            CString::new("Desk 00 00").unwrap(),
            State::UNAWARE,
        )];
        loop {
            context.get_status_change(None, &mut readers).unwrap();
            // A reset that fails makes pcscd say "empty" before it has looked; only what it has seen itself is counted, and
            // a removal makes the count even.
            let seen = wanted != State::EMPTY || readers[0].event_count().is_multiple_of(2);
            if seen && readers[0].event_state().contains(wanted) {
                return;
            }
            readers[0].sync_current_state();
        }
    })
    .await
    .unwrap();
}
