//! How a signed request leaves, and what may happen to it on the way.

use async_trait::async_trait;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use http_body_util::BodyExt;
use std::error::Error;
use std::fmt;
use std::time::Duration;
use tenor_wire::{BODY_BYTES_MAX, Response};

const CONNECT_TIME_MAX: Duration = Duration::from_secs(10);

/// A request with its signature.
#[derive(Clone)]
pub struct Outgoing {
    /// The HTTP method.
    pub method: String,
    /// The whole URL.
    pub url: String,
    /// Headers, the signature among them.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Whether it has to go over a connection of its own: one that was used before may break under it.
    pub is_alone: bool,
}

impl fmt::Debug for Outgoing {
    /// Neither headers nor body nor parameters: they hold signatures and tokens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({} bytes)", self.method, self.url.split('?').next().unwrap_or_default(), self.body.len())
    }
}

/// Sends a request once. It never sends one again by itself.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends it and waits for the whole answer.
    async fn send(&self, request: Outgoing) -> Result<Response, TransportError>;
}

/// Why no answer came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// No connection was made, so nothing was sent.
    #[error("no connection: {0}")]
    NotConnected(String),
    /// It took too long.
    #[error("no answer within {} s", .0.as_secs())]
    TimedOut(Duration),
    /// The connection broke, after the request may have been read.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// The answer is longer than any that is read.
    #[error("the answer is larger than 64 MiB")]
    TooLarge,
}

impl TransportError {
    /// Whether the request certainly did not leave.
    #[must_use]
    pub fn is_not_sent(&self) -> bool {
        matches!(self, Self::NotConnected(_))
    }

    /// In a word, for the record.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::NotConnected(_) => "not connected",
            Self::TimedOut(_) => "timed out",
            Self::Broken(_) => "broken",
            Self::TooLarge => "too large",
        }
    }
}

/// HTTP/1.1 and 2 over rustls, the stack that `aws-config` brings. `HTTPS_PROXY` and `NO_PROXY` are obeyed.
#[derive(Debug)]
pub struct HttpTransport {
    pooled: Connector,
    alone: Connector,
}

impl Default for HttpTransport {
    fn default() -> Self {
        Self { pooled: connector(None), alone: connector(Some(0)) }
    }
}

pub(super) fn connector(idle_max: Option<usize>) -> Connector {
    let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT_TIME_MAX).build();
    let builder = Connector::builder().connector_settings(settings).proxy_config(ProxyConfig::from_env());
    let builder = match idle_max {
        Some(idle_max) => builder.pool_max_idle_per_host(idle_max),
        None => builder,
    };
    builder.tls_provider(Provider::Rustls(CryptoMode::Ring)).build()
}

#[async_trait]
impl Transport for HttpTransport {
    async fn send(&self, outgoing: Outgoing) -> Result<Response, TransportError> {
        let connector = if outgoing.is_alone { &self.alone } else { &self.pooled };
        let request = request(outgoing).ok_or_else(|| TransportError::NotConnected("the request is no HTTP".to_owned()))?;
        let response = connector.call(request).await.map_err(|error| failure(&error))?;
        let status = response.status().as_u16();
        let headers = response.headers().iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let mut body = response.into_body();
        let mut bytes = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| TransportError::Broken(error.to_string()))?;
            if let Some(data) = frame.data_ref() {
                if bytes.len() + data.len() > BODY_BYTES_MAX {
                    return Err(TransportError::TooLarge);
                }
                bytes.extend_from_slice(data);
            }
        }
        Ok(Response { status, headers, body: bytes })
    }
}

pub(super) fn request(outgoing: Outgoing) -> Option<HttpRequest> {
    let mut request = HttpRequest::new(SdkBody::from(outgoing.body));
    request.set_method(&outgoing.method).ok()?;
    request.set_uri(outgoing.url.as_str()).ok()?;
    for (name, value) in outgoing.headers {
        request.headers_mut().try_append(name, value).ok()?;
    }
    Some(request)
}

/// A failure to connect means that nothing left; of any other it cannot be told.
pub(super) fn failure(error: &ConnectorError) -> TransportError {
    let first: &dyn Error = error;
    let causes = std::iter::successors(Some(first), |error| (*error).source()).map(ToString::to_string).collect::<Vec<_>>();
    let said = causes.join(": ");
    let is_connect = causes.iter().any(|cause| CONNECT.iter().any(|word| cause.contains(word)));
    if is_connect { TransportError::NotConnected(said) } else { TransportError::Broken(said) }
}

/// How hyper's client says that it could not connect.
const CONNECT: [&str; 3] = ["client error (Connect)", "tcp connect error", "dns error"];
