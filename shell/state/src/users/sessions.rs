//! Who is logged in. A session ends when it was not used for a while, after a while however it was used, at log-out, and when its user's role or
//! password changes.

use super::write::refuse_nobody;
use super::{Columns, PasswordHash, Secret, User, UserError, UserName, read, user};
use crate::error::{Asking as _, StateError};
use crate::random::Randomness;
use crate::state::{State, View};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension as _};

/// How long sessions last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimits {
    /// Without being used.
    pub idle: SignedDuration,
    /// However it is used.
    pub whole: SignedDuration,
}

/// Somebody who is logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Who.
    pub user: User,
    /// Since when.
    pub begun: Timestamp,
    /// When they were last seen, as far as that is recorded.
    pub seen: Timestamp,
}

impl Default for SessionLimits {
    fn default() -> Self {
        Self { idle: SignedDuration::from_mins(60), whole: SignedDuration::from_hours(12) }
    }
}

impl SessionLimits {
    fn allow(self, begun: Timestamp, seen: Timestamp, now: Timestamp) -> bool {
        // A clock that was set back makes nobody's session longer.
        now >= begun && !self.is_over(begun, seen, now)
    }

    /// Whether it holds at no moment from this one on.
    fn is_over(self, begun: Timestamp, seen: Timestamp, now: Timestamp) -> bool {
        now.duration_since(begun) >= self.whole || now.duration_since(seen) >= self.idle
    }
}

impl View {
    /// Whose session a secret is of at this moment; nobody's when it has ended.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn session(&self, secret: &Secret, limits: SessionLimits, now: Timestamp) -> Result<Option<Session>, StateError> {
        // Every request asks this first: one statement, and not two.
        let select = "SELECT s.begun, s.seen, u.name, u.role, u.password IS NOT NULL, u.created FROM sessions s JOIN users u ON u.name = s.user \
            WHERE s.hash = ?1";
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, (row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?)));
        let found: Option<(String, String, Columns)> =
            self.db.query_row(select, [secret.hash()], row).optional().asking("read the sessions of")?;
        let Some((begun, seen, columns)) = found else { return Ok(None) };
        let (begun, seen) = (read("the beginning of a session", begun)?, read("the last use of a session", seen)?);
        if !limits.allow(begun, seen, now) {
            return Ok(None);
        }
        Ok(Some(Session { user: user(columns)?, begun, seen }))
    }
}

impl State {
    /// Begins a session of a user who has shown who they are, and whose password is still the one that was looked at (none where there was none);
    /// forgets all that have ended meanwhile.
    ///
    /// # Errors
    /// [`UserError::NoUser`], [`UserError::PasswordChanged`].
    pub fn begin_session(
        &mut self,
        name: &UserName,
        password: Option<&PasswordHash>,
        limits: SessionLimits,
        random: &dyn Randomness,
        now: Timestamp,
    ) -> Result<Secret, StateError> {
        let secret = Secret::draw(random).map_err(crate::KeyError::from)?;
        let change = self.begin()?;
        begin_session_in(&change, &secret, (name, password), limits, now)?;
        change.commit().asking("begin a session in")?;
        Ok(secret)
    }

    /// Records that a session was used.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn see_session(&mut self, secret: &Secret, now: Timestamp) -> Result<(), StateError> {
        let change = self.begin()?;
        change
            .execute("UPDATE sessions SET seen = ?2 WHERE hash = ?1", (secret.hash(), now.to_string()))
            .asking("record a session's use in")?;
        change.commit().asking("record a session's use in")
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn end_session(&mut self, secret: &Secret) -> Result<(), StateError> {
        let change = self.begin()?;
        change.execute("DELETE FROM sessions WHERE hash = ?1", [secret.hash()]).asking("end sessions in")?;
        change.commit().asking("end sessions in")
    }
}

/// Begins a session as a part of a change; forgets all that have ended meanwhile.
pub(super) fn begin_session_in(
    change: &Connection,
    secret: &Secret,
    (name, password): (&UserName, Option<&PasswordHash>),
    limits: SessionLimits,
    now: Timestamp,
) -> Result<(), StateError> {
    refuse_nobody(change, name)?;
    let select = "SELECT 1 FROM users WHERE name = ?1 AND password IS ?2";
    let same = change.query_row(select, (name.as_str(), password.map(PasswordHash::as_str)), |_| Ok(())).optional();
    if same.asking("read the users of")?.is_none() {
        return Err(UserError::PasswordChanged(name.clone()).into());
    }
    let mut ended = Vec::new();
    {
        let mut select = change.prepare("SELECT hash, begun, seen FROM sessions").asking("read the sessions of")?;
        let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).asking("read the sessions of")?;
        for row in rows {
            let (hash, begun, seen): (String, String, String) = row.asking("read the sessions of")?;
            let (begun, seen) = (read("the beginning of a session", begun)?, read("the last use of a session", seen)?);
            // One that begins later is not over: of log-ins at once, who came first may be let in last.
            if limits.is_over(begun, seen, now) {
                ended.push(hash);
            }
        }
    }
    for hash in ended {
        change.execute("DELETE FROM sessions WHERE hash = ?1", [hash]).asking("end sessions in")?;
    }
    let insert = "INSERT INTO sessions (hash, user, begun, seen) VALUES (?1, ?2, ?3, ?3)";
    change.execute(insert, (secret.hash(), name.as_str(), now.to_string())).asking("begin a session in")?;
    Ok(())
}
