//! Pages: server-rendered, each whole without a script.

pub(crate) mod access;
pub(crate) mod account;
pub(crate) mod backtest;
pub(crate) mod commitment;
pub(crate) mod commitments;
pub(crate) mod compare;
mod condition;
mod confirm;
pub(crate) mod coverage;
pub(crate) mod deciding;
pub(crate) mod docs;
pub(crate) mod explore;
mod groups;
mod hours;
pub(crate) mod jobs;
mod ladder;
pub(crate) mod ledger;
pub(crate) mod login;
pub(crate) mod machine;
pub(crate) mod oidc;
pub(crate) mod orders;
pub(crate) mod overview;
pub(crate) mod proposals;
pub(crate) mod refused;
pub(crate) mod settings;
pub(crate) mod setup;
pub(crate) mod users;
pub(crate) mod welcome;

use crate::ask::{Ask, Theme, Who};
use crate::reply::{Told, page_of};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use tenor_state::UserRole;

/// Pages that the navigation has behind "More", so that the others stay on one line.
const MORE: [&str; 5] = ["/jobs", "/backtest", "/access", "/settings", "/users"];

/// What the layout shows of who asks.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) user: Option<String>,
    pub(crate) role: Option<UserRole>,
    pub(crate) form_token: String,
    pub(crate) theme: Theme,
    pub(crate) address: String,
}

impl Default for Frame {
    fn default() -> Self {
        Self { user: None, role: None, form_token: String::new(), theme: Theme::Auto, address: "/".to_owned() }
    }
}

impl Frame {
    pub(crate) fn of(ask: &Ask) -> Self {
        // Who came by a token sees no pages.
        let user = match &ask.who {
            Who::LoggedIn { session, .. } => Some(session.user.name.to_string()),
            _ => None,
        };
        Self { user, role: ask.who.role(), form_token: ask.form_token.reveal().to_owned(), theme: ask.theme, address: ask.address.clone() }
    }

    /// Whether a page is in the navigation of who asks.
    pub(crate) fn may(&self, role: &str) -> bool {
        role.parse::<UserRole>().is_ok_and(|needed| self.role.is_some_and(|role| role >= needed))
    }

    /// Where the style and the script of this version are.
    pub(crate) fn style(&self) -> &'static str {
        machine::style_address()
    }

    pub(crate) fn script(&self) -> &'static str {
        machine::script_address()
    }

    pub(crate) fn icon(&self) -> &'static str {
        machine::icon_address()
    }

    /// Whether the page that is shown is one of those behind "More".
    pub(crate) fn is_in_more(&self) -> bool {
        MORE.iter().any(|path| self.is_at(path))
    }

    /// Whether this is the page that is shown.
    pub(crate) fn is_at(&self, path: &str) -> bool {
        let here = self.address.split('?').next().unwrap_or_default();
        if path == "/" { here == "/" } else { here == path || here.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')) }
    }
}

#[derive(Template)]
#[template(path = "framed.html")]
struct FramedPage<'a> {
    frame: &'a Frame,
    title: &'static str,
    content: &'a str,
}

/// A content that may be another's too, in the frame of who asks. It is HTML that a template made.
pub(crate) fn framed(status: StatusCode, frame: &Frame, title: &'static str, content: &str) -> Response {
    page_of(status, &FramedPage { frame, title, content })
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    frame: &'a Frame,
    told: &'a Told,
}

/// What went wrong, and what to do.
pub(crate) fn error_page(frame: &Frame, told: &Told) -> Response {
    page_of(told.status, &ErrorPage { frame, told })
}
