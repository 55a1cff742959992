//! Errors as services send them: told apart by their code, never by the HTTP status.

use crate::json::{self, Json};
use crate::message::Response;
use crate::model::{Protocol, Service};
use crate::xml::{self, Element};
use std::collections::BTreeMap;

/// A message longer than this is cut.
const MESSAGE_CHARACTERS_MAX: usize = 2_000;

/// An error that a service answered with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Fault {
    /// AWS's code, bare: `ReservedDBInstanceAlreadyExists`. `HTTP 503` where the answer gives none.
    pub code: String,
    /// AWS's words; empty where it has none.
    pub message: String,
    /// AWS's name for the request.
    pub request_id: Option<String>,
    /// The HTTP status, which says little: "already exists" comes as 404 from some services.
    pub status: u16,
}

impl Fault {
    /// Reads an answer that is not good, whatever it holds.
    pub(super) fn read(service: &Service, response: &Response) -> Self {
        let text = String::from_utf8_lossy(&response.body);
        let is_json = matches!(service.protocol, Protocol::Json | Protocol::RestJson);
        let (code, message, in_body) = if is_json { of_json(response, &text) } else { of_xml(&text) };
        let query_code = response.header("x-amzn-query-error").filter(|_| service.query_compatible);
        let code = query_code.map(|error| error.split(';').next().unwrap_or_default().to_owned()).or(code);
        Self {
            code: code
                .map(|code| bare(&code).to_owned())
                .filter(|code| !code.is_empty())
                .unwrap_or_else(|| format!("HTTP {}", response.status)),
            message: message.unwrap_or_default().chars().take(MESSAGE_CHARACTERS_MAX).collect(),
            request_id: in_body.or_else(|| request_id(response)),
            status: response.status,
        }
    }

    /// The answer that says this, for the service's end.
    #[must_use]
    pub fn response(&self, service: &Service) -> Response {
        let request_id = self.request_id.clone().unwrap_or_default();
        let mut headers = vec![("x-amzn-requestid".to_owned(), request_id.clone())];
        let leaf = |name: &str, text: &str| Element::with_text(name, text);
        let error = || Element { children: vec![leaf("Code", &self.code), leaf("Message", &self.message)], ..Element::new("Error") };
        let body = match service.protocol {
            Protocol::Json | Protocol::RestJson => {
                headers.push(("x-amzn-errortype".to_owned(), self.code.clone()));
                headers.push(("content-type".to_owned(), "application/json".to_owned()));
                let names = [("__type", &self.code), ("message", &self.message)];
                let members = names.map(|(name, text)| (name.to_owned(), Json::Text(text.clone())));
                let mut text = String::new();
                Json::Object(BTreeMap::from(members)).write(&mut text);
                return Response { status: self.status, headers, body: text.into_bytes() };
            }
            Protocol::Query => {
                let mut root = Element::new("ErrorResponse");
                root.namespace.clone_from(&service.namespace);
                root.children = vec![error(), leaf("RequestId", &request_id)];
                root
            }
            Protocol::Ec2 => {
                let errors = Element { children: vec![error()], ..Element::new("Errors") };
                Element { children: vec![errors, leaf("RequestID", &request_id)], ..Element::new("Response") }
            }
            Protocol::RestXml => {
                let mut root = error();
                root.children.push(leaf("RequestId", &request_id));
                root
            }
        };
        headers.push(("content-type".to_owned(), "text/xml;charset=UTF-8".to_owned()));
        let mut text = super::xml_out::DECLARATION.to_owned();
        body.write(&mut text);
        Response { status: self.status, headers, body: text.into_bytes() }
    }
}

/// AWS's name for a request, from the headers.
pub(super) fn request_id(response: &Response) -> Option<String> {
    let names = ["x-amzn-requestid", "x-amz-request-id", "x-amz-id-2"];
    names.iter().find_map(|name| response.header(name)).map(str::to_owned)
}

/// Without the namespace before it and the address after it: `com.amazon#Code`, `Code:http://…`.
fn bare(code: &str) -> &str {
    let code = code.split(':').next().unwrap_or_default();
    code.rsplit('#').next().unwrap_or_default().trim()
}

type Parts = (Option<String>, Option<String>, Option<String>);

fn of_json(response: &Response, text: &str) -> Parts {
    let header = response.header("x-amzn-errortype").map(str::to_owned);
    let Ok(Json::Object(members)) = json::parse(text) else { return (header, None, None) };
    let find = |names: &[&str]| {
        let found = names.iter().find_map(|name| members.get(*name));
        found.and_then(|value| if let Json::Text(text) = value { Some(text.clone()) } else { None })
    };
    (header.or_else(|| find(&["__type", "code", "Code"])), find(&["message", "Message", "errorMessage"]), None)
}

fn of_xml(text: &str) -> Parts {
    let Ok(root) = xml::parse(text) else { return (None, None, None) };
    let nested = root.child("Errors").and_then(|errors| errors.child("Error")).or_else(|| root.child("Error"));
    let error = nested.unwrap_or(&root);
    let text = |element: &Element, names: &[&str]| {
        let found = names.iter().find_map(|name| element.child(name));
        found.map(|found| found.text.trim().to_owned())
    };
    (text(error, &["Code"]), text(error, &["Message"]), text(&root, &["RequestId", "RequestID", "requestId"]))
}

#[cfg(test)]
mod tests {
    use super::Fault;
    use crate::message::Response;
    use crate::model::Model;

    fn told(service: &str, status: u16, headers: &[(&str, &str)], body: &str) -> String {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let response = Response { status, headers, body: body.as_bytes().to_vec() };
        let fault = Fault::read(Model::catalogued().service(service).unwrap(), &response);
        format!("{fault} ({})", fault.request_id.clone().unwrap_or_default())
    }

    #[test]
    fn a_code_is_bare_wherever_it_stands() {
        let id = ("X-Amzn-RequestId", "r1");
        insta::assert_snapshot!([
            told("ce", 400, &[id], r#"{"__type":"com.amazonaws.ce#LimitExceededException","Message":"slow"}"#),
            told("savingsplans", 404, &[id, ("x-amzn-ErrorType", "ResourceNotFoundException:http://x/y")], r#"{"message":"gone"}"#),
            told("rds", 404, &[], "<ErrorResponse><Error><Type>Sender</Type><Code>ReservedDBInstanceAlreadyExists</Code><Message>there</Message></Error><RequestId>r2</RequestId></ErrorResponse>"),
            told("ec2", 400, &[], "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error></Errors><RequestID>r3</RequestID></Response>"),
            told("ec2", 503, &[id], "<html>busy"),
            told("ce", 502, &[], ""),
        ].join("\n"), @"
        LimitExceededException: slow (r1)
        ResourceNotFoundException: gone (r1)
        ReservedDBInstanceAlreadyExists: there (r2)
        UnauthorizedOperation: no (r3)
        HTTP 503:  (r1)
        HTTP 502:  ()
        ");
    }

    #[test]
    fn what_is_written_is_read() {
        for service in Model::catalogued().services() {
            let fault = Fault {
                code: "ThrottlingException".to_owned(),
                message: "<slow> & \"down\"".to_owned(),
                request_id: Some("r".to_owned()),
                status: 400,
            };
            assert_eq!(Fault::read(service, &fault.response(service)), fault, "{}", service.name);
        }
    }
}
