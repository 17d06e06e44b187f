//! Tokens of programs and of browsers. The file has their hashes only: a token is shown once, when it is made.
//!
//! The file is read again when it has changed, so that a token which another process makes or revokes counts at once.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use thiserror::Error;
use uuid::Uuid;

use super::scope::Scope;
use crate::issuance::journal::{make_private_directory, make_private_file};
use crate::seam::Secret;

/// What every token begins with: Seam's SDKs take only keys that begin with `seam_`.
pub(super) const PREFIX: &str = "seam_local_";

/// How long a browser stays logged in.
pub(super) const LIFE_OF_BROWSER: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// Browsers that are kept; past that the oldest is forgotten.
const MOST_BROWSERS: usize = 64;

/// A token, without its secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// What it is revoked by.
    pub id: Uuid,
    /// What it was made for, in the words of the one who made it.
    pub name: String,
    /// What it is for.
    pub scope: Scope,
    /// Whose it is.
    pub kind: TokenKind,
    /// When it was made.
    pub created_at: Timestamp,
    hash: Hash,
}

/// Whose a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// A program's, which sends it in `Authorization`.
    Program,
    /// A browser's, which has it in a cookie.
    Browser,
}

/// A token that was just made.
#[derive(Debug)]
pub struct NewToken {
    /// What it is revoked by.
    pub id: Uuid,
    /// The token itself. It cannot be had again.
    pub secret: Secret,
}

/// Why tokens cannot be read or changed.
#[derive(Debug, Error)]
pub enum TokensError {
    /// The file cannot be read or written.
    #[error("{}: {source}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is not one of this program's, or of a newer one.
    #[error("{} cannot be understood: {source}", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where.
        source: serde_json::Error,
    },
}

impl TokensError {
    /// The word that never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::File { .. } => "token_file",
            Self::Malformed { .. } => "token_file_malformed",
        }
    }
}

/// The tokens of one agent.
#[derive(Debug)]
pub struct TokenStore {
    path: PathBuf,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// Which state of the file this is.
    of: Option<(SystemTime, u64)>,
    tokens: Vec<Token>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    tokens: Vec<Token>,
}

impl TokenStore {
    /// The tokens in this state directory.
    #[must_use]
    pub fn in_directory(state_dir: &Path) -> Self {
        Self {
            path: state_dir.join("tokens.json"),
            known: Mutex::default(),
        }
    }

    /// All that are good, the oldest first.
    ///
    /// # Errors
    /// [`TokensError`]
    pub fn list(&self) -> Result<Vec<Token>, TokensError> {
        let mut tokens = self.read()?;
        tokens.retain(|token| !token.is_over());
        Ok(tokens)
    }

    /// Makes one.
    ///
    /// # Errors
    /// [`TokensError`]
    pub fn make(&self, name: &str, scope: Scope, kind: TokenKind) -> Result<NewToken, TokensError> {
        let secret = format!("{PREFIX}{}", random());
        let token = Token {
            id: Uuid::now_v7(),
            name: name.to_owned(),
            scope,
            kind,
            created_at: Timestamp::now(),
            hash: Hash::of(&secret),
        };
        let id = token.id;
        self.change(|tokens| {
            let browsers = tokens
                .iter()
                .filter(|token| token.kind == TokenKind::Browser);
            if kind == TokenKind::Browser
                && browsers.count() >= MOST_BROWSERS
                && let Some(oldest) = tokens.iter().position(|token| token.kind == kind)
            {
                tokens.remove(oldest);
            }
            tokens.push(token);
        })?;
        Ok(NewToken {
            id,
            secret: Secret::from(secret),
        })
    }

    /// Revokes those for which `which` is true, and gives them back.
    ///
    /// # Errors
    /// [`TokensError`]
    pub fn revoke(&self, which: impl Fn(&Token) -> bool) -> Result<Vec<Token>, TokensError> {
        self.change(|tokens| tokens.extract_if(.., |token| which(token)).collect())
    }

