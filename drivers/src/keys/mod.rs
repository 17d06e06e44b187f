//! The keys that cards are written under: a site's master keys by version, and what each card gets of them.

mod an10922;
mod secret;
mod site;

pub use an10922::{
    AesInput, InputTooLong, TdeaInput, diversify_aes128, diversify_aes192, diversify_tdea2,
    diversify_tdea3,
};
pub use secret::SecretKey;
pub use site::{KeyVersion, SiteKey, SiteKeys, SiteKeysError};
