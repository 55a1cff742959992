//! What a user may do, and what a token may be used for.

use std::fmt;
use std::str::FromStr;

/// What a user may do; each may do all that the ones before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum UserRole {
    /// Looks at figures.
    Viewer,
    /// Asks questions of their own, and takes data away as files.
    Analyst,
    /// Agrees to orders.
    Approver,
    /// Says who may do what.
    Admin,
}

/// What a token may be used for, within what its user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Costs, coverage and commitments.
    Cost,
    /// Orders.
    Orders,
    /// Making, rejecting, running and stopping orders; approving takes a person.
    OrdersWrite,
    /// What connections may do.
    Access,
    /// Back-tests.
    Backtests,
    /// Having proposals and back-tests computed.
    Propose,
    /// The ledger, what is in force or set up, and what runs by itself.
    Ledger,
    /// Seeing users, having jobs run, setting up, and the kill switch.
    Admin,
    /// The server's own figures.
    Metrics,
}

impl Scope {
    /// Whether nobody but an admin has a use for it.
    #[must_use]
    pub const fn is_of_admins(self) -> bool {
        matches!(self, Self::Admin | Self::Metrics)
    }
}

macro_rules! words {
    ($name:ty, $what:literal, $($variant:ident $word:literal),*) => {
        impl $name {
            /// All of them, in order.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// As it is written.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                let found = Self::ALL.iter().find(|one| one.as_str() == text);
                found.copied().ok_or_else(|| format!(concat!("`{}` is no ", $what, ": {}"), text, [$($word),*].join(", ")))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

words!(UserRole, "role", Viewer "viewer", Analyst "analyst", Approver "approver", Admin "admin");
words!(
    Scope, "scope", Cost "cost", Orders "orders", OrdersWrite "orders-write", Access "access", Backtests "backtests", Propose "propose",
    Ledger "ledger", Admin "admin", Metrics "metrics"
);
