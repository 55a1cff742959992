//! How a call is answered: read, allowed, carried out, kept, and what may go wrong on the way.

use super::ask::{Answered, Ask, Caller, Refusal, missing};
use super::books::Event;
use super::faults::FaultKind;
use super::table::{self, Row};
use super::{Cloud, Moment};
use crate::random::{below, uuid};
use crate::sku::text_key;
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

/// An outcome, and whether the books may have changed.
#[derive(Debug)]
pub(crate) struct Operated {
    pub(crate) outcome: Outcome,
    pub(crate) changed: bool,
}

impl Cloud {
    /// Answers one call. Each takes a second of the sandbox's time, so that whoever polls sees things settle.
    pub(crate) fn operate(&mut self, call: Call<'_>, caller: &Caller, region: &str, request: &Request, wall: Timestamp) -> Operated {
        let moved = self.pass(self.books.now.later(1));
        self.books.serial += 1;
        let request_id = uuid(&[self.books.setup.seed, 60, self.books.serial]);
        let (service, operation) = (call.service.name.as_str(), call.operation.name.as_str());
        let fault = self.next_fault(service, operation);
        let refused = |refusal: Refusal| Operated { outcome: answered(call, Err(refusal), &request_id), changed: moved || fault.is_some() };
        match fault {
            Some(FaultKind::LostBefore) => return Operated { outcome: Outcome::Lost, changed: true },
            Some(FaultKind::Throttled) => return refused(throttled(call)),
            Some(FaultKind::Denied) => return refused(denied(call, caller)),
            Some(FaultKind::SkewedClock) => return refused(expired(call)),
            _ => {}
        }
        let Some(row) = table::find(service, operation) else {
            return refused(Refusal::new("InternalFailure", format!("the sandbox does not answer {service}:{operation}")).with_status(501));
        };
        let input = match call.decode_request(request) {
            Ok(input) => input,
            Err(error) => return refused(unreadable(call, &error)),
        };
        let host = request.header("host").unwrap_or_default();
        let ask = Ask { caller, region, host, input: &input, wall };
        if let Some(member) = first_missing(call, &input) {
            return refused(missing(call, member));
        }
        if let Some(action) = self.lacks(service, operation, &ask) {
            let refusal = denied_action(call, caller, &action);
            if row.changes {
                self.note(row, &ask, &request_id, Some(&refusal));
            }
            return Operated { outcome: answered(call, Err(refusal), &request_id), changed: moved || row.changes };
        }
        let before = row.changes.then(|| Box::new(self.books.clone()));
        let mut answer = self.carry_out(row, &ask, fault);
        if row.changes {
            self.note(row, &ask, &request_id, answer.as_ref().err());
        }
        if fault == Some(FaultKind::Duplicated) {
            answer = self.carry_out(row, &ask, None);
            self.books.serial += 1;
            let again = uuid(&[self.books.setup.seed, 60, self.books.serial]);
            self.note(row, &ask, &again, answer.as_ref().err());
        }
        // Becoming a role changes nothing that a later answer could be behind with.
        if answer.is_ok() && service != "sts" && before.is_some() {
            self.before = before;
        }
        let outcome = match fault {
            Some(FaultKind::LostAfter) => Outcome::Lost,
            Some(FaultKind::ErrorAfter) => answered(call, Err(internal(call)), &request_id),
            _ => answered(call, answer, &request_id),
        };
        Operated { outcome, changed: moved || row.changes || fault.is_some() }
    }

    fn carry_out(&mut self, row: &Row, ask: &Ask<'_>, fault: Option<FaultKind>) -> Answered {
        if ask.is("DryRun") == Some(true) {
            return Err(Refusal::new("DryRunOperation", "Request would have succeeded, but DryRun flag is set.").with_status(412));
        }
        self.short_pages = fault == Some(FaultKind::ShortPage);
        let past = if fault == Some(FaultKind::Stale) && !row.changes { self.before.take() } else { None };
        let answer = match past {
            None => (row.answer)(self, ask),
            Some(mut past) => {
                std::mem::swap(&mut self.books, &mut past);
                let answer = (row.answer)(self, ask);
                std::mem::swap(&mut self.books, &mut past);
                self.before = Some(past);
                answer
            }
        };
        self.short_pages = false;
        answer
    }

    /// The fault that this call meets, if any. The first that is planned for it and falls.
    fn next_fault(&mut self, service: &str, operation: &str) -> Option<FaultKind> {
        let (seed, serial) = (self.books.setup.seed, self.books.serial);
        let falls = |per_mille: u16, at: usize| below(1000, &[seed, 61, serial, at as u64]) < u64::from(per_mille);
        let mut planned = self.books.faults.iter_mut().enumerate();
        let (index, found) = planned.find(|(at, fault)| fault.is_for(service, operation) && falls(fault.per_mille, *at))?;
        let kind = found.kind;
        found.times = found.times.saturating_sub(1);
        if found.times == 0 {
            self.books.faults.remove(index);
        }
        Some(kind)
    }

    /// Keeps a call for CloudTrail.
    fn note(&mut self, row: &Row, ask: &Ask<'_>, request_id: &str, refusal: Option<&Refusal>) {
        let event = Event {
            id: uuid(&[self.books.setup.seed, 62, text_key(request_id)]),
            at: self.books.now,
            account: ask.caller.account,
            region: ask.region.to_owned(),
            service: row.service.to_owned(),
            operation: row.operation.to_owned(),
            caller: ask.caller.arn.clone(),
            access_key: ask.caller.access_key.clone(),
            request_id: request_id.to_owned(),
            request: json_of(ask.input).to_string(),
            source_identity: ask.caller.source_identity.clone(),
            error: refusal.map(|refusal| refusal.code.clone()).unwrap_or_default(),
        };
        self.books.events.push(event);
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
    let names = ["InternalServerException", "InternalException", "InternalServerError", "InternalErrorException", "ServiceException"];
    let code = modelled(call, &names);
    let code = code.unwrap_or(if call.service.protocol == tenor_wire::Protocol::Ec2 { "InternalError" } else { "InternalFailure" });
    Refusal::new(code, "An internal error has occurred").with_status(500)
}

/// The first of the operation's own errors that has one of these names.
fn modelled<'c>(call: Call<'c>, names: &[&str]) -> Option<&'c str> {
    call.operation.errors.iter().map(|error| error.code.as_str()).find(|code| names.contains(code))
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
        Value::Map(members) => Json::Object(members.iter().map(|(name, value)| (name.clone(), json_of(value))).collect()),
    }
}
