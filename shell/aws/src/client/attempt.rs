//! One sending of one call: metered, let through, signed, sent, understood, recorded.

use super::endpoint::Endpoint;
use super::record::{CallRecord, Outcome};
use super::retry::{Failed, is_expired, is_throttled, may_be_skew};
use super::transport::TransportError;
use super::{CallError, Client, sign};
use futures::future::{Either, select};
use jiff::{SignedDuration, Timestamp};
use std::sync::atomic::Ordering;
use std::time::Duration;
use tenor_money::Money;
use tenor_permit::{Channel, Operation, Retry};
use tenor_wire::{Answer, Call, Fault, Request, Response, Secret, Value};

/// Clocks that differ by less are not the reason why a signature is refused.
const SKEW_SECONDS_MIN: i64 = 120;

/// What one attempt and the next have in common, to the byte.
pub(super) struct Prepared {
    pub(super) operation: &'static Operation,
    pub(super) call: Call<'static>,
    pub(super) request: Request,
    pub(super) endpoint: Endpoint,
    pub(super) secrets: Vec<Secret>,
    pub(super) time_max: Duration,
}

/// What is recorded of an attempt beside what came of it.
struct Told {
    attempt: u32,
    at: Timestamp,
    price: Money,
    request_id: Option<String>,
}

impl Prepared {
    pub(super) async fn attempt(&self, client: &Client, attempt: u32) -> Result<Value, Failed> {
        let shared = &client.shared;
        let name = || self.operation.to_string();
        let failed = |error| Failed { error, is_corrected: false };
        let lent = client.lender.lend().await;
        let credentials = lent.map_err(|source| failed(CallError::Credentials { operation: name(), source }))?;
        let _permit = shared.throttle.enter(&client.account, &self.call.service.name, shared.clock.as_ref()).await;
        let price = self.operation.request_price;
        let taken = shared.clock.now();
        shared.purse.take(price, taken).map_err(|source| failed(CallError::Budget { operation: name(), source }))?;
        // To be paid for may have taken a while, and a signature is of its moment.
        let start = shared.clock.now();
        let now = start + SignedDuration::from_secs(client.skew.load(Ordering::Relaxed));
        let is_alone = self.operation.retry == Retry::Never;
        let signed = sign::signed(&self.request, self.call.service, &self.endpoint, &credentials, now, is_alone);
        let Some(outgoing) = signed else {
            shared.purse.give_back(price, taken);
            return Err(failed(CallError::Sign { operation: name() }));
        };
        let sent = match select(shared.transport.send(outgoing), shared.clock.sleep(self.time_max)).await {
            Either::Left((sent, _)) => sent,
            Either::Right(_) => Err(TransportError::TimedOut(self.time_max)),
        };
        if let Some(theirs) = sent.as_ref().ok().and_then(date) {
            client.ahead.store(ahead(start, theirs, shared.clock.now()), Ordering::Relaxed);
        }
        let is_sent = !sent.as_ref().is_err_and(TransportError::is_not_sent);
        if !is_sent {
            shared.purse.give_back(price, taken);
        }
        let secrets = self.secrets.iter().chain(credentials.secrets()).collect::<Vec<_>>();
        let (ended, request_id) = self.understand(sent.as_ref(), &secrets);
        if let (Some(last), Some(id)) = (&client.last, &request_id) {
            last.note(id);
        }
        let told = Told { attempt, at: start, price: if is_sent { price } else { Money::ZERO }, request_id };
        self.record(client, &ended, told);
        let error = match ended {
            Ok(value) => {
                shared.throttle.speed_up(&client.account, &self.call.service.name, shared.clock.now());
                return Ok(value);
            }
            Err(error) => error,
        };
        let is_corrected = self.correct(client, &error, sent.as_ref().ok()).await;
        Err(Failed { error, is_corrected })
    }

