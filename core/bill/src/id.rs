//! Ids that do not mix.

use std::fmt;
use std::str::FromStr;

/// The id of an account that is billed or that uses: 12 digits at AWS, other shapes at other providers.
///
/// Never empty, at most 128 characters, no control characters and none that a path or a Hive folder gives a meaning.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(String);

/// Why a text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Empty, too long, or with a character that no provider uses.
    #[error("`{0}` is not an account id")]
    NotAnAccount(String),
}

impl AccountId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AccountId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let fits = !text.is_empty() && text.len() <= 128;
        // Azure's billing accounts are paths with colons, Google's have dashes; a folder name escapes what it must.
        let plain = text.chars().all(|c| !c.is_control() && c != '\\');
        if fits && plain { Ok(Self(text.to_owned())) } else { Err(IdError::NotAnAccount(text.chars().take(64).collect())) }
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::AccountId;

    #[test]
    fn ids_of_every_provider_pass_and_hostile_ones_do_not() {
        for good in ["111122223333", "51738928782", "/providers/Microsoft.Billing/billingAccounts/1:2", "01A-02B"] {
            assert_eq!(good.parse::<AccountId>().unwrap().as_str(), good);
        }
        for bad in ["", "a\0b", "a\nb", &"1".repeat(129)] {
            assert!(bad.parse::<AccountId>().is_err());
        }
    }
}
