//! Which usage the plans of one kind may cover, in which order: worked out once, before the first hour.

use crate::commitment::{Plan, PlanKind};
use crate::items::{Items, rate10};
use crate::organization::Organization;
use crate::pools::Pools;
use crate::settings::{Settings, Ties};
use crate::sharing::Reach;
use crate::sku::Capacity;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Range;

/// The plans of one kind and the usage any of them has a rate for.
pub(crate) struct PlanLanes {
    /// Its kind's place in the order of application.
    pub(crate) kind: usize,
    /// The caller's places of the plans, in the order that breaks ties (`docs/spec/rounding.md` 3.4).
    pub(crate) plans: Vec<usize>,
    /// Usages of each account that has any.
    pub(crate) accounts: Vec<Range<usize>>,
    /// The place of each of those among all accounts.
    pub(crate) places: Vec<usize>,
    /// Items that some plan has a rate for, in their order.
    pub(crate) usages: Vec<PlanUsage>,
    /// One for each SKU as a group of accounts sees it.
    pub(crate) slots: Vec<Slot>,
    /// What plans charge for SKUs: those of one SKU together, lowest rate first, then in the order of plans.
    pub(crate) candidates: Vec<Candidate>,
    /// Where the candidates of each SKU are.
    pub(crate) rates: Vec<Range<usize>>,
    /// How each plan reaches the accounts of an audience: accounts that all plans reach alike.
    pub(crate) audiences: Vec<Vec<Option<Reach>>>,
    /// Accounts that own a plan, as places in `accounts`.
    pub(crate) owners: Vec<usize>,
    /// Which plans reach anyone in the pass of a group and in that of the rest.
    pub(crate) reaching: [Vec<usize>; 2],
    /// Which plans charge alike.
    pub(crate) pools: Pools,
}

/// An item that some plan has a rate for.
#[derive(Clone, Copy)]
pub(crate) struct PlanUsage {
    pub(crate) item: u32,
    pub(crate) slot: u32,
}

/// A SKU as an audience sees it: each has its own best plan.
pub(crate) struct Slot {
    pub(crate) audience: usize,
    pub(crate) sku: u32,
    /// The place of its rates among all SKUs' rates.
    pub(crate) rates: usize,
    /// Candidates whose plans are the account's own.
    pub(crate) own: Vec<usize>,
}

/// A plan's rate for a SKU.
#[derive(Clone, Copy)]
pub(crate) struct Candidate {
    /// In 10⁻¹⁰.
    pub(crate) rate: u64,
    /// Place among `plans`.
    pub(crate) plan: u32,
    /// The place of its saving, rate and capacity among all of the kind: what is lower goes first, what is equal ties.
    pub(crate) level: u32,
}

impl PlanLanes {
    pub(crate) fn new(organization: &Organization, items: &Items, settings: Settings, kind: PlanKind) -> Self {
        let parts = organization.parts();
        let mut plans: Vec<usize> = (0..parts.plans.len()).filter(|index| parts.plans[*index].kind == kind).collect();
        plans.sort_by_key(|index| tie(&parts.plans[*index], settings));
        let (candidates, by_sku) = candidates(organization, items, &plans);
        let mut lanes = Self {
            plans,
            kind: kind as usize,
            accounts: Vec::new(),
            places: Vec::new(),
            usages: Vec::new(),
            slots: Vec::new(),
            candidates,
            rates: by_sku,
            audiences: Vec::new(),
            owners: Vec::new(),
            reaching: [Vec::new(), Vec::new()],
            pools: Pools::default(),
        };
        lanes.add_accounts(organization, items);
        lanes.pools = Pools::new(organization, &lanes);
        let reaches = |pass: Reach| {
            let reached = |plan: &usize| lanes.audiences.iter().any(|audience| audience[*plan] == Some(pass));
            (0..lanes.plans.len()).filter(reached).collect()
        };
        lanes.reaching = [reaches(Reach::Group), reaches(Reach::Rest)];
        lanes
    }

    /// The audience of an account.
    pub(crate) fn audience(&self, account: usize) -> usize {
        self.slots[self.usages[self.accounts[account].start].slot as usize].audience
    }

