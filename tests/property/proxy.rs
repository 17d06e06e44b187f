//! Between a desk and the database: a connection that is lost or held up just where it hurts.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::Notify;

use crate::cluster::Database;

/// The message that ends a transaction, as it is on the wire.
pub(crate) const COMMIT: &[u8] = b"COMMIT\0";

/// What happens to the next message with certain bytes in it.
#[derive(Clone)]
pub(crate) enum Trouble {
    /// The connection ends before the server has it.
    LostBefore(&'static [u8]),
    /// The server has it and answers; the connection ends before the desk has the answer.
    LostAfter(&'static [u8]),
    /// It waits at the proxy.
    Held(&'static [u8]),
}

impl Trouble {
    fn bytes(&self) -> &'static [u8] {
        match self {
            Self::LostBefore(bytes) | Self::LostAfter(bytes) | Self::Held(bytes) => bytes,
        }
    }
}

/// The proxy of one desk.
#[derive(Clone)]
pub(crate) struct Proxy {
    pub(crate) url: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    trouble: Mutex<Option<Trouble>>,
    /// A message is held, or a connection was ended.
    happened: Notify,
    /// What is held goes on.
    goes_on: Notify,
    /// Nothing comes through any more.
    is_down: Mutex<bool>,
    down: Notify,
}

impl Proxy {
    /// A way to this database.
    pub(crate) async fn to(database: &Database) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = format!(
            "host=127.0.0.1 port={port} user=admin dbname={}",
            database.name
        );
        let state = Arc::<State>::default();
        let (socket, of_all) = (database.socket.clone(), Arc::clone(&state));
        tokio::spawn(async move {
            while let Ok((desk, _)) = listener.accept().await {
                if !*of_all.is_down.lock().unwrap() {
                    tokio::spawn(pass(desk, socket.clone(), Arc::clone(&of_all)));
                }
            }
        });
        Self { url, state }
    }

    /// The same as something that a desk can be given as its database.
    pub(crate) fn database(&self) -> Database {
        Database::at(self.url.clone())
    }

    /// Has this happen once.
    pub(crate) fn next(&self, trouble: Trouble) {
        *self.state.trouble.lock().unwrap() = Some(trouble);
    }

    /// Ready when it has happened.
    pub(crate) async fn happened(&self) {
        self.state.happened.notified().await;
    }

    /// Lets go on what is held.
    pub(crate) fn go_on(&self) {
        self.state.goes_on.notify_one();
    }

    /// Ends every connection, and takes none any more.
    pub(crate) fn go_down(&self) {
        *self.state.is_down.lock().unwrap() = true;
        self.state.down.notify_waiters();
    }

    /// Takes connections again.
    pub(crate) fn come_up(&self) {
        *self.state.is_down.lock().unwrap() = false;
    }
}

async fn pass(desk: TcpStream, socket: PathBuf, state: Arc<State>) {
    let server = UnixStream::connect(socket).await.unwrap();
    let (from_desk, to_desk) = tokio::io::split(desk);
    let (from_server, to_server) = tokio::io::split(server);
    let answers = Arc::new(Mutex::new(true));
    tokio::select! {
        () = forth(from_desk, to_server, &state, &answers) => {}
        () = back(from_server, to_desk, &answers) => {}
        () = state.down.notified() => {}
    }
}

async fn forth(
    mut from: ReadHalf<TcpStream>,
    mut to: WriteHalf<UnixStream>,
    state: &State,
    answers: &Mutex<bool>,
) {
    let mut part = [0; 8192];
    while let Ok(read @ 1..) = from.read(&mut part).await {
        let sent = &part[..read];
        let trouble = {
            let mut trouble = state.trouble.lock().unwrap();
            let is_met = trouble.as_ref().is_some_and(|trouble| {
                let bytes = trouble.bytes();
                sent.windows(bytes.len()).any(|window| window == bytes)
            });
            if is_met { trouble.take() } else { None }
        };
        match trouble {
            None => {}
            Some(Trouble::LostBefore(_)) => {
                state.happened.notify_one();
                return;
            }
            Some(Trouble::LostAfter(_)) => *answers.lock().unwrap() = false,
            Some(Trouble::Held(_)) => {
                state.happened.notify_one();
                state.goes_on.notified().await;
            }
        }
        if to.write_all(sent).await.is_err() {
            return;
        }
    }
}

/// Ends with the first answer that is not to arrive.
async fn back(mut from: ReadHalf<UnixStream>, mut to: WriteHalf<TcpStream>, answers: &Mutex<bool>) {
    let mut part = [0; 8192];
    while let Ok(read @ 1..) = from.read(&mut part).await {
        if !*answers.lock().unwrap() || to.write_all(&part[..read]).await.is_err() {
            return;
        }
    }
}
