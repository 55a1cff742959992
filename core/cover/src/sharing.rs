//! Who benefits from whose commitments. Source: AWS Billing guide, turning off shared discounts; `aws-rules` §1.5.

use crate::commitment::CommitmentId;
use crate::organization::Parts;
use std::collections::{BTreeMap, BTreeSet};
use tenor_bill::AccountId;

/// How an organization shares its commitments.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SharingMode {
    /// Owner, then everyone.
    #[default]
    Open,
    /// Owner, then its group, then everyone.
    Prioritized,
    /// Owner, then its group, and nobody else.
    Restricted,
}

/// How a commitment that is shared with one group by itself goes on beyond that group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupMode {
    /// The group first, then everyone.
    Prioritized,
    /// The group only.
    Restricted,
}

/// One commitment shared with one group of accounts, whatever the organization's setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupSharing {
    /// The group.
    pub accounts: BTreeSet<AccountId>,
    /// What happens beyond it.
    pub mode: GroupMode,
}

/// An organization's sharing preferences in force for a bill.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sharing {
    /// The organization's setting.
    pub mode: SharingMode,
    /// The group of each account; an account without one is a group of its own.
    pub groups: BTreeMap<AccountId, String>,
    /// Accounts with sharing switched off: they neither give nor take.
    pub off: BTreeSet<AccountId>,
    /// Commitments with a group of their own.
    pub by_commitment: BTreeMap<CommitmentId, GroupSharing>,
}

/// How a commitment reaches an account's usage, in the order of application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// The account owns it.
    Own,
    /// The account is in the group it is shared with first.
    Group,
    /// Any other account that benefits.
    Rest,
}

impl Sharing {
    /// How a commitment of `owner` reaches `account`, if at all (`docs/spec/rounding.md` 3.1).
    #[must_use]
    pub fn reach(&self, commitment: &CommitmentId, owner: &AccountId, account: &AccountId) -> Option<Reach> {
        if owner == account {
            return Some(Reach::Own);
        }
        if self.off.contains(owner) || self.off.contains(account) {
            return None;
        }
        let (grouped, mode) = match self.by_commitment.get(commitment) {
            Some(shared) => (shared.accounts.contains(account), Some(shared.mode)),
            None => {
                let group = self.groups.get(owner);
                let grouped = group.is_some() && group == self.groups.get(account);
                let mode = match self.mode {
                    SharingMode::Open => None,
                    SharingMode::Prioritized => Some(GroupMode::Prioritized),
                    SharingMode::Restricted => Some(GroupMode::Restricted),
                };
                (grouped, mode)
            }
        };
        match mode {
            None => Some(Reach::Rest),
            Some(_) if grouped => Some(Reach::Group),
            Some(GroupMode::Prioritized) => Some(Reach::Rest),
            Some(GroupMode::Restricted) => None,
        }
    }
}

/// Ids that preferences name and an organization does not have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnknownIds {
    /// Commitments with a group of their own that nobody holds.
    pub commitments: BTreeSet<CommitmentId>,
    /// Accounts that use nothing and own nothing.
    pub accounts: BTreeSet<AccountId>,
}

impl Sharing {
    /// What the preferences name that no part has: a slip of the pen, perhaps, which would go unnoticed, since it changes nothing.
    #[must_use]
    pub fn unknown_ids(&self, parts: &Parts) -> UnknownIds {
        let reservations = parts.reservations.iter().map(|reservation| (&reservation.id, &reservation.owner));
        let (ids, owners): (BTreeSet<_>, BTreeSet<_>) = reservations.chain(parts.plans.iter().map(|plan| (&plan.id, &plan.owner))).unzip();
        let users: BTreeSet<_> = parts.series.iter().map(|series| &series.account).collect();
        let grouped = self.by_commitment.values().flat_map(|shared| &shared.accounts);
        let named = self.groups.keys().chain(&self.off).chain(grouped);
        UnknownIds {
            commitments: self.by_commitment.keys().filter(|id| !ids.contains(id)).cloned().collect(),
            accounts: named.filter(|account| !owners.contains(account) && !users.contains(account)).cloned().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{GroupMode, GroupSharing, Reach, Sharing, SharingMode};
    use crate::commitment::CommitmentId;
    use crate::organization::{Parts, Series};

    #[test]
    fn a_commitment_reaches_its_owner_then_its_group_then_the_rest() {
        let id = |name: &str| name.parse().unwrap();
        let groups = [("a", "red"), ("b", "red"), ("c", "blue")].map(|(account, group)| (id(account), group.to_owned()));
        let mut sharing = Sharing { groups: groups.into(), off: [id("e")].into(), ..Sharing::default() };
        let arn = CommitmentId("arn:ri".to_owned());
        let reaches = |sharing: &Sharing| ["a", "b", "c", "d", "e"].map(|account| sharing.reach(&arn, &id("a"), &id(account)));
        let (own, group, rest) = (Some(Reach::Own), Some(Reach::Group), Some(Reach::Rest));
        assert_eq!(reaches(&sharing), [own, rest, rest, rest, None]);
        sharing.mode = SharingMode::Prioritized;
        assert_eq!(reaches(&sharing), [own, group, rest, rest, None]);
        sharing.mode = SharingMode::Restricted;
        assert_eq!(reaches(&sharing), [own, group, None, None, None]);
        let shared = GroupSharing { accounts: [id("d")].into(), mode: GroupMode::Prioritized };
        sharing.by_commitment.insert(arn.clone(), shared);
        assert_eq!(reaches(&sharing), [own, rest, rest, group, None]);
        assert_eq!(sharing.reach(&arn, &id("e"), &id("a")), None, "an owner with sharing off gives nothing");
    }

    #[test]
    fn what_no_part_has_is_reported() {
        let id = |name: &str| -> tenor_bill::AccountId { name.parse().unwrap() };
        let shared = GroupSharing { accounts: [id("user"), id("c")].into(), mode: GroupMode::Restricted };
        let sharing = Sharing {
            groups: [(id("a"), "red".to_owned())].into(),
            off: [id("b"), id("user")].into(),
            by_commitment: [(CommitmentId("arn".to_owned()), shared)].into(),
            ..Sharing::default()
        };
        let series = Series { account: id("user"), resource: String::new(), sku: 0, zone: None };
        let unknown = sharing.unknown_ids(&Parts { series: vec![series], ..Parts::default() });
        assert_eq!(unknown.accounts, [id("a"), id("b"), id("c")].into());
        assert_eq!(unknown.commitments, [CommitmentId("arn".to_owned())].into());
    }
}
