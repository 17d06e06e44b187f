//! `/simulated/cards`: the hand that places cards on simulated encoders and removes them, for the tray of the page and for an
//! integrator's tests. There only where the encoders are simulated.

use std::num::NonZeroU64;
use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::body::Json;
use super::site::Site;
use crate::desk::snapshot::encoder_id;
use crate::encoder::simulated::{TrayCard, TrayError};
use crate::encoder::{EncoderName, Tray};
use crate::rpc::{Answer, Refusal, Success};
use crate::text::{Front, Hint};

/// What is on the tray.
pub(super) fn to_see(tray: &Tray) -> Router<Arc<Site>> {
    let tray = tray.clone();
    Router::new().route("/simulated/cards", get(async move || list(&tray)))
}

/// What a hand can do.
pub(super) fn to_do(tray: &Tray) -> Router<Arc<Site>> {
    let (placing, removing) = (tray.clone(), tray.clone());
    Router::new()
        .route(
            "/simulated/cards/place",
            post(async move |Json(order)| place(&placing, &order)),
        )
        .route(
            "/simulated/cards/remove",
            post(async move |Json(order)| remove(&removing, &order)),
        )
}

#[derive(Debug, Serialize)]
struct EncoderView {
    acs_encoder_id: Uuid,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    card_uid: Option<String>,
}

#[derive(Debug, Serialize)]
struct CardView {
    card_uid: String,
    card_type: &'static str,
    /// The name of the encoder that it is on.
    #[serde(skip_serializing_if = "Option::is_none")]
    encoder: Option<String>,
}

impl From<TrayCard> for CardView {
    fn from(card: TrayCard) -> Self {
        Self {
            card_uid: card.uid.to_string(),
            card_type: card.model,
            encoder: card.on.map(|encoder| encoder.0),
        }
    }
}

/// `GET /simulated/cards`
fn list(tray: &Tray) -> Answer {
    let encoders = tray.encoders().into_iter().map(|name| {
        Ok::<_, Refusal>(EncoderView {
            acs_encoder_id: encoder_id(&name),
            card_uid: tray.on(&name)?.map(|card| card.uid.to_string()),
            name: name.0,
        })
    });
    let types: Vec<_> = tray.types().iter().map(|model| model.name).collect();
    let mut cards: Vec<_> = tray.cards().into_iter().map(CardView::from).collect();
    cards.sort_by_key(|card| types.iter().position(|name| *name == card.card_type));
    Ok(Success::ok()
        .with("types", types)
        .with("encoders", encoders.collect::<Result<Vec<_>, _>>()?)
        .with("cards", cards))
}

/// A card of the tray, or a blank one of a type; without an encoder it goes on the first one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    acs_encoder_id: Option<Uuid>,
    card_uid: Option<String>,
    card_type: Option<String>,
}

/// `POST /simulated/cards/place`: a card that is on the encoder is swapped, one that is on another encoder comes from there.
fn place(tray: &Tray, order: &Place) -> Answer {
    let encoder = encoder(tray, order.acs_encoder_id)?;
    let uid = match (&order.card_uid, &order.card_type) {
        (Some(digits), None) => digits
            .parse()
            .map_err(|_| invalid("card_uid: 8, 14 or 20 hex digits are expected"))?,
        (None, Some(name)) => tray.blank(Tray::model(name)?)?,
        _ => return Err(invalid("Provide exactly one of card_uid and card_type")),
    };
    tray.move_to(&encoder, uid)?;
    Ok(Success::ok().with("card", there(tray, &encoder)?))
}

/// Now, or in the middle of the next write.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Remove {
    acs_encoder_id: Option<Uuid>,
    after_writes: Option<NonZeroU64>,
}

/// `POST /simulated/cards/remove`: the card that was there, and null where there was none.
fn remove(tray: &Tray, order: &Remove) -> Answer {
    let encoder = encoder(tray, order.acs_encoder_id)?;
    let card = there(tray, &encoder)?;
    match order.after_writes {
        Some(writes) => tray.remove_after(&encoder, writes)?,
        None => {
            tray.remove_from(&encoder)?;
        }
    }
    Ok(Success::ok().with("card", card))
}

fn there(tray: &Tray, encoder: &EncoderName) -> Result<Option<CardView>, Refusal> {
    Ok(tray.on(encoder)?.map(CardView::from))
}

fn encoder(tray: &Tray, id: Option<Uuid>) -> Result<EncoderName, Refusal> {
    let mut encoders = tray.encoders().into_iter();
    let meant = match id {
        Some(id) => encoders.find(|name| encoder_id(name) == id),
        None => encoders.next(),
    };
    let name = || id.map_or_else(String::new, |id| id.to_string());
    meant.ok_or_else(|| TrayError::NoEncoder(EncoderName(name())).into())
}

fn invalid(message: &str) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "invalid_input", message)
}

impl From<TrayError> for Refusal {
    fn from(error: TrayError) -> Self {
        let status = match error {
            TrayError::NoEncoder(_) | TrayError::NoCard(_) => StatusCode::NOT_FOUND,
            TrayError::UnknownType(_) => StatusCode::BAD_REQUEST,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, error.code(), error.to_string()).with("hint", error.advice(Front::Page))
    }
}
