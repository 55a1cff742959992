//! A row of the catalogue: what a user gets, the AWS operations it takes, the IAM actions those need. Rows are constants; nothing makes one
//! at run time.

use crate::kinds::{Access, Channel, MoneyEffect, Retry, Tier};
use std::fmt;
use tenor_money::Money;

/// Something a user gets, with the operations it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capability {
    /// Its name: lower case, words joined by `-`. It never changes, since switches and policy versions name it.
    pub name: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What the user gets, as a sentence.
    pub gives: &'static str,
    /// The tier that switches it on.
    pub tier: Tier,
    /// When it came or comes.
    pub wave: Wave,
    /// Every operation that it may call; none for what is computed from the bill alone.
    pub operations: &'static [&'static Operation],
    /// What of it works on an account that is not the organization's payer.
    pub member: Member,
}

/// The wave of work that a capability belongs to, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wave(pub u8);

/// What of a capability works on a member account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Member {
    /// All of it.
    Whole,
    /// A part; the sentence says which.
    Part(&'static str),
    /// Nothing, and the sentence says why; a member's policy does not grant it.
    Nothing(&'static str),
}

/// One operation of an AWS API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// The service as botocore names its models and AWS its command: `ec2`, `opensearch`.
    pub service: &'static str,
    /// The operation as the API spells it.
    pub name: &'static str,
    /// The IAM actions that the caller must be granted; none when AWS asks for no permission.
    pub grants: &'static [Grant],
    /// What it does to the owner's money.
    pub money: MoneyEffect,
    /// What may be done when no answer came.
    pub retry: Retry,
    /// By which road it leaves.
    pub channel: Channel,
    /// What AWS charges for one request, at list price in us-east-1; each page of an answer is a request.
    pub request_price: Money,
    /// Why Tenor calls it, as a sentence for the customer.
    pub reason: &'static str,
}

/// An IAM action that an operation needs, as tight as the action allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// `service:Action`; never with a wildcard.
    pub action: &'static str,
    /// AWS's access level of the action.
    pub access: Access,
    /// What it may act on.
    pub scope: Scope,
    /// What must hold besides, all of it.
    pub guards: &'static [Guard],
    /// What of the customer's secrets or data the answer can carry; none when it carries none.
    pub sensitive: Option<&'static str>,
    /// Where it is granted.
    pub via: Via,
}

/// What an action may act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// AWS lets the action be limited to no resource, so the policy has to say `*`.
    Unscopable,
    /// ARNs with blanks: `{partition}`, `{account}`, `{role}`, `{bucket}`, `{prefix}`.
    Arns(&'static [&'static str]),
}

/// A condition on a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Guard {
    /// Only in the connection's regions, by this condition key; absent when the connection has all regions.
    Regions(&'static str),
    /// What is made must carry the tag `tenor:managed=true`.
    MadeTagged,
    /// Only tags whose keys begin with `tenor:` may be set.
    OwnTagKeys,
    /// What is acted on must carry the tag `tenor:managed=true`.
    HeldTagged,
    /// The role that is made must be this service's own.
    ServiceLinked(&'static str),
    /// The bucket must belong to the account that the connection names.
    BucketOwner,
    /// Only keys under the connection's prefix may be listed; absent when the prefix is empty.
    KeyPrefix,
}

/// Where a permission is granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Via {
    /// In the role's permission policies.
    Policy,
    /// In the role's trust policy, to Tenor's own principal.
    Trust,
}

impl Capability {
    /// The IAM actions it needs in permission policies, with the operation that needs each.
    pub fn grants(&self) -> impl Iterator<Item = (&'static Operation, &'static Grant)> {
        let all = self.operations.iter().flat_map(|operation| operation.grants.iter().map(move |grant| (*operation, grant)));
        all.filter(|(_, grant)| grant.via == Via::Policy)
    }
}

impl Operation {
    /// A read through Tenor's own codec that costs nothing.
    pub(crate) const fn read(service: &'static str, name: &'static str, grants: &'static [Grant], reason: &'static str) -> Self {
        let (money, retry, channel) = (MoneyEffect::None, Retry::Read, Channel::Codec);
        Self { service, name, grants, money, retry, channel, request_price: Money::ZERO, reason }
    }

    /// A call through Tenor's own codec that changes something.
    pub(crate) const fn change(
        service: &'static str,
        name: &'static str,
        grants: &'static [Grant],
        (money, retry): (MoneyEffect, Retry),
        reason: &'static str,
    ) -> Self {
        Self { service, name, grants, money, retry, channel: Channel::Codec, request_price: Money::ZERO, reason }
    }

    /// The same by another road.
    pub(crate) const fn through(mut self, channel: Channel) -> Self {
        self.channel = channel;
        self
    }

    /// The same at a price for each request, in units of 10⁻¹² dollars.
    pub(crate) const fn costing(mut self, units: i128) -> Self {
        self.request_price = Money::from_units(units);
        self
    }

    /// The highest access level among its grants; none when it needs no permission.
    #[must_use]
    pub fn access(&self) -> Option<Access> {
        self.grants.iter().map(|grant| grant.access).max()
    }
}

impl Grant {
    /// A grant that can be limited to no resource.
    pub(crate) const fn new(access: Access, action: &'static str) -> Self {
        Self { action, access, scope: Scope::Unscopable, guards: &[], sensitive: None, via: Via::Policy }
    }

    /// The same on these resources alone.
    pub(crate) const fn on(mut self, arns: &'static [&'static str]) -> Self {
        self.scope = Scope::Arns(arns);
        self
    }

    /// The same where all of these hold.
    pub(crate) const fn when(mut self, guards: &'static [Guard]) -> Self {
        self.guards = guards;
        self
    }

    /// The same, with what its answer can carry.
    pub(crate) const fn showing(mut self, what: &'static str) -> Self {
        self.sensitive = Some(what);
        self
    }

    /// The same in the trust policy.
    pub(crate) const fn by_trust(mut self) -> Self {
        self.via = Via::Trust;
        self
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}:{}", self.service, self.name))
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name)
    }
}
