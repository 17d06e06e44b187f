//! What was reported of a card, as it is kept to tell the same report from another one.

use uuid::Uuid;

/// An issuance that was reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sim) struct Reported {
    pub(in crate::sim) kind: ReportKind,
    pub(in crate::sim) acs_credential_id: Uuid,
    pub(in crate::sim) card_number: String,
    pub(in crate::sim) card_uid: Option<String>,
    pub(in crate::sim) issuance_id: Option<Uuid>,
}

/// What a report says of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sim) enum ReportKind {
    Issued,
    Reissued,
    Invalidated,
}

impl ReportKind {
    /// The values as a report spells them.
    pub(in crate::sim) const ALL: &[(&str, Self)] = &[
        ("acs_credential.issued", Self::Issued),
        ("acs_credential.reissued", Self::Reissued),
        ("acs_credential.invalidated", Self::Invalidated),
    ];
}
