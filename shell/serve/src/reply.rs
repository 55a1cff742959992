//! Answers: pages, documents for programs, files, and what went wrong.

use crate::ask::Ask;
use crate::lake::{Refusal, RefusalKind};
use crate::pages::refused::refused;
use crate::pages::{Frame, error_page};
use crate::route::Kind;
use askama::Template;
use axum::body::Body;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, LOCATION, RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::iter;
use tenor_state::{LeaseError, StateError, UserError};

/// So much of a file is given out at a time.
const PIECE_BYTES: usize = 64 << 10;
/// Whoever writes is done after so long, or asked again then.
const BUSY_SECONDS: i64 = 5;

/// Why there is no answer of the kind that was asked for.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Somebody has to log in first.
    LogIn,
    /// Anything else.
    Told(Box<Told>),
}

/// What is told of it.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) status: StatusCode,
    pub(crate) title: &'static str,
    pub(crate) detail: String,
    /// What the owner is told in its place, where that is not for whoever asks.
    pub(crate) cause: Option<String>,
    pub(crate) hint: String,
    /// When to ask again.
    pub(crate) wait_seconds: Option<i64>,
}

impl Trouble {
    pub(crate) fn new(status: StatusCode, title: &'static str, detail: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Told(Box::new(Told { status, title, detail: detail.into(), cause: None, hint: hint.into(), wait_seconds: None }))
    }

    pub(crate) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "Not allowed", detail, "ask an admin for the role that it takes: tenor user role")
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not found", detail, "look at the address, or begin at the overview")
    }

    pub(crate) fn bad(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Cannot be understood", detail, "look at what was asked for")
    }

    /// Somebody else does what only one may at a time.
    pub(crate) fn busy(title: &'static str, detail: String, hint: String) -> Self {
        let (status, wait_seconds) = (StatusCode::SERVICE_UNAVAILABLE, Some(BUSY_SECONDS));
        Self::Told(Box::new(Told { status, title, detail, cause: None, hint, wait_seconds }))
    }

    pub(crate) fn wait(detail: impl Into<String>, seconds: i64) -> Self {
        Self::Told(Box::new(Told {
            status: StatusCode::TOO_MANY_REQUESTS,
            title: "Too many at once",
            detail: detail.into(),
            cause: None,
            hint: format!("wait {seconds} seconds"),
            wait_seconds: Some(seconds),
        }))
    }
}

impl From<Refusal> for Trouble {
    fn from(Refusal { kind, message, hint }: Refusal) -> Self {
        match kind {
            RefusalKind::Empty => Self::new(StatusCode::NOT_FOUND, "No bill yet", message, hint),
            RefusalKind::Question => Self::new(StatusCode::BAD_REQUEST, "Cannot be answered", message, hint),
            RefusalKind::Failed => refused("The bills cannot be read")(Refusal { kind, message, hint }),
            RefusalKind::Slow => Self::new(StatusCode::GATEWAY_TIMEOUT, "It takes too long", message, hint),
            RefusalKind::Busy => Self::busy("Somebody else is at it", message, hint),
            RefusalKind::Moved => Self::busy("There are new bills", message, hint),
        }
    }
}

impl From<StateError> for Trouble {
    fn from(error: StateError) -> Self {
        let (detail, hint) = (chain(&error), error.hint());
        match &error {
            // Without the home's path, which is for the owner.
            StateError::Lease(LeaseError::Held { holder, .. }) => {
                Self::busy("Somebody else is writing", format!("another process is writing: {holder}"), hint.to_owned())
            }
            StateError::User(UserError::NoInvitation) => Self::new(StatusCode::GONE, "This link is used up", detail, hint),
            StateError::User(_) => Self::new(StatusCode::CONFLICT, "Not done", detail, hint),
            // Whoever asks may be nobody yet: what names files, keys and entries is for the owner.
            _ => Self::Told(Box::new(Told {
                status: StatusCode::INTERNAL_SERVER_ERROR,
                title: "The state cannot be used",
                detail: "why is told where the server runs".to_owned(),
                cause: Some(detail),
                hint: hint.to_owned(),
                wait_seconds: None,
            })),
        }
    }
}

/// An error with all its causes.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let (mut told, mut source) = (error.to_string(), error.source());
    while let Some(cause) = source {
        told = format!("{told}: {cause}");
        source = cause.source();
    }
    told
}

