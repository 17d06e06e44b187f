//! One connection to the database, made when it is wanted, and again when it is lost.
//!
//! Who uses it has it alone, and hands it back only when nothing is wrong with it: what a transaction that was broken off has left is
//! gone with its connection.

use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};
use tokio::time::error::Elapsed;
use tokio::time::timeout;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;
use uuid::Uuid;

use super::{schema, tls, url};
use crate::queue::claims::{PropertyError, PropertySettings};

/// How long a connection may take, and how long an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How the connection is called in the server's list.
const PROGRAM: &str = concat!("cardbridge ", env!("CARGO_PKG_VERSION"));

/// The database, for one desk.
pub(in crate::queue::claims) struct Database {
    config: Config,
    tls: MakeRustlsConnect,
    pub(super) desk_id: Uuid,
    desk: String,
    connection: Mutex<Option<Connection>>,
}

/// A connection to a server that is fit.
struct Connection {
    client: Client,
    property_id: Uuid,
}

/// The connection, for the one who has it. It is closed unless it is handed back.
pub(super) struct Held<'a> {
    slot: MutexGuard<'a, Option<Connection>>,
    connection: Connection,
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
            connection: Mutex::default(),
        })
    }

    /// Which property it is of.
    pub(in crate::queue::claims) async fn property_id(&self) -> Result<Uuid, PropertyError> {
        let held = self.held().await?;
        let property_id = held.connection.property_id;
        held.hand_back();
        Ok(property_id)
    }

    /// The connection, once nothing else has it.
    pub(super) async fn held(&self) -> Result<Held<'_>, PropertyError> {
        let mut slot = self.connection.lock().await;
        let open = slot.take().filter(|open| !open.client.is_closed());
        let connection = match open {
            Some(connection) => connection,
            None => timeout(PATIENCE, self.connect())
                .await
                .unwrap_or_else(|late| Err(late.into()))?,
        };
        Ok(Held { slot, connection })
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

    pub(super) fn hand_back(mut self) {
        *self.slot = Some(self.connection);
    }
}

impl From<Elapsed> for PropertyError {
    fn from(_: Elapsed) -> Self {
        Self::Unreachable(format!("no answer within {} s", PATIENCE.as_secs()))
    }
}
