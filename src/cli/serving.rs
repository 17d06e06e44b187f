//! Serving the desk page and the local API beside the agent, for the commands that stay up.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::net::TcpListener;
use tokio::time::sleep;

use super::{Context, Exit, Failure, Output};
use crate::config::{Config, Warning};
use crate::desk::{Agent, Desk};
use crate::encoder::Tray;
use crate::serve::admission::{Admission, Scope, TokenStore};
use crate::serve::link_socket::{LinkSocket, ask};
use crate::serve::seam::LocalApi;
use crate::serve::{Meters, Site, Tls, TlsError, serve};

/// How often an address that another program has is tried again: cards are served meanwhile.
const TRY_AGAIN: Duration = Duration::from_secs(5);

/// Where the service has its socket: `RuntimeDirectory` of its unit.
const RUNTIME_OF_SERVICE: &str = "/run/cardbridge";

/// Where and how a desk is served.
#[derive(Debug)]
pub(super) struct Serving {
    pub(super) listen: SocketAddr,
    pub(super) host_names: Vec<String>,
    pub(super) allowed_origins: Vec<String>,
    pub(super) meters: Meters,
    pub(super) tls: Option<Tls>,
    pub(super) state_dir: PathBuf,
    /// How long the local API waits for a card.
    pub(super) card_timeout: Duration,
    /// Where links are given to people on this machine.
    pub(super) links: PathBuf,
    /// The cards, where the encoders are simulated.
    pub(super) tray: Option<Tray>,
}

impl Serving {
    /// As configured.
    ///
    /// # Errors
    /// When the certificate or its key cannot be used.
    pub(super) fn new(context: &Context, config: &Config, meters: Meters) -> Result<Self, Failure> {
        let state_dir = config.state_dir.value.clone();
        let runtime = context.environment().path("RUNTIME_DIRECTORY");
        let files = config.serve.tls.clone();
        let tls = files.map(|files| Tls::new(files.certificate.value, files.key.value));
        Ok(Self {
            meters,
            listen: config.serve.listen.value,
            host_names: config.serve.host_names.clone(),
            allowed_origins: config.serve.allowed_origins.clone(),
            links: runtime.unwrap_or_else(|| state_dir.clone()),
            tls: tls.transpose()?,
            state_dir,
            card_timeout: config.serve.card_timeout,
            tray: None,
        })
    }

    /// Serves the desk until `stop` is ready. `ready` is called once there is an address.
    pub(super) async fn run(
        self,
        output: &Output,
        desk: Desk,
        agent: Arc<Agent>,
        ready: impl FnOnce(&Admission),
        stop: impl Future<Output = ()>,
    ) {
        let mut stop = std::pin::pin!(stop);
        let listener = tokio::select! {
            listener = self.bind(output) => listener,
            () = &mut stop => return,
        };
        let address = match listener.local_addr() {
            Ok(address) => address,
            Err(error) => return output.warn(&self.unusable(&error.to_string())),
        };
        let tokens = TokenStore::in_directory(&self.state_dir);
        let admission = Arc::new(Admission::new(
            address,
            self.tls.is_some(),
            &self.host_names,
            &self.allowed_origins,
            tokens,
        ));
        let socket = socket(output, &self.links);
        ready(&admission);
        let local_api = LocalApi::open(
            &desk,
            agent,
            self.tray.clone(),
            self.card_timeout,
            admission.address(),
        );
        let site = Site::new(desk, Arc::clone(&admission))
            .with_meters(self.meters)
            .with_local_api(local_api)
            .with_tray(self.tray);
        let site = Arc::new(site);
        let giving = async {
            match &socket {
                Some(socket) => socket.give(admission).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = serve(listener, self.tls, site, stop) => {}
            () = giving => {}
        }
    }

    /// Takes the address, as soon as it is free.
    async fn bind(&self, output: &Output) -> TcpListener {
        let mut told = false;
        loop {
            match TcpListener::bind(self.listen).await {
                Ok(listener) => return listener,
                Err(error) => {
                    if !told {
                        output.warn(&self.unusable(&error.to_string()));
                        told = true;
                    }
                    sleep(TRY_AGAIN).await;
                }
            }
        }
    }

    fn unusable(&self, problem: &str) -> Warning {
        Warning {
            what: format!("no desk page: cannot listen on {}: {problem}", self.listen),
            hint:
                "stop the other program, or choose another address with --listen; it is tried again"
                    .to_owned(),
        }
    }
}

/// Says where the page is.
pub(super) fn announce(output: &Output, admission: &Admission) {
    announce_to_scripts(output, admission);
    let url = admission.address();
    output.note(&format!("desk page at {url}; `cardbridge desk` opens it"));
}

/// The line `serving` of `--json`.
pub(super) fn announce_to_scripts(output: &Output, admission: &Admission) {
    if output.json() {
        output.event(&json!({"event": "serving", "url": admission.address()}));
    }
}

fn socket(output: &Output, directory: &Path) -> Option<LinkSocket> {
    LinkSocket::bind(directory)
        .inspect_err(|error| {
            output.warn(&Warning {
                what: format!(
                    "`cardbridge desk` cannot open the page: no socket in {}: {error}",
                    directory.display()
                ),
                hint: "choose a state directory with a shorter path, on a local disk".to_owned(),
            });
        })
        .ok()
}

/// A link to the page of the agent on this machine.
pub(super) fn link(config: &Config, scope: Scope) -> Result<String, Failure> {
    let own = &config.state_dir.value;
    let places = [own.as_path(), Path::new(RUNTIME_OF_SERVICE)];
    let mut problem = None;
    for place in places {
        match ask(place, scope) {
            Ok(link) => return Ok(link),
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                problem.get_or_insert((place, error));
            }
            Err(_) => {}
        }
    }
    Err(match problem {
        Some((place, error)) => Failure::new(
            Exit::Configuration,
            format!("the agent in {} may not be asked: {error}", place.display()),
            "ask the administrator to add you to the group `cardbridge`, then log in again",
        ),
        None => Failure::new(
            Exit::Unexpected,
            "no agent is running here".to_owned(),
            "start `cardbridge run`, or the service",
        ),
    })
}

impl From<TlsError> for Failure {
    fn from(error: TlsError) -> Self {
        Self::new(
            Exit::Configuration,
            error.to_string(),
            "name a certificate and the key that it was made for, both PEM, that the agent's user can read",
        )
        .coded(error.code())
    }
}
