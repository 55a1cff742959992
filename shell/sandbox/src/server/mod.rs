//! The sandbox on the wire: HTTP on a socket, one call after the other on the books.

mod body;
mod buckets;
mod control;
mod direct;
mod files;
mod request;
mod s3;
mod shared;
mod signature;
mod store;
#[cfg(test)]
mod tests;

pub use control::{ADVANCE_SECONDS_MAX, CONTROL_KEY_HEADER, CONTROL_PATH, Control, Order, OrderError};
pub use direct::Direct;
pub use shared::Broken;
pub use store::{Store, StoreError};

use crate::cloud::Cloud;
use crate::cloud::operate::Outcome;
use body::{Outgoing, Reply};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use shared::Shared;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tenor_wire::{BODY_BYTES_MAX, Request, Response};
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How long what nobody was promised may be in memory alone.
const KEEP_EACH: Duration = Duration::from_secs(1);
/// How long to wait when no connection can be had: that does not pass by trying at once again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long calls that have begun may take once the server is to end.
const END_MAX: Duration = Duration::from_secs(5);

/// A sandbox that listens.
pub struct Server {
    shared: Arc<Shared>,
    listener: TcpListener,
    address: SocketAddr,
}

/// Why a sandbox does not listen.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The address cannot be had.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
}

/// Done when the process is interrupted or told to end. From this call on, neither ends it at once.
///
/// # Errors
/// When the system gives no notice of signals.
pub fn interrupted() -> io::Result<impl Future<Output = ()>> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

impl Server {
    /// Begins to listen. `clock` is the machine's time; whoever has `control_key` may let time pass and plan faults.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub async fn bind(
        cloud: Cloud,
        store: Option<Store>,
        address: SocketAddr,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
        control_key: String,
    ) -> Result<Self, ServerError> {
        let listener = TcpListener::bind(address).await.map_err(|source| ServerError::Listen { address, source })?;
        let address = listener.local_addr().map_err(|source| ServerError::Listen { address, source })?;
        let shared = Arc::new(Shared::new(cloud, store, Box::new(clock), control_key));
        Ok(Self { shared, listener, address })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Does things to the sandbox past AWS's API while the server runs.
    #[must_use]
    pub fn control(&self) -> Control {
        Control::new(Arc::clone(&self.shared))
    }

    /// Answers until `stop` is done; then finishes what has begun and writes the books.
    ///
    /// # Errors
    /// When the books cannot be written at the end; what was answered before is in the file all the same.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Result<(), StoreError> {
        let mut stop = std::pin::pin!(stop);
        let mut connections = JoinSet::new();
        let (end, _) = watch::channel(false);
        // Writing takes its time, in which others are let in.
        let mut keeping = JoinSet::new();
        keeping.spawn(keep_up(Arc::clone(&self.shared)));
        loop {
            tokio::select! {
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => drop(connections.spawn(serve(Arc::clone(&self.shared), stream, end.subscribe()))),
                    Err(error) if is_of_client(&error) => {}
                    Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
                },
                Some(_) = connections.join_next() => {}
                () = &mut stop => break,
            }
        }
        drop(self.listener);
        end.send_replace(true);
        // Whoever does not come to an end is cut off.
        drop(tokio::time::timeout(END_MAX, async { while connections.join_next().await.is_some() {} }).await);
        connections.shutdown().await;
        keeping.shutdown().await;
        self.shared.keep(&self.shared.cloud())
    }
}

/// Writes what nobody was promised, each second. When that begins to fail, it says so: no client may ever be told.
async fn keep_up(shared: Arc<Shared>) {
    let mut each = tokio::time::interval(KEEP_EACH);
    loop {
        each.tick().await;
        let shared = Arc::clone(&shared);
        if let Ok(Err(error)) = tokio::task::spawn_blocking(move || shared.catch_up()).await {
            // There may be nobody left who reads it.
            drop(writeln!(io::stderr(), "warning: the sandbox cannot write what time did, and tries again each second: {error}"));
        }
    }
}

/// Whether a connection broke while it was made, which is the client's to make again.
fn is_of_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// Answers the calls of one connection, until the client leaves or the server ends.
async fn serve(shared: Arc<Shared>, stream: TcpStream, mut end: watch::Receiver<bool>) {
    let service = service_fn(|request| answer(&shared, request));
    // Answers are written whole, and nobody gains by waiting for more.
    drop(stream.set_nodelay(true));
    let mut connection = std::pin::pin!(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    // An error here is the client's leaving, or a fault that cut the connection.
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = end.wait_for(|ends| *ends) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

/// The connection breaks instead of an answer.
#[derive(Debug, thiserror::Error)]
#[error("the answer is lost on the way")]
struct Lost;

async fn answer(shared: &Arc<Shared>, request: hyper::Request<Incoming>) -> Result<hyper::Response<Outgoing>, Lost> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_BYTES_MAX).collect().await else { return Ok(plain(413, "the body is too large")) };
    let read = request::read(&head, body.to_bytes().to_vec());
    if let Some(answer) = control::answer(shared, &read) {
        return Ok(http(answer));
    }
    if let Some(answer) = files::answer(shared, &read) {
        return Ok(http(answer));
    }
    match s3::answer(shared, &read) {
        Some(s3::Step::Done(reply)) => return sent(reply),
        Some(s3::Step::Read(reading)) => return sent(read_aside(Arc::clone(shared), read, reading).await),
        None => {}
    }
    match request::answer(shared, &read) {
        Outcome::Answered(response) => Ok(http(response)),
        Outcome::Lost => Err(Lost),
    }
}

/// Reads what is delivered on a thread that may wait for the disk. Who has to wait until others have written has no thread meanwhile.
async fn read_aside(shared: Arc<Shared>, request: Request, reading: Box<s3::Reading>) -> Reply {
    let turn = if reading.lacks { shared.turn().await } else { None };
    let request = Arc::new(request);
    let asked = Arc::clone(&request);
    let read = tokio::task::spawn_blocking(move || s3::read(&shared, &asked, &reading, turn)).await;
    read.unwrap_or_else(|_| s3::broken(&request))
}

fn sent(reply: Reply) -> Result<hyper::Response<Outgoing>, Lost> {
    match reply {
        Reply::Whole(response) => Ok(http(response)),
        Reply::Piece { status, headers, piece } => Ok(built(status, &headers, Outgoing::Piece(piece))),
        Reply::Lost => Err(Lost),
    }
}

fn http(response: Response) -> hyper::Response<Outgoing> {
    built(response.status, &response.headers, Outgoing::Whole(Full::new(Bytes::from(response.body))))
}

fn built(status: u16, headers: &[(String, String)], body: Outgoing) -> hyper::Response<Outgoing> {
    let mut built = hyper::Response::builder().status(status);
    for (name, value) in headers {
        built = built.header(name, value);
    }
    built.body(body).unwrap_or_else(|_| plain(500, "the sandbox's answer is wrong"))
}

fn plain(status: u16, text: &'static str) -> hyper::Response<Outgoing> {
    let mut response = hyper::Response::new(Outgoing::Whole(Full::new(Bytes::from_static(text.as_bytes()))));
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
    response
}
