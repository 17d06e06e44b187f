//! `cardbridge demo`: the whole job with nothing installed, and the promise put to the test.
//!
//! | file | holds |
//! |---|---|
//! | `desk` | agent, encoder, tray, and the hand that places cards |
//! | `tempo` | how fast things happen |
//! | `queue` | the ordinary work |
//! | `served` | what became of a card |
//! | `promise` | a card pulled away, an agent killed, a card copied |
//! | `doomed` | the agent that is killed, a process of its own |
//! | `arrivals` | guests who come after it |
//! | `stay` | after the story: the desk page |
//! | `keys` | keys for this demo alone |
//! | `show` | the words |

mod arrivals;
mod desk;
mod doomed;
mod keys;
mod promise;
mod queue;
mod served;
mod show;
mod stay;
mod tempo;

use clap::Args;
use std::net::SocketAddr;

use super::sim_api::listen;
use super::{Context, Exit, Failure};
use crate::sim::{self, Access, Hotel};
use desk::Desk;
use tempo::Tempo;

/// Show the whole job on this machine, with nothing installed: a simulated hotel, an encoder, and a tray of blank cards.
///
/// Every credential that waits in the hotel is written on a card, read back, verified and reported, then one more for every
/// card type that none of them came to. Then things go wrong: a card is pulled away in the middle of the write, the agent is
/// killed, a card is copied. Everything but the silicon is what `cardbridge run` uses, and the cards take the time that real
/// ones take. The demo then stays up until Ctrl-C, with new guests and the desk page: choose a guest there, place a card, pull it
/// away in the middle, place it again. The simulated API can be tried by hand as well.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  cardbridge demo --once\n  cardbridge demo --once --fast\n  cardbridge demo --listen 127.0.0.1:4040"
)]
pub(super) struct Demo {
    /// Exit at the end: 0 only if every issuance closed.
    #[arg(long)]
    once: bool,
    /// Do not take the time that real cards and readers take.
    #[arg(long)]
    fast: bool,
    /// Where the simulated API listens; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Be the agent that the demo kills.
    #[arg(long, hide = true)]
    doomed: bool,
}

impl Demo {
    pub(super) fn run(self, context: &Context) -> Result<Exit, Failure> {
        if self.doomed {
            return doomed::run(context);
        }
        context.block_on(async {
            let hotel = Hotel::seeded();
            let listener = listen(context, self.listen).await?;
            let access = hotel.access(listener.local_addr()?);
            let api = tokio::spawn(sim::serve(listener, hotel, std::future::pending()));
            let outcome = self.show(context, &access).await;
            // The hotel lives in memory only.
            api.abort();
            outcome
        })
    }

    async fn show(&self, context: &Context, access: &Access) -> Result<Exit, Failure> {
        let tempo = if self.fast { Tempo::FAST } else { Tempo::REAL };
        let mut desk = Desk::open(context, access, tempo)?;
        show::welcome(&desk).await?;
        desk.serve_queue().await?;
        desk.serve_other_models().await?;
        desk.play_the_promise().await?;
        let exit = show::result(context, &desk).await?;
        if self.once {
            return Ok(exit);
        }
        desk.stay(context).await?;
        Ok(exit)
    }
}
