//! After the story: the hotel stays open, with new guests, the desk page, and the tray in the person's own hands.

use std::io::IsTerminal;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread;

use super::desk::Desk;
use super::show;
use crate::cli::desk::open_in_browser;
use crate::cli::run::{follow, until_over};
use crate::cli::serving::{Serving, announce_to_scripts};
use crate::cli::signals::Stop;
use crate::cli::{Context, Failure};
use crate::config::CARD_TIMEOUT;
use crate::serve::Meters;
use crate::serve::admission::{Admission, Scope};

impl Desk {
    /// Serves the desk page until this process is asked to stop. What waits is issued when the page says so.
    pub(super) async fn stay(mut self, context: &Context) -> Result<(), Failure> {
        let stop = Stop::listen(&context.output)?;
        self.arrivals().await?;
        let meters = Meters::default();
        let desk = self.hand_over(&meters)?;
        let serving = Serving {
            // The port of a desk may be that of an agent which runs here.
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            host_names: Vec::new(),
            allowed_origins: Vec::new(),
            meters,
            tls: None,
            state_dir: self.state_dir().to_owned(),
            card_timeout: CARD_TIMEOUT,
            links: self.state_dir().to_owned(),
            tray: Some(self.tray.clone()),
        };
        let (over, is_over) = until_over();
        let ready = |admission: &Admission| self.welcome_in(context, admission);
        let page = serving.run(
            &context.output,
            desk.clone(),
            Arc::clone(&self.agent),
            ready,
            is_over,
        );
        let following = async {
            follow(context, &desk, &stop).await;
            drop(over);
        };
        tokio::join!(following, page);
        Ok(())
    }

    /// Says where the page is, and opens it where there is a browser.
    fn welcome_in(&self, context: &Context, admission: &Admission) {
        announce_to_scripts(&context.output, admission);
        let link = || admission.link(Scope::Desk);
        let has_person = std::io::stderr().is_terminal() && std::io::stdin().is_terminal();
        if has_person && !context.output.json() {
            let link = link();
            // Not waited for: the browser waits for this thread.
            thread::spawn(move || open_in_browser(&link));
        }
        show::how_to_drive(context, &self.access, self.state_dir(), &link());
    }
}
