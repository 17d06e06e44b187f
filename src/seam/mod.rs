//! A client for the Seam API: the card side of access control systems.
//!
//! It is independent: nothing else of cardbridge is used here.
//!
//! ```no_run
//! # async fn example() -> Result<(), cardbridge::seam::SeamError> {
//! use cardbridge::seam::{Auth, Client, ListAcsCredentials, Settings};
//!
//! let client = Client::new(Settings::new(Auth::ApiKey("seam_…".into())))?;
//! let mut pages = client.credentials().list(&ListAcsCredentials::default());
//! while let Some(page) = pages.next_page().await {
//!     for credential in page?.items {
//!         println!("{} {}", credential.acs_credential_id, credential.display_name);
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `client`, `settings` | what every call goes through, and what it is made from |
//! | a file per resource | its object, its requests, its calls, and their handle on the client |
//! | `values`, `time` | what objects are made of; all of it survives a round trip |
//! | `transport` with `auth`, `endpoint`, `http`, `tls`, `proxy`, `retry`, `patience`, `clock` | one call over HTTP |
//! | `envelope`, `page`, `pages` | what an answer is wrapped in: a value, a page, page after page |
//! | `listeners` | what can be heard of calls: silence, answers, how long they take |
//! | `forward` | a call of another client, passed on as it came |
//! | `error` | what went wrong: on the way, in the answer, or as the API itself says |
//!
//! The API has no idempotency key, so reads are repeated and nothing else is: [`SeamError::may_have_happened`] says when a
//! call may have taken effect without an answer. Every call is a POST with JSON, which every endpoint of the API takes.

mod access_methods;
mod action_attempts;
mod auth;
mod call;
mod client;
mod clock;
mod credentials;
mod encoders;
mod endpoint;
mod entrances;
mod envelope;
mod error;
mod events;
mod forward;
mod http;
mod listeners;
mod page;
mod pages;
mod patience;
mod proxy;
mod retry;
mod secret;
mod settings;
mod systems;
mod time;
mod tls;
mod transport;
mod users;
mod values;
mod workspaces;

pub(crate) use self::tls::config as tls_config;
pub use access_methods::*;
pub use action_attempts::*;
pub use auth::Auth;
pub use call::{Call, Effect};
pub use client::Client;
pub use credentials::*;
pub use encoders::*;
pub use endpoint::{DEFAULT_ENDPOINT, is_loopback, without_tokens};
pub use entrances::*;
pub use error::{
    ApiError, AttemptError, InvalidResponse, Odd, OfAnother, SeamError, SettingsError,
    TransportError, ValidationError, is_mistrust,
};
pub use events::*;
pub use forward::{Forward, Forwarded};
pub use http::{http_client, proxy_to};
pub use listeners::{Attempted, Silence};
pub use page::Page;
pub use pages::Pages;
pub use patience::Patience;
pub use retry::{RetryPolicy, retry_after};
pub use secret::Secret;
pub use settings::Settings;
pub use systems::*;
pub use time::{NotATime, Time, UnreadableTime};
pub use transport::Sleeper;
pub use users::*;
pub use values::{AccessMode, CardFormat, Extra, Nullable, Sensitive, Unrecognised};
pub use workspaces::*;
