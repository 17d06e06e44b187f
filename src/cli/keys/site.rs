//! Which site keys are meant.

use std::path::PathBuf;

use crate::cli::{Context, Failure};
use crate::config::{Located, Origin, SiteKeySource};

/// The site key file that is named, or else configured.
pub(super) fn site_keys(
    context: &Context,
    named: Option<PathBuf>,
) -> Result<Option<SiteKeySource>, Failure> {
    match named {
        Some(value) => Ok(Some(SiteKeySource {
            file: Located {
                value,
                origin: Origin::Flag("FILE"),
            },
        })),
        None => Ok(context.config()?.cards.site_keys),
    }
}
