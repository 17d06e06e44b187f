//! `cardbridge credentials list`: page by page, however long the list is.

use clap::Args;
use jiff::Timestamp;

use super::left_out::left_out;
use super::show::{HEAD, row};
use crate::cli::{Context, Exit, Failure, time};
use crate::seam::{AcsCredential, Client, ListAcsCredentials};

/// List credentials, a page at a time.
///
/// With --json each credential is one line, in Seam's own shape, printed as its page arrives.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cardbridge credentials list --search \"Room 101\"
  cardbridge credentials list --acs-system ID --json | jq -r 'select(.is_issued | not).acs_credential_id'")]
pub(in crate::cli) struct List {
    /// Of this user of an access control system.
    #[arg(long, value_name = "ID", visible_alias = "acs-user-id")]
    acs_user: Option<String>,
    /// Of this access control system.
    #[arg(long, value_name = "ID", visible_alias = "acs-system-id")]
    acs_system: Option<String>,
    /// Of this user identity.
    #[arg(long, value_name = "ID", visible_alias = "user-identity-id", conflicts_with_all = ["acs_user", "acs_system"])]
    user_identity: Option<String>,
    /// Created before this time (RFC 3339).
    #[arg(long, value_name = "TIME", value_parser = time::rfc3339)]
    created_before: Option<String>,
    /// Only mobile keys that sync to all phones of their holder; with `false`, only others.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    multi_phone_sync: Option<bool>,
    /// With this text in the name, the code, the card number, or an id.
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// How many to request at a time.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    page_size: Option<u32>,
}

impl List {
    pub(super) async fn run(self, context: &Context, client: &Client) -> Result<Exit, Failure> {
        let mut pages = client.credentials().list(&ListAcsCredentials {
            acs_user_id: self.acs_user,
            acs_system_id: self.acs_system,
            user_identity_id: self.user_identity,
            created_before: self.created_before,
            is_multi_phone_sync_credential: self.multi_phone_sync,
            search: self.search,
            limit: self.page_size,
            page_cursor: None,
        });
        let mut first = true;
        while let Some(page) = pages.next_page().await {
            let page = page?;
            print(context, &page.items, client.now(), first)?;
            left_out(context, &page.odd);
            first = false;
        }
        Ok(Exit::Done)
    }
}

fn print(
    context: &Context,
    credentials: &[AcsCredential],
    now: Timestamp,
    first: bool,
) -> Result<(), Failure> {
    if context.output.json() {
        return credentials
            .iter()
            .try_for_each(|credential| context.output.document(credential));
    }
    let rows = credentials
        .iter()
        .map(|credential| row(credential, now))
        .collect();
    context.output.rows(HEAD, first, rows)
}
