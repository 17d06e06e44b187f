//! `cardbridge demo`: the whole job with nothing installed.

mod desk;
mod show;

use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use tokio::time::sleep;

use super::signals::Stop;
use super::sim_api::listen;
use super::{Context, Exit, Failure};
use crate::sim::{self, Access, Hotel};
use desk::Desk;

/// How often the queue is looked at while the demo stays up.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// Show the whole job on this machine, with nothing installed: a simulated hotel, an encoder, and a tray of blank cards.
///
/// Every credential that waits in the hotel is written on a card, read back, verified and reported, and then one more for
/// every card type that none of them came to; a table says what became of each. Everything but the silicon is what `cardbridge run` uses. It then stays up until Ctrl-C, so that the
/// simulated API can be tried by hand; whatever credential comes to wait there is written too.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  cardbridge demo --once\n  cardbridge demo --listen 127.0.0.1:4040"
)]
pub(super) struct Demo {
    /// Exit when no credential waits any more: 0 only if every issuance closed.
    #[arg(long)]
    once: bool,
    /// Where the simulated API listens; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
}

impl Demo {
    pub(super) fn run(self, context: &Context) -> Result<Exit, Failure> {
        context.block_on(async {
            let hotel = Hotel::seeded();
            let listener = listen(context, self.listen).await?;
            let access = hotel.access(listener.local_addr()?);
            let api = tokio::spawn(sim::serve(listener, hotel, std::future::pending()));
            let outcome = self.show(context, &access).await;
            // Nobody is served any more; the hotel lives in memory only.
            api.abort();
            outcome
        })
    }

    async fn show(&self, context: &Context, access: &Access) -> Result<Exit, Failure> {
        let mut desk = Desk::open(context, access)?;
        show::welcome(context, &desk, access).await?;
        desk.serve_queue().await?;
        desk.serve_other_makes().await?;
        let exit = show::result(context, &desk).await?;
        if self.once {
            return Ok(exit);
        }
        let stop = Stop::listen(&context.output)?;
        show::how_to_drive(context, access);
        loop {
            tokio::select! {
                () = stop.asked_any() => return Ok(exit),
                () = sleep(LOOK_AGAIN) => desk.serve_queue().await?,
            }
        }
    }
}
