//! The tables of the property, and how an older version becomes the current one.
//!
//! One desk at a time changes them; the others wait for it. From then on a role without the right to change tables is enough.

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;
use uuid::Uuid;

use crate::queue::claims::PropertyError;

/// The version that this program makes and works with.
pub(super) const VERSION: i32 = 1;

/// What each version adds to the one before it.
const STEPS: &[&str] = &[include_str!("version_1.sql")];

/// The lock under which tables are changed: the first bytes of the program's name.
const CHANGING: i64 = i64::from_be_bytes(*b"cardbrid");

/// The oldest server that has what the statements use, as it counts its versions.
const OLDEST_SERVER: i32 = 130_000;

/// Makes sure that the server and the tables are what this program works with, and says which property it is.
pub(super) async fn prepare(client: &mut Client) -> Result<Uuid, PropertyError> {
    let server = client
        .query_typed_one(
            "SELECT current_setting('server_version_num')::int, current_setting('server_version')",
            &[],
        )
        .await?;
    if server.try_get::<_, i32>(0)? < OLDEST_SERVER {
        return Err(PropertyError::TooOld {
            found: server.try_get(1)?,
        });
    }
    match read(client).await? {
        Some((VERSION, property_id)) => Ok(property_id),
        Some((found, _)) if found > VERSION => Err(newer(found)),
        _ => change(client).await,
    }
}

fn newer(found: i32) -> PropertyError {
    PropertyError::Newer {
        found,
        known: VERSION,
    }
}

/// The version of the tables, and which property they are of; `None` where there are none.
async fn read(client: &Client) -> Result<Option<(i32, Uuid)>, PropertyError> {
    let asked = client
        .query_typed_opt("SELECT version, property_id FROM cardbridge.property", &[])
        .await;
    match asked {
        Ok(Some(row)) => Ok(Some((row.try_get(0)?, row.try_get(1)?))),
        Ok(None) => Ok(None),
        Err(error)
            if matches!(
                error.code(),
                Some(&SqlState::UNDEFINED_TABLE | &SqlState::INVALID_SCHEMA_NAME)
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

async fn change(client: &mut Client) -> Result<Uuid, PropertyError> {
    let transaction = client.transaction().await?;
    transaction
        .batch_execute(&format!("SELECT pg_advisory_xact_lock({CHANGING})"))
        .await?;
    let found = transaction
        .query_typed_one("SELECT to_regclass('cardbridge.property')::text", &[])
        .await?;
    let mut version = 0;
    if found.try_get::<_, Option<String>>(0)?.is_some() {
        let row = transaction
            .query_typed_one("SELECT version FROM cardbridge.property", &[])
            .await?;
        version = row.try_get(0)?;
    }
    if version > VERSION {
        return Err(newer(version));
    }
    for step in STEPS
        .iter()
        .skip(usize::try_from(version).unwrap_or_default())
    {
        transaction.batch_execute(step).await?;
    }
    transaction
        .batch_execute(&format!(
            "UPDATE cardbridge.property SET version = {VERSION}"
        ))
        .await?;
    let row = transaction
        .query_typed_one("SELECT property_id FROM cardbridge.property", &[])
        .await?;
    let property_id = row.try_get(0)?;
    transaction.commit().await?;
    Ok(property_id)
}
