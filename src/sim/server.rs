//! From the socket to a handler and back.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts};
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::attempts::settle;
use super::call::Call;
use super::envelope::{Answer, ApiError, Success, plain};
use super::faults::{Fault, Faults};
use super::hotel::{Hotel, Secrets, endpoint_at};
use super::input::Input;
use super::report::{self, REPORT_PATH};
use super::routes::{Route, find};
use super::state::State;
use super::time::Time;
use super::wire::{ConnectionCutter, Wires};

/// The longest body that is read, in bytes. The API publishes no figure.
const BODY_LIMIT: usize = 1 << 20;

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
            return ApiError::not_found("not_found", format!("There is no {path}")).into_response();
        };
        if !route.verbs.contains(&head.method) {
            return method_not_allowed(&head.method).into_response();
        }
        if let Err(refusal) = route.authorize(&self.secrets.keys, &head.headers) {
            return refusal.into_response();
        }
        let input = match read_input(head, body).await {
            Ok(Ok(input)) => input,
            Ok(Err(refusal)) => return refusal.into_response(),
            Err(InvalidJson) => return plain(StatusCode::BAD_REQUEST, "Invalid JSON"),
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
            return method_not_allowed(&head.method).into_response();
        }
        let body = match read_body(body).await {
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
    answer.map_or_else(ApiError::into_response, Success::into_response)
}

/// The body is not JSON, which is answered outside the envelope.
struct InvalidJson;

async fn read_input(head: &Parts, body: Body) -> Result<Result<Input, ApiError>, InvalidJson> {
    if head.method == Method::GET {
        return Ok(Input::from_query(head.uri.query().unwrap_or_default()));
    }
    let body = match read_body(body).await {
        Ok(body) => body,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if body.is_empty() {
        return Ok(match head.uri.query() {
            Some(query) if head.method == Method::DELETE => Input::from_query(query),
            _ => Ok(Input::empty()),
        });
    }
    if !is_json(&head.headers) {
        let message = format!(
            "{} requests must have Content-Type header with \"application/json\"",
            head.method
        );
        return Ok(Err(ApiError::new(
            StatusCode::BAD_REQUEST,
            "invalid_content_type",
            message,
        )));
    }
    serde_json::from_slice(&body)
        .map(Input::from_body)
        .map_err(|_| InvalidJson)
}

async fn read_body(body: Body) -> Result<Bytes, ApiError> {
    axum::body::to_bytes(body, BODY_LIMIT).await.map_err(|_| {
        ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "payload_too_large",
            format!("The body is longer than {BODY_LIMIT} bytes or was cut off"),
        )
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    content_type.is_some_and(|value| {
        value
            .split(';')
            .next()
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
    })
}

fn method_not_allowed(method: &Method) -> ApiError {
    ApiError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        format!("Method {method} is not allowed"),
    )
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
        ApiError::new(status, kind, "A fault was asked for").into_response()
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