    /// The one with this secret.
    pub(super) fn find(&self, secret: &str) -> Option<Token> {
        if !secret.starts_with(PREFIX) {
            return None;
        }
        let known = self.known();
        let hash = Hash::of(secret);
        // All are looked at, so that the time says nothing.
        let mut found = None;
        for token in &known.tokens {
            if token.hash.is(&hash) {
                found = Some(token);
            }
        }
        found.filter(|token| !token.is_over()).cloned()
    }

    /// Whether the one with this id is good.
    pub(super) fn has(&self, id: Uuid) -> bool {
        let known = self.known();
        let mut tokens = known.tokens.iter();
        tokens.any(|token| token.id == id && !token.is_over())
    }

    /// What is in the file now.
    fn known(&self) -> MutexGuard<'_, Known> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let state = fs::metadata(&self.path)
            .and_then(|data| Ok((data.modified()?, data.len())))
            .ok();
        if state.is_none() || known.of != state {
            match self.read() {
                Ok(tokens) => *known = Known { of: state, tokens },
                Err(error) => {
                    // What was known before no longer counts: it may have been revoked.
                    tracing::error!("{error}");
                    *known = Known::default();
                }
            }
        }
        known
    }

    fn read(&self) -> Result<Vec<Token>, TokensError> {
        let text = match fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(self.failed(source)),
        };
        let contents: Contents =
            serde_json::from_slice(&text).map_err(|source| TokensError::Malformed {
                path: self.path.clone(),
                source,
            })?;
        Ok(contents.tokens)
    }

    /// Changes the file, as the only process that does.
    fn change<T>(&self, change: impl FnOnce(&mut Vec<Token>) -> T) -> Result<T, TokensError> {
        let _lock = self.lock().map_err(|source| self.failed(source))?;
        let mut tokens = self.list()?;
        let outcome = change(&mut tokens);
        self.write(&Contents { tokens })
            .map_err(|source| self.failed(source))?;
        Ok(outcome)
    }

    fn lock(&self) -> io::Result<File> {
        if let Some(directory) = self.path.parent() {
            make_private_directory(directory)?;
        }
        let path = self.path.with_extension("lock");
        make_private_file(&path)?;
        let file = OpenOptions::new().write(true).open(path)?;
        file.lock()?;
        Ok(file)
    }

    /// Replaces the file as a whole.
    fn write(&self, contents: &Contents) -> io::Result<()> {
        let new = self.path.with_extension("new");
        make_private_file(&new)?;
        let mut file = OpenOptions::new().write(true).truncate(true).open(&new)?;
        file.write_all(&serde_json::to_vec_pretty(contents)?)?;
        file.sync_all()?;
        fs::rename(new, &self.path)
    }

    fn failed(&self, source: io::Error) -> TokensError {
        TokensError::File {
            path: self.path.clone(),
            source,
        }
    }
}

impl Token {
    /// Whether its time is over.
    fn is_over(&self) -> bool {
        let age = Timestamp::now().duration_since(self.created_at);
        self.kind == TokenKind::Browser && age.unsigned_abs() > LIFE_OF_BROWSER
    }
}

/// What is kept of a secret. The secret is random and long, so that one round is enough.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(super) struct Hash([u8; 32]);

impl Hash {
    pub(super) fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret).into())
    }

    /// Whether they are the same, in a time that does not depend on how much of them is.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl From<Hash> for String {
    fn from(hash: Hash) -> Self {
        hex::encode(hash.0)
    }
}

impl TryFrom<String> for Hash {
    type Error = hex::FromHexError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes)?;
        Ok(Self(bytes))
    }
}

/// 256 random bits, in letters that go into a link and a header.
pub(super) fn random() -> String {
    let mut bytes = [0; 32];
    // Without random numbers from the system no secret may be made.
    if let Err(error) = getrandom::fill(&mut bytes) {
        panic!("the system gives no random numbers: {error}");
    }
    URL_SAFE_NO_PAD.encode(bytes)
}
