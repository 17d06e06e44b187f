//! `cardbridge sim-api`: the simulated Seam API alone.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use tokio::net::TcpListener;

use super::signals::Stop;
use super::{Context, Exit, Failure};
use crate::config::Warning;
use crate::sim::{self, Hotel};
use crate::text::Hint;

/// Run the simulated Seam API: a hotel in memory, with guests, doors and waiting cards.
///
/// Its first line of output is JSON: {"endpoint":…,"api_key":…,"report_url":…,"report_secret":…}. The keys are new at
/// every start. It runs until Ctrl-C.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  cardbridge sim-api --listen 127.0.0.1:4040
  SEAM_ENDPOINT=http://127.0.0.1:4040 SEAM_API_KEY=… cardbridge credentials list")]
pub(super) struct SimApi {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Start with the hotel of this file (JSON) instead of the built-in one.
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
}

impl SimApi {
    pub(super) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let hotel = match &self.seed {
            None => Hotel::seeded(),
            Some(path) => seeded_from(path)?,
        };
        let stop = Stop::listen(&context.output)?;
        context.block_on(async {
            let listener = listen(context, self.listen).await?;
            let access = hotel.access(listener.local_addr()?);
            context.output.event(&access);
            context.output.note(&format!(
                "simulated Seam API at {}, until Ctrl-C",
                access.endpoint
            ));
            sim::serve(listener, hotel, stop.asked_any()).await?;
            Ok(Exit::Done)
        })
    }
}

fn seeded_from(path: &PathBuf) -> Result<Hotel, Failure> {
    let problem = |what: String, hint: &str| {
        let what = format!("{}: {what}", path.display());
        Failure::new(Exit::Configuration, what, hint)
    };
    let seed = std::fs::read_to_string(path).map_err(|error| {
        problem(
            error.to_string(),
            "name a file that can be read, or leave --seed out",
        )
    })?;
    Hotel::from_seed_file(&seed).map_err(|error| problem(error.to_string(), &error.hint()))
}

/// Binds `address`, and warns of one that others can reach: a client that reaches it may do anything in the simulated hotel.
pub(super) async fn listen(context: &Context, address: SocketAddr) -> Result<TcpListener, Failure> {
    if !address.ip().is_loopback() {
        context.output.warn(&Warning {
            what: format!("{address} can be reached from the network, unencrypted"),
            hint: "listen on 127.0.0.1 unless others are meant to reach it".to_owned(),
        });
    }
    TcpListener::bind(address).await.map_err(|error| {
        Failure::new(
            Exit::Configuration,
            format!("cannot listen on {address}: {error}"),
            "choose another address with --listen; port 0 takes a free port",
        )
    })
}
