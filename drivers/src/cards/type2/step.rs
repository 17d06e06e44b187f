//! One step of a plan.

use zeroize::Zeroizing;

use super::models::PAGE;
use super::secret::Secret;

/// One thing to do.
pub(super) enum Step {
    /// Writes a page.
    Write { page: u8, bytes: [u8; PAGE] },
    /// Writes a page that must stay secret.
    WriteSecret {
        page: u8,
        bytes: Zeroizing<[u8; PAGE]>,
    },
    /// Shows that we know the tag's secret, which is one of these.
    Unlock { secrets: Vec<Secret> },
    /// Selects the tag again and shows that it has the secret which it was just given.
    Prove { secret: Secret },
    /// Reads the configuration, which must protect everything that we write.
    Confirm,
}

impl Step {
    /// The page that the step changes.
    pub(super) fn written(&self) -> Option<u8> {
        match self {
            Self::Write { page, .. } | Self::WriteSecret { page, .. } => Some(*page),
            Self::Unlock { .. } | Self::Prove { .. } | Self::Confirm => None,
        }
    }
}
