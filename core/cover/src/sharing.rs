//! Who benefits from whose commitments. Source: AWS Billing guide, turning off shared discounts; `aws-rules` §1.5.

use crate::commitment::CommitmentId;
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

#[cfg(test)]
mod tests {
    use super::{GroupMode, GroupSharing, Reach, Sharing, SharingMode};
    use crate::commitment::CommitmentId;

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
}
