//! A request from the wire: whose it is, which operation it asks for, and its answer.

use super::shared::Shared;
use super::signature::{self, Credential, SignatureError};
use crate::cloud::Refusal;
use crate::cloud::operate::{Keep, Outcome};
use hyper::http::request::Parts;
use tenor_wire::{Call, Fault, Model, Request, Response, Service};
use url::form_urlencoded;

/// A request without its connection.
pub(super) fn read(head: &Parts, body: Vec<u8>) -> Request {
    let query = head.uri.query().unwrap_or_default();
    let text = |value: &hyper::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Request {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        headers: head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect(),
        body,
    }
}

/// What comes of it.
pub(super) fn answer(shared: &Shared, request: &Request) -> Outcome {
    let credential = match Credential::read(request) {
        Ok(credential) => credential,
        Err(error) => return Outcome::Answered(unsigned(request, &error)),
    };
    let services: Vec<&'static Service> = Model::catalogued().services().filter(|service| service.signing == credential.service).collect();
    let named = services.iter().find_map(|service| Some(Call { service, operation: service.identify(request)? }));
    let Some(call) = named else { return Outcome::Answered(unknown(&services, &credential.service)) };
    let now = (shared.clock)();
    let mut cloud = shared.cloud();
    let signer = match cloud.signer(&credential.access_key, now) {
        Ok(signer) => signer,
        Err(unknown) => return refused(call, &unknown.into()),
    };
    if let Err(error) = signature::check(request, &credential, &signer, now) {
        return refused(call, &error);
    }
    let attempt = Shared::attempt(&mut cloud, |cloud| cloud.operate(call, &signer.caller, &credential.region, request, now));
    let operated = match attempt {
        Ok(operated) => operated,
        Err(broken) => return internal(call, &broken.to_string()),
    };
    match operated.keep {
        Keep::Nothing => {}
        Keep::Soon => shared.fall_behind(),
        // Whoever is told of a purchase must find it again after a restart.
        Keep::First => {
            if let Err(error) = shared.keep_change(&mut cloud) {
                return internal(call, &format!("the sandbox cannot keep its books, so nothing is changed: {error}"));
            }
        }
    }
    operated.outcome
}

fn refused(call: Call<'_>, error: &SignatureError) -> Outcome {
    Outcome::Answered(error.refusal(call.service.protocol).fault(call, "unsigned").response(call.service))
}

fn internal(call: Call<'_>, why: &str) -> Outcome {
    let refusal = Refusal::new("InternalFailure", why).with_status(500);
    Outcome::Answered(refusal.fault(call, "unkept").response(call.service))
}

/// The answer to a request without a signature. The service it is for is unknown, so the form is the commonest.
fn unsigned(request: &Request, error: &SignatureError) -> Response {
    let json = request.header("content-type").is_some_and(|kind| kind.contains("json"));
    let service = Model::catalogued().service(if json { "ce" } else { "sts" });
    let fault = Fault { code: error.code().to_owned(), message: error.to_string(), request_id: None, status: 403 };
    service.map_or_else(Response::default, |service| fault.response(service))
}

/// The answer to an operation that no model has.
fn unknown(services: &[&'static Service], name: &str) -> Response {
    let Some(service) = services.first() else {
        let body = format!("the sandbox has no service that signs as `{name}`\n").into_bytes();
        return Response { status: 404, headers: vec![("content-type".to_owned(), "text/plain".to_owned())], body };
    };
    let (code, status) = match service.protocol {
        tenor_wire::Protocol::Query | tenor_wire::Protocol::Ec2 => ("InvalidAction", 400),
        _ => ("UnknownOperationException", 404),
    };
    let message = format!("the sandbox has no such operation of {}", service.name);
    Fault { code: code.to_owned(), message, request_id: None, status }.response(service)
}
