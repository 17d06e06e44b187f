//! `cardbridge desk`: opens the page of the running agent.

use std::process::{Command, Stdio};

use clap::Args;
use serde_json::json;

use super::serving;
use super::{Context, Exit, Failure};
use crate::serve::admission::Scope;

/// Open the desk page of the agent that runs on this machine.
///
/// The link works once, within a minute, and logs this browser in. Where there is no browser, or with --print, it is printed.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cardbridge desk
  cardbridge desk --kiosk --print")]
pub(super) struct OpenDesk {
    /// Open the page for guests: one encoder, and no lists.
    #[arg(long)]
    kiosk: bool,
    /// Print the link instead of opening it.
    #[arg(long)]
    print: bool,
}

impl OpenDesk {
    pub(super) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let scope = if self.kiosk {
            Scope::Kiosk
        } else {
            Scope::Desk
        };
        let link = serving::link(&config, scope)?;
        if context.output.json() {
            context.output.document(&json!({ "url": link }))?;
        } else if self.print || !open_in_browser(&link) {
            context.output.text(&link)?;
        }
        Ok(Exit::Done)
    }
}

/// Opens a link in the browser, where there is one.
pub(super) fn open_in_browser(link: &str) -> bool {
    let opener = if cfg!(target_os = "macos") {
        "open"
    } else {
        let has_screen = ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
        if !has_screen {
            return false;
        }
        "xdg-open"
    };
    let status = Command::new(opener)
        .arg(link)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}
