//! The workspace that a key belongs to.

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// A sandbox workspace, the only kind in which the simulate paths work.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::sim) struct Workspace {
    pub(in crate::sim) workspace_id: Uuid,
    name: String,
    company_name: String,
}

impl Default for Workspace {
    fn default() -> Self {
        Self {
            workspace_id: super::new_id(),
            name: "Sandbox".to_owned(),
            company_name: "Simulated Hotel".to_owned(),
        }
    }
}

impl Workspace {
    pub(in crate::sim) fn view(&self) -> Value {
        json!({
            "workspace_id": self.workspace_id,
            "name": self.name,
            "company_name": self.company_name,
            "connect_partner_name": self.company_name,
            "organization_id": null,
            "connect_webview_customization": {},
            "is_sandbox": true,
            "is_suspended": false,
            "is_publishable_key_auth_enabled": false,
        })
    }
}
