//! Who may encode a credential: no two encoders of this process at once, and no two desks of a property.
//!
//! | file | holds |
//! |---|---|
//! | `process` | the encoders of this process |
//! | `property` | the desks of a property, which have one database |
//! | `asked` | what a desk asks of it, and what it answers |
//! | `settings` | where that database is |
//! | `error` | why it could not be asked |
//! | `postgres` | that database: PostgreSQL |
//!
//! Each desk's journal is the truth about its own cards. The database has a row for each issuance of every desk; a credential or a card
//! that one desk has is refused at the others.

mod asked;
mod error;
mod postgres;
mod process;
mod property;
mod settings;

pub use self::asked::{Asked, Begun, Decide, Ended, Known, Taken};
pub use self::error::{PropertyError, UrlFault};
pub use self::process::Claim;
pub(super) use self::process::Claims;
pub use self::property::Property;
pub use self::settings::PropertySettings;
