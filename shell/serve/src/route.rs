//! What can be asked for, as data: a row says by which method and path, who may, what answers, and what the record calls it.

use crate::app::App;
use crate::ask::Ask;
use crate::reply::Trouble;
use axum::response::Response;
use futures::future::BoxFuture;
use std::fmt;
use std::sync::Arc;
use tenor_state::{Scope, UserRole};

/// Something that can be asked for. There is none without a rule: the field cannot be left out.
#[derive(Clone, Copy)]
pub struct Route {
    /// By which method.
    pub method: Method,
    /// Where; what stands in braces is any one part of a path.
    pub path: &'static str,
    /// Who may.
    pub rule: Rule,
    /// For whom it is made.
    pub kind: Kind,
    /// What the record calls it, where it changes something or shows a customer's data.
    pub word: Option<&'static str>,
    /// What it is, in a sentence.
    pub summary: &'static str,
    /// What an address may have behind `?`.
    pub params: &'static [Param],
    pub(crate) answer: Answer,
}

/// How a route answers.
pub(crate) type Answer = fn(Arc<App>, Ask) -> BoxFuture<'static, Result<Response, Trouble>>;

/// A method that routes have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Changes nothing.
    Get,
    /// Changes something.
    Post,
}

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Anybody: it shows nothing of a customer.
    Open,
    /// Who is logged in and has this role, or more.
    Needs(UserRole),
    /// Anybody on this machine where it listens nowhere else; else whose token has this scope.
    OnThisMachine(Scope),
}

/// For whom a route is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// People.
    Page,
    /// Programs; a token has to have the scope.
    Api(Scope),
    /// Programs, and nothing of a customer.
    Machine,
}

/// Something that an address may have behind `?`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// What it says.
    pub what: &'static str,
    /// What it may be, where only some words will do.
    pub words: &'static [&'static str],
    /// What it looks like, where any word will do.
    pub shape: Shape,
    /// Whether there is no answer without it.
    pub is_required: bool,
}

/// What a value in an address looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Any text.
    Text,
    /// A whole number.
    Whole {
        /// The least that is taken.
        least: u32,
        /// The most.
        most: u32,
    },
    /// A text of this form, a regular expression. What has the form may still be refused: 30 February has that of a day.
    Form(&'static str),
}

impl Rule {
    /// Whether somebody with this role may; without one they are nobody.
    #[must_use]
    pub fn allows(self, role: Option<UserRole>) -> bool {
        match self {
            Self::Open => true,
            Self::Needs(needed) => role.is_some_and(|role| role >= needed),
            Self::OnThisMachine(_) => role == Some(UserRole::Admin),
        }
    }
}

impl Method {
    /// As HTTP has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method.as_str(), self.path)
    }
}
