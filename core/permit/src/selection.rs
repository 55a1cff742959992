//! What a customer chose: tiers as a whole, and single capabilities switched on or off. It decides nothing about IAM.

use crate::catalogue::capabilities;
use crate::kinds::Tier;
use crate::row::Capability;
use std::collections::{BTreeMap, BTreeSet};

/// Capabilities that no tier brings: each is on only where it is named. Who sets up the bucket of reports could change what was billed.
const BY_NAME_ALONE: [&str; 1] = ["cur-setup"];

/// A choice of capabilities.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    tiers: BTreeSet<Tier>,
    switches: BTreeMap<&'static str, bool>,
}

/// A switch for what there is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no capability of the catalogue")]
pub struct UnknownCapability(String);

impl Selection {
    /// Every capability of these tiers, but for those that are on by name alone.
    pub fn of(tiers: impl IntoIterator<Item = Tier>) -> Self {
        Self { tiers: tiers.into_iter().collect(), switches: BTreeMap::new() }
    }

    /// The same with one capability switched on, whatever its tier, or off.
    ///
    /// # Errors
    /// When the catalogue has no such capability.
    pub fn switch(mut self, name: &str, on: bool) -> Result<Self, UnknownCapability> {
        let capability = Capability::find(name).ok_or_else(|| UnknownCapability(name.to_owned()))?;
        self.switches.insert(capability.name, on);
        Ok(self)
    }

    /// Whether a capability is on.
    #[must_use]
    pub fn has(&self, capability: &Capability) -> bool {
        let by_tier = || self.tiers.contains(&capability.tier) && !BY_NAME_ALONE.contains(&capability.name);
        self.switches.get(capability.name).copied().unwrap_or_else(by_tier)
    }

    /// The tiers that were taken as a whole, from the least to the most.
    pub fn tiers(&self) -> impl Iterator<Item = Tier> {
        self.tiers.iter().copied()
    }

    /// The switches that stand above the tiers: a capability's name, and whether it is on.
    pub fn switches(&self) -> impl Iterator<Item = (&'static str, bool)> {
        self.switches.iter().map(|(name, on)| (*name, *on))
    }

    /// What is on, in the catalogue's order.
    pub fn capabilities(&self) -> impl Iterator<Item = &'static Capability> {
        capabilities().filter(|capability| self.has(capability))
    }
}

#[cfg(test)]
mod tests {
    use super::Selection;
    use crate::kinds::Tier;
    use crate::row::Capability;

    #[test]
    fn a_report_is_set_up_only_by_who_is_named_for_it() {
        let setup = Capability::find("cur-setup").unwrap();
        let all = Selection::of(Tier::ALL);
        assert!(!all.has(setup) && all.clone().switch("cur-setup", true).unwrap().has(setup));
        let reach_buckets = |selection: &Selection| {
            let actions = selection.capabilities().flat_map(Capability::grants).filter(|(_, grant)| !grant.access.only_looks());
            actions.map(|(_, grant)| grant.action).filter(|action| action.starts_with("s3:") || action.starts_with("cur:")).count()
        };
        assert_eq!(reach_buckets(&all), 0);
        assert_eq!(reach_buckets(&Selection::default().switch("cur-setup", true).unwrap()), 6);
    }

    #[test]
    fn a_switch_stands_above_its_tier() {
        let selection = Selection::of([Tier::Trial]).switch("sp-return", true).unwrap().switch("cost-explorer", false).unwrap();
        let names: Vec<_> = selection.capabilities().map(|capability| capability.name).collect();
        assert!(names.contains(&"sp-return") && names.contains(&"sp-inventory"));
        assert!(!names.contains(&"cost-explorer") && !names.contains(&"sp-purchase"));
    }

    #[test]
    fn a_selection_is_its_tiers_and_its_switches() {
        let selection =
            Selection::of([Tier::Commitments, Tier::Trial]).switch("sp-return", false).unwrap().switch("sp-return", true).unwrap();
        let switches = selection.switches().collect::<Vec<_>>();
        assert_eq!(
            (selection.tiers().collect::<Vec<_>>(), &switches[..]),
            (vec![Tier::Trial, Tier::Commitments], &[("sp-return", true)][..])
        );
        let again = switches.into_iter().try_fold(Selection::of(selection.tiers()), |made, (name, on)| made.switch(name, on));
        assert_eq!(again.unwrap(), selection);
    }

    #[test]
    fn a_misspelt_switch_is_refused() {
        let error = Selection::default().switch("sp-retrun", false).unwrap_err();
        assert_eq!(error.to_string(), "`sp-retrun` is no capability of the catalogue");
    }
}
