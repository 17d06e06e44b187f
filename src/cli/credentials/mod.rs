//! `cardbridge credentials`: the whole credential API, as text and as JSON.

mod create;
mod holder;
mod left_out;
mod list;
mod show;
mod update;

use clap::{Args, Subcommand};
use serde_json::json;

use super::{Context, Exit, Failure};
use crate::seam::Client;

pub(super) use create::NewCard;
use holder::HolderArgs;
use left_out::left_out;

/// List, show, create and change the credentials of the Seam workspace.
#[derive(Debug, Subcommand)]
pub(super) enum Credentials {
    List(list::List),
    Get(Get),
    Create(Box<create::Create>),
    Update(update::Update),
    Assign(Assign),
    Unassign(Unassign),
    Delete(Delete),
    Entrances(Entrances),
}

/// Show one credential.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  cardbridge credentials get 73a0a199-024f-454d-a916-9bbda8502c12 --json | jq .card_number"
)]
pub(super) struct Get {
    /// The credential.
    #[arg(value_name = "ID")]
    acs_credential_id: String,
}

/// Give a credential to a user.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  cardbridge credentials assign 73a0a199-024f-454d-a916-9bbda8502c12 --acs-user ID"
)]
pub(super) struct Assign {
    /// The credential.
    #[arg(value_name = "ID")]
    acs_credential_id: String,
    #[command(flatten)]
    holder: HolderArgs,
}

/// Take a credential from a user.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  cardbridge credentials unassign 73a0a199-024f-454d-a916-9bbda8502c12 --acs-user ID"
)]
pub(super) struct Unassign {
    /// The credential.
    #[arg(value_name = "ID")]
    acs_credential_id: String,
    #[command(flatten)]
    holder: HolderArgs,
}

/// Delete a credential. A card that it was written on keeps its record: wipe it.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  cardbridge credentials delete 73a0a199-024f-454d-a916-9bbda8502c12"
)]
pub(super) struct Delete {
    /// The credential.
    #[arg(value_name = "ID")]
    acs_credential_id: String,
}

/// List the entrances that a credential opens.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  cardbridge credentials entrances 73a0a199-024f-454d-a916-9bbda8502c12"
)]
pub(super) struct Entrances {
    /// The credential.
    #[arg(value_name = "ID")]
    acs_credential_id: String,
}

impl Credentials {
    pub(super) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let client = context.composer(&context.config()?).client()?;
        context.block_on(async {
            match self {
                Self::List(command) => command.run(context, &client).await,
                Self::Get(command) => shown(context, &client, &command.acs_credential_id).await,
                Self::Create(command) => {
                    let created = client.credentials().create(&command.request()?).await?;
                    show::credential(context, &created, client.now())
                }
                Self::Update(command) => {
                    client.credentials().update(&command.request()?).await?;
                    shown(context, &client, command.acs_credential_id()).await
                }
                Self::Assign(command) => {
                    client
                        .credentials()
                        .assign(&command.acs_credential_id, &command.holder.holder())
                        .await?;
                    shown(context, &client, &command.acs_credential_id).await
                }
                Self::Unassign(command) => {
                    client
                        .credentials()
                        .unassign(&command.acs_credential_id, &command.holder.holder())
                        .await?;
                    shown(context, &client, &command.acs_credential_id).await
                }
                Self::Delete(command) => command.run(context, &client).await,
                Self::Entrances(command) => command.run(context, &client).await,
            }
        })
    }
}

/// What the API holds now: the answers to changes do not say it.
async fn shown(
    context: &Context,
    client: &Client,
    acs_credential_id: &str,
) -> Result<Exit, Failure> {
    let credential = client.credentials().get(acs_credential_id).await?;
    show::credential(context, &credential, client.now())
}

impl Delete {
    async fn run(self, context: &Context, client: &Client) -> Result<Exit, Failure> {
        let acs_credential_id = self.acs_credential_id;
        client.credentials().delete(&acs_credential_id).await?;
        if context.output.json() {
            context
                .output
                .document(&json!({"acs_credential_id": acs_credential_id, "deleted": true}))?;
        } else {
            context
                .output
                .text(&format!("deleted {acs_credential_id}"))?;
        }
        Ok(Exit::Done)
    }
}

impl Entrances {
    async fn run(self, context: &Context, client: &Client) -> Result<Exit, Failure> {
        let entrances = client
            .credentials()
            .list_accessible_entrances(&self.acs_credential_id)
            .await?;
        left_out(context, &entrances.odd);
        let entrances = entrances.items;
        if context.output.json() {
            context.output.document(&entrances)?;
        } else {
            let rows = entrances
                .into_iter()
                .map(|entrance| vec![entrance.acs_entrance_id, entrance.display_name])
                .collect();
            context.output.table(&["entrance", "name"], rows)?;
        }
        Ok(Exit::Done)
    }
}