/// A page.
pub(crate) fn page(template: &impl Template) -> Response {
    page_of(StatusCode::OK, template)
}

pub(crate) fn page_of(status: StatusCode, template: &impl Template) -> Response {
    let html = template.render().expect("templates fail only where what they show does, and texts do not");
    whole(status, "text/html; charset=utf-8", html)
}

/// A document for programs.
pub(crate) fn document(value: &Value) -> Response {
    whole(StatusCode::OK, "application/json", value.to_string())
}

pub(crate) fn whole(status: StatusCode, kind: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// A file that is there as a whole.
pub(crate) fn file(kind: &'static str, name: &str, content: String) -> Response {
    let content = Bytes::from(content);
    let pieces = (0..content.len()).step_by(PIECE_BYTES).map(move |at| content.slice(at..content.len().min(at + PIECE_BYTES)));
    attached(kind, name, pieces)
}

/// A file of lines that are written one by one. A piece is made when whoever takes the file has room for it: no more than one is ever held, and who
/// takes it slowly keeps no thread waiting.
pub(crate) fn written(kind: &'static str, name: &str, mut lines: impl Iterator<Item = String> + Send + 'static) -> Response {
    let pieces = iter::from_fn(move || {
        let mut piece = String::new();
        while piece.len() < PIECE_BYTES {
            let Some(line) = lines.next() else { break };
            piece.push_str(&line);
        }
        (!piece.is_empty()).then(|| Bytes::from(piece))
    });
    attached(kind, name, pieces)
}

fn attached(kind: &'static str, name: &str, pieces: impl Iterator<Item = Bytes> + Send + 'static) -> Response {
    let pieces = futures::stream::iter(pieces.map(Ok::<_, Infallible>));
    let mut response = whole(StatusCode::OK, kind, Body::from_stream(pieces));
    let plain: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).collect();
    let value = HeaderValue::try_from(format!("attachment; filename=\"{plain}\"")).expect("the name is plain");
    response.headers_mut().insert(CONTENT_DISPOSITION, value);
    response
}

/// Go there, and look at it.
pub(crate) fn see(address: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let address = HeaderValue::try_from(address).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(LOCATION, address);
    response
}

/// With a cookie more.
pub(crate) fn with_cookie(mut response: Response, cookie: &str) -> Response {
    response.headers_mut().append(SET_COOKIE, HeaderValue::try_from(cookie).expect("cookies are plain"));
    response
}

/// A path of ours to go back to; the overview where it is none, so that nobody is led elsewhere.
pub(crate) fn own_path(path: Option<&str>) -> &str {
    let is_own = |path: &&str| {
        path.starts_with('/') && !path.starts_with("//") && path.bytes().all(|byte| (b'!'..=b'~').contains(&byte) && byte != b'\\')
    };
    path.filter(is_own).unwrap_or("/")
}

/// What went wrong, in the form that was asked for.
pub(crate) fn trouble(kind: Kind, frame: &Frame, trouble: Trouble) -> Response {
    let told = match trouble {
        Trouble::LogIn if kind == Kind::Page => {
            let to: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("to", &frame.address).finish();
            return see(&format!("/login?{to}"));
        }
        Trouble::LogIn => Told {
            status: StatusCode::UNAUTHORIZED,
            title: "Not logged in",
            detail: "there is no session, or no token that is valid".to_owned(),
            cause: None,
            hint: "send a token: Authorization: Bearer tnr_…; make one with `tenor user token`".to_owned(),
            wait_seconds: None,
        },
        Trouble::Told(told) => *told,
    };
    let mut response = if kind == Kind::Page {
        error_page(frame, &told)
    } else {
        whole(told.status, "application/problem+json", problem(&told).to_string())
    };
    if let Some(seconds) = told.wait_seconds {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
    }
    if told.status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert("www-authenticate", HeaderValue::from_static("Bearer"));
    }
    response
}

/// RFC 9457.
pub(crate) fn problem(told: &Told) -> Value {
    json!({ "type": "about:blank", "title": told.title, "status": told.status.as_u16(), "detail": told.detail, "hint": told.hint })
}

impl Ask {
    /// What the layout of a page shows of who asks.
    pub(crate) fn frame(&self) -> Frame {
        Frame::of(self)
    }
}
