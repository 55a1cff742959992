//! From values to messages and back, for both ends, by the model alone.

mod error;
mod fault;
mod form_in;
mod form_out;
mod json_in;
mod json_out;
mod path;
mod rest_in;
mod rest_out;
mod scalar;
mod xml_in;
mod xml_out;

pub use error::{DecodeError, EncodeError};
pub use fault::Fault;

use crate::form;
use crate::message::{BODY_BYTES_MAX, Request, Response};
use crate::model::{Operation, Protocol, Service};
use crate::value::Value;
use path::Path;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// An operation of a service, to be called or answered.
#[derive(Debug, Clone, Copy)]
pub struct Call<'m> {
    /// The service.
    pub service: &'m Service,
    /// One of its operations.
    pub operation: &'m Operation,
}

/// What a service said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It did what was asked.
    Good {
        /// The answer, of the operation's output structure.
        value: Value,
        /// AWS's name for the request.
        request_id: Option<String>,
    },
    /// It refused, or failed.
    Fault(Fault),
}

impl<'m> Call<'m> {
    /// The request for `input`, a structure of the operation's input.
    ///
    /// # Errors
    /// When a required member is missing, a member is not in the model or of another kind, or the request is too large.
    pub fn encode_request(self, input: &Value) -> Result<Request, EncodeError> {
        let structure = self.service.structure(self.operation.input.as_deref());
        let path = Path::Root(self.service, self.operation);
        let empty = Value::Map(BTreeMap::new());
        let input = if matches!(input, Value::Null) { &empty } else { input };
        let request = match self.service.protocol {
            Protocol::Query | Protocol::Ec2 => form_out::request(self, structure, input, &path)?,
            Protocol::Json => json_out::request(self, structure, input, &path)?,
            Protocol::RestJson | Protocol::RestXml => rest_out::request(self, structure, input, &path)?,
        };
        if request.body.len() > BODY_BYTES_MAX {
            return Err(EncodeError::TooLarge { path: path.to_string() });
        }
        Ok(request)
    }

    /// What `response` says. Members that the model does not have are passed over.
    ///
    /// # Errors
    /// When a good answer is not in the protocol's form, a member is of another kind, or it is too large. A bad answer always is a
    /// [`Fault`], readable or not.
    pub fn decode_response(self, response: &Response) -> Result<Answer, DecodeError> {
        let path = Path::Root(self.service, self.operation);
        if response.body.len() > BODY_BYTES_MAX {
            return Err(DecodeError::TooLarge { path: path.to_string() });
        }
        if !(200..300).contains(&response.status) {
            return Ok(Answer::Fault(Fault::read(self.service, response)));
        }
        let structure = self.service.structure(self.operation.output.as_deref());
        let (value, in_body) = match self.service.protocol {
            Protocol::Query | Protocol::Ec2 => xml_in::response(self, structure, response, &path)?,
            Protocol::Json => (json_in::body(self.service, structure, &response.body, &path)?, None),
            Protocol::RestJson | Protocol::RestXml => (rest_in::response(self, structure, response, &path)?, None),
        };
        Ok(Answer::Good { value, request_id: in_body.or_else(|| fault::request_id(response)) })
    }

    /// The input that a client sent.
    ///
    /// # Errors
    /// When the request is not in the protocol's form, a member is of another kind, or it is too large.
    pub fn decode_request(self, request: &Request) -> Result<Value, DecodeError> {
        let path = Path::Root(self.service, self.operation);
        if request.body.len() > BODY_BYTES_MAX {
            return Err(DecodeError::TooLarge { path: path.to_string() });
        }
        let structure = self.service.structure(self.operation.input.as_deref());
        match self.service.protocol {
            Protocol::Query | Protocol::Ec2 => form_in::request(self, structure, request, &path),
            Protocol::Json => json_in::body(self.service, structure, &request.body, &path),
            Protocol::RestJson | Protocol::RestXml => rest_in::request(self, structure, request, &path),
        }
    }

    /// The response that says `output`, a structure of the operation's output.
    ///
    /// # Errors
    /// When a member is not in the model or of another kind, or the answer is too large.
    pub fn encode_response(self, output: &Value, request_id: &str) -> Result<Response, EncodeError> {
        let structure = self.service.structure(self.operation.output.as_deref());
        let path = Path::Root(self.service, self.operation);
        let empty = Value::Map(BTreeMap::new());
        let output = if matches!(output, Value::Null) { &empty } else { output };
        let mut response = match self.service.protocol {
            Protocol::Query | Protocol::Ec2 => xml_out::response(self, structure, output, request_id, &path)?,
            Protocol::Json => json_out::response(self, structure, output, &path)?,
            Protocol::RestJson | Protocol::RestXml => rest_out::response(self, structure, output, &path)?,
        };
        if response.body.len() > BODY_BYTES_MAX {
            return Err(EncodeError::TooLarge { path: path.to_string() });
        }
        response.headers.push(("x-amzn-requestid".to_owned(), request_id.to_owned()));
        Ok(response)
    }
}

impl Service {
    /// The operation that a request asks for; none when the model has none such.
    #[must_use]
    pub fn identify(&self, request: &Request) -> Option<&Operation> {
        match self.protocol {
            Protocol::Query | Protocol::Ec2 => {
                let pairs = form::decode(std::str::from_utf8(&request.body).ok()?)?;
                let (_, action) = pairs.into_iter().chain(request.query.clone()).find(|(name, _)| name == "Action")?;
                self.operation(&action)
            }
            Protocol::Json => {
                let (target, operation) = request.header("x-amz-target")?.rsplit_once('.')?;
                self.operation(operation).filter(|_| self.target.as_deref() == Some(target))
            }
            Protocol::RestJson | Protocol::RestXml => {
                // What names more of the request is meant: fixed parameters before none, a path without blanks before one with them.
                let fitting = self.operations().filter(|operation| rest_in::fits(operation, request));
                fitting.min_by_key(|operation| {
                    let (path, fixed) = operation.uri.split_once('?').unwrap_or((&operation.uri, ""));
                    (Reverse(fixed.split('&').filter(|pair| !pair.is_empty()).count()), path.matches('{').count())
                })
            }
        }
    }
}
