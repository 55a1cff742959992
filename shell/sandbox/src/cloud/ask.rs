//! One call as an operation sees it, and the ways to refuse it.

use jiff::Timestamp;
use std::fmt;
use tenor_wire::{Call, Fault, Value};

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// Index of the account that the credentials belong to.
    pub(crate) account: u32,
    /// The ARN of the user or the role's session.
    pub(crate) arn: String,
    /// The access key it signed with.
    pub(crate) access_key: String,
    /// The role that it is a session of; none for an administrator.
    pub(crate) role: Option<String>,
    /// Whom a session says it acts for; else empty.
    pub(crate) source_identity: String,
}

/// A call that has been read and is allowed.
#[derive(Debug)]
pub(crate) struct Ask<'a> {
    pub(crate) caller: &'a Caller,
    /// `us-east-1`, from the signature.
    pub(crate) region: &'a str,
    /// What the caller knows the sandbox's endpoint as: `127.0.0.1:4000`.
    pub(crate) host: &'a str,
    /// The members of the request.
    pub(crate) input: &'a Value,
    /// The machine's time, which credentials end by.
    pub(crate) wall: Timestamp,
}

impl<'a> Ask<'a> {
    /// A text of the input; none when it is missing or empty.
    pub(crate) fn text(&self, path: &str) -> Option<&'a str> {
        self.input.text(path).filter(|text| !text.is_empty())
    }

    /// A whole number of the input.
    pub(crate) fn integer(&self, path: &str) -> Option<i64> {
        match self.input.at(path)? {
            Value::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// A yes or no of the input.
    pub(crate) fn is(&self, path: &str) -> Option<bool> {
        match self.input.at(path)? {
            Value::Bool(answer) => Some(*answer),
            _ => None,
        }
    }

    /// The texts of a list of the input; empty when it is missing.
    pub(crate) fn texts(&self, path: &str) -> Vec<&'a str> {
        texts(self.input, path)
    }
}

/// The texts of a list; empty when it is missing.
pub(crate) fn texts<'v>(value: &'v Value, path: &str) -> Vec<&'v str> {
    let text = |item: &'v Value| match item {
        Value::Text(text) => Some(text.as_str()),
        _ => None,
    };
    value.list(path).unwrap_or_default().iter().filter_map(text).collect()
}

/// An answer that is an error of AWS's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// AWS's code.
    pub(crate) code: String,
    pub(crate) message: String,
    /// The HTTP status where neither the operation's model nor the protocol says it.
    status: Option<u16>,
}

/// What an operation comes to.
pub(crate) type Answered = Result<Value, Refusal>;

impl Refusal {
    /// A refusal with the status that the model has for its code, else 400.
    pub(crate) fn new(code: &str, message: impl fmt::Display) -> Self {
        Self { code: code.to_owned(), message: message.to_string(), status: None }
    }

    /// The same with a status of its own.
    pub(crate) fn with_status(self, status: u16) -> Self {
        Self { status: Some(status), ..self }
    }

    /// As it goes over the wire.
    pub(crate) fn fault(self, call: Call<'_>, request_id: &str) -> Fault {
        let modelled = call.operation.errors.iter().find(|error| error.code == self.code).map(|error| error.status);
        let status = self.status.or(modelled).unwrap_or(400);
        Fault { code: self.code, message: self.message, request_id: Some(request_id.to_owned()), status }
    }
}

/// What a service calls a request that lacks a required member: their names differ by protocol.
pub(crate) fn missing(call: Call<'_>, member: &str) -> Refusal {
    use tenor_wire::Protocol;
    match call.service.protocol {
        Protocol::Query => Refusal::new("ValidationError", format!("The request must contain the parameter {member}.")),
        Protocol::Ec2 => Refusal::new("MissingParameter", format!("The request must contain the parameter {member}")),
        Protocol::Json | Protocol::RestJson | Protocol::RestXml => Refusal::new(
            "ValidationException",
            format!("1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must not be null"),
        ),
    }
}
