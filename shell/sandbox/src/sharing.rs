//! Who benefits from whose commitments (rounding rule 3.1).

use crate::account::Account;
use crate::apply::Reach;
use crate::request::SharingMode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How far a commitment's benefit goes beyond its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Beyond {
    /// The group first, then all other accounts.
    Prioritized,
    /// Nowhere.
    Restricted,
}

impl Beyond {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Prioritized => "prioritized",
            Self::Restricted => "restricted",
        }
    }
}

/// An organization's sharing settings, accounts by index.
#[derive(Debug, Clone, Default, Serialize)]
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

    /// The settings a bill is asked for with; `arns` are those of all commitments. Groups are the business units.
    pub(crate) fn of(mode: SharingMode, accounts: &[Account], arns: &[&str]) -> Self {
        let mut found = Self::open(accounts.len());
        found.mode = match mode {
            SharingMode::Open => return found,
            SharingMode::Prioritized | SharingMode::Mixed => Some(Beyond::Prioritized),
            SharingMode::Restricted => Some(Beyond::Restricted),
        };
        found.groups = accounts.iter().map(|account| Some(account.business_unit)).collect();
        if mode == SharingMode::Mixed {
            // The last account is in no group.
            found.groups.iter_mut().skip(1).last().into_iter().for_each(|group| *group = None);
            found.off = (0..accounts.len()).map(|account| account % 4 == 3).collect();
            for (count, arn) in arns.iter().step_by(3).enumerate() {
                let members = (0..accounts.len() as u32).filter(|account| (*account as usize + count).is_multiple_of(2)).collect();
                let beyond = if count % 2 == 0 { Beyond::Restricted } else { Beyond::Prioritized };
                found.by_commitment.insert((*arn).to_owned(), (members, beyond));
            }
        }
        found
    }

    /// The settings as `sharing.toml`, which a person could have written (`docs/spec/sharing.md`).
    pub(crate) fn to_toml(&self, accounts: &[Account]) -> String {
        let list = |members: &mut dyn Iterator<Item = usize>| {
            members.map(|account| format!("\"{}\"", accounts[account].id)).collect::<Vec<_>>().join(", ")
        };
        let mut out = format!("mode = \"{}\"\n", self.mode.map_or("open", Beyond::text));
        let off = list(&mut (0..accounts.len()).filter(|account| self.off[*account]));
        let mut line = |text: std::fmt::Arguments<'_>| out.write_fmt(text).expect("writing to a string never fails");
        if !off.is_empty() {
            line(format_args!("off = [{off}]\n"));
        }
        let mut names: Vec<&str> = self.groups.iter().flatten().copied().collect();
        names.sort_unstable();
        names.dedup();
        if !names.is_empty() {
            line(format_args!("\n[groups]\n"));
        }
        for name in names {
            let members = list(&mut (0..accounts.len()).filter(|account| self.groups[*account] == Some(name)));
            line(format_args!("{name} = [{members}]\n"));
        }
        for (arn, (members, beyond)) in &self.by_commitment {
            let members = list(&mut members.iter().map(|account| *account as usize));
            line(format_args!("\n[[commitment]]\narn = \"{arn}\"\nmode = \"{}\"\naccounts = [{members}]\n", beyond.text()));
        }
        out
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
    use crate::account::accounts;
    use crate::request::SharingMode;

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

    #[test]
    fn settings_are_written_as_a_person_would() {
        let accounts = accounts(5, 7);
        let toml = |mode| Sharing::of(mode, &accounts, &["arn:a", "arn:b", "arn:c", "arn:d"]).to_toml(&accounts);
        assert_eq!(toml(SharingMode::Open), "mode = \"open\"\n");
        insta::assert_snapshot!(toml(SharingMode::Mixed), @r#"
        mode = "prioritized"
        off = ["571525651282"]

        [groups]
        Commerce = ["394753749673", "457702534046", "571525651282"]
        Engineering = ["181753347990"]

        [[commitment]]
        arn = "arn:a"
        mode = "restricted"
        accounts = ["181753347990", "457702534046", "759835525532"]

        [[commitment]]
        arn = "arn:d"
        mode = "prioritized"
        accounts = ["394753749673", "571525651282"]
        "#);
    }
}
