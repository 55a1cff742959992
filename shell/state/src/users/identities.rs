//! Who users are for an identity provider: by what it never gives to another account, since names may pass from one to the next.

use super::sessions::begin_session_in;
use super::write::{end_sessions, refuse_nobody, text};
use super::{PasswordHash, Secret, SessionLimits, UserError, UserName};
use crate::by::By;
use crate::error::{Asking as _, StateError};
use crate::random::Randomness;
use crate::state::{State, View};
use rusqlite::OptionalExtension as _;
use tenor_ledger::Event;

/// An account of an identity provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProviderAccount<'a> {
    /// Whose it is to say who that is: its `iss`.
    pub issuer: &'a str,
    /// What it never gives to another one: its `sub`.
    pub subject: &'a str,
}

impl View {
    /// Whether an account of a provider, which comes with a user's name, may be them: it is theirs, or neither of the two belongs to anybody yet.
    ///
    /// # Errors
    /// [`UserError::OtherAccount`], and when it cannot be read.
    pub fn check_identity(&self, name: &UserName, issuer: &str, subject: &str) -> Result<(), StateError> {
        self.is_bound(name, issuer, subject).map(drop)
    }

    fn is_bound(&self, name: &UserName, issuer: &str, subject: &str) -> Result<bool, StateError> {
        let one = |select: &str, values: (&str, &str)| {
            self.db.query_row(select, values, |row| row.get::<_, String>(0)).optional().asking("read the users of")
        };
        let held = one("SELECT subject FROM identities WHERE user = ?1 AND issuer = ?2", (name.as_str(), issuer))?;
        let of = one("SELECT user FROM identities WHERE issuer = ?1 AND subject = ?2", (issuer, subject))?;
        match (held, of) {
            (None, None) => Ok(false),
            (Some(held), _) if held == subject => Ok(true),
            _ => Err(UserError::OtherAccount(name.clone()).into()),
        }
    }
}

impl State {
    /// Begins a session of a user who came as an account of a provider, as [`begin_session`](State::begin_session) does, if
    /// [`check_identity`](View::check_identity) lets it. The first time, the account is theirs from here on: that is recorded together with the session,
    /// and where there is no session it is not theirs either.
    ///
    /// # Errors
    /// [`UserError::NoUser`], [`UserError::OtherAccount`], [`UserError::PasswordChanged`].
    pub fn begin_session_as(
        &mut self,
        name: &UserName,
        password: Option<&PasswordHash>,
        account: ProviderAccount<'_>,
        limits: SessionLimits,
        by: &By,
        random: &dyn Randomness,
    ) -> Result<Secret, StateError> {
        let ProviderAccount { issuer, subject } = account;
        if self.is_bound(name, issuer, subject)? {
            return self.begin_session(name, password, limits, random, by.moment);
        }
        let doing = "change a user in";
        let user = self.user(name)?.ok_or_else(|| UserError::NoUser(name.clone()))?;
        let secret = Secret::draw(random).map_err(crate::KeyError::from)?;
        // They may do as much as before, and another account of the provider may not come as them.
        let event = Event::UserChanged { user: name.text(), role: text(user.role) };
        self.record(&[by.draft(event)], random, doing, |change| {
            let insert = "INSERT INTO identities (user, issuer, subject, bound) VALUES (?1, ?2, ?3, ?4)";
            change.execute(insert, (name.as_str(), issuer, subject, by.moment.to_string())).asking(doing)?;
            begin_session_in(change, &secret, (name, password), limits, by.moment)
        })?;
        Ok(secret)
    }

    /// Forgets which accounts a user is, and ends their sessions: the next one that comes with their name is them.
    ///
    /// # Errors
    /// [`UserError::NoUser`].
    pub fn unbind_identities(&mut self, name: &UserName, by: &By, random: &dyn Randomness) -> Result<(), StateError> {
        let doing = "change a user in";
        let user = self.user(name)?.ok_or_else(|| UserError::NoUser(name.clone()))?;
        // They log in as somebody who may do as much as before.
        let event = Event::UserChanged { user: name.text(), role: text(user.role) };
        self.record(&[by.draft(event)], random, doing, |change| {
            refuse_nobody(change, name)?;
            change.execute("DELETE FROM identities WHERE user = ?1", [name.as_str()]).asking(doing)?;
            end_sessions(change, name)
        })
        .map(drop)
    }
}
