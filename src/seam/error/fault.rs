//! What can be wrong with an answer.

use thiserror::Error;

/// What is wrong with an answer that the API does not give.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
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
    /// The pages have no end.
    #[error("the pages of the list lead in a circle")]
    PagesInACircle,
    /// There is said to be another page, but not where.
    #[error("the answer promises another page without a cursor")]
    PageWithoutCursor,
}
