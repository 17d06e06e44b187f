//! `cardbridge encode`: one issuance, then exit.

use std::sync::Arc;

use cardbridge_drivers::contract::Uid;
use clap::{ArgGroup, Args};

use super::card::CardArgs;
use super::credentials::NewCard;
use super::front::Front;
use super::live::Live;
use super::signals::Stop;
use super::simulated::Finds;
use super::trail::Trail;
use super::{Context, Exit, Failure, printable};
use crate::config::Config;
use crate::desk::notice::Observer;
use crate::desk::seam_encoder::find::find;
use crate::desk::target::{Encoded, Selection};
use crate::desk::{Agent, DeskError, IssueError};
use crate::issuance::entry::Issuance;
use crate::issuance::journal::JournalError;
use crate::issuance::policy::Allowed;
use crate::issuance::seam_encode::SeamEncode;
use crate::issuance::state::State;
use crate::seam::AccessMode;
use crate::text::Hint;

/// Write one credential onto the card on the encoder, read it back, and report it.
///
/// Without --reader the first card on any reader of this machine is taken. An encoder of the access system, which Seam drives, is
/// used when --reader names it: it makes the vendor's own card, which opens the stock locks. If a card is removed too early, encode waits for it as
/// long as for the first one, and finishes it when it comes back. A refusal changes nothing: not the card, not the journal, not Seam. With --json it ends with one object
/// (issuance_id, acs_credential_id, card_uid, card_number, card_type, driver, state, written_at, reported_at), also when it
/// exits 7: written and verified, the report still to come.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("wanted").required(true).args(["credential", "access_method", "next", "create"]))]
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
    /// The credential that carries this access method of an access grant.
    #[arg(long, value_name = "ID")]
    access_method: Option<String>,
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
        let composer = context.composer(&config);
        let agent = Arc::new(composer.agent()?);
        self.card.simulated.warn(context);
        let live = Live::new(context.output.clone());
        let stop = Stop::listen(&context.output)?;
        let trail = Trail::default();
        let wanted = self.credential.clone();
        let observer = trail.before(live.observer());
        let issuance = context
            .block_on(self.order(context, &config, &agent, &observer, &stop))
            .map_err(|failure| {
                let mut about = trail.on_the_only_one();
                about.acs_credential_id = about.acs_credential_id.or(wanted);
                failure.about(about)
            });
        live.clear();
        // From here on nothing is left to be finished.
        stop.over(issuance.as_ref().map_or_else(Failure::exit, ending));
        match issuance? {
            Encoded::Here(issuance) => done(context, &issuance),
            Encoded::BySeam(encode) => done_by_seam(context, &encode),
        }
    }

    /// Has the desk do it, and shows how it goes on.
    async fn order(
        self,
        context: &Context,
        config: &Config,
        agent: &Arc<Agent>,
        observer: &Observer,
        stop: &Stop,
    ) -> Result<Encoded, Failure> {
        let allowed = Allowed {
            reissue: self.reissue,
            overwrite: self.overwrite.into(),
        };
        let selection = match self.credential {
            _ if self.create => Selection::Create(Box::new(self.new.request(AccessMode::Card)?)),
            Some(id) => Selection::Credential(id),
            None => self
                .access_method
                .map_or(Selection::Next, Selection::AccessMethod),
        };
        let observer = Arc::clone(observer);
        let at_seam = match self.card.is_elsewhere(config) {
            Some(name) => find(agent, &name).await?,
            None => None,
        };
        let (card, agent, stop) = (&self.card, Arc::clone(agent), Some(stop));
        let mut front = if let Some(encoder) = at_seam {
            Front::at_seam(context, encoder, card, agent, observer, stop)
        } else {
            let finds = Finds::Blank;
            Front::open(context, config, card, finds, agent, observer, stop)?
        };
        let issued = front.done(|desk, target| desk.encode(selection, target, allowed));
        match issued.await {
            Ok(issuance) => Ok(issuance),
            Err(error) => Err(match &*error {
                DeskError::Issue(error) => match unfinished(error) {
                    Some(unfinished) => Failure::from(error).advising(again(unfinished.card_uid)),
                    None => error.into(),
                },
                DeskError::NotNoted(error) => not_noted(error),
                error => front.failure(error).await,
            }),
        }
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

/// How it ends with a card that is written.
fn ending(encoded: &Encoded) -> Exit {
    if encoded.state() == State::Closed {
        Exit::Done
    } else {
        Exit::Unreported
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

/// Seam has issued the credential itself: there is nothing to report.
fn done_by_seam(context: &Context, encode: &SeamEncode) -> Result<Exit, Failure> {
    if context.output.json() {
        context.output.document(encode)?;
        return Ok(Exit::Done);
    }
    let name = encode.display_name.as_deref().unwrap_or("the credential");
    let what = format!(
        "{name} is on the card on {}: you can remove the card",
        encode.encoder
    );
    let number = encode.card_number().unwrap_or("unknown");
    let ids = format!(
        "credential {}, card number {number}",
        encode.acs_credential_id
    );
    context.output.success(&printable(&what))?;
    context.output.text(&format!("  {}", printable(&ids)))?;
    Ok(Exit::Done)
}
