//! From the socket to a handler and back.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderValue, Method, StatusCode, header, request::Parts};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::attempts::settle;
use super::call::Call;
use super::faults::{Fault, Faults};
use super::hotel::{Hotel, Secrets, endpoint_at};
use super::report::{self, REPORT_PATH};
use super::routes::{Route, find};
use super::state::State;
use super::time::Time;
use super::wire::{ConnectionCutter, Wires};
use crate::rpc::{Answer, BODY_LIMIT, Input, Refusal, Success, Unreadable, plain, read_body};

/// How long open connections are waited for after `shutdown`.
const GRACE: Duration = Duration::from_secs(1);

/// Answers calls until `shutdown` ends, then finishes the calls under way.
///
/// The caller binds the listener, so the caller decides who can reach it: keep it on loopback.
///
/// # Errors
/// When the listener has no address or stops accepting.
pub async fn serve(
    listener: TcpListener,
    hotel: Hotel,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let endpoint = endpoint_at(listener.local_addr()?);
    let (state, secrets, faults) = hotel.into_parts();
    let server = Arc::new(Server {
        state: Mutex::new(state),
        secrets,
        faults,
        endpoint,
    });
    let app = Router::new().fallback(
        move |ConnectInfo(cutter): ConnectInfo<ConnectionCutter>, request: Request| {
            let server = Arc::clone(&server);
            async move { server.answer(&cutter, request).await }
        },
    );
    let (stop, mut stopped) = watch::channel(false);
    let graceful = axum::serve(
        Wires(listener),
        app.into_make_service_with_connect_info::<ConnectionCutter>(),
    )
    .with_graceful_shutdown(async move {
        shutdown.await;
        let _ = stop.send(true);
    });
    tokio::select! {
        result = graceful => result,
        // A client that holds its connection open does not hold the server up.
        () = async { let _ = stopped.wait_for(|stopped| *stopped).await; tokio::time::sleep(GRACE).await } => Ok(()),
    }
}

struct Server {
    state: Mutex<State>,
    secrets: Secrets,
    faults: Faults,
    endpoint: String,
}

impl Server {
    async fn answer(&self, cutter: &ConnectionCutter, request: Request) -> Response {
        let (head, body) = request.into_parts();
        let mut answer = match self.faults.meet(&head.method, head.uri.path()) {
            None => self.act(&head, body).await,
            Some(Fault::Refused {
                status,
                retry_after,
            }) => refused(status, retry_after),
            Some(Fault::Answered { status, body }) => answered(status, body),
            Some(Fault::Unanswered) => std::future::pending().await,
            Some(Fault::CallLost) => {
                cutter.cut();
                Response::default()
            }
            Some(Fault::AnswerLost) => {
                let answer = self.act(&head, body).await;
                cutter.cut();
                answer
            }
        };
        if let Ok(date) = HeaderValue::from_str(&self.now().http_date()) {
            answer.headers_mut().insert(header::DATE, date);
        }
        answer
    }

    fn now(&self) -> Time {
        Time::now().after(self.faults.clock())
    }

    async fn act(&self, head: &Parts, body: Body) -> Response {
        let path = head.uri.path();
        if path == REPORT_PATH {
            return self.take_report(head, body).await;
        }
        let Some(route) = find(path) else {
            return Refusal::no_such_path(path).into_response();
        };
        if !route.verbs.contains(&head.method) {
            return Refusal::method_not_allowed(&head.method).into_response();
        }
        if let Err(refusal) = route.authorize(&self.secrets.keys, &head.headers) {
            return refusal.into_response();
        }
        let body = match read_body(body, BODY_LIMIT).await {
            Ok(body) => body,
            Err(refusal) => return refusal.into_response(),
        };
        let input = match Input::of_request(head, &body) {
            Ok(input) => input,
            Err(Unreadable::Refused(refusal)) => return refusal.into_response(),
            // Outside the envelope, as the published fake answers it (measured).
            Err(Unreadable::NotJson) => return plain(StatusCode::BAD_REQUEST, "Invalid JSON"),
        };
        respond(self.call(route, &input))
    }

    fn call(&self, route: &Route, input: &Input) -> Answer {
        let now = self.now();
        let mut state = self.state_at(now);
        (route.handler)(
            &mut state,
            &Call {
                input,
                now,
                path: route.path,
                endpoint: &self.endpoint,
            },
        )
    }

    /// The hotel with everything finished that is due by now.
    fn state_at(&self, now: Time) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        settle(&mut state, now);
        state
    }

    async fn take_report(&self, head: &Parts, body: Body) -> Response {
        if head.method != Method::POST {
            return Refusal::method_not_allowed(&head.method).into_response();
        }
        let body = match read_body(body, BODY_LIMIT).await {
            Ok(body) => body,
            Err(refusal) => return refusal.into_response(),
        };
        let now = self.now();
        let mut state = self.state_at(now);
        let answer = report::receive(
            &mut state,
            &self.secrets.report_secret,
            &head.headers,
            &body,
            now,
        );
        respond(answer)
    }
}

fn respond(answer: Answer) -> Response {
    answer.map_or_else(Refusal::into_response, Success::into_response)
}

fn refused(status: u16, retry_after: Option<Duration>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    // A simulated outage has an empty body, as in the published fake.
    let mut response = if status == StatusCode::SERVICE_UNAVAILABLE {
        plain(status, "")
    } else {
        let kind = if status == StatusCode::TOO_MANY_REQUESTS {
            "too_many_requests"
        } else {
            "internal_server_error"
        };
        Refusal::new(status, kind, "A fault was asked for").into_response()
    };
    if let Some(wait) =
        retry_after.and_then(|wait| HeaderValue::from_str(&wait.as_secs().to_string()).ok())
    {
        response.headers_mut().insert(header::RETRY_AFTER, wait);
    }
    response
}

fn answered(status: u16, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}
