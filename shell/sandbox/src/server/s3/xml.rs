//! S3's XML and the way it spells keys.

use std::fmt::Write as _;
use tenor_wire::{Request, Response};
use url::form_urlencoded;

const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// An error of S3's.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Error {
    pub(super) status: u16,
    pub(super) code: &'static str,
    message: String,
    /// What else it tells, by name.
    more: Vec<(&'static str, String)>,
    headers: Vec<(String, String)>,
}

impl Error {
    pub(super) fn new(status: u16, code: &'static str, message: &str) -> Self {
        Self { status, code, message: message.to_owned(), more: Vec::new(), headers: Vec::new() }
    }

    /// The same with another thing told.
    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.more.push((name, value.to_owned()));
        self
    }

    /// The same with a header.
    pub(super) fn with_header(mut self, name: &str, value: String) -> Self {
        self.headers.push((name.to_owned(), value));
        self
    }

    /// As it goes over the wire: to `HEAD`, and of what was not modified, the status alone.
    pub(super) fn response(self, request: &Request, request_id: &str) -> Response {
        let mut text = String::new();
        if request.method != "HEAD" && self.status != 304 {
            text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>".to_owned();
            element(&mut text, "Code", self.code);
            element(&mut text, "Message", &self.message);
            for (name, value) in &self.more {
                element(&mut text, name, value);
            }
            element(&mut text, "Resource", &request.path);
            element(&mut text, "RequestId", request_id);
            text.push_str("</Error>");
        }
        let mut headers = self.headers;
        headers.push(("x-amz-request-id".to_owned(), request_id.to_owned()));
        if !text.is_empty() {
            headers.push(("content-type".to_owned(), "application/xml".to_owned()));
        }
        Response { status: self.status, headers, body: text.into_bytes() }
    }
}

/// An answer with a document.
pub(super) fn document(root: &str, content: &str) -> Response {
    let text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"{NAMESPACE}\">{content}</{root}>");
    let headers = vec![("content-type".to_owned(), "application/xml".to_owned())];
    Response { status: 200, headers, body: text.into_bytes() }
}

/// Where a bucket is: nothing stands for `us-east-1` ([S3:API_GetBucketLocation]).
pub(super) fn location(region: &str) -> Response {
    document("LocationConstraint", if region == "us-east-1" { "" } else { region })
}

/// Writes an element with a text.
pub(super) fn element(out: &mut String, name: &str, text: &str) {
    // Writing into a text never fails.
    let _ = write!(out, "<{name}>");
    for each in text.chars() {
        match each {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // What XML does not have, or would read as a space.
            each if each.is_control() => drop(write!(out, "&#{};", u32::from(each))),
            each => out.push(each),
        }
    }
    let _ = write!(out, "</{name}>");
}

/// A part of a path without its percent-encoding. In a path, a plus is a plus.
pub(super) fn decoded(text: &str) -> String {
    let text = text.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    form_urlencoded::parse(text.as_bytes()).next().map_or_else(String::new, |(name, _)| name.into_owned())
}

/// A key as `encoding-type=url` has it.
pub(super) fn encoded(key: &str) -> String {
    key.split('/').map(|part| form_urlencoded::byte_serialize(part.as_bytes()).collect::<String>()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::{decoded, element, encoded};

    #[test]
    fn keys_are_spelt_and_read() {
        let key = "data/BILLING_PERIOD=2025-01/2025-02-01T00:01:00.653Z-a b+c&é.parquet";
        assert_eq!(encoded(key), "data/BILLING_PERIOD%3D2025-01/2025-02-01T00%3A01%3A00.653Z-a+b%2Bc%26%C3%A9.parquet");
        assert_eq!(decoded("data/BILLING_PERIOD%3D2025-01/2025-02-01T00:01:00.653Z-a%20b+c&%C3%A9.parquet"), key);
        assert_eq!(decoded(""), "");
        let mut text = String::new();
        element(&mut text, "Key", "a<b>&\r");
        assert_eq!(text, "<Key>a&lt;b&gt;&amp;&#13;</Key>");
    }
}
