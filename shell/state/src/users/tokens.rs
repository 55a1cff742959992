//! Tokens for the API: `tnr_` and 8 digits that may be shown, an underscore, and the secret.

use super::write::{refuse_nobody, text};
use super::{Scope, Secret, User, UserError, UserName, read};
use crate::by::By;
use crate::error::{Asking as _, StateError};
use crate::random::Randomness;
use crate::state::{State, View};
use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row};
use std::collections::BTreeSet;
use tenor_ledger::{Event, Moment};

/// What a token is called has no more characters.
pub const TOKEN_LABEL_CHARACTERS_MAX: usize = 100;
const BEGINNING: &str = "tnr_";
const PREFIX_DIGITS: usize = 8;

/// What is kept of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredToken {
    /// Its beginning.
    pub prefix: String,
    /// Whose it is.
    pub user: UserName,
    /// What for, in its owner's words.
    pub label: String,
    /// What it may be used for.
    pub scopes: BTreeSet<Scope>,
    /// Since when.
    pub created: Timestamp,
    /// Until when.
    pub expires: Timestamp,
}

const SELECT: &str = "SELECT prefix, user, label, scopes, created, expires FROM tokens";

impl View {
    /// All tokens, by their beginning; also those that have run out.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn tokens(&self) -> Result<Vec<StoredToken>, StateError> {
        let mut select = self.db.prepare(&format!("{SELECT} ORDER BY prefix")).asking("read the tokens of")?;
        let rows = select.query_map([], columns).asking("read the tokens of")?;
        rows.map(|row| token(row.asking("read the tokens of")?)).collect()
    }

    /// Whose token this is, and what it may be used for; nothing when it is none, or has run out.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn token(&self, brought: &str, now: Timestamp) -> Result<Option<(User, StoredToken)>, StateError> {
        let secret = brought.strip_prefix(BEGINNING).and_then(|rest| rest.split_once('_')).and_then(|(_, secret)| Secret::read(secret));
        let Some(secret) = secret else { return Ok(None) };
        let select = format!("{SELECT} WHERE hash = ?1");
        let found = self.db.query_row(&select, [secret.hash()], columns).optional().asking("read the tokens of")?;
        let Some(found) = found.map(token).transpose()?.filter(|token| now < token.expires) else { return Ok(None) };
        Ok(self.user(&found.user)?.map(|user| (user, found)))
    }
}

impl State {
    /// Makes a token, and returns all of it for the only time.
    ///
    /// # Errors
    /// [`UserError::NoUser`] and [`UserError::NoScope`].
    pub fn make_token(
        &mut self,
        name: &UserName,
        label: &str,
        scopes: &BTreeSet<Scope>,
        expires: Timestamp,
        by: &By,
        random: &dyn Randomness,
    ) -> Result<String, StateError> {
        if scopes.is_empty() {
            return Err(UserError::NoScope.into());
        }
        let doing = "make a token in";
        let secret = Secret::draw(random).map_err(crate::KeyError::from)?;
        // The beginning is of other bits than the secret: what is shown tells nothing of it.
        let prefix = format!("{BEGINNING}{}", &Secret::draw(random).map_err(crate::KeyError::from)?.reveal()[..PREFIX_DIGITS]);
        let words = scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ");
        let label: String = label.chars().filter(|c| !c.is_control()).take(TOKEN_LABEL_CHARACTERS_MAX).collect();
        let event = Event::TokenMade { token: text(&prefix), user: name.text(), scopes: text(&words), expires: Moment(expires) };
        self.record(&[by.draft(event)], random, doing, |change| {
            refuse_nobody(change, name)?;
            let insert = "INSERT INTO tokens (prefix, hash, user, label, scopes, created, expires) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
            let values = (&prefix, secret.hash(), name.as_str(), label, words, by.moment.to_string(), expires.to_string());
            change.execute(insert, values).asking(doing).map(drop)
        })?;
        Ok(format!("{prefix}_{}", secret.reveal()))
    }

    /// Accepts a token no more.
    ///
    /// # Errors
    /// [`UserError::NoToken`].
    pub fn revoke_token(&mut self, prefix: &str, by: &By, random: &dyn Randomness) -> Result<(), StateError> {
        let doing = "revoke a token in";
        let event = Event::TokenRevoked { token: text(prefix) };
        self.record(&[by.draft(event)], random, doing, |change| {
            match change.execute("DELETE FROM tokens WHERE prefix = ?1", [prefix]).asking(doing)? {
                0 => Err(UserError::NoToken(prefix.to_owned()).into()),
                _ => Ok(()),
            }
        })
        .map(drop)
    }
}

type Columns = [String; 6];

fn columns(row: &Row<'_>) -> rusqlite::Result<Columns> {
    Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?])
}

fn token([prefix, user, label, scopes, created, expires]: Columns) -> Result<StoredToken, StateError> {
    let scopes = scopes.split(' ').map(|word| read("the scope of a token", word.to_owned())).collect::<Result<_, _>>()?;
    let (user, created) = (read("the name of a user", user)?, read("the moment of a token", created)?);
    Ok(StoredToken { prefix, user, label, scopes, created, expires: read("the end of a token", expires)? })
}
