//! Connections: so many at a time, each with so long to say what it wants, and finished when the agent stops.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::room::{Held, Place, Room};
use super::routes::router;
use super::site::Site;
use super::tls::Tls;

/// Connections at a time.
const MOST: usize = 256;

/// How long a connection may take until it has said all of its request's head, also for the next one.
const LONGEST_HEAD: Duration = Duration::from_secs(15);

/// How long it may take to become encrypted.
const LONGEST_HANDSHAKE: Duration = Duration::from_secs(10);

/// The longest head of a request, in bytes.
const HEAD_LIMIT: usize = 32 * 1024;

/// How many headers a request may have.
const MOST_HEADERS: usize = 64;

/// How long requests under way are waited for at the end.
const GRACE: Duration = Duration::from_secs(1);

/// How long nothing is accepted when the system has no room for a connection.
const OUT_OF_ROOM: Duration = Duration::from_millis(200);

/// Answers requests until `stop` is ready, then lets those under way end. Behind TLS, if there is a certificate.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Tls>,
    site: Arc<Site>,
    stop: impl Future<Output = ()>,
) {
    let app = router(Arc::clone(&site));
    let room = Room::new(MOST);
    let mut connections = JoinSet::new();
    let accepting = async {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    let Some(place) = room.enter() else {
                        continue;
                    };
                    let acceptor = tls.as_ref().map(Tls::acceptor);
                    let over = site.over.subscribe();
                    connections.spawn(connection(stream, acceptor, app.clone(), over, place));
                    while connections.try_join_next().is_some() {}
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    tracing::warn!("no connection can be accepted: {error}");
                    sleep(OUT_OF_ROOM).await;
                }
            }
        }
    };
    tokio::select! {
        () = accepting => {}
        () = stop => {}
    }
    drop(listener);
    site.over.send_replace(true);
    let ended = async { while connections.join_next().await.is_some() {} };
    // One that does not end by then is dropped.
    let _ = timeout(GRACE, ended).await;
}

async fn connection(
    stream: TcpStream,
    acceptor: Option<TlsAcceptor>,
    app: Router,
    over: watch::Receiver<bool>,
    place: Arc<Place>,
) {
    // A page waits for each event; they are small.
    let _ = stream.set_nodelay(true);
    let spoken = async {
        let Some(acceptor) = acceptor else {
            return speak(stream, app, over, &place).await;
        };
        match timeout(LONGEST_HANDSHAKE, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => speak(stream, app, over, &place).await,
            Ok(Err(error)) => tracing::debug!("a connection was not encrypted: {error}"),
            Err(_) => tracing::debug!("a connection took too long to become encrypted"),
        }
    };
    tokio::select! {
        // Before a request that has come meanwhile is begun.
        biased;
        () = place.given_away() => tracing::debug!("a connection that said nothing made way for another"),
        () = spoken => {}
    }
}

/// Speaks HTTP over a connection until one side ends it.
async fn speak<S>(stream: S, app: Router, mut over: watch::Receiver<bool>, place: &Arc<Place>)
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let app = TowerToHyperService::new(app);
    let service = service_fn(|request: Request<Incoming>| {
        let at_work = place.at_work();
        let answer = app.call(request);
        async { Ok::<_, Infallible>(answer.await?.map(|body| Held::new(body, at_work))) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(LONGEST_HEAD)
        .max_buf_size(HEAD_LIMIT)
        .max_headers(MOST_HEADERS)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        outcome = connection.as_mut() => return said(outcome),
        _ = over.wait_for(|over| *over) => connection.as_mut().graceful_shutdown(),
    }
    said(connection.await);
}

fn said(outcome: Result<(), hyper::Error>) {
    if let Err(error) = outcome {
        tracing::debug!("a connection ended early: {error}");
    }
}

/// An error that says nothing of the next connection.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}
