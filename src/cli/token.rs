//! `cardbridge token`: tokens for programs that call the local API.

use clap::Subcommand;
use serde_json::json;
use uuid::Uuid;

use super::{Context, Exit, Failure};
use crate::serve::admission::{Scope, TokenKind, TokenStore, TokensError};

/// Make, list and revoke tokens for the local API.
#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// Make a token, and print it. It is shown once.
    #[command(after_help = "Example:\n  cardbridge token new \"kiosk in the lobby\" --scope kiosk")]
    New {
        /// What it is for.
        name: String,
        /// desk: everything; kiosk: encode and read cards; read-only: see everything.
        #[arg(long, default_value = "desk")]
        scope: Scope,
    },
    /// List the tokens, and the browsers that are logged in.
    #[command(after_help = "Example:\n  cardbridge token list --json")]
    List,
    /// Revoke a token, or log a browser out. It counts at once.
    #[command(
        after_help = "Example:\n  cardbridge token revoke 01a221f2-03ba-76e4-b145-18d2a5b45632"
    )]
    Revoke {
        /// Its id.
        id: Uuid,
    },
}

impl TokenCommand {
    pub(super) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let store = TokenStore::in_directory(&config.state_dir.value);
        let output = &context.output;
        match self {
            Self::New { name, scope } => {
                let made = store.make(&name, scope, TokenKind::Program)?;
                let token = made.secret.expose();
                if output.json() {
                    output.document(
                        &json!({"id": made.id, "name": name, "scope": scope, "token": token}),
                    )?;
                } else {
                    output.note(&format!(
                        "token {} with the scope {scope}; it is not shown again",
                        made.id
                    ));
                    output.text(token)?;
                }
            }
            Self::List => {
                let tokens = store.list()?;
                if output.json() {
                    let tokens: Vec<_> = tokens
                        .iter()
                        .map(|token| json!({"id": token.id, "name": token.name, "scope": token.scope, "kind": token.kind, "created_at": token.created_at}))
                        .collect();
                    output.document(&tokens)?;
                } else {
                    let rows = tokens
                        .iter()
                        .map(|token| {
                            vec![
                                token.id.to_string(),
                                token.name.clone(),
                                token.scope.to_string(),
                                token.created_at.to_string(),
                            ]
                        })
                        .collect();
                    output.table(&["id", "name", "scope", "created"], rows)?;
                }
            }
            Self::Revoke { id } => {
                let revoked = store.revoke(|token| token.id == id)?;
                if revoked.is_empty() {
                    return Err(Failure::new(
                        Exit::Usage,
                        format!("there is no token {id}"),
                        "take an id from `cardbridge token list`",
                    ));
                }
                if output.json() {
                    output.document(&json!({ "revoked": id }))?;
                } else {
                    output.note(&format!("revoked {id}"));
                }
            }
        }
        Ok(Exit::Done)
    }
}

impl From<TokensError> for Failure {
    fn from(error: TokensError) -> Self {
        let hint = match &error {
            TokensError::File { .. } => "run it as the user that the agent runs as",
            TokensError::Malformed { .. } => "move the file away, then make new tokens",
        };
        Self::new(Exit::Configuration, error.to_string(), hint).coded(error.code())
    }
}
