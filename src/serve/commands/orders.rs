//! What is done with a card. An order gives a ticket at once; how it goes on is among the events, the end with what went wrong.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Extension, State};
use axum::http::StatusCode;
use cardbridge_drivers::contract::Uid;
use serde::Deserialize;
use uuid::Uuid;

use super::create::Create;
use crate::desk::Desk;
use crate::desk::guests::Another;
use crate::desk::orderer::Orderer;
use crate::desk::target::{Selection, Target, Which, WipeOrder};
use crate::desk::ticket::{CancelError, TicketId};
use crate::issuance::policy::{Allowed, Overwrite};
use crate::rpc::{Answer, Refusal, Success};
use crate::serve::admission::Caller;
use crate::serve::body::Json;
use crate::serve::site::Site;
use crate::serve::trouble::refused;

/// How long a card is waited for where the order does not say.
const PATIENCE: u32 = 120;

/// The longest that an order may wait, in seconds.
const LONGEST: u32 = 3600;

/// `POST /desk/encode`. Exactly one of the first six says which credential.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::serve) struct Encode {
    acs_credential_id: Option<String>,
    /// The credential that carries this access method.
    access_method_id: Option<String>,
    #[serde(default)]
    next: bool,
    create: Option<Create>,
    /// Another key beside that of this credential, for the same guest and stay.
    like: Option<String>,
    /// Another credential in place of this one, for the same guest and stay.
    replace: Option<String>,
    acs_encoder_id: Option<Uuid>,
    #[serde(default)]
    allowed: Allows,
    timeout_seconds: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Allows {
    #[serde(default)]
    reissue: bool,
    /// The card whose contents may be lost: the one that the question was about.
    overwrite: Option<String>,
}

/// `POST /desk/scan`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::serve) struct Read {
    acs_encoder_id: Option<Uuid>,
    timeout_seconds: Option<u32>,
}

/// `POST /desk/wipe`: of this card and no other.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::serve) struct Wipe {
    acs_encoder_id: Option<Uuid>,
    card_uid: String,
    /// Also while its record is valid.
    #[serde(default)]
    valid: bool,
    /// Also what others have beside it.
    #[serde(default)]
    beside: bool,
    timeout_seconds: Option<u32>,
}

/// `POST /desk/cancel`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::serve) struct Cancel {
    ticket: TicketId,
    /// Also when another desk or a program has given the order.
    #[serde(default)]
    of_another: bool,
}

/// Encodes a credential on the card that is on the encoder, or on the next one.
pub(in crate::serve) async fn encode(
    State(site): State<Arc<Site>>,
    Extension(caller): Extension<Caller>,
    Json(order): Json<Encode>,
) -> Answer {
    let target = target(order.acs_encoder_id, order.timeout_seconds)?;
    let allowed = Allowed {
        reissue: order.allowed.reissue,
        overwrite: match order.allowed.overwrite.as_deref() {
            None => Overwrite::Never,
            Some(card) => Overwrite::Card(uid("allowed.overwrite", card)?),
        },
    };
    let desk = site.desk.on_behalf_of(Orderer::Desk(caller.token));
    let selection = selection(&desk, order).await?;
    let ticket = desk.encode(selection, &target, allowed);
    let ticket = ticket.map_err(|error| refused(&error))?;
    Ok(Success::ok().with("ticket", ticket.id()))
}

/// Reads the card, and waits for that.
pub(in crate::serve) async fn scan(
    State(site): State<Arc<Site>>,
    Extension(caller): Extension<Caller>,
    Json(order): Json<Read>,
) -> Answer {
    let target = target(order.acs_encoder_id, order.timeout_seconds)?;
    let desk = site.desk.on_behalf_of(Orderer::Desk(caller.token));
    let ticket = desk.scan(&target);
    let mut ticket = ticket.map_err(|error| refused(&error))?;
    let unless_asked = CancelOnDrop(Some((desk, ticket.id())));
    let scan = ticket.outcome().await;
    unless_asked.keep();
    let scan = scan.map_err(|error| refused(&error))?;
    Ok(Success::ok().with("scan", scan))
}

