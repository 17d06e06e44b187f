//! What can be wrong with an answer.

use std::fmt;

use thiserror::Error;

/// What is wrong with an answer that the API does not give.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidResponse {
    /// It sends the client elsewhere.
    #[error("the answer redirects to {}, which is not followed", to.as_deref().unwrap_or("nowhere"))]
    Redirect {
        /// Where to.
        to: Option<String>,
    },
    /// It is not JSON.
    #[error("the answer is {content_type} instead of json")]
    NotJson {
        /// What it says it is.
        content_type: String,
    },
    /// It is in an encoding that was not asked for.
    #[error("the answer is encoded as {encoding}, which was not asked for")]
    Encoded {
        /// The encoding.
        encoding: String,
    },
    /// It is larger than any answer.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// The most that is read.
        limit: usize,
    },
    /// It has no body.
    #[error("the answer is empty")]
    Empty,
    /// It is not the JSON that was expected.
    #[error("the answer is not as the api describes it: at {at}: {problem}")]
    Unexpected {
        /// Where in the answer.
        at: String,
        /// What is wrong there.
        problem: String,
    },
    /// It does not say that all is well.
    #[error("the answer does not say \"ok\": true")]
    NotOk,
    /// One object in it is not as the API describes it.
    #[error("{0}")]
    Odd(Box<Odd>),
    /// It is about something else than what was asked for.
    #[error("{0}")]
    OfAnother(Box<OfAnother>),
    /// The pages have no end.
    #[error("the pagination cursors of the list repeat")]
    PagesInACircle,
    /// There is said to be another page, but not where.
    #[error("the answer promises another page without a cursor")]
    PageWithoutCursor,
}

/// An object that is not as the API describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Odd {
    /// Its own id, if it has a readable one.
    pub id: Option<String>,
    /// Where in the answer.
    pub at: String,
    /// What is wrong there.
    pub problem: String,
}

impl fmt::Display for Odd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.id.as_deref().unwrap_or("an object");
        let Self { at, problem, .. } = self;
        write!(f, "{id} is not as the API describes it: at {at}: {problem}")
    }
}

/// What an answer is about instead of what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfAnother {
    /// What differs, such as `acs_credential_id`.
    pub name: &'static str,
    /// What the request named; none where it named several.
    pub asked: Option<String>,
    /// What the answer names.
    pub answered: String,
}

impl fmt::Display for OfAnother {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, answered, .. } = self;
        write!(f, "the answer is about {name} {answered}, ")?;
        match &self.asked {
            Some(asked) => write!(f, "but {asked} was asked for"),
            None => f.write_str("which was not asked for"),
        }
    }
}