    /// What the answer says, without any secret in it.
    fn understand(&self, sent: Result<&Response, &TransportError>, secrets: &[&Secret]) -> (Result<Value, CallError>, Option<String>) {
        let response = match sent {
            Ok(response) => response,
            Err(source) => return (Err(CallError::Lost { operation: self.operation.to_string(), source: source.clone() }), None),
        };
        match self.call.decode_response(response) {
            Ok(Answer::Good { value, request_id }) => (Ok(value), request_id),
            Ok(Answer::Fault(fault)) => {
                let request_id = fault.request_id.clone();
                (Err(CallError::fault(self.operation, without_secrets(fault, secrets))), request_id)
            }
            Err(source) => (Err(CallError::Garbled { source }), response.header("x-amzn-requestid").map(str::to_owned)),
        }
    }

    fn record(&self, client: &Client, ended: &Result<Value, CallError>, told: Told) {
        let Told { attempt, at, price, request_id } = told;
        let outcome = match ended {
            Ok(_) => Outcome::Good,
            Err(CallError::Fault { fault, .. }) => Outcome::Fault(fault.code.clone()),
            Err(CallError::Lost { source, .. }) => Outcome::Lost(source.word()),
            Err(_) => Outcome::Lost("garbled"),
        };
        let took = client.shared.clock.now().duration_since(at);
        client.shared.sink.record(&CallRecord {
            service: self.call.service.name.clone(),
            operation: self.call.operation.name.clone(),
            channel: Channel::Codec,
            account: client.account.clone(),
            region: self.endpoint.region.clone(),
            attempt,
            at,
            took: Duration::try_from(took).unwrap_or_default(),
            outcome,
            request_id,
            price,
        });
    }

    /// Learns from a refusal: a lower rate, AWS's time, that credentials have ended. Whether the next attempt may now succeed.
    async fn correct(&self, client: &Client, error: &CallError, response: Option<&Response>) -> bool {
        let CallError::Fault { fault, .. } = error else { return false };
        let now = client.shared.clock.now();
        if is_throttled(&fault.code) {
            client.shared.throttle.slow_down(&client.account, &self.call.service.name, now);
            return false;
        }
        if is_expired(&fault.code) {
            client.lender.forget().await;
            return true;
        }
        let theirs = response.filter(|_| may_be_skew(&fault.code)).and_then(date);
        let Some(ahead) = theirs.map(|theirs| theirs.as_second() - now.as_second()) else { return false };
        let known = client.skew.swap(ahead, Ordering::Relaxed);
        (ahead - known).abs() >= SKEW_SECONDS_MIN
    }
}

/// Seconds that our clock is ahead of AWS's, which said its time at some moment from when a request left until its answer was here.
fn ahead(left: Timestamp, theirs: Timestamp, here: Timestamp) -> i64 {
    (left.as_second() - theirs.as_second()).max(0) + (here.as_second() - theirs.as_second()).min(0)
}

/// AWS's clock when it answered.
fn date(response: &Response) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_timestamp(response.header("date")?).ok()
}

/// AWS repeats what was signed in some errors, and a session's token is signed.
fn without_secrets(mut fault: Fault, secrets: &[&Secret]) -> Fault {
    for secret in secrets.iter().map(|secret| secret.expose()).filter(|secret| !secret.is_empty()) {
        for text in [&mut fault.message, &mut fault.code] {
            *text = text.replace(secret, "…");
        }
    }
    fault
}

#[cfg(test)]
mod tests {
    use super::ahead;
    use jiff::Timestamp;

    #[test]
    fn an_answer_tells_how_far_the_clocks_are_apart() {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let told = |left, theirs, here| ahead(at(left), at(theirs), at(here));
        assert_eq!(
            [told(100, 100, 100), told(100, 130, 160), told(100, 99, 160), told(500, 100, 501), told(100, 500, 101)],
            [0, 0, 1, 400, -399]
        );
    }
}
