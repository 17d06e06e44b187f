//! One connection to the database, made when it is wanted, and again when it is lost.
//!
//! Who uses it has it alone, and hands it back only when nothing is wrong with it: what a transaction that was broken off has left is
//! gone with its connection.

use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};
use tokio::time::error::Elapsed;
use tokio::time::{Instant, timeout};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Config, Row};
use tokio_postgres_rustls::MakeRustlsConnect;
use uuid::Uuid;

use super::{schema, tls, url};
use crate::queue::claims::{PropertyError, PropertySettings};

/// How long a connection may take, and how long an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long the next try waits after one that failed.
const PAUSE: Duration = Duration::from_secs(1);

/// How the connection is called in the server's list.
const PROGRAM: &str = concat!("cardbridge ", env!("CARGO_PKG_VERSION"));

/// A value in a statement, with its type: statements are not prepared.
pub(super) type Value<'a> = (&'a (dyn ToSql + Sync), Type);

/// The database, for one desk.
pub(in crate::queue::claims) struct Database {
    config: Config,
    tls: MakeRustlsConnect,
    pub(super) desk_id: Uuid,
    desk: String,
    slot: Mutex<Slot>,
}

/// Where the connection is while it is not in use.
#[derive(Default)]
struct Slot {
    open: Option<Connection>,
    /// When none could be made last, and why.
    failed: Option<(Instant, PropertyError)>,
}

/// A connection to a server that is fit.
struct Connection {
    client: Client,
    property_id: Uuid,
}

/// The connection, for the one who has it. It is closed unless it is handed back.
pub(super) struct Held<'a> {
    slot: MutexGuard<'a, Slot>,
    connection: Connection,
    /// Whether it was there before: then it may have been lost meanwhile.
    is_used: bool,
}

impl Database {
    pub(in crate::queue::claims) fn new(
        settings: &PropertySettings,
        desk_id: Uuid,
    ) -> Result<Self, PropertyError> {
        let mut config = url::parse(&settings.url).map_err(PropertyError::Url)?;
        config
            .application_name(PROGRAM)
            .connect_timeout(PATIENCE)
            .tcp_user_timeout(2 * PATIENCE)
            .keepalives_idle(2 * PATIENCE)
            .keepalives_interval(PATIENCE)
            .keepalives_retries(3);
        let encrypted = config.get_ssl_mode() == tokio_postgres::config::SslMode::Require;
        Ok(Self {
            tls: tls::connector(encrypted, settings.ca_file.as_deref())?,
            config,
            desk_id,
            desk: settings.desk.clone(),
            slot: Mutex::default(),
        })
    }

    /// Which property it is of.
    pub(in crate::queue::claims) async fn property_id(&self) -> Result<Uuid, PropertyError> {
        let held = self.held().await?;
        let property_id = held.connection.property_id;
        held.hand_back();
        Ok(property_id)
    }

    /// Asks one thing, which may be asked twice: once more over a new connection when the old one turns out to be lost.
    pub(super) async fn query(
        &self,
        statement: &str,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, PropertyError> {
        let held = self.held().await?;
        let is_used = held.is_used;
        match held.query(statement, values).await {
            Err(PropertyError::Unreachable(_)) if is_used => {
                self.held().await?.query(statement, values).await
            }
            answer => answer,
        }
    }

    /// The connection, alone.
    pub(super) async fn held(&self) -> Result<Held<'_>, PropertyError> {
        let mut slot = self.slot.lock().await;
        let open = slot.open.take().filter(|open| !open.client.is_closed());
        if let Some(connection) = open {
            let is_used = true;
            return Ok(Held {
                slot,
                connection,
                is_used,
            });
        }
        // Another encoder of this desk has just tried.
        if let Some((at, error)) = &slot.failed
            && at.elapsed() < PAUSE
        {
            return Err(error.clone());
        }
        let connected = timeout(PATIENCE, self.connect()).await;
        match connected.unwrap_or_else(|late| Err(late.into())) {
            Ok(connection) => {
                slot.failed = None;
                Ok(Held {
                    slot,
                    connection,
                    is_used: false,
                })
            }
            Err(error) => {
                slot.failed = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }

    async fn connect(&self) -> Result<Connection, PropertyError> {
        let (mut client, connection) = self.config.connect(self.tls.clone()).await?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!("the connection to the property's database has ended: {error}");
            }
        });
        let property_id = schema::prepare(&mut client).await?;
        client
            .execute_typed(
                "INSERT INTO cardbridge.desk (desk_id, name, program) VALUES ($1, $2, $3)
                 ON CONFLICT (desk_id) DO UPDATE
                 SET name = excluded.name, program = excluded.program, last_seen = now()",
                &[
                    (&self.desk_id, Type::UUID),
                    (&self.desk, Type::TEXT),
                    (&PROGRAM, Type::TEXT),
                ],
            )
            .await?;
        tracing::debug!("connected to the property's database");
        Ok(Connection {
            client,
            property_id,
        })
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database")
            .field("desk_id", &self.desk_id)
            .finish_non_exhaustive()
    }
}

impl Held<'_> {
    /// Waits for an answer, and hands the connection back if it is one.
    pub(super) async fn answered<T>(
        mut self,
        work: impl AsyncFnOnce(&mut Client) -> Result<T, PropertyError>,
    ) -> Result<T, PropertyError> {
        let answer = timeout(PATIENCE, work(&mut self.connection.client)).await;
        let answer = answer.unwrap_or_else(|late| Err(late.into()));
        if answer.is_ok() {
            self.hand_back();
        }
        answer
    }

    async fn query(self, statement: &str, values: &[Value<'_>]) -> Result<Vec<Row>, PropertyError> {
        let asked = self.connection.client.query_typed(statement, values);
        let rows = timeout(PATIENCE, asked).await??;
        self.hand_back();
        Ok(rows)
    }

    pub(super) fn hand_back(mut self) {
        self.slot.open = Some(self.connection);
    }
}

impl From<Elapsed> for PropertyError {
    fn from(_: Elapsed) -> Self {
        Self::Unreachable(format!("no answer within {} s", PATIENCE.as_secs()))
    }
}
