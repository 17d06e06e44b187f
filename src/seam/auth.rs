//! Who the client is: the two kinds of key that may read and change credentials, distinguished as Seam's own clients do.

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};

use zeroize::Zeroizing;

use super::error::SettingsError;
use super::secret::Secret;

/// How the client authenticates.
#[derive(Debug, Clone)]
pub enum Auth {
    /// The key of one workspace, `seam_…`.
    ApiKey(Secret),
    /// A person's token, `seam_at…`, for one of the workspaces it is good for.
    PersonalAccessToken {
        /// The token.
        token: Secret,
        /// The workspace to act in.
        workspace_id: String,
    },
}

/// What other kinds of key begin with; none of them may do this client's work.
const OTHER_KINDS: &[(&str, &str)] = &[
    ("seam_cst", "a client session token"),
    ("seam_pk", "a publishable key"),
    ("ey", "a console session token"),
];

impl Auth {
    pub(super) fn secret(&self) -> &Secret {
        match self {
            Self::ApiKey(secret) | Self::PersonalAccessToken { token: secret, .. } => secret,
        }
    }

    /// The headers that carry it, after checking that it is of the kind it is given as.
    pub(super) fn headers(&self) -> Result<HeaderMap, SettingsError> {
        let secret = self.secret().expose();
        if secret.is_empty() {
            return Err(SettingsError::KeyEmpty);
        }
        if let Some((_, kind)) = OTHER_KINDS
            .iter()
            .find(|(start, _)| secret.starts_with(start))
        {
            return Err(SettingsError::KeyOfAnotherKind(kind));
        }
        let is_token = secret.starts_with("seam_at");
        let mut headers = HeaderMap::new();
        match self {
            Self::ApiKey(_) if is_token => return Err(SettingsError::TokenGivenAsKey),
            Self::ApiKey(_) if !secret.starts_with("seam_") => {
                return Err(SettingsError::KeyWithoutPrefix);
            }
            Self::ApiKey(_) => {}
            Self::PersonalAccessToken { .. } if !is_token => {
                return Err(SettingsError::TokenWithoutPrefix);
            }
            Self::PersonalAccessToken { workspace_id, .. } => {
                if workspace_id.is_empty() {
                    return Err(SettingsError::WorkspaceMissing);
                }
                let value = HeaderValue::from_str(workspace_id)
                    .map_err(|_| SettingsError::WorkspaceUnreadable)?;
                headers.insert(HeaderName::from_static("seam-workspace"), value);
            }
        }
        let mut value = HeaderValue::from_str(&Zeroizing::new(format!("Bearer {secret}")))
            .map_err(|_| SettingsError::KeyUnreadable)?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
        Ok(headers)
    }
}
