//! The listener: where it may listen, TLS from files, and its end.
//!
//! Headers, handshakes, answers and the end have their times, and there are no more connections than this machine can hold, and no more of one
//! address than its share.

use crate::certificate::Certificate;
use crate::guard::Peer;
use crate::patience::Patient;
use crate::places::{Place, Places};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::rustls;
use tokio_rustls::rustls::pki_types::pem;
use tower::ServiceExt as _;

/// So many connections at once.
const CONNECTIONS_MAX: usize = 1_024;
/// So many of them from one address.
const CONNECTIONS_OF_ADDRESS_MAX: usize = 64;
/// How long a request's headers may take, and a handshake.
const BEGIN_MAX: Duration = Duration::from_secs(10);
/// How long answers that have begun may take once the server is to end.
const END_MAX: Duration = Duration::from_secs(10);
/// How long to wait when no connection can be had: that does not pass by trying at once again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// A request's headers have no more bytes.
const HEADER_BYTES_MAX: usize = 32 << 10;

/// A certificate with its chain, and its key, in PEM.
#[derive(Debug, Clone)]
pub struct Tls {
    /// The file of the certificates, the server's own first.
    pub certificates: PathBuf,
    /// The file of the key.
    pub key: PathBuf,
}

/// Why it does not listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Passwords and bills would travel in the clear.
    #[error("{address} can be reached from other machines, and there is no TLS")]
    Plain {
        /// Where.
        address: SocketAddr,
    },
    /// The address cannot be had.
    #[error("cannot listen on {address}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// A file of TLS cannot be read.
    #[error("cannot read `{}`", path.display())]
    Pem {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: pem::Error,
    },
    /// There is no certificate in it.
    #[error("there is no certificate in `{}`", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// Certificate and key do not go together, or are of no use.
    #[error("cannot use the certificate and its key")]
    Tls(#[from] rustls::Error),
}

impl ListenError {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Plain { .. } => {
                "name a certificate (--tls-certificate, --tls-key), or listen on this machine and put a proxy before it (--behind-proxy); \
                 if the network is yours alone, say so: --insecure-listener"
            }
            Self::Listen { .. } => "choose another port: --port",
            Self::Pem { .. } | Self::NoCertificate { .. } | Self::Tls(_) => "both files are PEM, the certificate's with its chain",
        }
    }
}

/// A server that listens.
pub struct Listener {
    tcp: TcpListener,
    tls: Option<Arc<Certificate>>,
    address: SocketAddr,
    of_address_max: Option<usize>,
}

impl Listener {
    /// Listens. An address that other machines can reach takes TLS, or the owner's word that it does not.
    ///
    /// # Errors
    /// When neither is there, the files are of no use, or the address cannot be had.
    pub async fn bind(address: SocketAddr, tls: Option<&Tls>, is_plain_allowed: bool) -> Result<Self, ListenError> {
        if !address.ip().is_loopback() && tls.is_none() && !is_plain_allowed {
            return Err(ListenError::Plain { address });
        }
        let tls = tls.map(Certificate::read).transpose()?.map(Arc::new);
        let cannot = |source| ListenError::Listen { address, source };
        let tcp = TcpListener::bind(address).await.map_err(cannot)?;
        let address = tcp.local_addr().map_err(cannot)?;
        Ok(Self { tcp, tls, address, of_address_max: Some(CONNECTIONS_OF_ADDRESS_MAX) })
    }

    /// Behind a proxy all connections come from one address, which may have them all.
    #[must_use]
    pub fn behind_proxy(self, is_behind_proxy: bool) -> Self {
        Self { of_address_max: self.of_address_max.filter(|_| !is_behind_proxy), ..self }
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate that it shows, where it has one.
    #[must_use]
    pub fn certificate(&self) -> Option<Arc<Certificate>> {
        self.tls.clone()
    }

    /// Serves until it is to stop; what has begun then is brought to its end.
    pub async fn run(self, router: Router, stop: impl Future<Output = ()>) {
        let (graceful, room) = (GracefulShutdown::new(), Arc::new(Semaphore::new(CONNECTIONS_MAX)));
        let places = Places::new(self.of_address_max);
        let mut stop = std::pin::pin!(stop);
        loop {
            let accepted = tokio::select! {
                accepted = accept(&self.tcp, &room, &places) => accepted,
                () = &mut stop => break,
            };
            let Some((stream, peer, place)) = accepted else { continue };
            let (router, watcher) = (router.clone(), graceful.watcher());
            let tls = self.tls.as_ref().map(|certificate| certificate.acceptor());
            tokio::spawn(async move {
                let _place = place;
                match tls {
                    None => serve(stream, peer, router, watcher).await,
                    Some(tls) => {
                        // Who does not finish a handshake gets nothing else either.
                        if let Ok(Ok(stream)) = timeout(BEGIN_MAX, tls.accept(stream)).await {
                            serve(stream, peer, router, watcher).await;
                        }
                    }
                }
            });
        }
        drop(self.tcp);
        drop(timeout(END_MAX, graceful.shutdown()).await);
    }
}

type Accepted = (TcpStream, SocketAddr, (tokio::sync::OwnedSemaphorePermit, Place));

async fn accept(tcp: &TcpListener, room: &Arc<Semaphore>, places: &Places) -> Option<Accepted> {
    let permit = Arc::clone(room).acquire_owned().await.ok()?;
    match tcp.accept().await {
        // An address that has its share is hung up on: it would make others wait.
        Ok((stream, peer)) => places.take(peer.ip()).map(|place| (stream, peer, (permit, place))),
        Err(_) => {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    router: Router,
    watcher: hyper_util::server::graceful::Watcher,
) {
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer.ip()));
        router.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(BEGIN_MAX)
        .max_buf_size(HEADER_BYTES_MAX)
        .serve_connection(TokioIo::new(Patient::new(stream)), service);
    // That a browser went away is nobody's failure.
    drop(watcher.watch(connection).await);
}
