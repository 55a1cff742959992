//! What goes over the wire, before it is signed and after it has come.

use std::fmt;

/// A body longer than this is refused, sent or received.
pub const BODY_BYTES_MAX: usize = 64 << 20;

/// A body nested deeper than this is refused.
pub const DEPTH_MAX: usize = 64;

/// A request to a service, without the host.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// The HTTP method.
    pub method: String,
    /// The path, percent-encoded, beginning with `/`.
    pub path: String,
    /// Parameters after the path, not encoded.
    pub query: Vec<(String, String)>,
    /// Headers that the protocol needs; names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// An answer.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Headers; names in any case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// The path with its parameters, percent-encoded.
    #[must_use]
    pub fn path_and_query(&self) -> String {
        match crate::form::encode(&self.query) {
            parameters if parameters.is_empty() => self.path.clone(),
            parameters => format!("{}?{parameters}", self.path),
        }
    }

    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }
}

impl Response {
    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

impl fmt::Debug for Request {
    /// Neither parameters nor headers nor body: a secret may be in any of them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({} bytes)", self.method, self.path, self.body.len())
    }
}

impl fmt::Debug for Response {
    /// Not the body: it may be somebody's credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes)", self.status, self.body.len())
    }
}
