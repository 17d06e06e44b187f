//! `cardbridge encode`: one issuance, then exit.

use cardbridge_drivers::contract::{ChannelError, DriverError, Uid};
use clap::{ArgGroup, Args};

use super::card::{CardArgs, PlacedCard};
use super::credentials::NewCard;
use super::live::Live;
use super::signals::Stop;
use super::trail::Trail;
use super::{Context, Exit, Failure, printable};
use crate::config::Config;
use crate::desk::notice::Watcher;
use crate::desk::stop::{Stopped, until_stopped};
use crate::desk::{Agent, IssueError, Wanted};
use crate::issuance::entry::Issuance;
use crate::issuance::journal::JournalError;
use crate::issuance::policy::Allowed;
use crate::issuance::state::State;
use crate::seam::AccessMode;
use crate::text::Hint;

/// Write one credential onto the card on the encoder, read it back, and report it.
///
/// Without --reader the first card on any encoder is taken. If a card is removed too early, encode waits for it as
/// long as for the first one, and finishes it when it comes back. A refusal changes nothing: not the card, not the journal, not Seam. With --json it ends with one object
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
    /// A new credential, as described by the flags below.
    #[arg(long)]
    create: bool,
    #[command(flatten)]
    card: CardArgs,
    /// Issue it again, although it is already on a card, or unfinished on one.
    #[arg(long)]
    reissue: bool,
    /// Overwrite what is on the card: data of others, or a credential that is still valid.
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
                "these flags require --create",
                "add --create, or leave them out",
            ));
        }
        let config = context.config()?;
        let agent = context.composer(&config).agent()?;
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
            let obtained = agent.obtain(&card.session, &request, allowed, watcher);
            let new = stop.or_soon(obtained).await?;
            let work = Work {
                context,
                agent,
                allowed,
                watcher,
                stop,
            };
            let issued = work.onto(card, new.wanted()).await;
            let settled = stop.or_soon(agent.settle(&request, &new, watcher)).await;
            return match issued {
                // The card comes first: what could not be settled is found by the next try.
                Stopped::Ended(issued) => issued,
                Stopped::BeforeWriting => {
                    settled?;
                    Err(stop.before_a_card().await)
                }
                Stopped::BeforeReport(issuance) => Ok(*issuance),
                Stopped::BeforeNoted(error) => Err(not_noted(&error)),
            };
        }
        let wanted = self
            .credential
            .as_deref()
            .map_or(Wanted::Next, Wanted::Credential);
        stop.or(agent.check(wanted, allowed, watcher)).await?;
        let card = stop.or(self.card.wait(context, config)).await?;
        let work = Work {
            context,
            agent,
            allowed,
            watcher,
            stop,
        };
        match work.onto(card, wanted).await {
            Stopped::Ended(issued) => issued,
            Stopped::BeforeWriting => Err(stop.before_a_card().await),
            Stopped::BeforeReport(issuance) => Ok(*issuance),
            Stopped::BeforeNoted(error) => Err(not_noted(&error)),
        }
    }
}

/// What putting one credential onto one card takes.
struct Work<'a> {
    context: &'a Context,
    agent: &'a Agent,
    allowed: Allowed,
    watcher: &'a Watcher,
    stop: &'a Stop,
}

impl Work<'_> {
    /// Issues onto the card; when that is lost while it is written, waits for it and goes on.
    async fn onto(
        &self,
        mut card: PlacedCard,
        wanted: Wanted<'_>,
    ) -> Stopped<Result<Issuance, Failure>> {
        let mut issued = self.once(&card, wanted, self.allowed).await;
        loop {
            let error = match issued {
                Stopped::Ended(Ok(issuance)) => return Stopped::Ended(Ok(issuance)),
                Stopped::Ended(Err(error)) => error,
                Stopped::BeforeWriting => return Stopped::BeforeWriting,
                Stopped::BeforeReport(issuance) => return Stopped::BeforeReport(issuance),
                Stopped::BeforeNoted(error) => return Stopped::BeforeNoted(error),
            };
            let Some(unfinished) = unfinished(&error) else {
                return Stopped::Ended(Err(error.into()));
            };
            let (uid, id) = (unfinished.card_uid, unfinished.acs_credential_id.clone());
            let is_lost = is_lost(&error);
            let failure = Failure::from(error);
            let back = if is_lost {
                self.context.output.note(failure.what());
                tokio::select! {
                    back = card.back(self.context, self.agent, uid) => back,
                    () = self.stop.asked_any() => Ok(None),
                }
            } else {
                Ok(None)
            };
            card = match back {
                Ok(Some(card)) => card,
                Ok(None) => return Stopped::Ended(Err(failure.advising(again(uid)))),
                Err(failure) => return Stopped::Ended(Err(failure.advising(again(uid)))),
            };
            // The issuance remembers what was allowed for it. While the card was away somebody may have given it up for
            // another one: a further card on top of that was not asked for.
            let wanted = Wanted::Credential(&id);
            issued = self.once(&card, wanted, Allowed::default()).await;
        }
    }

    async fn once(
        &self,
        card: &PlacedCard,
        wanted: Wanted<'_>,
        allowed: Allowed,
    ) -> Stopped<Result<Issuance, IssueError>> {
        let session = &card.session;
        let stop = self.stop.asked_any();
        until_stopped(stop, self.watcher, |watcher| async move {
            self.agent
                .issue_and_report(session, wanted, allowed, &watcher)
                .await
        })
        .await
    }
}

/// The issuance that is not finished, though its card was written.
fn unfinished(error: &IssueError) -> Option<&Issuance> {
    match error {
        IssueError::Interrupted { issuance, .. } | IssueError::NotVerified { issuance } => {
            Some(issuance)
        }
        _ => None,
    }
}

/// Whether placing the card again is what helps, and can help at once.
fn is_lost(error: &IssueError) -> bool {
    let IssueError::Interrupted { cause, .. } = error else {
        return false;
    };
    match cause {
        DriverError::Channel(cause) => *cause != ChannelError::ReaderGone,
        DriverError::Refused { .. } | DriverError::Malformed { .. } => true,
        _ => false,
    }
}

/// How to go on once this process has ended.
fn again(uid: Uid) -> String {
    format!(
        "run the same command again and place card {uid} on the encoder: it will be finished; if that fails more than once the \
         card is worn out: take another one with --reissue"
    )
}

/// Stopped while the journal could not be written: what was found out about the card is lost, but not the card.
fn not_noted(error: &JournalError) -> Failure {
    Failure::new(
        Exit::Unexpected,
        format!("the card is written, but that could not be recorded: {error}"),
        format!(
            "keep the card; {}, and run the same command with it: it will be recognised",
            error.hint()
        ),
    )
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
    if issuance.state() == State::Closed {
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
