//! A PostgreSQL of the tests' own: made once for all tests of this binary, reached by a socket in a folder of its own, and gone with them.
//!
//! Nothing of the machine's own PostgreSQL is touched. It runs as a plain user, since it refuses to run as root.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio_postgres::{Client, NoTls};

/// The user that a PostgreSQL of root's runs as.
const NOBODY: u32 = 65_534;

/// One database of the tests' own server.
pub(crate) struct Database {
    pub(crate) url: String,
}

impl Database {
    /// A new one.
    pub(crate) async fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let cluster = cluster();
        let name = format!("property_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let admin = connect(&cluster.url("admin", "postgres")).await;
        admin
            .batch_execute(&format!("CREATE DATABASE {name}"))
            .await
            .unwrap();
        Self {
            url: cluster.url("admin", &name),
        }
    }
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

struct Cluster {
    socket: PathBuf,
    /// Its end of input ends the server, however the tests end.
    _server: Child,
}

impl Cluster {
    fn url(&self, user: &str, database: &str) -> String {
        format!(
            "host={} user={user} dbname={database}",
            self.socket.display()
        )
    }
}

fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(start)
}

fn start() -> Cluster {
    let programs = programs();
    let folder = tempfile::Builder::new()
        .prefix("cardbridge-postgres-")
        .tempdir()
        .unwrap()
        .keep();
    let is_root = fs::metadata(&folder).unwrap().uid() == 0;
    if is_root {
        chown(&folder, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let as_user = |command: &mut Command| {
        command.current_dir(&folder).env_clear();
        if is_root {
            command.uid(NOBODY).gid(NOBODY);
        }
    };
    let data = folder.join("data");
    let mut initdb = Command::new(programs.join("initdb"));
    initdb
        .args(["--username=admin", "--auth=trust", "--encoding=UTF8"])
        .args(["--no-locale", "--no-sync", "--pgdata"])
        .arg(&data);
    as_user(&mut initdb);
    let made = initdb.output().unwrap();
    assert!(made.status.success(), "{made:?}");
    // Whoever writes to it goes away: then the server does, and its files.
    let mut server = Command::new("/bin/sh");
    server
        .args([
            "-c",
            r#"PATH=$1:/usr/bin:/bin PGDATA=$2/data
            export PATH PGDATA
            pg_ctl -w -s -l "$2/log" -o "-k $2 -c listen_addresses= -c fsync=off -c max_connections=200" start && echo up
            cat >/dev/null; pg_ctl -s -m immediate stop; rm -rf "$2""#,
            "sh",
        ])
        .args([&programs, &folder])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0);
    as_user(&mut server);
    let mut server = server.spawn().unwrap();
    let mut up = String::new();
    BufReader::new(server.stdout.as_mut().unwrap())
        .read_line(&mut up)
        .unwrap();
    assert_eq!(up, "up\n", "{}", log(&folder));
    Cluster {
        socket: folder,
        _server: server,
    }
}

fn log(folder: &Path) -> String {
    fs::read_to_string(folder.join("log")).unwrap_or_default()
}

/// Where the newest PostgreSQL of this machine is: Debian has each version in a folder of its own.
fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut found: Vec<_> = versions
        .filter_map(|entry| {
            let version = entry.ok()?.file_name().to_str()?.parse::<u32>().ok()?;
            let programs = PathBuf::from(format!("/usr/lib/postgresql/{version}/bin"));
            programs
                .join("initdb")
                .exists()
                .then_some((version, programs))
        })
        .collect();
    found.sort();
    let (_, programs) = found.pop().expect("no PostgreSQL here: run .ci/setup test");
    programs
}
