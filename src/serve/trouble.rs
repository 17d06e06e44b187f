//! What went wrong at the desk, in the words of an answer and of an event: the code, what happened, what to do now on a page, and what
//! it can offer.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::desk::event::DeskEvent;
use crate::desk::notice::Notice;
use crate::desk::{DeskError, IssueError};
use crate::encoder::{EncoderError, EncoderEvent};
use crate::rpc::Refusal;
use crate::text::{Advice, Front, Hint};

/// An error of the desk as an answer.
pub(super) fn refused(error: &DeskError) -> Refusal {
    Refusal::new(status(error), error.code(), error.to_string())
        .with("hint", advice(error))
        .with("actions", error.actions())
}

/// An event, and beside what went wrong what to do now.
pub(super) fn happened(event: &DeskEvent) -> Value {
    let mut happened = json!(event);
    let hint = match &event.notice {
        Notice::NotIssued { error, .. } => advice(&**error),
        Notice::JobEnded {
            error: Some(error), ..
        } => advice(&**error),
        Notice::JournalTrouble(error) | Notice::NotNoted { error, .. } => advice(&**error),
        Notice::PassedOver { refusal, .. } => advice(&**refusal),
        Notice::Encoder(event) => match &**event {
            EncoderEvent::CardUnreadable(_, error) => advice(error),
            _ => return happened,
        },
        _ => return happened,
    };
    match happened.get_mut("error") {
        Some(error) => error["hint"] = json!(hint),
        None => happened["hint"] = json!(hint),
    }
    happened
}

fn advice(error: &impl Hint) -> Advice {
    error.advice(Front::Page)
}

fn status(error: &DeskError) -> StatusCode {
    match error {
        DeskError::Issue(IssueError::Api(error)) => match error.status() {
            Some(404) => StatusCode::NOT_FOUND,
            Some(400 | 409 | 422) => StatusCode::CONFLICT,
            _ => StatusCode::BAD_GATEWAY,
        },
        DeskError::Issue(IssueError::Resting(_))
        | DeskError::Stopped
        | DeskError::StoppedCreating
        | DeskError::Over
        | DeskError::Encoder(EncoderError::NoService(_)) => StatusCode::SERVICE_UNAVAILABLE,
        DeskError::Issue(IssueError::Journal(_)) | DeskError::NotNoted(_) => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
        DeskError::Encoder(EncoderError::NoEncoder { .. } | EncoderError::Ambiguous { .. }) => {
            StatusCode::NOT_FOUND
        }
        DeskError::SearchTimedOut => StatusCode::GATEWAY_TIMEOUT,
        DeskError::Lacks(_) | DeskError::Unsupported { .. } => StatusCode::NOT_IMPLEMENTED,
        DeskError::Issue(_)
        | DeskError::Wipe(_)
        | DeskError::Encoder(_)
        | DeskError::Unreadable(_)
        | DeskError::NoCard { .. }
        | DeskError::Busy { .. }
        | DeskError::NoneFree
        | DeskError::OtherCard { .. }
        | DeskError::Cancelled
        | DeskError::Left { .. }
        | DeskError::NotAwaited { .. }
        | DeskError::NoHolder { .. } => StatusCode::CONFLICT,
    }
}
