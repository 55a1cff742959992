//! By what AWS knows a request again, and what says that something is Tenor's own.

use crate::answer::Input;
use std::collections::BTreeMap;
use std::fmt;
use tenor_wire::Value;

/// An idempotency token: AWS answers to a second request with it as it did to the first.
///
/// One to 64 printable ASCII characters without a space. Source: EC2's API, ensuring idempotency; `aws-rules` §7.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token(String);

/// The name that a purchase gets, of which there can be only one.
///
/// Lower-case letters, digits and single hyphens, beginning with a letter and not ending with a hyphen; 5 to 60 characters, which fits
/// every service. Source: `aws-rules` §7.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurchaseName(String);

/// The name of a report or an export of Tenor's own: it begins with `tenor-`, which its permission asks for.
///
/// Letters, digits, `-` and `_`; at most 128 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnName(String);

/// Tags of what Tenor bought, by keys that stand after `tenor:`. `tenor:managed` comes by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnTags(pub BTreeMap<String, String>);

/// A text that is no such key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// No token.
    #[error("`{0}` is no token: 1 to 64 printable ASCII characters without a space")]
    Token(String),
    /// No name of a purchase.
    #[error("`{0}` is no name of a purchase: 5 to 60 lower-case letters, digits and single hyphens, beginning with a letter")]
    Purchase(String),
    /// Not a name of Tenor's own.
    #[error("`{0}` is no name of a report of Tenor's: `tenor-` and up to 122 letters, digits, `-` and `_`")]
    Own(String),
}

impl Token {
    /// A token.
    ///
    /// # Errors
    /// When it is none.
    pub fn new(text: &str) -> Result<Self, BadKey> {
        let is_one = (1..=64).contains(&text.len()) && text.chars().all(|character| character.is_ascii_graphic());
        if is_one { Ok(Self(text.to_owned())) } else { Err(BadKey::Token(text.chars().take(80).collect())) }
    }
}

impl PurchaseName {
    /// A name.
    ///
    /// # Errors
    /// When it is none.
    pub fn new(text: &str) -> Result<Self, BadKey> {
        let plain = text.chars().all(|character| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-');
        let edges = text.starts_with(|first: char| first.is_ascii_lowercase()) && !text.ends_with('-') && !text.contains("--");
        let is_one = (5..=60).contains(&text.len()) && plain && edges;
        if is_one { Ok(Self(text.to_owned())) } else { Err(BadKey::Purchase(text.chars().take(80).collect())) }
    }
}

impl OwnName {
    /// A name.
    ///
    /// # Errors
    /// When it is none.
    pub fn new(text: &str) -> Result<Self, BadKey> {
        let rest = text.strip_prefix("tenor-").unwrap_or_default();
        let plain = rest.chars().all(|character| character.is_ascii_alphanumeric() || character == '-' || character == '_');
        let is_one = (1..=122).contains(&rest.len()) && plain;
        if is_one { Ok(Self(text.to_owned())) } else { Err(BadKey::Own(text.chars().take(80).collect())) }
    }
}

macro_rules! text_of {
    ($($name:ident),*) => {$(
        impl $name {
            /// As text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl From<&$name> for Value {
            fn from(key: &$name) -> Self {
                key.0.as_str().into()
            }
        }
    )*};
}

text_of!(Token, PurchaseName, OwnName);

impl OwnTags {
    /// All of them by their whole keys. Without `tenor:managed` the permission to buy does not hold.
    pub(super) fn all(&self) -> BTreeMap<String, String> {
        let own = self.0.iter().map(|(key, value)| (format!("tenor:{key}"), value.clone()));
        own.chain([("tenor:managed".to_owned(), "true".to_owned())]).collect()
    }

    pub(super) fn add(&self, input: Input) -> Input {
        input.tagged("Tags", &self.all())
    }
}

#[cfg(test)]
mod tests {
    use super::{OwnName, OwnTags, PurchaseName, Token};

    #[test]
    fn a_key_that_aws_would_not_take_is_refused_before_it_is_sent() {
        for good in ["a", "3f0c-UUID", &"x".repeat(64)] {
            assert_eq!(Token::new(good).unwrap().as_str(), good);
        }
        for bad in ["", "a b", "é", &"x".repeat(65)] {
            assert!(Token::new(bad).is_err(), "{bad}");
        }
        for good in ["tenor", "t-0-1", &"x".repeat(60)] {
            assert_eq!(PurchaseName::new(good).unwrap().as_str(), good);
        }
        for bad in ["", "abcd", "1tenor", "tenor-", "te--nor", "Tenor", "te_nor", &"x".repeat(61)] {
            assert!(PurchaseName::new(bad).is_err(), "{bad}");
        }
        assert_eq!(OwnName::new("tenor-focus_1").unwrap().to_string(), "tenor-focus_1");
        insta::assert_snapshot!(
            [Token::new("").unwrap_err(), PurchaseName::new("X").unwrap_err(), OwnName::new("tenor-").unwrap_err()].map(|e| e.to_string()).join("\n"),
            @"
        `` is no token: 1 to 64 printable ASCII characters without a space
        `X` is no name of a purchase: 5 to 60 lower-case letters, digits and single hyphens, beginning with a letter
        `tenor-` is no name of a report of Tenor's: `tenor-` and up to 122 letters, digits, `-` and `_`
        "
        );
    }

    #[test]
    fn what_is_bought_is_always_tagged_as_our_own() {
        let tags = OwnTags([("managed".to_owned(), "false".to_owned()), ("order".to_owned(), "7".to_owned())].into());
        assert_eq!(format!("{:?}", tags.all()), r#"{"tenor:managed": "true", "tenor:order": "7"}"#);
    }
}
