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
use std::time::{Duration, Instant};

use tokio_postgres::types::Type;
use tokio_postgres::{Client, NoTls};

/// The user that a PostgreSQL of root's runs as.
const NOBODY: u32 = 65_534;

/// Only a broken build takes so long.
const LONGEST: Duration = Duration::from_secs(30);

/// One database of the tests' own server.
pub(crate) struct Database {
    pub(crate) url: String,
    pub(crate) name: String,
    /// Where the server listens.
    pub(crate) socket: PathBuf,
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
            name,
            socket: cluster.folder.join(".s.PGSQL.5432"),
        }
    }

    /// One that is reached by this URL, if it is.
    pub(crate) fn at(url: String) -> Self {
        Self {
            url,
            name: String::new(),
            socket: PathBuf::new(),
        }
    }

    /// The URL by which this user reaches it.
    pub(crate) fn url_of(&self, user: &str, password: &str) -> String {
        let url = cluster().url(user, &self.name);
        format!("{url} password='{password}'")
    }

    /// Has the server do something.
    pub(crate) async fn run(&self, statements: &str) {
        self.client().await.batch_execute(statements).await.unwrap();
    }

    /// Lets so much time pass, by the clock of the database, that no desk is taken to be at anything any more.
    pub(crate) async fn end_leases(&self) {
        let end = "UPDATE cardbridge.issuance SET lease_until = clock_timestamp() - interval '1 second' WHERE lease_until IS NOT NULL";
        self.client().await.batch_execute(end).await.unwrap();
    }

    /// Ends every connection but the one that asks.
    pub(crate) async fn end_connections(&self) {
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()";
        self.client().await.batch_execute(end).await.unwrap();
    }

    /// How many issuances are open.
    pub(crate) async fn open(&self) -> i64 {
        self.count("state IN ('claiming', 'writing', 'torn')", "")
            .await
    }

    /// How many issuances of this credential it has.
    pub(crate) async fn rows_of(&self, acs_credential_id: &str) -> i64 {
        self.count("acs_credential_id = $1", acs_credential_id)
            .await
    }

    async fn count(&self, condition: &str, value: &str) -> i64 {
        let count =
            format!("SELECT count(*) FROM cardbridge.issuance WHERE $1 = $1 AND {condition}");
        let client = self.client().await;
        let values: &[_] = &[(&value as _, Type::TEXT)];
        client.query_typed_one(&count, values).await.unwrap().get(0)
    }

    /// Ready once it has this credential on a card that is good.
    pub(crate) async fn comes_to_know(&self, acs_credential_id: &str) {
        let client = self.client().await;
        let known = "SELECT EXISTS (SELECT 1 FROM cardbridge.issuance WHERE acs_credential_id = $1 AND written_at IS NOT NULL)";
        let until = Instant::now() + LONGEST;
        loop {
            let row = client
                .query_typed_one(known, &[(&acs_credential_id, Type::TEXT)])
                .await;
            // There may be no tables yet.
            if row.is_ok_and(|row| row.get(0)) {
                return;
            }
            assert!(
                Instant::now() < until,
                "it never hears of {acs_credential_id}"
            );
        }
    }

    async fn client(&self) -> Client {
        connect(&self.url).await
    }
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

struct Cluster {
    folder: PathBuf,
    /// Its end of input ends the server, however the tests end.
    _server: Child,
}

impl Cluster {
    fn url(&self, user: &str, database: &str) -> String {
        format!(
            "host={} user={user} dbname={database}",
            self.folder.display()
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
    // One user has to say a word.
    let access = "local all worded scram-sha-256\nlocal all all trust\n";
    fs::write(data.join("pg_hba.conf"), access).unwrap();
    // Its input ends with the tests, and then the server, with its files.
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
        folder,
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
