//! The words a row is made of: tier, access level, effect on money, retry class, channel. They decide nothing by themselves.

use std::fmt;

/// A part of the permissions that a customer takes or leaves as a whole; within it every capability has a switch of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Reads what a first proposal needs. Nothing in it changes anything.
    Trial,
    /// Reads that can show more than money: opt-in.
    Detail,
    /// Buys, changes and returns commitments.
    Commitments,
    /// Moves accounts in and out of the organization.
    Org,
    /// Sets up exports, tags reservations, asks for quotas.
    Automation,
    /// Changes running resources: opt-in.
    Infrastructure,
}

/// AWS's access level of an IAM action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// Shows that something is there.
    List,
    /// Shows what is in it.
    Read,
    /// Changes tags alone.
    Tagging,
    /// Makes, changes or deletes.
    Write,
    /// Changes who may do what.
    Permissions,
}

/// What a call does to the owner's money; the cost of the call itself is apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MoneyEffect {
    /// Nothing.
    None,
    /// Money is owed afterwards that was not before.
    Spends,
    /// Money comes back.
    Refunds,
    /// A commitment passes to somebody else.
    Transfers,
}

/// What may be done when no answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Retry {
    /// Ask again: nothing changes by asking.
    Read,
    /// Ask again with the same token in this parameter: AWS answers as it did the first time.
    Token {
        /// A path of member names in the request, joined by dots.
        parameter: &'static str,
    },
    /// Ask again with the same value in this parameter, which names what is made or changed: a second call changes nothing more.
    NaturalKey {
        /// A path of member names in the request, joined by dots.
        parameter: &'static str,
    },
    /// Never: a second call could do it twice. Find out first.
    Never,
}

/// By which road a call leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// Tenor's own codec of AWS's wire protocols.
    Codec,
    /// The crate `object_store`, which reads reports.
    ObjectStore,
    /// The crate `aws-config`, which gets credentials.
    AwsConfig,
}

impl Tier {
    /// All, from the least to the most.
    pub const ALL: [Self; 6] = [Self::Trial, Self::Detail, Self::Commitments, Self::Org, Self::Automation, Self::Infrastructure];

    /// Its name on the command line and in policy names.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trial => "trial",
            Self::Detail => "detail",
            Self::Commitments => "commitments",
            Self::Org => "org",
            Self::Automation => "automation",
            Self::Infrastructure => "infrastructure",
        }
    }

    /// What a customer gets with it, as a clause.
    #[must_use]
    pub const fn promise(self) -> &'static str {
        match self {
            Self::Trial => "reads what a first report and proposal need",
            Self::Detail => "reads that can show more than money; opt-in",
            Self::Commitments => "buys, changes, resells and returns commitments that were approved",
            Self::Org => "moves accounts in and out of the organization",
            Self::Automation => "tags reservations, asks for quotas; sets up exports where that is named",
            Self::Infrastructure => "changes running resources; opt-in",
        }
    }
}

impl Access {
    /// All, from the least to the most.
    pub const ALL: [Self; 5] = [Self::List, Self::Read, Self::Tagging, Self::Write, Self::Permissions];

    /// A short name: `list`, `read`, `tagging`, `write`, `permissions`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Read => "read",
            Self::Tagging => "tagging",
            Self::Write => "write",
            Self::Permissions => "permissions",
        }
    }

    /// Whether it leaves everything as it is.
    #[must_use]
    pub const fn only_looks(self) -> bool {
        matches!(self, Self::List | Self::Read)
    }
}

impl MoneyEffect {
    /// A short name: `none`, `spends`, `refunds`, `transfers`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Spends => "spends",
            Self::Refunds => "refunds",
            Self::Transfers => "transfers",
        }
    }
}

macro_rules! named {
    ($name:ident, $unknown:ident, $what:literal) => {
        #[doc = concat!("A text that names no ", $what, ".")]
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
        #[error("`{0}` is no {what}", what = $what)]
        pub struct $unknown(String);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $unknown;

            fn from_str(text: &str) -> Result<Self, $unknown> {
                Self::ALL.into_iter().find(|known| known.as_str() == text).ok_or_else(|| $unknown(text.to_owned()))
            }
        }
    };
}

named!(Tier, UnknownTier, "tier of permissions");
named!(Access, UnknownAccess, "access level");

impl fmt::Display for MoneyEffect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::{Access, Tier};

    #[test]
    fn names_are_read_as_they_are_written() {
        for tier in Tier::ALL {
            assert_eq!(tier.as_str().parse(), Ok(tier));
        }
        for access in Access::ALL {
            assert_eq!(access.as_str().parse(), Ok(access));
        }
        assert_eq!("admin".parse::<Tier>().unwrap_err().to_string(), "`admin` is no tier of permissions");
        assert_eq!("all".parse::<Access>().unwrap_err().to_string(), "`all` is no access level");
    }
}
