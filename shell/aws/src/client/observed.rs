//! What `aws-config` sends while it gets credentials, watched: each request to AWS is recorded as the operation it is.

use super::clock::Clock;
use super::record::{CallRecord, CallSink, Outcome};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tenor_money::Money;
use tenor_permit::Channel;

/// An HTTP client whose requests are recorded.
#[derive(Clone)]
pub(crate) struct Observed {
    inner: SharedHttpClient,
    sink: Arc<dyn CallSink>,
    clock: Arc<dyn Clock>,
}

impl Observed {
    pub(crate) fn new(inner: SharedHttpClient, sink: Arc<dyn CallSink>, clock: Arc<dyn Clock>) -> Self {
        Self { inner, sink, clock }
    }
}

impl fmt::Debug for Observed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observed")
    }
}

impl HttpClient for Observed {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(ObservedConnector { inner, sink: Arc::clone(&self.sink), clock: Arc::clone(&self.clock) })
    }
}

struct ObservedConnector {
    inner: SharedHttpConnector,
    sink: Arc<dyn CallSink>,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for ObservedConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ObservedConnector")
    }
}

impl HttpConnector for ObservedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let operation = operation_of(request.uri(), request.body().bytes());
        let answer = self.inner.call(request);
        // Metadata of the instance or container are no call to AWS.
        let Some((service, operation)) = operation else { return answer };
        let (sink, clock) = (Arc::clone(&self.sink), Arc::clone(&self.clock));
        let at = clock.now();
        HttpConnectorFuture::new(async move {
            let answer = answer.await;
            let (outcome, request_id) = match &answer {
                Ok(response) if response.status().is_success() => (Outcome::Good, response.headers().get("x-amzn-requestid")),
                Ok(response) => {
                    (Outcome::Fault(format!("HTTP {}", response.status().as_u16())), response.headers().get("x-amzn-requestid"))
                }
                Err(_) => (Outcome::Lost("broken"), None),
            };
            sink.record(&CallRecord {
                service: service.to_owned(),
                operation,
                channel: Channel::AwsConfig,
                account: String::new(),
                region: String::new(),
                attempt: 1,
                at,
                took: Duration::try_from(clock.now().duration_since(at)).unwrap_or_default(),
                outcome,
                request_id: request_id.map(str::to_owned),
                price: Money::ZERO,
            });
            answer
        })
    }
}

/// The operation that a request of `aws-config`'s is; none for anything that is no API of AWS's.
fn operation_of(url: &str, body: Option<&[u8]>) -> Option<(&'static str, String)> {
    let path = url.split_once("://")?.1.split_once('/').map_or("", |(_, path)| path).split('?').next()?;
    match path {
        "federation/credentials" => return Some(("sso", "GetRoleCredentials".to_owned())),
        "token" => return Some(("sso-oidc", "CreateToken".to_owned())),
        _ => {}
    }
    let form = std::str::from_utf8(body?).ok()?;
    let action = form.split('&').find_map(|pair| pair.strip_prefix("Action="))?;
    Some(("sts", action.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::operation_of;

    #[test]
    fn requests_are_known_by_path_or_action() {
        let told = |url: &str, body: &str| operation_of(url, Some(body.as_bytes())).map(|(service, name)| format!("{service}:{name}"));
        assert_eq!(told("https://sts.eu-west-1.amazonaws.com/", "Action=AssumeRole&Version=1").as_deref(), Some("sts:AssumeRole"));
        let sso = "https://portal.sso.eu-west-1.amazonaws.com/federation/credentials?role_name=x";
        assert_eq!(told(sso, "").as_deref(), Some("sso:GetRoleCredentials"));
        assert_eq!(told("https://oidc.eu-west-1.amazonaws.com/token", "{}").as_deref(), Some("sso-oidc:CreateToken"));
        assert_eq!(told("http://169.254.169.254/latest/api/token", ""), None);
    }
}
