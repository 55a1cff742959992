//! What a user is called.

use std::fmt;
use std::str::FromStr;
use tenor_ledger::Text;

/// A user's name has no more characters.
pub const USER_NAME_CHARACTERS_MAX: usize = 64;

/// 1 to 64 lower case letters, digits and `.`, `-`, `_`, `@`, the first one a letter or digit: a short name, or an address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserName(String);

/// A text that is no user's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no user's name: 1 to 64 lower case letters, digits and `.`, `-`, `_`, `@`, the first one a letter or digit")]
pub struct UserNameError(String);

impl UserName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As an entry of the ledger has it.
    #[must_use]
    pub fn text(&self) -> Text {
        Text::fitted(&self.0)
    }
}

impl FromStr for UserName {
    type Err = UserNameError;

    fn from_str(text: &str) -> Result<Self, UserNameError> {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let is_allowed = |byte: u8| is_plain(byte) || b".-_@".contains(&byte);
        let is_name = text.len() <= USER_NAME_CHARACTERS_MAX && text.bytes().next().is_some_and(is_plain) && text.bytes().all(is_allowed);
        if is_name { Ok(Self(text.to_owned())) } else { Err(UserNameError(text.chars().take(80).collect())) }
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
