//! The sandbox on the wire: HTTP on a socket, one call after the other on the books.

mod control;
mod files;
mod request;
mod signature;
mod store;

pub use control::{CONTROL_KEY_HEADER, CONTROL_PATH, Control, Order, OrderError};
pub use store::{Store, StoreError};

use crate::cloud::Cloud;
use crate::cloud::operate::Outcome;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tenor_wire::{BODY_BYTES_MAX, Response};
use tokio::net::TcpListener;

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

/// What all connections share.
pub(crate) struct Shared {
    cloud: Mutex<Cloud>,
    /// Where the books are kept; none for a sandbox that lives as long as its process.
    store: Option<Store>,
    /// The time of the machine, which signatures are checked against.
    clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
    /// Opens the control requests, which are not AWS's.
    control_key: String,
}

impl Shared {
    /// The books, also after a thread died with them: each call leaves them whole.
    pub(crate) fn cloud(&self) -> MutexGuard<'_, Cloud> {
        self.cloud.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the books, before anyone is told of a change in them.
    pub(crate) fn keep(&self, cloud: &Cloud) -> Result<(), StoreError> {
        self.store.as_ref().map_or(Ok(()), |store| store.save(cloud))
    }
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
        let shared = Arc::new(Shared { cloud: Mutex::new(cloud), store, clock: Box::new(clock), control_key });
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

    /// Answers until `stop` is done.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let mut stop = std::pin::pin!(stop);
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = &mut stop => return,
            };
            // A connection that broke while it was made is the client's to make again.
            let Ok((stream, _)) = accepted else { continue };
            let shared = Arc::clone(&self.shared);
            tokio::spawn(async move {
                let service = service_fn(|request| answer(&shared, request));
                // An error here is the client's leaving, or a fault that cut the connection.
                let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    }
}

/// The connection breaks instead of an answer.
#[derive(Debug, thiserror::Error)]
#[error("the answer is lost on the way")]
struct Lost;

async fn answer(shared: &Shared, request: hyper::Request<Incoming>) -> Result<hyper::Response<Full<Bytes>>, Lost> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_BYTES_MAX).collect().await else { return Ok(plain(413, "the body is too large")) };
    let read = request::read(&head, body.to_bytes().to_vec());
    if let Some(answer) = control::answer(shared, &read) {
        return Ok(http(answer));
    }
    if let Some(answer) = files::answer(shared, &read) {
        return Ok(http(answer));
    }
    match request::answer(shared, &read) {
        Outcome::Answered(response) => Ok(http(response)),
        Outcome::Lost => Err(Lost),
    }
}

fn http(response: Response) -> hyper::Response<Full<Bytes>> {
    let mut built = hyper::Response::builder().status(response.status);
    for (name, value) in &response.headers {
        built = built.header(name, value);
    }
    built.body(Full::new(Bytes::from(response.body))).unwrap_or_else(|_| plain(500, "the sandbox's answer is wrong"))
}

fn plain(status: u16, text: &'static str) -> hyper::Response<Full<Bytes>> {
    let mut response = hyper::Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
    response
}