    fn add_accounts(&mut self, organization: &Organization, items: &Items) {
        let parts = organization.parts();
        let (mut audiences, mut slots) = (BTreeMap::new(), BTreeMap::new());
        for (account, range) in items.ranges.iter().enumerate() {
            let rated = |item: &usize| !self.rates[items.sku[*item] as usize].is_empty();
            let rated: Vec<usize> = range.clone().filter(rated).collect();
            if rated.is_empty() {
                continue;
            }
            let plans = self.plans.iter().map(|plan| &parts.plans[*plan]);
            let reach: Vec<Option<Reach>> = plans.map(|plan| parts.sharing.reach(&plan.id, &plan.owner, &items.ids[account])).collect();
            if reach.contains(&Some(Reach::Own)) {
                self.owners.push(self.accounts.len());
            }
            let (audience, fresh) = Items::number(&mut audiences, reach.clone());
            if fresh {
                self.audiences.push(reach);
            }
            let start = self.usages.len();
            for item in rated {
                let sku = items.sku[item];
                let (slot, fresh) = Items::number(&mut slots, (audience, sku));
                if fresh {
                    let own = |candidate: &usize| {
                        let plan = self.candidates[*candidate].plan as usize;
                        self.audiences[audience][plan] == Some(Reach::Own)
                    };
                    let own = self.rates[sku as usize].clone().filter(own).collect();
                    self.slots.push(Slot { audience, sku, rates: sku as usize, own });
                }
                let item = u32::try_from(item).expect("checked by the organization");
                self.usages.push(PlanUsage { item, slot: u32::try_from(slot).expect("there are fewer slots than items") });
            }
            self.accounts.push(start..self.usages.len());
            self.places.push(account);
        }
    }
}

/// What breaks the tie of two plans.
fn tie(plan: &Plan, settings: Settings) -> (i64, &str) {
    let end = match settings.plan_ties {
        Ties::EarliestEnding => plan.term.end(),
        Ties::ByArn => 0,
    };
    (end, &plan.id.0)
}

/// All rates of the plans, by SKU: where each SKU's are.
fn candidates(organization: &Organization, items: &Items, plans: &[usize]) -> (Vec<Candidate>, Vec<Range<usize>>) {
    let parts = organization.parts();
    let mut candidates = Vec::new();
    let mut by_sku = Vec::with_capacity(items.skus.len());
    let mut levels = Vec::new();
    for (sku, facts) in items.skus.iter().enumerate() {
        let start = candidates.len();
        for (plan, index) in plans.iter().enumerate() {
            let rates = &parts.rate_tables[parts.plans[*index].rate_table].rates;
            // A rate above the on-demand rate is passed over (3.3).
            if let Some(rate) = rates[sku].map(rate10).filter(|rate| *rate <= facts.rate) {
                let plan = u32::try_from(plan).expect("checked by the organization");
                candidates.push(Candidate { rate, plan, level: 0 });
            }
        }
        candidates[start..].sort_by_key(|candidate| (candidate.rate, candidate.plan));
        levels.extend(candidates[start..].iter().map(|candidate| Level::new(candidate.rate, facts.rate, facts.capacity)));
        by_sku.push(start..candidates.len());
    }
    let mut distinct = levels.clone();
    distinct.sort_unstable();
    distinct.dedup_by(|a, b| a.cmp(&b) == Ordering::Equal);
    for (candidate, level) in candidates.iter_mut().zip(&levels) {
        let place = distinct.binary_search(level).expect("it is one of them");
        candidate.level = u32::try_from(place).expect("there are fewer levels than rates");
    }
    (candidates, by_sku)
}

/// What pairs of plan and usage go by before ties: saving, rate, capacity.
#[derive(Clone, Copy)]
struct Level {
    rate: u64,
    on_demand: u64,
    capacity: Capacity,
}

impl Level {
    fn new(rate: u64, on_demand: u64, capacity: Capacity) -> Self {
        // An on-demand rate of nothing is a saving of nothing (3.4), as that of any rate equal to it.
        Self { rate, on_demand, capacity }
    }

    /// What stays of the on-demand rate, as a fraction.
    fn share(self) -> (u128, u128) {
        if self.on_demand == 0 { (1, 1) } else { (u128::from(self.rate), u128::from(self.on_demand)) }
    }
}

impl Ord for Level {
    fn cmp(&self, other: &Self) -> Ordering {
        let ((a, of_a), (b, of_b)) = (self.share(), other.share());
        (a * of_b).cmp(&(b * of_a)).then(self.rate.cmp(&other.rate)).then(self.capacity.cmp(&other.capacity))
    }
}

impl PartialOrd for Level {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Level {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Level {}
