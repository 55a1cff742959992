//! An AWS that answers every operation as one function says, and records what it was asked.

use crate::client::world::{World, credentials};
use async_trait::async_trait;
use std::sync::{Arc, Mutex};
use tenor_aws::client::{Client, Endpoint, Fixed, Outgoing, Place, Shared, Transport, TransportError};
use tenor_money::Money;
use tenor_wire::{Call, Fault, Model, Protocol, Request, Response, Value};

/// What comes back.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// A good answer.
    Good(Value),
    /// An answer as it stands on the wire.
    Body(&'static str),
    /// The same, made while the test runs.
    Written(String),
    /// A good answer with nothing in it.
    Empty,
    /// An error of AWS's.
    Fault(&'static str, u16),
    /// Nobody is there.
    Nobody,
}

/// Something that was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// `service:Operation`.
    pub(crate) name: String,
    /// The region in the host, where it has one.
    pub(crate) region: String,
    /// The members of the request.
    pub(crate) input: Value,
    /// How often this operation was asked before.
    pub(crate) before: usize,
}

type Answering = Box<dyn Fn(&Asked) -> Reply + Send + Sync>;

pub(crate) struct Fake {
    answering: Answering,
    pub(crate) asked: Mutex<Vec<Asked>>,
}

/// Regions that tests look in; the client's own is the first.
pub(crate) const REGIONS: [&str; 3] = ["us-east-1", "eu-west-1", "ap-east-1"];

impl Fake {
    pub(crate) fn new(answering: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { answering: Box::new(answering), asked: Mutex::default() })
    }

    /// A client of this AWS, and the world that has its clock and its record.
    pub(crate) fn client(self: &Arc<Self>) -> (Client, Arc<World>) {
        let world = World::new([]);
        let shared = world.shared(Money::from_whole(10));
        let shared = Arc::into_inner(shared).unwrap();
        let shared = Shared { transport: Arc::clone(self) as Arc<dyn Transport>, ..shared };
        (Client::new(Arc::new(shared), Arc::new(Fixed(credentials())), Place::new(REGIONS[0]), "111122223333"), world)
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|asked| asked.name.clone()).collect()
    }
}

/// The operation that is asked for, by where it was sent, and the region of the host.
fn call_of(outgoing: &Outgoing) -> (Call<'static>, Request, &'static str) {
    for region in REGIONS.into_iter().chain(["us-gov-west-1"]) {
        for service in Model::catalogued().services() {
            let Ok(Endpoint { url, .. }) = Place::new(region).endpoint(service) else { continue };
            let Some(rest) = outgoing.url.strip_prefix(&url).filter(|rest| rest.starts_with('/')) else { continue };
            let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
            let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")));
            let request = Request {
                method: outgoing.method.clone(),
                path: path.to_owned(),
                query: pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
                headers: outgoing.headers.clone(),
                body: outgoing.body.clone(),
            };
            let Some(operation) = service.identify(&request) else { continue };
            return (Call { service, operation }, request, region);
        }
    }
    panic!("nobody is at {outgoing:?}");
}

#[async_trait]
impl Transport for Fake {
    async fn send(&self, outgoing: Outgoing) -> Result<Response, TransportError> {
        let (call, request, region) = call_of(&outgoing);
        let name = format!("{}:{}", call.service.name, call.operation.name);
        let mut asked = self.asked.lock().unwrap();
        let before = asked.iter().filter(|other| other.name == name && other.region == region).count();
        let now = Asked { name, region: region.to_owned(), input: call.decode_request(&request).unwrap(), before };
        asked.push(now.clone());
        drop(asked);
        match (self.answering)(&now) {
            Reply::Good(value) => Ok(call.encode_response(&value, "req-1").unwrap()),
            Reply::Body(body) => Ok(Response { status: 200, body: body.as_bytes().to_vec(), ..Response::default() }),
            Reply::Written(body) => Ok(Response { status: 200, body: body.into_bytes(), ..Response::default() }),
            Reply::Empty => Ok(Response { status: 200, body: empty(call).into_bytes(), ..Response::default() }),
            Reply::Fault(code, status) => {
                let fault = Fault { code: code.to_owned(), message: "as told".to_owned(), request_id: Some("req-0".to_owned()), status };
                Ok(fault.response(call.service))
            }
            Reply::Nobody => Err(TransportError::NotConnected("dns error".to_owned())),
        }
    }
}

/// The smallest answer that a protocol has.
fn empty(call: Call<'_>) -> String {
    let name = &call.operation.name;
    match call.service.protocol {
        Protocol::Json | Protocol::RestJson => "{}".to_owned(),
        Protocol::Query | Protocol::Ec2 => {
            let inner = call.operation.wrapper.as_ref().map(|wrapper| format!("<{wrapper}/>")).unwrap_or_default();
            format!("<{name}Response>{inner}</{name}Response>")
        }
        Protocol::RestXml => String::new(),
    }
}

/// A request's members, readable.
pub(crate) fn told(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(answer) => answer.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Decimal(number) => number.to_string(),
        Value::Text(text) => format!("`{text}`"),
        Value::Secret(_) => "…".to_owned(),
        Value::Blob(bytes) => format!("{} bytes", bytes.len()),
        Value::Time(moment) => moment.to_string(),
        Value::List(items) => format!("[{}]", items.iter().map(told).collect::<Vec<_>>().join(", ")),
        Value::Map(members) => {
            let members = members.iter().map(|(name, value)| format!("{name}: {}", told(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
    }
}
