//! The names that a connection to an account has: who is trusted, which role, which bucket, which regions. All are checked where they enter,
//! so that nothing in a policy can be read as something else.

use crate::partition::Partition;
use std::collections::BTreeSet;
use std::fmt;

/// Why a text is not the name it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Not the shape that AWS or Tenor demands of it.
    #[error("`{text}` is no {what}: {rule}")]
    Shape {
        /// What was expected.
        what: &'static str,
        /// What was given, cut to 64 characters.
        text: String,
        /// What is allowed.
        rule: &'static str,
    },
    /// An account's root stands for everyone in the account.
    #[error("`{0}` is a whole account; trust one role or user in it")]
    WholeAccount(String),
    /// Not 128 bits.
    #[error("an External ID is 32 hexadecimal digits, lower case")]
    ExternalId,
}

/// Roles, buckets, prefixes and regions no longer than this; documents are split for the longest.
pub(crate) const ROLE_CHARACTERS_MAX: usize = 64;
pub(crate) const BUCKET_CHARACTERS_MAX: usize = 63;
pub(crate) const PREFIX_CHARACTERS_MAX: usize = 200;
const REGION_CHARACTERS_MAX: usize = 24;

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $rule:literal, $is:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                let is: fn(&str) -> bool = $is;
                let shape = || NameError::Shape { what: $what, text: text.chars().take(64).collect(), rule: $rule };
                if is(text) { Ok(Self(text.to_owned())) } else { Err(shape()) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

name!(
    /// The number of an AWS account: twelve digits.
    AccountNumber,
    "account number",
    "twelve digits",
    |text| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
);
name!(
    /// The name of the role in the connected account, without its path, which is `/tenor/`.
    RoleName,
    "role name",
    "1 to 64 letters, digits and -_",
    |text| is_made_of(text, ROLE_CHARACTERS_MAX, b"-_")
);
name!(
    /// The name of the bucket that reports are delivered to.
    BucketName,
    "bucket name",
    "3 to 63 lower case letters, digits, dots and hyphens",
    |text| {
        let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
        let bytes = text.as_bytes();
        text.len() >= 3 && lower && is_made_of(text, BUCKET_CHARACTERS_MAX, b"-.") && ends(bytes.first()) && ends(bytes.last())
    }
);
name!(
    /// A region's name: `eu-west-1`.
    RegionName,
    "region",
    "lower case letters, digits and hyphens, as `eu-west-1`",
    |text| {
        let lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
        lower && is_made_of(text, REGION_CHARACTERS_MAX, b"-") && text.split('-').count() >= 3 && text.split('-').all(|part| !part.is_empty())
    }
);

fn is_made_of(text: &str, characters_max: usize, others: &[u8]) -> bool {
    !text.is_empty() && text.len() <= characters_max && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || others.contains(&byte))
}

/// What the keys of a report's files begin with; may be empty.
///
/// Never a part of a folder's name: it is empty or ends in a slash, or what is granted under `cur` would reach into `cur-secret/` too.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyPrefix(String);

/// Whom the role trusts: the ARN of one role or user.
///
/// Never an account's root, never with a wildcard.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Principal {
    partition: Partition,
    arn: String,
}

/// 128 random bits that only the customer and this Tenor know to belong to a connection.
///
/// Never empty, never shown by `Debug`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ExternalId([u8; 16]);

/// What kind of account is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccountKind {
    /// It pays: an organization's management account, or an account without an organization.
    Payer,
    /// It is a member of an organization.
    Member,
}

/// Where reports are delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The bucket.
    pub bucket: BucketName,
    /// What the keys of its files begin with.
    pub prefix: KeyPrefix,
    /// Whose the bucket is.
    pub owner: AccountNumber,
}

/// Where Tenor may buy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Regions {
    /// Everywhere; purchases are then limited by no region.
    All,
    /// In these alone; empty means nowhere.
    Only(BTreeSet<RegionName>),
}

/// A connection to an account, with every name that a policy has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Where the account is.
    pub partition: Partition,
    /// The account.
    pub account: AccountNumber,
    /// What kind of account it is.
    pub kind: AccountKind,
    /// The role in it.
    pub role: RoleName,
    /// Who may assume the role.
    pub trusted: Principal,
    /// Where its reports are, if it has any.
    pub report: Option<Report>,
    /// Where Tenor may buy.
    pub regions: Regions,
}

impl KeyPrefix {
    /// The prefix as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for KeyPrefix {
    type Err = NameError;

    /// A slash is added where it lacks one.
    fn from_str(text: &str) -> Result<Self, NameError> {
        let slash = if text.is_empty() || text.ends_with('/') { "" } else { "/" };
        let whole = format!("{text}{slash}");
        let is_path = !whole.starts_with('/') && !whole.contains("//");
        if whole.is_empty() || (is_made_of(&whole, PREFIX_CHARACTERS_MAX, b"-_./=+") && is_path) {
            return Ok(Self(whole));
        }
        let rule = "at most 200 letters, digits and -_./=+, without a slash before a slash or at the beginning";
        Err(NameError::Shape { what: "key prefix", text: text.chars().take(64).collect(), rule })
    }
}

impl fmt::Display for KeyPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Principal {
    /// The ARN.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.arn
    }

    /// Where the principal is; a role can be assumed from within its own partition only.
    #[must_use]
    pub const fn partition(&self) -> Partition {
        self.partition
    }
}

impl std::str::FromStr for Principal {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let shape = || NameError::Shape {
            what: "principal",
            text: text.chars().take(64).collect(),
            rule: "the ARN of one role or user, as `arn:aws:iam::111122223333:role/tenor`",
        };
        let parts: Vec<_> = text.split(':').collect();
        let ["arn", partition, "iam", "", account, name] = parts.as_slice() else { return Err(shape()) };
        let partition = partition.parse().map_err(|_| shape())?;
        account.parse::<AccountNumber>().map_err(|_| shape())?;
        if *name == "root" {
            return Err(NameError::WholeAccount(text.to_owned()));
        }
        let path = name.strip_prefix("role/").or_else(|| name.strip_prefix("user/")).ok_or_else(shape)?;
        let named = path.split('/').all(|part| is_made_of(part, 128, b"-_+=,.@"));
        if named && path.len() <= 512 { Ok(Self { partition, arn: text.to_owned() }) } else { Err(shape()) }
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.arn)
    }
}

impl ExternalId {
    /// An External ID of these bits, which the caller drew at random.
    #[must_use]
    pub const fn from_random(bits: [u8; 16]) -> Self {
        Self(bits)
    }

    /// The 32 hexadecimal digits that the trust policy holds and every call to assume the role repeats.
    #[must_use]
    pub fn reveal(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl std::str::FromStr for ExternalId {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let digits: Vec<u8> = text.bytes().filter(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')).collect();
        if digits.len() != 32 || text.len() != 32 {
            return Err(NameError::ExternalId);
        }
        let value = |digit: u8| if digit <= b'9' { digit - b'0' } else { digit - b'a' + 10 };
        let mut bits = [0; 16];
        for (bit, pair) in bits.iter_mut().zip(digits.chunks(2)) {
            *bit = value(pair[0]) << 4 | value(pair[1]);
        }
        Ok(Self(bits))
    }
}

impl fmt::Debug for ExternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ExternalId(hidden)")
    }
}

#[cfg(test)]
#[path = "connection_tests.rs"]
mod tests;
