//! Rule 3.1, and what the other rules of section 3 sort by.

use std::cmp::Ordering;
use tenor_bill::AccountId;
use tenor_cover::{CommitmentId, GroupMode, Parts, Plan, Series, Settings, Sharing, SharingMode, Sku, Ties};
use tenor_money::UnitPrice;

/// How a commitment reaches an account's usage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tier {
    Own,
    Group,
    Rest,
    Never,
}

/// The three passes that rules 3.2 and 3.3 make.
pub(super) const PASSES: [Tier; 3] = [Tier::Own, Tier::Group, Tier::Rest];

/// Rule 3.1.
pub(super) fn tier(sharing: &Sharing, id: &CommitmentId, owner: &AccountId, account: &AccountId) -> Tier {
    if owner == account {
        return Tier::Own;
    }
    if sharing.off.contains(owner) || sharing.off.contains(account) {
        return Tier::Never;
    }
    if let Some(shared) = sharing.by_commitment.get(id) {
        return match (shared.accounts.contains(account), shared.mode) {
            (true, _) => Tier::Group,
            (false, GroupMode::Prioritized) => Tier::Rest,
            (false, GroupMode::Restricted) => Tier::Never,
        };
    }
    let together = match (sharing.groups.get(owner), sharing.groups.get(account)) {
        (Some(of_owner), Some(of_account)) => of_owner == of_account,
        _ => false,
    };
    match (sharing.mode, together) {
        (SharingMode::Open, _) | (SharingMode::Prioritized, false) => Tier::Rest,
        (SharingMode::Prioritized | SharingMode::Restricted, true) => Tier::Group,
        (SharingMode::Restricted, false) => Tier::Never,
    }
}

/// A plan, a usage and the rate that the one has for the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair<'a> {
    /// Index into [`Parts::plans`].
    pub(super) plan: usize,
    /// Index into [`Parts::series`].
    pub(super) series: usize,
    pub(super) rate: UnitPrice,
    parts: &'a Parts,
    settings: Settings,
}

impl<'a> Pair<'a> {
    /// Rule 3.3: a pair is one for which there is a rate, and that rate is not above the on-demand rate.
    pub(super) fn new(parts: &'a Parts, settings: Settings, plan: usize, series: usize) -> Option<Self> {
        let sku = parts.series[series].sku;
        let rate = parts.rate_tables[parts.plans[plan].rate_table].rates[sku]?;
        if rate > parts.skus[sku].on_demand { None } else { Some(Self { plan, series, rate, parts, settings }) }
    }

    fn plan(self) -> &'a Plan {
        &self.parts.plans[self.plan]
    }

    fn series(self) -> &'a Series {
        &self.parts.series[self.series]
    }

    fn sku(self) -> &'a Sku {
        &self.parts.skus[self.series().sku]
    }

    /// Rule 3.4: the saving as numerator and denominator.
    fn saving(self) -> (i128, i128) {
        let on_demand = self.sku().on_demand.units();
        if on_demand == 0 { (0, 1) } else { (on_demand - self.rate.units(), on_demand) }
    }

    /// Rule 3.4: which of two pairs comes first; whether the plan that ends first does is a setting.
    pub(super) fn compare(self, other: Self) -> Ordering {
        let ((over, under), (other_over, other_under)) = (self.saving(), other.saving());
        let greater_saving = (other_over * under).cmp(&(over * other_under));
        let end = |pair: Self| match self.settings.plan_ties {
            Ties::EarliestEnding => super::amounts::last_moment(pair.plan().term),
            Ties::ByArn => 0,
        };
        greater_saving
            .then(self.rate.cmp(&other.rate))
            .then(self.sku().capacity.cmp(&other.sku().capacity))
            .then(end(self).cmp(&end(other)))
            .then(self.plan().id.cmp(&other.plan().id))
            .then(compare_series(self.parts, self.series(), other.series()))
    }
}

/// Rules 3.2 and 3.4: account id, resource id, SKU name, zone.
pub(super) fn compare_series(parts: &Parts, one: &Series, other: &Series) -> Ordering {
    let name = |series: &Series| &parts.skus[series.sku].name;
    let ids = one.account.cmp(&other.account).then(one.resource.cmp(&other.resource));
    ids.then(name(one).cmp(name(other))).then(one.zone.cmp(&other.zone))
}
