//! Where a person on this machine gets a link to the page: a Unix socket, which only those can open whom the file system lets.
//!
//! One line in, the scope; one line out, the link. An agent that runs as a service has its socket in a directory that a group can
//! look into, so that the desk's user needs no rights on the agent's state.

use std::fs::{self, Permissions};
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream as Connection};
use tokio::time::timeout;

use super::admission::{Admission, Scope};

/// The socket's name in its directory.
const NAME: &str = "desk.sock";

/// How long either side may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The longest line, in bytes.
const LONGEST: u64 = 1024;

/// A socket that gives links. Its file is removed when it is dropped.
#[derive(Debug)]
pub struct LinkSocket {
    listener: UnixListener,
    path: PathBuf,
}

impl LinkSocket {
    /// Listens in this directory. What an agent that was killed has left there is replaced.
    ///
    /// # Errors
    /// When no socket can be made there, or another agent listens on it.
    pub fn bind(directory: &Path) -> io::Result<Self> {
        let path = directory.join(NAME);
        if UnixStream::connect(&path).is_ok() {
            return Err(io::Error::new(
                ErrorKind::AddrInUse,
                "another agent listens there",
            ));
        }
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&path)?;
        // The directory decides who gets there.
        fs::set_permissions(&path, Permissions::from_mode(0o660))?;
        Ok(Self { listener, path })
    }

    /// Gives links for as long as it is polled.
    pub async fn give(&self, admission: Arc<Admission>) {
        loop {
            match self.listener.accept().await {
                Ok((connection, _)) => {
                    let admission = Arc::clone(&admission);
                    tokio::spawn(timeout(PATIENCE, answer(connection, admission)));
                }
                Err(error) => {
                    tracing::warn!("no one can ask for a link: {error}");
                    tokio::time::sleep(PATIENCE).await;
                }
            }
        }
    }
}

impl Drop for LinkSocket {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

async fn answer(connection: Connection, admission: Arc<Admission>) -> io::Result<()> {
    let (reader, mut writer) = connection.into_split();
    let mut asked = String::new();
    tokio::io::BufReader::new(reader.take(LONGEST))
        .read_line(&mut asked)
        .await?;
    let Ok(scope) = asked.trim().parse::<Scope>() else {
        return Ok(());
    };
    let link = admission.link(scope);
    writer.write_all(format!("{link}\n").as_bytes()).await
}

/// Asks the agent whose socket is in this directory for a link. Blocks for a moment.
///
/// # Errors
/// When no agent listens there, or this user may not ask it.
pub fn ask(directory: &Path, scope: Scope) -> io::Result<String> {
    let mut stream = UnixStream::connect(directory.join(NAME))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    writeln!(stream, "{scope}")?;
    let mut link = String::new();
    BufReader::new(stream.take(LONGEST)).read_line(&mut link)?;
    match link.trim() {
        "" => Err(ErrorKind::UnexpectedEof.into()),
        link => Ok(link.to_owned()),
    }
}
