//! Answers to programs that say by a key of their own that they ask for the same thing again: it is done once, and answered the same for a day.
//!
//! A key is a user's. It is taken before anything is done; what was begun and never answered stays so, since nobody knows here what became of it.

use crate::error::{Asking as _, StateError};
use crate::state::{State, View};
use crate::users::UserName;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension as _};
use tenor_ledger::ContentHash;

/// A program's key has no more characters.
pub const ANSWER_KEY_CHARACTERS_MAX: usize = 200;
/// A user's keys of a day are no more: each is a row with an answer.
const KEYS_MAX: i64 = 10_000;
/// So long an answer is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
const DOING: &str = "keep an answer in";

/// What is known of what a program asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Once {
    /// It is asked for the first time, and the key is taken.
    Begun,
    /// It was answered.
    Answered {
        /// With this status.
        status: u16,
        /// And this text.
        answer: String,
    },
    /// The key was used for something else.
    Other,
    /// It was begun, and there is no answer: it is being done, or whoever did it ended.
    Unanswered,
    /// The user has taken as many keys as they may in a day. The key is not taken.
    TooMany,
}

impl View {
    /// What is known of a user's key for what is asked, by its hash. It is not taken by that: [`Once::Begun`] says that it may be.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn look_once(&self, user: &UserName, key: &str, asked: ContentHash, now: Timestamp) -> Result<Once, StateError> {
        known(&self.db, user, key, asked, now)
    }
}

impl State {
    /// Takes a user's key for what is asked, by its hash, unless it is taken; answers of more than a day ago are forgotten.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn begin_once(&mut self, user: &UserName, key: &str, asked: ContentHash, now: Timestamp) -> Result<Once, StateError> {
        let change = self.begin()?;
        forget_old(&change, now)?;
        let once = known(&change, user, key, asked, now)?;
        if once == Once::Begun {
            let insert = "INSERT INTO answers (user, key, asked, begun) VALUES (?1, ?2, ?3, ?4)";
            change.execute(insert, (user.as_str(), key, asked.to_string(), second(now))).asking(DOING)?;
        }
        change.commit().asking(DOING)?;
        Ok(once)
    }

    /// Takes a user's key together with what was answered, status and text, unless it was taken meanwhile or the user may take no more.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn keep_once(
        &mut self,
        user: &UserName,
        key: &str,
        asked: ContentHash,
        (status, answer): (u16, &str),
        now: Timestamp,
    ) -> Result<(), StateError> {
        let change = self.begin()?;
        forget_old(&change, now)?;
        if known(&change, user, key, asked, now)? == Once::Begun {
            let insert = "INSERT INTO answers (user, key, asked, begun, status, answer) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            change.execute(insert, (user.as_str(), key, asked.to_string(), second(now), status, answer)).asking(DOING)?;
        }
        change.commit().asking(DOING)
    }

    /// Keeps what was answered.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn answer_once(&mut self, user: &UserName, key: &str, status: u16, answer: &str) -> Result<(), StateError> {
        let change = self.begin()?;
        let update = "UPDATE answers SET status = ?3, answer = ?4 WHERE user = ?1 AND key = ?2";
        change.execute(update, (user.as_str(), key, status, answer)).asking(DOING)?;
        change.commit().asking(DOING)
    }

    /// Gives a key back: nothing was done.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn forget_once(&mut self, user: &UserName, key: &str) -> Result<(), StateError> {
        let change = self.begin()?;
        change.execute("DELETE FROM answers WHERE user = ?1 AND key = ?2", [user.as_str(), key]).asking(DOING)?;
        change.commit().asking(DOING)
    }
}

/// Whole seconds are of one length, so that texts are in the order of what they say.
fn second(moment: Timestamp) -> String {
    Timestamp::from_second(moment.as_second()).expect("it is one").to_string()
}

fn forget_old(change: &Connection, now: Timestamp) -> Result<(), StateError> {
    change.execute("DELETE FROM answers WHERE begun <= ?1", [second(now - KEPT)]).asking(DOING)?;
    Ok(())
}

/// What is known of a key: [`Once::Begun`] where it may be taken. What is old says nothing, whether it is forgotten yet or not.
fn known(db: &Connection, user: &UserName, key: &str, asked: ContentHash, now: Timestamp) -> Result<Once, StateError> {
    let select = "SELECT asked, status, answer FROM answers WHERE user = ?1 AND key = ?2 AND begun > ?3";
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let found: Option<(String, Option<u16>, Option<String>)> =
        db.query_row(select, [user.as_str(), key, second(now - KEPT).as_str()], row).optional().asking(DOING)?;
    Ok(match found {
        None if keys_of(db, user, now)? >= KEYS_MAX => Once::TooMany,
        None => Once::Begun,
        Some((held, ..)) if held != asked.to_string() => Once::Other,
        Some((_, Some(status), Some(answer))) => Once::Answered { status, answer },
        Some(_) => Once::Unanswered,
    })
}

/// How many keys a user has taken that are not old.
fn keys_of(db: &Connection, user: &UserName, now: Timestamp) -> Result<i64, StateError> {
    let select = "SELECT count(*) FROM answers WHERE user = ?1 AND begun > ?2";
    db.query_row(select, [user.as_str(), second(now - KEPT).as_str()], |row| row.get(0)).asking(DOING)
}
