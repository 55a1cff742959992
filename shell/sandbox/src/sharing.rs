//! Who benefits from whose commitments (rounding rule 3.1).

use crate::apply::Reach;
use std::collections::BTreeMap;

/// How far a commitment's benefit goes beyond its group.
#[cfg_attr(not(test), expect(dead_code, reason = "no bill asks for groups yet"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beyond {
    /// The group first, then all other accounts.
    Prioritized,
    /// Nowhere.
    Restricted,
}

/// An organization's sharing settings, accounts by index.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sharing {
    /// `None` is open sharing.
    pub(crate) mode: Option<Beyond>,
    /// By account: its group, if it is in one.
    pub(crate) groups: Vec<Option<&'static str>>,
    /// By account: whether sharing is switched off.
    pub(crate) off: Vec<bool>,
    /// By ARN: the accounts a commitment is shared with by itself, and how far it goes beyond them.
    pub(crate) by_commitment: BTreeMap<String, (Vec<u32>, Beyond)>,
}

impl Sharing {
    /// Everyone shares with everyone.
    pub(crate) fn open(accounts: usize) -> Self {
        Self { mode: None, groups: vec![None; accounts], off: vec![false; accounts], by_commitment: BTreeMap::new() }
    }

    /// By account: how a commitment reaches it.
    pub(crate) fn reaches(&self, arn: &str, owner: u32) -> Vec<Option<Reach>> {
        (0..self.off.len() as u32).map(|account| self.reach(arn, owner, account)).collect()
    }

    fn reach(&self, arn: &str, owner: u32, account: u32) -> Option<Reach> {
        let (giver, taker) = (owner as usize, account as usize);
        if owner == account {
            return Some(Reach::Own);
        }
        if self.off[giver] || self.off[taker] {
            return None;
        }
        let (grouped, beyond) = match (self.by_commitment.get(arn), self.mode) {
            (Some((accounts, beyond)), _) => (accounts.contains(&account), *beyond),
            (None, Some(beyond)) => (self.groups[giver].is_some() && self.groups[giver] == self.groups[taker], beyond),
            (None, None) => return Some(Reach::Rest),
        };
        match beyond {
            _ if grouped => Some(Reach::Group),
            Beyond::Prioritized => Some(Reach::Rest),
            Beyond::Restricted => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Beyond, Sharing};

    /// How the ARN `x`, owned by account 0, reaches accounts 0 to 4: 0 and 1 are in one group, 2 in another, 3 in none, 4 is off.
    fn reaches(mode: Option<Beyond>, own_group: Option<Beyond>) -> String {
        let mut sharing = Sharing { mode, groups: vec![Some("red"), Some("red"), Some("blue"), None, None], ..Sharing::open(5) };
        sharing.off[4] = true;
        sharing.by_commitment.extend(own_group.map(|beyond| ("x".to_owned(), (vec![2, 4], beyond))));
        sharing
            .reaches("x", 0)
            .into_iter()
            .map(|reach| reach.map_or("no".to_owned(), |reach| format!("{reach:?}")))
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn a_commitment_reaches_its_owner_then_its_group_then_the_rest() {
        assert_eq!(reaches(None, None), "Own Rest Rest Rest no");
        assert_eq!(reaches(Some(Beyond::Prioritized), None), "Own Group Rest Rest no");
        assert_eq!(reaches(Some(Beyond::Restricted), None), "Own Group no no no");
    }

    #[test]
    fn a_commitments_own_group_stands_in_place_of_its_owners() {
        assert_eq!(reaches(None, Some(Beyond::Prioritized)), "Own Rest Group Rest no");
        assert_eq!(reaches(Some(Beyond::Prioritized), Some(Beyond::Restricted)), "Own no Group no no");
    }

    #[test]
    fn an_owner_with_sharing_off_gives_nothing() {
        let sharing = Sharing { off: vec![true, false], ..Sharing::open(2) };
        assert_eq!(sharing.reaches("x", 0)[1], None);
        assert_eq!(sharing.reaches("x", 1)[0], None);
    }
}
