//! How a call is answered: read, allowed, carried out, kept, and what may go wrong on the way.

use super::ask::{Answered, Ask, Caller, Refusal, missing};
use super::faults::FaultKind;
use super::table::{self, Row};
use super::{Cloud, Moment};
use crate::random::{below, uuid};
use jiff::Timestamp;
use tenor_wire::{Call, DecodeError, Request, Response, Value};

/// What the network does with an answer.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It arrives.
    Answered(Response),
    /// The connection breaks.
    Lost,
}

/// An outcome, and what is to become of the books.
#[derive(Debug)]
pub(crate) struct Operated {
    pub(crate) outcome: Outcome,
    pub(crate) keep: Keep,
}

/// When the books are to be written. A later one is the more urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Keep {
    /// Whenever something else is: no more than time has passed.
    Nothing,
    /// Soon: time has settled something, or a refusal is to be in CloudTrail.
    Soon,
    /// Before the answer goes out: it may tell of a change.
    First,
}

impl Cloud {
    /// Answers one call. Each takes a second of the sandbox's time, so that whoever polls sees things settle.
    pub(crate) fn operate(&mut self, call: Call<'_>, caller: &Caller, region: &str, request: &Request, wall: Timestamp) -> Operated {
        let moved = self.pass_whole(self.books.now.later(1));
        let request_id = self.request_id();
        let (service, operation) = (call.service.name.as_str(), call.operation.name.as_str());
        let Some(row) = table::find(service, operation) else {
            let refusal = Refusal::new("InternalFailure", format!("the sandbox does not answer {service}:{operation}")).with_status(501);
            return Operated { outcome: answered(call, Err(refusal), &request_id), keep: Keep::soon_if(moved) };
        };
        let fault = self.next_fault(service, operation, row.changes);
        let keep = if fault.is_some() { Keep::First } else { Keep::soon_if(moved) };
        if fault == Some(FaultKind::LostBefore) {
            return Operated { outcome: Outcome::Lost, keep };
        }
        let (decoded, host) = (call.decode_request(request), request.header("host").unwrap_or_default());
        let ask = Ask { caller, region, host, input: decoded.as_ref().unwrap_or(&Value::Null), wall };
        if let Some((refusal, is_event)) = self.barred(call, &ask, decoded.as_ref().err(), fault) {
            let refused = Err(refusal);
            if is_event {
                self.note(row, &ask, &request_id, &refused);
            }
            return Operated { outcome: answered(call, refused, &request_id), keep: keep.max(Keep::soon_if(is_event)) };
        }
        let (answer, done) = if row.changes {
            self.change(row, &ask, &request_id, fault)
        } else {
            let answer = self.carry_out(row, &ask, fault);
            self.note_look(row, &ask, &request_id, &answer);
            (answer, Keep::Nothing)
        };
        let outcome = match fault {
            Some(FaultKind::LostAfter) => Outcome::Lost,
            Some(FaultKind::ErrorAfter) => answered(call, Err(internal(call)), &request_id),
            _ => answered(call, answer, &request_id),
        };
        Operated { outcome, keep: keep.max(done) }
    }

    /// Carries out a change, and says what is to become of it: until it is kept, it can be taken back.
    pub(super) fn change(&mut self, row: &Row, ask: &Ask<'_>, request_id: &str, fault: Option<FaultKind>) -> (Answered, Keep) {
        if self.undo.is_none() {
            self.begin();
        }
        let mut answer = self.carry_out(row, ask, fault);
        let mut is_done = answer.is_ok();
        self.note(row, ask, request_id, &answer);
        if fault == Some(FaultKind::Duplicated) {
            answer = self.carry_out(row, ask, None);
            is_done |= answer.is_ok();
            let again = self.request_id();
            self.note(row, ask, &again, &answer);
        }
        let done = self.end_change(is_done, row.service, fault);
        (answer, done)
    }

    /// What is to become of a change. A refusal has changed nothing, and is in CloudTrail alone.
    fn end_change(&mut self, is_done: bool, service: &str, fault: Option<FaultKind>) -> Keep {
        if !is_done {
            // A fault is used up by a refusal too, until that is kept.
            self.undo = self.undo.take().filter(|_| fault.is_some());
            return Keep::Soon;
        }
        // Becoming a role changes nothing that a later answer could be behind with.
        if let Some(undo) = &mut self.undo {
            undo.shows = service != "sts";
        }
        Keep::First
    }

    pub(crate) fn request_id(&mut self) -> String {
        self.books.serial += 1;
        uuid(&[self.books.setup.seed, 60, self.books.serial])
    }

