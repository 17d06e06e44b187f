//! `/workspaces`: the workspace that a key belongs to.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::call::Call;
use super::client::Client;
use super::error::SeamError;
use super::values::{Extra, open_enum};

/// The calls under `/workspaces`.
#[derive(Debug, Clone, Copy)]
pub struct Workspaces<'a>(&'a Client);

impl Client {
    /// `/workspaces`
    #[must_use]
    pub fn workspaces(&self) -> Workspaces<'_> {
        Workspaces(self)
    }
}

impl Workspaces<'_> {
    /// The workspace that the client's key belongs to: the cheapest call that shows whether a key is good.
    ///
    /// # Errors
    /// [`SeamError`]
    pub async fn get(&self) -> Result<Workspace, SeamError> {
        self.0
            .call(Call::read("/workspaces/get"), &Extra::new(), "workspace")
            .await
    }

    /// The same, with what the API's clock said when it answered, to the second: times on a card are only as good as this
    /// machine's clock.
    ///
    /// # Errors
    /// [`SeamError`]
    pub async fn get_with_time(&self) -> Result<(Workspace, Option<Timestamp>), SeamError> {
        self.0
            .call_with_time(Call::read("/workspaces/get"), &Extra::new(), "workspace")
            .await
    }
}

/// The workspace that a key belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    /// Id of the workspace, a UUID.
    pub workspace_id: String,
    /// Its name.
    pub name: String,
    /// The company's name, as shown to end users.
    pub company_name: String,
    /// The same under its old name. Deprecated by Seam.
    pub connect_partner_name: Option<String>,
    /// The organisation it belongs to.
    pub organization_id: Option<String>,
    /// Whether everything in it is pretended.
    pub is_sandbox: bool,
    /// Whether Seam has suspended it.
    pub is_suspended: bool,
    /// Whether its publishable key may sign in.
    pub is_publishable_key_auth_enabled: bool,
    /// That key; it is public.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publishable_key: Option<String>,
    /// How its Connect Webviews look.
    pub connect_webview_customization: ConnectWebviewCustomization,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// How a Connect Webview looks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectWebviewCustomization {
    /// The inviter's logo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inviter_logo_url: Option<String>,
    /// Its shape.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo_shape: Option<LogoShape>,
    /// Colour of the main button.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_button_color: Option<String>,
    /// Colour of its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_button_text_color: Option<String>,
    /// What is said at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success_message: Option<String>,
    /// Fields that this client does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

open_enum! {
    /// The shape of a logo.
    pub enum LogoShape {
        Circle = "circle",
        Square = "square",
    }
}
