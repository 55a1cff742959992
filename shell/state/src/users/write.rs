//! Users added, changed, invited and removed: each in one transaction with the entry that says so.

use super::{PasswordHash, Secret, StoredToken, UserError, UserName, UserRole, read};
use crate::by::By;
use crate::error::{Asking as _, StateError};
use crate::random::Randomness;
use crate::state::State;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _};
use tenor_ledger::{Event, Moment, Text};

impl State {
    /// Adds a user, who has no password yet.
    ///
    /// # Errors
    /// [`UserError::Taken`] when one has that name.
    pub fn add_user(&mut self, name: &UserName, role: UserRole, by: &By, random: &dyn Randomness) -> Result<(), StateError> {
        let doing = "add a user to";
        let event = Event::UserAdded { user: name.text(), role: text(role) };
        let moment = by.moment.to_string();
        self.record(&[by.draft(event)], random, doing, |change| {
            if is_there(change, name)? {
                return Err(UserError::Taken(name.clone()).into());
            }
            let insert = "INSERT INTO users (name, role, created) VALUES (?1, ?2, ?3)";
            change.execute(insert, (name.as_str(), role.as_str(), moment)).asking(doing).map(drop)
        })
        .map(drop)
    }

    /// Lets a user do more or less, and ends their sessions. Of an admin who becomes less, tokens for what is an admin's alone go with the role, each with
    /// an entry that says so: one for the server's own figures is good whatever role its user has.
    ///
    /// # Errors
    /// [`UserError::NoUser`], and [`UserError::LastAdmin`] when nobody who can log in would be left to let anybody in.
    pub fn change_role(&mut self, name: &UserName, role: UserRole, by: &By, random: &dyn Randomness) -> Result<(), StateError> {
        let doing = "change a user in";
        let is_lowered = role != UserRole::Admin && self.user(name)?.is_some_and(|user| user.role == UserRole::Admin);
        let held = if is_lowered { self.tokens()? } else { Vec::new() };
        let is_lost = |token: &StoredToken| token.user == *name && token.scopes.iter().any(|scope| scope.is_of_admins());
        let lost: Vec<_> = held.into_iter().filter(is_lost).map(|token| token.prefix).collect();
        let revoked = lost.iter().map(|prefix| Event::TokenRevoked { token: text(prefix) });
        let events = [Event::UserChanged { user: name.text(), role: text(role) }].into_iter().chain(revoked);
        let group: Vec<_> = events.map(|event| by.draft(event)).collect();
        self.record(&group, random, doing, |change| {
            refuse_nobody(change, name)?;
            if role != UserRole::Admin {
                refuse_last_admin(change, name)?;
            }
            change.execute("UPDATE users SET role = ?2 WHERE name = ?1", (name.as_str(), role.as_str())).asking(doing)?;
            for prefix in &lost {
                change.execute("DELETE FROM tokens WHERE prefix = ?1", [prefix]).asking(doing)?;
            }
            end_sessions(change, name)
        })
        .map(drop)
    }

    /// Forgets a user with their sessions and tokens. What the ledger says of them stays.
    ///
    /// # Errors
    /// As [`change_role`](Self::change_role).
    pub fn remove_user(&mut self, name: &UserName, by: &By, random: &dyn Randomness) -> Result<(), StateError> {
        let doing = "remove a user from";
        let event = Event::UserRemoved { user: name.text() };
        self.record(&[by.draft(event)], random, doing, |change| {
            refuse_nobody(change, name)?;
            refuse_last_admin(change, name)?;
            change.execute("DELETE FROM users WHERE name = ?1", [name.as_str()]).asking(doing).map(drop)
        })
        .map(drop)
    }

    /// Makes a link by which a user sets their password, once, in place of any that they were given before.
    ///
    /// # Errors
    /// [`UserError::NoUser`].
    pub fn invite(&mut self, name: &UserName, expires: Timestamp, by: &By, random: &dyn Randomness) -> Result<Secret, StateError> {
        let doing = "invite a user in";
        let link = Secret::draw(random).map_err(crate::KeyError::from)?;
        let event = Event::UserInvited { user: name.text(), expires: Moment(expires) };
        self.record(&[by.draft(event)], random, doing, |change| {
            refuse_nobody(change, name)?;
            let upsert = "INSERT INTO invitations (user, hash, expires) VALUES (?1, ?2, ?3)
                ON CONFLICT (user) DO UPDATE SET hash = excluded.hash, expires = excluded.expires";
            change.execute(upsert, (name.as_str(), link.hash(), expires.to_string())).asking(doing).map(drop)
        })?;
        Ok(link)
    }

