//! A request, once it is known who asks.

use crate::route::Route;
use jiff::Timestamp;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;
use std::net::IpAddr;
use tenor_ledger::ContentHash;
use tenor_state::{Secret, Session, StoredToken, User, UserRole};

/// A request that was let through. Its address may be a link that lets somebody in, and its form has passwords.
pub(crate) struct Ask {
    pub(crate) route: &'static Route,
    /// Path and what stands behind `?`, as they were asked for.
    pub(crate) address: String,
    pub(crate) path: Pairs,
    pub(crate) query: Pairs,
    pub(crate) form: Pairs,
    pub(crate) sent: Sent,
    pub(crate) who: Who,
    /// What every form of the answer carries.
    pub(crate) form_token: Secret,
    pub(crate) theme: Theme,
    pub(crate) from: IpAddr,
    /// By which name this server was asked.
    pub(crate) host: String,
    /// What the browser keeps of an attempt to log in by the identity provider.
    pub(crate) attempt: Option<String>,
    /// Whether the asker reached us through TLS.
    pub(crate) is_secure: bool,
    /// Whether another site had a browser ask.
    pub(crate) is_cross_site: bool,
    pub(crate) now: Timestamp,
}

/// What a program sends to have something changed.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    pub(crate) members: Map<String, Value>,
    /// By what it would say that it asks for the same again.
    pub(crate) key: Option<String>,
    /// Of route, address and every byte.
    pub(crate) hash: Option<ContentHash>,
}

/// The members of an object, each said once: of two that differ the one that counts would be anybody's guess.
pub(crate) struct Members(pub(crate) Map<String, Value>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Once;
        impl<'de> Visitor<'de> for Once {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Members, A::Error> {
                let mut members = Map::new();
                while let Some((name, value)) = from.next_entry::<String, Value>()? {
                    if members.contains_key(&name) {
                        return Err(A::Error::custom(format!("`{name}` is said twice")));
                    }
                    members.insert(name, value);
                }
                Ok(Members(members))
            }
        }
        from.deserialize_map(Once)
    }
}

/// Who asks.
#[derive(Debug)]
pub(crate) enum Who {
    Nobody,
    LoggedIn { session: Session, secret: Secret },
    Token { user: User, token: StoredToken },
}

/// Which colours somebody chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Theme {
    Auto,
    Light,
    Dark,
}

/// Names and values, in the order in which they came.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Pairs(pub(crate) Vec<(String, String)>);

impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ask").field("route", &self.route).field("from", &self.from).field("now", &self.now).finish_non_exhaustive()
    }
}

/// The names alone: a value may be a password.
impl fmt::Debug for Pairs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl Ask {
    /// The session of who asks, if they have one.
    pub(crate) fn session(&self) -> Option<Secret> {
        match &self.who {
            Who::LoggedIn { secret, .. } => Some(secret.clone()),
            _ => None,
        }
    }
}

impl Who {
    pub(crate) fn user(&self) -> Option<&User> {
        match self {
            Self::Nobody => None,
            Self::LoggedIn { session, .. } => Some(&session.user),
            Self::Token { user, .. } => Some(user),
        }
    }

    pub(crate) fn role(&self) -> Option<UserRole> {
        self.user().map(|user| user.role)
    }
}

impl Theme {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub(crate) fn named(word: &str) -> Self {
        [Self::Light, Self::Dark].into_iter().find(|theme| theme.word() == word).unwrap_or(Self::Auto)
    }
}

impl Pairs {
    /// As forms and addresses write them.
    pub(crate) fn read(text: &str) -> Self {
        Self(url::form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// The value of that name, if it is more than spaces.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.said(name).filter(|value| !value.is_empty())
    }

    /// The value of that name, if it is there at all: it may be empty.
    pub(crate) fn said(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(held, _)| held == name).map(|(_, value)| value.trim())
    }

    /// The value of that name as it was written; empty where there is none.
    pub(crate) fn exact(&self, name: &str) -> &str {
        self.0.iter().find(|(held, _)| held == name).map_or("", |(_, value)| value)
    }

    /// All values of that name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(held, _)| held == name).map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }
}
