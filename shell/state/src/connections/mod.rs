//! Connections as they are kept: what was agreed on with a customer, and what the last verification found.

mod encoding;
mod read;
mod write;

use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use tenor_ledger::Text;
use tenor_permit::{Capability, Connection, ExternalId, Selection};

/// A connection's name is no longer.
pub const CONNECTION_NAME_CHARACTERS_MAX: usize = 64;
/// A longer note is cut.
pub const NOTE_CHARACTERS_MAX: usize = 1_000;

/// What the owner calls a connection: lower case letters, digits and hyphens, 1 to 64.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionName(String);

/// A text that is no name of a connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no name for a connection: 1 to 64 lower case letters, digits and hyphens, beginning with a letter or digit")]
pub struct ConnectionNameError(String);

/// What was agreed on: all that the policies of a connection are made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// The account, its role, whom it trusts, where its reports are and where Tenor may buy.
    pub connection: Connection,
    /// Which capabilities the customer wants.
    pub selection: Selection,
    /// What the role's trust policy asks for. Kept sealed.
    pub external_id: ExternalId,
    /// The version of the policies that the customer was given, from 1.
    pub policy_version: u32,
}

/// A connection as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredConnection {
    /// Its name.
    pub name: ConnectionName,
    /// What was agreed on.
    pub agreement: Agreement,
    /// When it was made.
    pub created: Timestamp,
    /// What the last verification of this very agreement found; nothing before the first.
    pub verified: Option<Verification>,
}

/// What a verification found, capability by capability.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// When.
    pub at: Timestamp,
    findings: BTreeMap<&'static str, Finding>,
}

/// What was found of one capability.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it comes to.
    pub verdict: Verdict,
    note: String,
}

/// What the finding on a capability comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// All it needs is granted.
    Works,
    /// Something it needs is not granted.
    Missing,
    /// It is granted though the customer does not want it.
    Excess,
    /// AWS has it not in this partition, or not for this kind of account.
    NotOffered,
    /// Nobody could tell.
    Untried,
}

impl ConnectionName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as entries of the ledger have it.
    ///
    /// # Panics
    /// Never: a name is short and plain.
    #[must_use]
    pub fn text(&self) -> Text {
        self.0.parse().expect("a name is short and plain")
    }
}

impl FromStr for ConnectionName {
    type Err = ConnectionNameError;

    fn from_str(text: &str) -> Result<Self, ConnectionNameError> {
        let is = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let fits = (1..=CONNECTION_NAME_CHARACTERS_MAX).contains(&text.len()) && text.bytes().all(is) && !text.starts_with('-');
        if fits { Ok(Self(text.to_owned())) } else { Err(ConnectionNameError(text.chars().take(CONNECTION_NAME_CHARACTERS_MAX).collect())) }
    }
}

impl fmt::Display for ConnectionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Verification {
    /// A verification that has found nothing yet.
    #[must_use]
    pub const fn new(at: Timestamp) -> Self {
        Self { at, findings: BTreeMap::new() }
    }

    /// Notes what was found of a capability; what was noted of it before is replaced.
    pub fn note(&mut self, capability: &'static Capability, finding: Finding) {
        self.findings.insert(capability.name, finding);
    }

    /// What was found of a capability, if anything.
    #[must_use]
    pub fn of(&self, capability: &Capability) -> Option<&Finding> {
        self.findings.get(capability.name)
    }

    /// Everything that was found, by the capabilities' names.
    pub fn findings(&self) -> impl Iterator<Item = (&'static str, &Finding)> {
        self.findings.iter().map(|(name, finding)| (*name, finding))
    }
}

impl Finding {
    /// A finding with a note for people, which is cut after [`NOTE_CHARACTERS_MAX`] characters; empty when there is nothing to say.
    #[must_use]
    pub fn new(verdict: Verdict, note: &str) -> Self {
        Self { verdict, note: note.chars().take(NOTE_CHARACTERS_MAX).collect() }
    }

    /// The note.
    #[must_use]
    pub fn note(&self) -> &str {
        &self.note
    }
}

impl Verdict {
    /// All.
    pub const ALL: [Self; 5] = [Self::Works, Self::Missing, Self::Excess, Self::NotOffered, Self::Untried];

    /// A short name: `works`, `missing`, `excess`, `not-offered`, `untried`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::Missing => "missing",
            Self::Excess => "excess",
            Self::NotOffered => "not-offered",
            Self::Untried => "untried",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
