//! Who users are for an identity provider: by what it never gives to another account, since names may pass from one to the next.

use super::write::{end_sessions, refuse_nobody, text};
use super::{UserError, UserName};
use crate::by::By;
use crate::error::{Asking as _, StateError};
use crate::random::Randomness;
use crate::state::{State, View};
use rusqlite::OptionalExtension as _;
use tenor_ledger::Event;

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
    /// Has an account of a provider be a user from here on, if [`check_identity`](View::check_identity) lets it.
    ///
    /// # Errors
    /// [`UserError::NoUser`], [`UserError::OtherAccount`].
    pub fn bind_identity(&mut self, name: &UserName, issuer: &str, subject: &str, now: jiff::Timestamp) -> Result<(), StateError> {
        if self.is_bound(name, issuer, subject)? {
            return Ok(());
        }
        let change = self.begin()?;
        refuse_nobody(&change, name)?;
        let insert = "INSERT INTO identities (user, issuer, subject, bound) VALUES (?1, ?2, ?3, ?4)";
        change.execute(insert, (name.as_str(), issuer, subject, now.to_string())).asking("change a user in")?;
        change.commit().asking("change a user in")
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
