//! Passwords: argon2id, in the PHC form, with a salt that is drawn.

use crate::random::{NoRandomness, Randomness};
use argon2::password_hash::phc;
use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use std::fmt;
use std::str::FromStr;

/// A password has so many characters at least. What it is made of is its owner's matter.
pub const PASSWORD_CHARACTERS_MIN: usize = 12;
/// A password has no more bytes.
pub const PASSWORD_BYTES_MAX: usize = 1_024;
const SALT_BYTES: usize = 16;

/// A password of nobody: checked where there is no user, so that it takes as long as where there is one. 19 MiB, two passes, one lane, as new ones have.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What a password is checked by.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

/// Why a text is no password, or none can be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too easily guessed.
    #[error("a password has {PASSWORD_CHARACTERS_MIN} characters at least")]
    Short,
    /// Longer than anybody types.
    #[error("a password has {PASSWORD_BYTES_MAX} bytes at most")]
    Long,
    /// No salt can be drawn.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

impl PasswordError {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Short => "a few words that belong together for you alone are long enough",
            Self::Long => "choose a shorter one",
            Self::NoRandomness(_) => "check /dev/urandom",
        }
    }
}

impl PasswordHash {
    /// Of a new password. Takes some 20 MiB and some hundredths of a second.
    ///
    /// # Errors
    /// When the password is too short or too long, or no salt can be drawn.
    pub fn new(password: &str, random: &dyn Randomness) -> Result<Self, PasswordError> {
        if password.chars().count() < PASSWORD_CHARACTERS_MIN {
            return Err(PasswordError::Short);
        }
        if password.len() > PASSWORD_BYTES_MAX {
            return Err(PasswordError::Long);
        }
        let mut salt = [0; SALT_BYTES];
        random.fill(&mut salt)?;
        let hash = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
        Ok(Self(hash.expect("password and salt are of the lengths it takes").to_string()))
    }

    /// One that no password has, and that takes as long to check as any.
    #[must_use]
    pub fn of_nobody() -> Self {
        Self(NOBODY.to_owned())
    }

    /// Whether it is of this password. Takes as long as making one.
    #[must_use]
    pub fn is_of(&self, password: &str) -> bool {
        password.len() <= PASSWORD_BYTES_MAX && Argon2::default().verify_password(password.as_bytes(), self.0.as_str()).is_ok()
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PasswordHash {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let is_ours = text.starts_with("$argon2id$") && phc::PasswordHash::new(text).is_ok();
        if is_ours { Ok(Self(text.to_owned())) } else { Err(()) }
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(hidden)")
    }
}
