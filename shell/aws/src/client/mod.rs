//! Calls to AWS: only catalogued ones, each signed, metered, throttled, recorded, and repeated only where its retry class allows.
//!
//! A call of class [`Retry::Never`] is sent once, whatever happens. Time, chance and transport come from outside, so that all of this can be
//! tested without waiting and without a network.

mod attempt;
mod clock;
mod credentials;
mod download;
mod endpoint;
mod error;
mod meter;
mod observed;
mod record;
mod retry;
mod role;
mod session;
mod sign;
mod throttle;
mod transport;

pub use clock::{Chance, Clock, SystemClock};
pub use credentials::{Credentials, CredentialsFault, Fixed, Lender};
pub use download::{Download, DownloadError};
pub use endpoint::{BadEndpoint, Endpoint, EndpointKind, Place};
pub use error::{CallError, Fate};
pub use meter::{Meter, Purse, Refused};
pub(crate) use observed::Observed;
pub use record::{CallLog, CallRecord, CallSink, LastRequest, Nowhere, Outcome};
pub use role::Role;
pub use session::{Session, SessionError, Tools};
pub use throttle::Throttle;
pub use transport::{HttpTransport, Outgoing, Transport, TransportError};

use self::attempt::Prepared;
use self::retry::{Next, Repeats};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tenor_permit::{Operation, Retry};
use tenor_wire::{Call, Model, Value};

/// No clock is behind by as much.
const NEVER_SAID: i64 = i64::MIN;

/// Pages of one answer; past it something is wrong, and it would cost.
const PAGES_MAX: usize = 10_000;

/// What all clients of a process share: the network, time, chance, limits and the record.
pub struct Shared {
    /// By which requests leave.
    pub transport: Arc<dyn Transport>,
    /// What time it is, and waiting.
    pub clock: Arc<dyn Clock>,
    /// Where jitter comes from.
    pub chance: Arc<dyn Chance>,
    /// How fast and how many at once.
    pub throttle: Throttle,
    /// What pays for calls.
    pub purse: Arc<dyn Purse>,
    /// Where every call is recorded.
    pub sink: Arc<dyn CallSink>,
}

/// Calls with one account's credentials, in one region.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    lender: Arc<dyn Lender>,
    place: Place,
    /// Whose limits count and whose name is recorded.
    account: String,
    /// Seconds that AWS's clock is ahead of ours.
    skew: Arc<AtomicI64>,
    /// Seconds that our clock was ahead of AWS's with the last answer that said what time it is there; [`NEVER_SAID`] before the first.
    ahead: Arc<AtomicI64>,
    /// Where AWS's names for its requests are noted.
    last: Option<LastRequest>,
}

impl Client {
    /// A client; `account` is the number of the account that `lender`'s credentials are of.
    #[must_use]
    pub fn new(shared: Arc<Shared>, lender: Arc<dyn Lender>, place: Place, account: &str) -> Self {
        Self {
            shared,
            lender,
            place,
            account: account.to_owned(),
            skew: Arc::new(AtomicI64::new(0)),
            ahead: Arc::new(AtomicI64::new(NEVER_SAID)),
            last: None,
        }
    }

    /// The same in another region.
    #[must_use]
    pub fn in_region(&self, region: &str) -> Self {
        let mut other = self.clone();
        region.clone_into(&mut other.place.region);
        other
    }

    /// The same, and where AWS's name for the last of its requests will be found, of good answers too.
    #[must_use]
    pub fn noting(&self) -> (Self, LastRequest) {
        let last = LastRequest::default();
        (Self { last: Some(last.clone()), ..self.clone() }, last)
    }

    /// Where it asks.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// In which Region it asks a service: of one that is in a few only, there.
    ///
    /// # Errors
    /// When the service is not called, or is nowhere in the partition.
    pub fn region_of(&self, service: &str) -> Result<String, CallError> {
        let known = Model::catalogued().service(service);
        let known = known.ok_or_else(|| CallError::NotCatalogued { operation: format!("{service}:*") })?;
        Ok(self.place.endpoint(known)?.region)
    }

    /// The number of the account that its credentials are of.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    /// By how many seconds our clock was ahead of AWS's when AWS answered last, as far as answers on their way tell; negative when it was behind. None
    /// while no answer has said what time it is there.
    #[must_use]
    pub fn ahead_seconds(&self) -> Option<i64> {
        Some(self.ahead.load(Ordering::Relaxed)).filter(|ahead| *ahead != NEVER_SAID)
    }

