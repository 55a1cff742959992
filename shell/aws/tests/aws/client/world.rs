//! An AWS in the same process that answers by the model or fails as told, and a clock that only moves when somebody waits.

use async_trait::async_trait;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tenor_aws::client::{
    CallRecord, CallSink, Chance, Client, Clock, Credentials, Fixed, Meter, Outgoing, Place, Shared, Throttle, Transport, TransportError,
};
use tenor_money::Money;
use tenor_wire::{Call, Fault, Model, Request, Response, Secret, Value};

/// What happens to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Act {
    /// It is answered; the text is a page's token, none on the last.
    Answer(Value),
    /// No connection.
    Refuse,
    /// It arrives, and its answer is lost.
    Lose,
    /// It arrives, and nothing comes.
    Hang,
    /// It arrives, and what comes back is noise.
    Garble,
    /// An error of AWS's: code and status.
    Fault(&'static str, u16),
    /// The same, by a clock that is so many seconds ahead.
    Skewed(&'static str, i64),
}

/// The scripted AWS, its clock, chance and record.
#[derive(Default)]
pub(crate) struct World {
    acts: Mutex<VecDeque<Act>>,
    pub(crate) sent: Mutex<Vec<Outgoing>>,
    now: Mutex<Timestamp>,
    pub(crate) waited: Mutex<Duration>,
    pub(crate) records: Mutex<Vec<CallRecord>>,
}

pub(crate) const START: &str = "2025-03-01T00:00:00Z";

impl World {
    pub(crate) fn new(acts: impl IntoIterator<Item = Act>) -> Arc<Self> {
        let world = Self { acts: Mutex::new(acts.into_iter().collect()), ..Self::default() };
        *world.now.lock().unwrap() = START.parse().unwrap();
        Arc::new(world)
    }

    pub(crate) fn shared(self: &Arc<Self>, month_max: Money) -> Arc<Shared> {
        Arc::new(Shared {
            transport: Arc::clone(self) as Arc<dyn Transport>,
            clock: Arc::clone(self) as Arc<dyn Clock>,
            chance: Arc::clone(self) as Arc<dyn Chance>,
            throttle: Throttle::default(),
            purse: Arc::new(Meter::up_to(month_max)),
            sink: Arc::clone(self) as Arc<dyn CallSink>,
        })
    }

    pub(crate) fn client(self: &Arc<Self>) -> Client {
        Client::new(self.shared(Money::from_whole(1)), Arc::new(Fixed(credentials())), Place::new("eu-west-1"), "111122223333")
    }

    pub(crate) fn sendings(&self) -> usize {
        self.sent.lock().unwrap().len()
    }

    /// What was recorded, without times.
    pub(crate) fn told(&self) -> String {
        let records = self.records.lock().unwrap();
        let lines = records.iter().map(|record| {
            let id = record.request_id.as_deref().unwrap_or("-");
            format!("{}:{} {} {} {id} {}", record.service, record.operation, record.attempt, record.outcome, record.price)
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

pub(crate) fn credentials() -> Credentials {
    Credentials {
        key_id: "AKIDTEST".to_owned(),
        secret_key: Secret::new("hush-key"),
        session_token: Some(Secret::new("hush-token")),
        end: None,
    }
}

/// Runs a future that never really waits.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// The call that a request is of, by its host's first part and by what the service itself would look at.
pub(crate) fn call_of(outgoing: &Outgoing) -> (Call<'static>, Request) {
    let rest = outgoing.url.split_once("://").unwrap().1;
    let (host, path) = rest.split_once('/').unwrap();
    let service = Model::catalogued().services().find(|service| host.starts_with(&format!("{}.", service.name))).unwrap();
    let (path, _) = path.split_once('?').unwrap_or((path, ""));
    let request = Request {
        method: outgoing.method.clone(),
        path: format!("/{path}"),
        query: Vec::new(),
        headers: outgoing.headers.clone(),
        body: outgoing.body.clone(),
    };
    let operation = service.identify(&request).unwrap();
    (Call { service, operation }, request)
}

#[async_trait]
impl Transport for World {
    async fn send(&self, outgoing: Outgoing) -> Result<Response, TransportError> {
        let act = self.acts.lock().unwrap().pop_front().unwrap_or(Act::Refuse);
        if act == Act::Refuse {
            return Err(TransportError::NotConnected("nobody is there".to_owned()));
        }
        self.sent.lock().unwrap().push(outgoing.clone());
        let (call, _) = call_of(&outgoing);
        let fault = |code: &str, status| Fault {
            code: code.to_owned(),
            message: "as told".to_owned(),
            request_id: Some("req-0".to_owned()),
            status,
        };
        match act {
            Act::Answer(value) => Ok(call.encode_response(&value, "req-1").unwrap()),
            Act::Fault(code, status) => Ok(fault(code, status).response(call.service)),
            Act::Skewed(code, ahead) => {
                let mut response = fault(code, 403).response(call.service);
                let theirs = (self.now() + SignedDuration::from_secs(ahead)).to_zoned(jiff::tz::TimeZone::UTC);
                response.headers.push(("Date".to_owned(), theirs.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()));
                Ok(response)
            }
            Act::Garble => Ok(Response { status: 200, body: b"<noise".to_vec(), ..Response::default() }),
            Act::Lose => Err(TransportError::Broken("reset".to_owned())),
            Act::Hang => futures::future::pending().await,
            Act::Refuse => unreachable!("it returned above"),
        }
    }
}

impl Clock for World {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            *self.now.lock().unwrap() += SignedDuration::try_from(time).unwrap();
            *self.waited.lock().unwrap() += time;
        })
    }
}

impl Chance for World {
    fn up_to(&self, most: u64) -> u64 {
        most
    }
}

impl CallSink for World {
    fn record(&self, record: &CallRecord) {
        self.records.lock().unwrap().push(record.clone());
    }
}
