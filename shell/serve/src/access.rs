//! What connections may do, as a port: what was agreed on, what the last proof found, and the templates of their roles.
//!
//! Nothing of it has an External ID, and nobody asks AWS: what is told is what was found last, with its moment.

use crate::lake::Refusal;
use async_trait::async_trait;
use jiff::Timestamp;
use tenor_permit::{Capability, Tier};
use tenor_state::ConnectionName;

/// Answers questions about what connections may do.
#[async_trait]
pub trait Access: Send + Sync {
    /// All connections, by name.
    ///
    /// # Errors
    /// When nobody can tell which there are: that is not the same as none.
    async fn connections(&self) -> Result<Vec<ConnectionAccess>, Refusal>;

    /// One of them with its policies; none where there is none of that name.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn connection(&self, name: &ConnectionName) -> Result<Option<(ConnectionAccess, Policies)>, Refusal>;

    /// What makes a connection's role, without its External ID; none where there is no connection of that name.
    ///
    /// # Errors
    /// When the connection cannot be read, or cannot be written as that.
    async fn template(&self, name: &ConnectionName, format: TemplateFormat) -> Result<Option<Template>, Refusal>;
}

/// The policies of a connection as IAM takes them; or why there are none.
pub type Policies = Result<Vec<PolicyText>, String>;

/// A connection and what it may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionAccess {
    /// Its name.
    pub name: ConnectionName,
    /// The number of the account.
    pub account: String,
    /// `payer` or `member`.
    pub kind: &'static str,
    /// Where the account is: `aws`, `aws-us-gov`, `aws-cn`.
    pub partition: String,
    /// The role in the account.
    pub role: String,
    /// Who may assume it.
    pub trusted: String,
    /// Where reports are, as `s3://bucket/prefix`.
    pub report: Option<String>,
    /// Where it may buy, in words.
    pub regions: String,
    /// The version of the policies that the customer was given, and the newest there is.
    pub policy_versions: (u32, u32),
    /// When it was made.
    pub made: Timestamp,
    /// When the proof that counts was made; none where it is not proved.
    pub proved: Option<Timestamp>,
    /// When it was tried last, with what differed then, in words; a proof that failed says why here.
    pub tried: Option<(Timestamp, Vec<String>)>,
    /// The tiers that were taken as a whole.
    pub tiers: Vec<Tier>,
    /// Every capability of the catalogue, in its order.
    pub capabilities: Vec<CapabilityAccess>,
}

/// How a capability stands on a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapabilityAccess {
    /// Which: its tier, its operations with their reasons, and their IAM actions.
    pub capability: &'static Capability,
    /// Whether the customer chose it.
    pub is_chosen: bool,
    /// How it stands.
    pub status: AccessStatus,
    /// What is missing, in excess, or cannot be had; may be empty.
    pub note: String,
}

/// A policy as IAM takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyText {
    /// What it is called at the role.
    pub name: String,
    /// JSON.
    pub text: String,
    /// Each action in it, with why it is needed.
    pub reasons: Vec<(&'static str, String)>,
}

/// How a capability stands, as the last proof found it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccessStatus {
    /// All that the account can have of it.
    Granted,
    /// It lacks something.
    Missing,
    /// It was not chosen, and the role has it all the same.
    Excess,
    /// The account cannot have it.
    NotOffered,
    /// It was chosen, and nobody could tell, or nobody has looked.
    Untried,
    /// It was not chosen, and was not found at the role.
    NotChosen,
}

/// What a role's template is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TemplateFormat {
    /// A template of the account's role.
    Cloudformation,
    /// A template of the roles of an organization's members.
    Stackset,
    /// A module in one file.
    Terraform,
    /// A page of every action with its reason.
    Markdown,
}

/// A template, to be taken away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// What the file is called.
    pub file: String,
    /// All of it.
    pub text: String,
}

impl ConnectionAccess {
    /// How many capabilities stand so.
    #[must_use]
    pub fn count(&self, status: AccessStatus) -> usize {
        self.capabilities.iter().filter(|one| one.status == status).count()
    }
}

impl AccessStatus {
    /// All of them, what works first.
    pub const ALL: [Self; 6] = [Self::Granted, Self::Missing, Self::Excess, Self::NotOffered, Self::Untried, Self::NotChosen];

    /// Its word, as an address has it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Missing => "missing",
            Self::Excess => "excess",
            Self::NotOffered => "not-offered",
            Self::Untried => "untried",
            Self::NotChosen => "not-chosen",
        }
    }

    /// The one of that word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }
}

impl TemplateFormat {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Cloudformation, Self::Stackset, Self::Terraform, Self::Markdown];

    /// Its word, as an address has it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Cloudformation => "cloudformation",
            Self::Stackset => "stackset",
            Self::Terraform => "terraform",
            Self::Markdown => "markdown",
        }
    }

    /// The one of that word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }
}
