//! Every path, who may call it, and what answers it.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::admission::{Need, Scope};
use super::carried_out::carried_out;
use super::seam::LocalApi;
use super::site::Site;
use super::{commands, cors, events, health, metrics, page, simulated};
use crate::rpc::{Refusal, name};

/// What answers every request.
pub(super) fn router(site: Arc<Site>) -> Router {
    let watch = Router::new()
        .route("/events", get(events::stream))
        .route("/desk/snapshot", get(commands::snapshot))
        .route("/healthz", get(health::health))
        .route("/metrics", get(metrics::metrics));
    let read = Router::new()
        .route("/desk/guests", get(commands::guests))
        .route("/desk/search", get(commands::search))
        .route("/desk/entrances", get(commands::entrances))
        .route("/desk/history", get(commands::history))
        .route("/desk/history.csv", get(commands::history_csv));
    let encode = Router::new().route("/desk/scan", post(commands::scan));
    let change = Router::new()
        .route("/desk/encode", post(commands::encode))
        .route("/desk/wipe", post(commands::wipe))
        .route("/desk/extend", post(commands::extend))
        .route("/desk/cancel", post(commands::cancel));
    // A link is good for one GET, and not used up by one who only looks whether it is there.
    let login = get(log_in).head(wrong_method);
    let open = page::routes().route("/login/{code}", login);
    let mut router = Router::new();
    if let Some(tray) = &site.tray {
        router = router
            .merge(guarded(&site, Need::Watch, simulated::to_see(tray)))
            .merge(guarded(&site, Need::Encode, simulated::to_do(tray)));
    }
    router
        .merge(guarded(&site, Need::Watch, watch))
        .merge(guarded(&site, Need::Read, read))
        .merge(guarded(&site, Need::Encode, encode))
        .merge(guarded(&site, Need::Change, change))
        .merge(open)
        .fallback(beyond)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(Arc::clone(&site), check_origin))
        .layer(from_fn(finish))
        .with_state(site)
}

/// Routes for those who may do what they need.
fn guarded(site: &Arc<Site>, need: Need, routes: Router<Arc<Site>>) -> Router<Arc<Site>> {
    let site = Arc::clone(site);
    routes.route_layer(from_fn(move |request: Request, next: Next| {
        let site = Arc::clone(&site);
        async move {
            let (mut head, body) = request.into_parts();
            let origin = head.extensions.get().cloned();
            let origin = origin.ok_or_else(|| Refusal::no_such_path(head.uri.path()))?;
            let caller = site.admission.admit(&head, &origin, need)?;
            head.extensions.insert(caller);
            let answering = next.run(Request::from_parts(head, body));
            Ok::<_, Refusal>(match need {
                Need::Change => carried_out(answering).await,
                // An order to read a card is taken back when its caller goes away.
                Need::Watch | Need::Read | Need::Encode => answering.await,
            })
        }
    }))
}

/// For every request: whether it is meant for this agent, and where it comes from.
async fn check_origin(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let (mut head, body) = request.into_parts();
    let origin = match site.admission.origin_of(&head) {
        Ok(origin) => origin,
        Err(refusal) => return refusal.into_response(),
    };
    if head.method == Method::OPTIONS {
        return cors::preflight(&origin).into_response();
    }
    head.extensions.insert(origin.clone());
    let mut response = next.run(Request::from_parts(head, body)).await;
    cors::allow(&origin, response.headers_mut());
    response
}

/// For every answer: its request id, and the headers that keep browsers from misusing it.
async fn finish(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    name(&mut response);
    let headers = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry("cross-origin-resource-policy")
        .or_insert(HeaderValue::from_static("same-origin"));
    response
}

/// `GET /login/CODE`: makes the cookie and leads to the page.
async fn log_in(State(site): State<Arc<Site>>, Path(code): Path<String>) -> Response {
    match site.admission.log_in(&code) {
        Ok(Some((cookie, scope))) => {
            let page = if scope == Scope::Kiosk { "/kiosk" } else { "/" };
            let headers = [
                (header::SET_COOKIE, cookie),
                (header::LOCATION, HeaderValue::from_static(page)),
                (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            ];
            (StatusCode::SEE_OTHER, headers, Body::empty()).into_response()
        }
        Ok(None) => page::logged_out(),
        Err(error) => {
            tracing::error!("no cookie can be made: {error}");
            Refusal::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "token_file",
                "The token of this browser could not be kept",
            )
            .into_response()
        }
    }
}

/// Every other path: one of Seam's, or none.
async fn beyond(State(site): State<Arc<Site>>, request: Request) -> Result<Response, Refusal> {
    let (mut head, body) = request.into_parts();
    let no_such_path = Refusal::no_such_path(head.uri.path());
    let Some(api) = site
        .local_api
        .as_ref()
        .filter(|_| LocalApi::has(head.uri.path()))
    else {
        return Err(no_such_path);
    };
    let Some(need) = api.need(head.uri.path()) else {
        return Err(no_such_path);
    };
    if let Some(refused) = LocalApi::refuse_kind_of_key(&head) {
        return Ok(refused);
    }
    let origin = head.extensions.get().cloned().ok_or(no_such_path)?;
    let caller = site.admission.admit(&head, &origin, need)?;
    head.extensions.insert(caller);
    let api = Arc::clone(api);
    let answering = async move { api.answer(Request::from_parts(head, body)).await };
    Ok(match need {
        Need::Encode | Need::Change => carried_out(answering).await,
        Need::Watch | Need::Read => answering.await,
    })
}

async fn wrong_method(method: Method) -> Refusal {
    Refusal::method_not_allowed(&method)
}