/// Takes our record off the card.
pub(in crate::serve) async fn wipe(
    State(site): State<Arc<Site>>,
    Extension(caller): Extension<Caller>,
    Json(order): Json<Wipe>,
) -> Answer {
    let target = target(order.acs_encoder_id, order.timeout_seconds)?;
    let order = WipeOrder {
        card: Some(uid("card_uid", &order.card_uid)?),
        valid: order.valid,
        beside: order.beside,
        ..WipeOrder::default()
    };
    let desk = site.desk.on_behalf_of(Orderer::Desk(caller.token));
    let ticket = desk.wipe(&target, order);
    let ticket = ticket.map_err(|error| refused(&error))?;
    Ok(Success::ok().with("ticket", ticket.id()))
}

/// Ends an order that has written nothing yet, or lets go the card that it has lost.
pub(in crate::serve) async fn cancel(
    State(site): State<Arc<Site>>,
    Extension(caller): Extension<Caller>,
    Json(order): Json<Cancel>,
) -> Answer {
    let desk = site.desk.on_behalf_of(Orderer::Desk(caller.token));
    let ended = if order.of_another {
        desk.cancel_of_any(order.ticket).await
    } else {
        desk.cancel(order.ticket).await
    };
    match ended {
        Ok(ending) => Ok(Success::ok().with("ending", ending)),
        Err(error @ CancelError::TooLate) => Err(Refusal::new(
            StatusCode::CONFLICT,
            "too_late",
            error.to_string(),
        )),
        Err(error @ CancelError::OrderedByAnother) => Err(Refusal::new(
            StatusCode::CONFLICT,
            "ordered_by_another",
            error.to_string(),
        )),
        Err(error @ CancelError::Unknown) => Err(Refusal::new(
            StatusCode::NOT_FOUND,
            "no_such_ticket",
            error.to_string(),
        )),
    }
}

/// Which credential an order is about.
async fn selection(desk: &Desk, order: Encode) -> Result<Selection, Refusal> {
    let named = [
        order.acs_credential_id.is_some(),
        order.access_method_id.is_some(),
        order.next,
        order.create.is_some(),
        order.like.is_some(),
        order.replace.is_some(),
    ];
    if named.iter().filter(|is_named| **is_named).count() != 1 {
        return Err(invalid(
            "exactly one of acs_credential_id, access_method_id, next, create, like and replace is expected",
        ));
    }
    let another = match (&order.like, &order.replace) {
        (Some(id), _) => Some((id, Another::Beside)),
        (None, Some(id)) => Some((id, Another::InPlace)),
        (None, None) => None,
    };
    if let Some((id, another)) = another {
        let selection = desk.another_key(id, another).await;
        return selection.map_err(|error| refused(&error));
    }
    if let Some(create) = order.create {
        let request = create.request();
        let request = request.ok_or_else(|| {
            invalid("create: acs_user_id, or user_identity_id with acs_system_id, is expected")
        })?;
        return Ok(Selection::Create(Box::new(request)));
    }
    if let Some(id) = order.access_method_id {
        return Ok(Selection::AccessMethod(id));
    }
    Ok(order
        .acs_credential_id
        .map_or(Selection::Next, Selection::Credential))
}

/// Where, and how long a card is waited for.
fn target(acs_encoder_id: Option<Uuid>, seconds: Option<u32>) -> Result<Target, Refusal> {
    let seconds = seconds.unwrap_or(PATIENCE);
    if !(1..=LONGEST).contains(&seconds) {
        return Err(invalid("timeout_seconds: 1 to 3600 are expected"));
    }
    Ok(Target {
        encoder: acs_encoder_id.map(Which::Id),
        patience: Duration::from_secs(seconds.into()),
    })
}

fn uid(name: &str, text: &str) -> Result<Uid, Refusal> {
    let uid = text.parse().ok();
    uid.ok_or_else(|| invalid(&format!("{name}: 4, 7 or 10 bytes in hex are expected")))
}

fn invalid(message: &str) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "invalid_input", message)
}

/// An order whose answer is waited for: it is cancelled when the caller goes away.
struct CancelOnDrop(Option<(Desk, TicketId)>);

impl CancelOnDrop {
    /// It has come to its end.
    fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if let Some((desk, ticket)) = self.0.take() {
            tokio::spawn(async move {
                // It may have come to its end meanwhile.
                let _ = desk.cancel(ticket).await;
            });
        }
    }
}
