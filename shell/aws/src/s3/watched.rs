//! What `object_store` sends, watched: each request is the catalogued operation that it is, recorded and metered, or it is not sent.

use crate::client::Clock as _;
use crate::client::{CallRecord, CallSink, Outcome, Purse, SystemClock};
use async_trait::async_trait;
use object_store::ClientOptions;
use object_store::client::{HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService, ReqwestConnector};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tenor_money::Money;
use tenor_permit::{Channel, Operation};

/// Where requests are counted and recorded.
#[derive(Clone)]
pub struct Watch {
    /// What pays for them.
    pub purse: Arc<dyn Purse>,
    /// Where every request is recorded.
    pub sink: Arc<dyn CallSink>,
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watch")
    }
}

/// Makes HTTP clients that are watched.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) watch: Watch,
    pub(super) region: String,
}

#[derive(Debug)]
struct Service {
    inner: HttpClient,
    watch: Watch,
    region: String,
}

/// A request that is none of the catalogue's.
#[derive(Debug, thiserror::Error)]
#[error("{method} is no catalogued request to S3")]
struct NotCatalogued {
    method: String,
}

impl HttpConnector for Watched {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let inner = ReqwestConnector::default().connect(options)?;
        Ok(HttpClient::new(Service { inner, watch: self.watch.clone(), region: self.region.clone() }))
    }
}

#[async_trait]
impl HttpService for Service {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let name = operation_of(request.method().as_str(), request.uri().query().unwrap_or_default());
        let operation = name.and_then(|name| Operation::find("s3", name)).filter(|found| found.channel == Channel::ObjectStore);
        let Some(operation) = operation else {
            let method = request.method().to_string();
            return Err(HttpError::new(HttpErrorKind::Unknown, NotCatalogued { method }));
        };
        let at = SystemClock.now();
        self.watch.purse.take(operation.request_price, at).map_err(|refused| HttpError::new(HttpErrorKind::Unknown, refused))?;
        let answer = self.inner.execute(request).await;
        let is_sent = !matches!(&answer, Err(error) if matches!(error.kind(), HttpErrorKind::Connect));
        if !is_sent {
            self.watch.purse.give_back(operation.request_price, at);
        }
        let price = if is_sent { operation.request_price } else { Money::ZERO };
        self.watch.record(operation, &self.region, (at, price), &answer);
        answer
    }
}

impl Watch {
    fn record(&self, operation: &Operation, region: &str, (at, price): (jiff::Timestamp, Money), answer: &Result<HttpResponse, HttpError>) {
        let header = |response: &HttpResponse| Some(response.headers().get("x-amz-request-id")?.to_str().ok()?.to_owned());
        let (outcome, request_id) = match answer {
            Ok(response) if response.status().is_success() => (Outcome::Good, header(response)),
            Ok(response) => (Outcome::Fault(format!("HTTP {}", response.status().as_u16())), header(response)),
            Err(_) => (Outcome::Lost("broken"), None),
        };
        self.sink.record(&CallRecord {
            service: operation.service.to_owned(),
            operation: operation.name.to_owned(),
            channel: Channel::ObjectStore,
            account: String::new(),
            region: region.to_owned(),
            attempt: 1,
            at,
            took: Duration::try_from(SystemClock.now().duration_since(at)).unwrap_or_default(),
            outcome,
            request_id,
            price,
        });
    }

    /// Counts and records the one request that leaves by no watched client: the question where a bucket lies, which carries no credentials.
    pub(super) fn bucket_was_asked_for<T, E>(&self, answer: &Result<T, E>) {
        let Some(operation) = Operation::find("s3", "HeadBucket") else { return };
        let at = SystemClock.now();
        // It has been sent; a budget that is over refuses what follows.
        drop(self.purse.take(operation.request_price, at));
        self.sink.record(&CallRecord {
            service: operation.service.to_owned(),
            operation: operation.name.to_owned(),
            channel: Channel::ObjectStore,
            account: String::new(),
            region: String::new(),
            attempt: 1,
            at,
            took: Duration::ZERO,
            outcome: if answer.is_ok() { Outcome::Good } else { Outcome::Lost("no region") },
            request_id: None,
            price: operation.request_price,
        });
    }
}

/// The operation that a request of `object_store`'s is; none for anything but reading.
fn operation_of(method: &str, query: &str) -> Option<&'static str> {
    let is_listing = query.split('&').any(|pair| pair == "list-type=2");
    match method {
        "GET" if is_listing => Some("ListObjectsV2"),
        "GET" => Some("GetObject"),
        "HEAD" => Some("HeadObject"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::operation_of;

    #[test]
    fn only_reading_is_an_operation() {
        assert_eq!(operation_of("GET", "list-type=2&prefix=a"), Some("ListObjectsV2"));
        assert_eq!([operation_of("GET", ""), operation_of("HEAD", "")], [Some("GetObject"), Some("HeadObject")]);
        assert_eq!(["PUT", "POST", "DELETE"].map(|method| operation_of(method, "list-type=2")), [None; 3]);
    }
}
