//! `cardbridge encode`: one issuance, then exit.

use clap::{ArgGroup, Args};

use super::card::CardArgs;
use super::credentials::NewCard;
use super::live::Live;
use super::signals::Stop;
use super::trail::Trail;
use super::{Context, Exit, Failure, printable};
use crate::agent::decide::Allowed;
use crate::agent::issuance::{Issuance, State};
use crate::agent::notice::Watcher;
use crate::agent::stop::{Stopped, until_stopped};
use crate::agent::{Agent, Wanted};
use crate::config::Config;
use crate::seam::AccessMode;

/// Put one credential onto the card that is put down, read it back, and report it.
///
/// Without --reader the first card on any encoder is taken. A card that was lifted too early is finished when it is put
/// back. A refusal changes nothing: not the card, not the journal, not Seam. With --json it ends with one object
/// (issuance_id, acs_credential_id, card_uid, card_number, card_type, driver, state, written_at, reported_at), also when it
/// exits 7: written and verified, the report still to come.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("wanted").required(true).args(["credential", "next", "create"]))]
#[command(after_help = "Examples:
  cardbridge encode --next
  cardbridge encode --credential 73a0a199-024f-454d-a916-9bbda8502c12 --reader ACR1252
  cardbridge encode --create --acs-user ID --entrance ID --ends-at 2026-08-03T11:00:00+02:00
  cardbridge encode --credential ID --reissue     (the guest lost the first card)")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of its own on the command line"
)]
pub(super) struct Encode {
    /// This credential.
    #[arg(long, value_name = "ID")]
    credential: Option<String>,
    /// The credential that has waited longest.
    #[arg(long)]
    next: bool,
    /// A new credential, for whom and for what the flags below say.
    #[arg(long)]
    create: bool,
    #[command(flatten)]
    card: CardArgs,
    /// Issue it once more, although it is on a card already or half-way onto one.
    #[arg(long)]
    reissue: bool,
    /// Let what stands on the card be lost: data of others, or a credential that is still valid.
    #[arg(long)]
    overwrite: bool,
    #[command(flatten)]
    new: NewCard,
}

impl Encode {
    pub(super) fn run(self, context: &Context) -> Result<Exit, Failure> {
        if !self.create && self.new != NewCard::default() {
            return Err(Failure::new(
                Exit::Usage,
                "flags for a new credential are given, but no new one is asked for",
                "add --create, or leave them out",
            ));
        }
        let config = context.config()?;
        let agent = context.agent(&config)?;
        let live = Live::new(context.output.clone());
        let stop = Stop::listen(&context.output)?;
        let trail = Trail::default();
        let wanted = self.credential.clone();
        let watcher = trail.before(live.watcher());
        let work = self.issue(context, &config, &agent, &watcher, &stop);
        let issuance = context.block_on(work).map_err(|failure| {
            let mut about = trail.on_the_only_one();
            about.acs_credential_id = about.acs_credential_id.or(wanted);
            failure.about(about)
        });
        live.clear();
        // From here on nothing is left to be finished.
        drop(stop);
        done(context, &issuance?)
    }

    async fn issue(
        self,
        context: &Context,
        config: &Config,
        agent: &Agent,
        watcher: &Watcher,
        stop: &Stop,
    ) -> Result<Issuance, Failure> {
        let allowed = Allowed {
            reissue: self.reissue,
            overwrite: self.overwrite,
        };
        if self.create {
            let request = self.new.request(AccessMode::Card)?;
            let card = stop.or(self.card.wait(context, config)).await?;
            let session = &card.session;
            let obtained = agent.obtain(session, &request, allowed, watcher);
            let new = stop.or_soon(obtained).await?;
            let issued = until_stopped(stop.asked_any(), watcher, |watcher| {
                let wanted = new.wanted();
                async move {
                    agent
                        .issue_and_report(session, wanted, allowed, &watcher)
                        .await
                }
            });
            let issued = issued.await;
            let settled = stop.or_soon(agent.settle(&request, &new, watcher)).await;
            return match issued {
                // The card comes first: what could not be settled is found by the next try.
                Stopped::Ended(issued) => Ok(issued?),
                Stopped::BeforeWriting => {
                    settled?;
                    Err(stop.before_a_card().await)
                }
                Stopped::BeforeReport(issuance) => Ok(*issuance),
            };
        }
        let wanted = self
            .credential
            .as_deref()
            .map_or(Wanted::Next, Wanted::Credential);
        stop.or(agent.check(wanted, allowed, watcher)).await?;
        let card = stop.or(self.card.wait(context, config)).await?;
        let session = &card.session;
        let issued = until_stopped(stop.asked_any(), watcher, |watcher| async move {
            agent
                .issue_and_report(session, wanted, allowed, &watcher)
                .await
        });
        match issued.await {
            Stopped::Ended(issued) => Ok(issued?),
            Stopped::BeforeWriting => Err(stop.before_a_card().await),
            Stopped::BeforeReport(issuance) => Ok(*issuance),
        }
    }
}

fn done(context: &Context, issuance: &Issuance) -> Result<Exit, Failure> {
    if context.output.json() {
        context.output.document(issuance)?;
    } else {
        let name = issuance.display_name.as_deref().unwrap_or("the credential");
        let what = format!(
            "{name} is on card {} ({}): you can remove the card",
            issuance.card_uid, issuance.card_type
        );
        let ids = format!(
            "credential {}, card number {}",
            issuance.acs_credential_id, issuance.card_number
        );
        context.output.success(&printable(&what))?;
        context.output.text(&format!("  {}", printable(&ids)))?;
    }
    if issuance.state == State::Closed {
        return Ok(Exit::Done);
    }
    let unreported = Failure::new(
        Exit::Unreported,
        "the card is written and verified, but not reported yet",
        "hand the card out; `cardbridge run` or `cardbridge retry` sends the report",
    );
    context.output.tell(&unreported);
    Ok(unreported.exit())
}