    /// Why a call is not carried out, if it is not, and whether that is an event of CloudTrail's: what was signed well and understood is.
    fn barred(&self, call: Call<'_>, ask: &Ask<'_>, unread: Option<&DecodeError>, fault: Option<FaultKind>) -> Option<(Refusal, bool)> {
        match fault {
            Some(FaultKind::Throttled) => return Some((throttled(call), true)),
            Some(FaultKind::Denied) => return Some((denied(call, ask.caller), true)),
            Some(FaultKind::SkewedClock) => return Some((expired(call), false)),
            _ => {}
        }
        if let Some(error) = unread {
            return Some((unreadable(call, error), false));
        }
        if let Some(member) = first_missing(call, ask.input) {
            return Some((missing(call, member), false));
        }
        let action = self.lacks(&call.service.name, &call.operation.name, ask)?;
        Some((denied_action(call, ask.caller, &action), true))
    }

    fn carry_out(&mut self, row: &Row, ask: &Ask<'_>, fault: Option<FaultKind>) -> Answered {
        if ask.is("DryRun") == Some(true) {
            return Err(Refusal::new("DryRunOperation", "Request would have succeeded, but DryRun flag is set.").with_status(412));
        }
        self.short_pages = fault == Some(FaultKind::ShortPage);
        let past = if fault == Some(FaultKind::Stale) && !row.changes { self.before.take() } else { None };
        let answer = match past {
            None => (row.answer)(self, ask),
            // By a sandbox of its own, so that nothing that breaks in there can leave its books in place of ours.
            Some(books) => {
                let mut past = self.with(*books);
                let answer = (row.answer)(&mut past, ask);
                self.before = Some(Box::new(past.books));
                answer
            }
        };
        self.short_pages = false;
        answer
    }

    /// The fault that this call meets, if any: the first that is planned for it, shows in it and falls. It is used up once the call is kept.
    pub(crate) fn next_fault(&mut self, service: &str, operation: &str, changes: bool) -> Option<FaultKind> {
        let (seed, serial) = (self.books.setup.seed, self.books.serial);
        let falls = |per_mille: u16, at: usize| below(1000, &[seed, 61, serial, at as u64]) < u64::from(per_mille);
        let mut planned = self.books.faults.iter().enumerate();
        let (index, found) = planned.find(|(at, fault)| {
            fault.is_for(service, operation) && fault.kind.shows_in(service, operation, changes) && falls(fault.per_mille, *at)
        })?;
        let kind = found.kind;
        self.begin();
        let found = &mut self.books.faults[index];
        found.times = found.times.saturating_sub(1);
        if found.times == 0 {
            self.books.faults.remove(index);
        }
        Some(kind)
    }
}

/// The answer as it goes over the wire. An answer that the model does not allow is a fault of the sandbox, and says so.
fn answered(call: Call<'_>, answer: Answered, request_id: &str) -> Outcome {
    let response = match answer {
        Ok(value) => call.encode_response(&value, request_id).unwrap_or_else(|error| {
            Refusal::new("InternalFailure", format!("the sandbox's answer is wrong: {error}"))
                .with_status(500)
                .fault(call, request_id)
                .response(call.service)
        }),
        Err(refusal) => refusal.fault(call, request_id).response(call.service),
    };
    Outcome::Answered(response)
}

/// The first required member of the input that is not there.
fn first_missing<'c>(call: Call<'c>, input: &Value) -> Option<&'c str> {
    let structure = call.service.structure(call.operation.input.as_deref());
    structure.required.iter().map(String::as_str).find(|member| matches!(input.at(member), None | Some(Value::Null)))
}

fn unreadable(call: Call<'_>, error: &DecodeError) -> Refusal {
    use tenor_wire::Protocol;
    let code = match call.service.protocol {
        Protocol::Query => "MalformedInput",
        Protocol::Ec2 => "InvalidParameterValue",
        _ => "SerializationException",
    };
    Refusal::new(code, error)
}

fn throttled(call: Call<'_>) -> Refusal {
    match call.service.protocol {
        tenor_wire::Protocol::Ec2 => Refusal::new("RequestLimitExceeded", "Request limit exceeded.").with_status(503),
        tenor_wire::Protocol::Query => Refusal::new("Throttling", "Rate exceeded"),
        // [BOTO:ce] `LimitExceededException`; other services mean a quota by it.
        _ if call.service.name == "ce" => {
            let message = "You made too many calls in a short period of time. Try again later.";
            Refusal::new(modelled(call, &["LimitExceededException"]).unwrap_or("ThrottlingException"), message)
        }
        _ => Refusal::new(modelled(call, &["TooManyRequestsException"]).unwrap_or("ThrottlingException"), "Rate exceeded"),
    }
}

/// A refusal for want of permission, in the service's words.
fn denied(call: Call<'_>, caller: &Caller) -> Refusal {
    denied_action(call, caller, &format!("{}:{}", call.service.signing, call.operation.name))
}