    /// Calls an operation and gives its answer; of one that comes in pages, the first.
    ///
    /// # Errors
    /// [`CallError`]; [`CallError::fate`] says whether AWS may have done it.
    pub async fn call(&self, service: &str, operation: &str, input: &Value) -> Result<Value, CallError> {
        let prepared = self.prepare(service, operation, input)?;
        let mut repeats = Repeats::new(prepared.operation.retry);
        // What an earlier attempt may have done is not undone by a later one that was refused or never left.
        let mut may_be_done = false;
        loop {
            let attempt = repeats.begin();
            let ended = prepared.attempt(self, attempt).await;
            let next = match ended {
                Ok(value) => return Ok(value),
                Err(failed) => {
                    may_be_done |= prepared.operation.retry != Retry::Read && failed.error.fate() == Fate::Unknown;
                    repeats.after(failed, self.shared.chance.as_ref())
                }
            };
            match next {
                Next::GiveUp(error) if may_be_done && error.fate() != Fate::Unknown => {
                    return Err(CallError::Earlier { operation: prepared.operation.to_string(), source: Box::new(error) });
                }
                Next::GiveUp(error) => return Err(error),
                Next::AfterWait(wait) => self.shared.clock.sleep(wait).await,
            }
        }
    }

    /// Calls an operation page by page until there is no more.
    ///
    /// # Errors
    /// As [`Client::call`]; also when the operation has no pages, or a page's token is that of the page before, which would never end.
    pub async fn pages(&self, service: &str, operation: &str, input: &Value) -> Result<Vec<Value>, CallError> {
        let call = find(service, operation)?.1;
        let name = || format!("{service}:{operation}");
        let Some(pages) = &call.operation.pages else { return Err(CallError::NoPages { operation: name() }) };
        let mut input = if matches!(input, Value::Null) { Value::Map(BTreeMap::new()) } else { input.clone() };
        let mut answers = Vec::new();
        let mut last = None;
        loop {
            let answer = self.call(service, operation, &input).await?;
            let tokens = pages.outputs.iter().map(|output| answer.at(output).filter(|token| !is_empty(token)).cloned()).collect::<Vec<_>>();
            let says_more = pages.more.as_ref().is_none_or(|more| answer.at(more) == Some(&Value::Bool(true)));
            answers.push(answer);
            if !says_more || tokens.iter().all(Option::is_none) {
                return Ok(answers);
            }
            if last.as_ref() == Some(&tokens) || answers.len() >= PAGES_MAX {
                return Err(CallError::EndlessPages { operation: name(), pages: answers.len() });
            }
            for (member, token) in pages.inputs.iter().zip(&tokens) {
                input.set(member, token.clone().unwrap_or_default());
            }
            last = Some(tokens);
        }
    }

    fn prepare(&self, service: &str, operation: &str, input: &Value) -> Result<Prepared, CallError> {
        let (catalogued, call) = find(service, operation)?;
        if let Retry::Token { parameter } | Retry::NaturalKey { parameter } = catalogued.retry
            && input.at(parameter).is_none_or(is_empty)
        {
            return Err(CallError::NoKey { operation: catalogued.to_string(), parameter });
        }
        let request = call.encode_request(input)?;
        let endpoint = self.place.endpoint(call.service)?;
        let secrets = input.secrets().into_iter().cloned().collect();
        let time_max = if catalogued.retry == Retry::Read { READ_TIME_MAX } else { CHANGE_TIME_MAX };
        Ok(Prepared { operation: catalogued, call, request, endpoint, secrets, time_max })
    }
}

/// A read that takes longer is asked again.
const READ_TIME_MAX: Duration = Duration::from_secs(60);
/// Of a change the answer is worth waiting for.
const CHANGE_TIME_MAX: Duration = Duration::from_secs(180);

/// The catalogue's row and the model's operation. What lacks either cannot be called.
fn find(service: &str, operation: &str) -> Result<(&'static Operation, Call<'static>), CallError> {
    let unknown = || CallError::NotCatalogued { operation: format!("{service}:{operation}") };
    let catalogued = Operation::find(service, operation).ok_or_else(unknown)?;
    let service = Model::catalogued().service(service).ok_or_else(unknown)?;
    let operation = service.operation(operation).ok_or_else(unknown)?;
    Ok((catalogued, Call { service, operation }))
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Text(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        _ => false,
    }
}
