//! Who is behind a request.

use uuid::Uuid;

use super::scope::Scope;
use super::tokens::{Token, TokenKind};

/// Who is behind a request: the token that it came with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// Which token.
    pub token: Uuid,
    /// What it is for.
    pub scope: Scope,
    /// Whether it is that of a browser.
    pub is_browser: bool,
}

impl Caller {
    pub(super) fn new(token: &Token) -> Self {
        Self {
            token: token.id,
            scope: token.scope,
            is_browser: token.kind == TokenKind::Browser,
        }
    }
}