fn denied_action(call: Call<'_>, caller: &Caller, action: &str) -> Refusal {
    let text =
        format!("User: {} is not authorized to perform: {action} because no identity-based policy allows the {action} action", caller.arn);
    match call.service.protocol {
        tenor_wire::Protocol::Ec2 => Refusal::new("UnauthorizedOperation", text).with_status(403),
        tenor_wire::Protocol::Query => Refusal::new("AccessDenied", text).with_status(403),
        _ => Refusal::new("AccessDeniedException", text),
    }
}

fn expired(call: Call<'_>) -> Refusal {
    match call.service.protocol {
        tenor_wire::Protocol::Ec2 => Refusal::new("RequestExpired", "Request has expired."),
        tenor_wire::Protocol::Query => Refusal::new("SignatureDoesNotMatch", "Signature expired").with_status(403),
        _ => Refusal::new("InvalidSignatureException", "Signature expired").with_status(403),
    }
}

fn internal(call: Call<'_>) -> Refusal {
    let names = [
        "InternalServerException",
        "InternalException",
        "InternalServerError",
        "InternalErrorException",
        "ServiceException",
        "ServiceFailure",
    ];
    let code = modelled(call, &names);
    let code = code.unwrap_or(if call.service.protocol == tenor_wire::Protocol::Ec2 { "InternalError" } else { "InternalFailure" });
    Refusal::new(code, "An internal error has occurred").with_status(500)
}

/// The first of the operation's own errors that has one of these names.
fn modelled<'c>(call: Call<'c>, names: &[&str]) -> Option<&'c str> {
    call.operation.errors.iter().map(|error| error.code.as_str()).find(|code| names.contains(code))
}

/// The codes that a planned fault makes any call of an operation meet.
#[cfg(test)]
pub(super) fn codes_of_faults(call: Call<'_>) -> Vec<String> {
    let text = String::new;
    let caller = Caller { account: 0, arn: text(), access_key: text(), role: None, source_identity: text() };
    [throttled(call), denied(call, &caller), internal(call)].map(|refusal| refusal.code).to_vec()
}

impl Keep {
    fn soon_if(is_so: bool) -> Self {
        if is_so { Self::Soon } else { Self::Nothing }
    }
}

/// A message's members as JSON, for CloudTrail. No secret is in it.
pub(super) fn json_of(value: &Value) -> serde_json::Value {
    use serde_json::Value as Json;
    match value {
        Value::Null | Value::Blob(_) => Json::Null,
        Value::Bool(answer) => Json::Bool(*answer),
        Value::Integer(number) => Json::from(*number),
        Value::Decimal(number) => Json::String(number.to_string()),
        Value::Text(text) => Json::String(text.clone()),
        Value::Secret(_) => Json::String("HIDDEN_DUE_TO_SECURITY_REASONS".to_owned()),
        Value::Time(moment) => Json::String(Moment::of(*moment).text()),
        Value::List(items) => Json::Array(items.iter().map(json_of).collect()),
        Value::Map(members) => Json::Object(members.iter().map(|(name, value)| (name.to_string(), json_of(value))).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::FaultKind;
    use crate::cloud::ask::{Answered, Ask, Caller};
    use crate::cloud::table::{Row, read};
    use crate::cloud::{Cloud, Setup};
    use jiff::Timestamp;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use tenor_wire::Value;

    fn told(cloud: &mut Cloud, _: &Ask<'_>) -> Answered {
        Ok(Value::from(cloud.now().to_string()))
    }

    fn breaks(_: &mut Cloud, _: &Ask<'_>) -> Answered {
        panic!("it breaks")
    }

    #[test]
    fn what_breaks_in_a_stale_answer_leaves_the_present_as_it_is() {
        let mut cloud = Cloud::new(Setup { seed: 1, secret: 1, accounts: 1, start: "2025-01".parse().unwrap(), rows_per_month: 1_000 });
        let text = String::new;
        let caller = Caller { account: 0, arn: text(), access_key: text(), role: None, source_identity: text() };
        let ask = Ask { caller: &caller, region: "us-east-1", host: "", input: &Value::Null, wall: Timestamp::UNIX_EPOCH };
        let answer = |row: Row, cloud: &mut Cloud| catch_unwind(AssertUnwindSafe(|| cloud.carry_out(&row, &ask, Some(FaultKind::Stale))));
        let past = cloud.now();
        cloud.before = Some(Box::new(cloud.books.clone()));
        cloud.advance(60);
        let now = cloud.now();
        assert_eq!(answer(read("test", "Told", told), &mut cloud).unwrap(), Ok(Value::from(past.to_string())));
        assert!(answer(read("test", "Breaks", breaks), &mut cloud).is_err());
        assert_eq!(cloud.now(), now);
        assert_eq!(answer(read("test", "Told", told), &mut cloud).unwrap(), Ok(Value::from(now.to_string())), "there is no past any more");
    }
}