    /// Sets the password that a link is for, uses the link up, and ends the user's sessions. Says who it is.
    ///
    /// # Errors
    /// [`UserError::NoInvitation`] when the link was used, replaced, or has run out at the moment that `by` says.
    pub fn accept_invitation(
        &mut self,
        link: &Secret,
        password: &PasswordHash,
        by: &By,
        random: &dyn Randomness,
    ) -> Result<UserName, StateError> {
        let name = self.invited(link, by.moment)?.ok_or(UserError::NoInvitation)?;
        self.set_password(&name, password, by, random, |change| match invited(change, link, by.moment)? {
            Some(_) => Ok(()),
            None => Err(UserError::NoInvitation.into()),
        })?;
        Ok(name)
    }

    /// Changes the password of a user who is known to be themselves, and ends their sessions.
    ///
    /// # Errors
    /// [`UserError::NoUser`].
    pub fn change_password(
        &mut self,
        name: &UserName,
        password: &PasswordHash,
        by: &By,
        random: &dyn Randomness,
    ) -> Result<(), StateError> {
        self.set_password(name, password, by, random, |change| refuse_nobody(change, name))
    }

    fn set_password(
        &mut self,
        name: &UserName,
        password: &PasswordHash,
        by: &By,
        random: &dyn Randomness,
        check: impl FnOnce(&Connection) -> Result<(), StateError>,
    ) -> Result<(), StateError> {
        let doing = "change a password in";
        let event = Event::PasswordChanged { user: name.text() };
        self.record(&[by.draft(event)], random, doing, |change| {
            check(change)?;
            change.execute("UPDATE users SET password = ?2 WHERE name = ?1", (name.as_str(), password.as_str())).asking(doing)?;
            change.execute("DELETE FROM invitations WHERE user = ?1", [name.as_str()]).asking(doing)?;
            end_sessions(change, name)
        })
        .map(drop)
    }
}

pub(super) fn text(word: impl ToString) -> Text {
    Text::fitted(&word.to_string())
}

pub(super) fn invited(db: &Connection, link: &Secret, now: Timestamp) -> Result<Option<UserName>, StateError> {
    let select = "SELECT user, expires FROM invitations WHERE hash = ?1";
    let found: Option<(String, String)> =
        db.query_row(select, [link.hash()], |row| Ok((row.get(0)?, row.get(1)?))).optional().asking("read the invitations of")?;
    let Some((name, expires)) = found else { return Ok(None) };
    let expires: Timestamp = read("the end of an invitation", expires)?;
    Ok(if now < expires { Some(read("the name of a user", name)?) } else { None })
}

pub(super) fn refuse_nobody(change: &Connection, name: &UserName) -> Result<(), StateError> {
    if is_there(change, name)? { Ok(()) } else { Err(UserError::NoUser(name.clone()).into()) }
}

/// An admin without a password lets nobody in.
fn refuse_last_admin(change: &Connection, name: &UserName) -> Result<(), StateError> {
    let select = "SELECT count(*) FILTER (WHERE name = ?1), count(*) FROM users WHERE role = 'admin' AND password IS NOT NULL";
    let (this, all): (i64, i64) =
        change.query_row(select, [name.as_str()], |row| Ok((row.get(0)?, row.get(1)?))).asking("read the users of")?;
    if this == 1 && all == 1 { Err(UserError::LastAdmin(name.clone()).into()) } else { Ok(()) }
}

fn is_there(change: &Connection, name: &UserName) -> Result<bool, StateError> {
    let select = "SELECT EXISTS (SELECT 1 FROM users WHERE name = ?1)";
    change.query_row(select, [name.as_str()], |row| row.get(0)).asking("read the users of")
}

pub(super) fn end_sessions(change: &Connection, name: &UserName) -> Result<(), StateError> {
    change.execute("DELETE FROM sessions WHERE user = ?1", [name.as_str()]).asking("end sessions in").map(drop)
}
