//! Who may log in to the web server, and as what: users, links that set a password once, sessions, tokens.
//!
//! Of links, sessions and tokens only the SHA-256 is kept; of 256 random bits it tells nothing. Passwords are argon2id. Every change of users, roles
//! and tokens is one transaction with the entry that says so; that somebody logged in is no change of these.

mod ended;
mod identities;
mod name;
mod password;
mod role;
mod secret;
mod sessions;
mod tokens;
mod write;

pub use ended::Ended;
pub(crate) use ended::{end_all, token_prefixes};
pub use identities::ProviderAccount;
pub use name::{USER_NAME_CHARACTERS_MAX, UserName, UserNameError};
pub use password::{PASSWORD_BYTES_MAX, PASSWORD_CHARACTERS_MIN, PasswordError, PasswordHash};
pub use role::{Scope, UserRole};
pub use secret::Secret;
pub use sessions::{Session, SessionLimits};
pub use tokens::{StoredToken, TOKEN_LABEL_CHARACTERS_MAX};

use crate::error::{Asking as _, StateError};
use crate::state::View;
use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row};
use std::str::FromStr;

/// Why users cannot be changed so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UserError {
    /// A user with that name is there.
    #[error("there is a user `{0}` already")]
    Taken(UserName),
    /// No user has that name.
    #[error("there is no user `{0}`")]
    NoUser(UserName),
    /// What somebody showed is their password no more.
    #[error("the password of `{0}` was changed meanwhile")]
    PasswordChanged(UserName),
    /// The provider's account is not the one that they logged in with before, or is another user's.
    #[error("the identity provider's account is not that of `{0}`")]
    OtherAccount(UserName),
    /// Without one, nobody could let anybody in.
    #[error("`{0}` is the only admin who can log in")]
    LastAdmin(UserName),
    /// It was used, replaced, has run out, or never was.
    #[error("the link is not valid any more")]
    NoInvitation,
    /// No token begins so.
    #[error("there is no token `{0}`")]
    NoToken(String),
    /// A token is for something.
    #[error("the token would be for nothing")]
    NoScope,
}

impl UserError {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Taken(_) => "choose another name, or change the one that is there: tenor user role",
            Self::NoUser(_) => "list the users: tenor user list",
            Self::PasswordChanged(_) => "log in with the new one",
            Self::OtherAccount(_) => "if that account was made anew there, forget the old one: tenor user unlink",
            Self::LastAdmin(_) => "make another user admin first, and let them set their password",
            Self::NoInvitation => "ask for a new one: tenor user invite",
            Self::NoToken(_) => "list the tokens: tenor user tokens",
            Self::NoScope => "name one scope at least",
        }
    }
}

/// Somebody who may log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// What they are called.
    pub name: UserName,
    /// What they may do.
    pub role: UserRole,
    /// Whether they have set a password; without one they can log in by an identity provider alone.
    pub has_password: bool,
    /// Since when they are known.
    pub created: Timestamp,
}

impl View {
    /// All users, by name.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn users(&self) -> Result<Vec<User>, StateError> {
        let mut select = self.db.prepare(&format!("{SELECT} ORDER BY name")).asking("read the users of")?;
        let rows = select.query_map([], row).asking("read the users of")?;
        rows.map(|row| user(row.asking("read the users of")?)).collect()
    }

    /// One of them.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn user(&self, name: &UserName) -> Result<Option<User>, StateError> {
        let select = format!("{SELECT} WHERE name = ?1");
        let found = self.db.query_row(&select, [name.as_str()], row).optional().asking("read the users of")?;
        found.map(user).transpose()
    }

    /// What a user's password is checked by; nothing where there is no such user, or they have none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn password(&self, name: &UserName) -> Result<Option<PasswordHash>, StateError> {
        let select = "SELECT password FROM users WHERE name = ?1";
        let found: Option<Option<String>> =
            self.db.query_row(select, [name.as_str()], |row| row.get(0)).optional().asking("read the users of")?;
        found.flatten().map(|text| read("the password of a user", text)).transpose()
    }

    /// Whose password a link sets at this moment; nobody's when it was used, replaced or has run out.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn invited(&self, link: &Secret, now: Timestamp) -> Result<Option<UserName>, StateError> {
        write::invited(&self.db, link, now)
    }
}

const SELECT: &str = "SELECT name, role, password IS NOT NULL, created FROM users";

type Columns = (String, String, bool, String);

fn row(row: &Row<'_>) -> rusqlite::Result<Columns> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
}

fn user((name, role, has_password, created): Columns) -> Result<User, StateError> {
    let (name, role) = (read("the name of a user", name)?, read("the role of a user", role)?);
    Ok(User { name, role, has_password, created: read("the moment of a user", created)? })
}

/// What no version of the program writes is refused by its name; a value that may be secret is not repeated.
fn read<T: FromStr>(what: &str, value: String) -> Result<T, StateError> {
    value
        .parse()
        .map_err(|_| StateError::Value { what: what.to_owned(), value: if what.contains("password") { "…".to_owned() } else { value } })
}
