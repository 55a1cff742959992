//! Policies side by side with what was possible: nothing, the best level, perfect foresight.

use super::bill::{as_money, pay, share};
use super::bound::{known_hours, least_cost, total};
use super::{Backtest, Ledger, Outcome, Policy, Purchase};
use crate::level::level;
use tenor_money::{Money, Quantity};

/// How a policy did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The policy.
    pub name: String,
    /// What was paid; for the clairvoyant the least that could have been.
    pub cost: Money,
    /// What it saved, as a share of the cost on demand. All usage has one list price, and what commitments cost unused is in `cost`, so
    /// this is the effective savings rate too.
    pub saving: Quantity,
    /// What foresight would have saved beyond that, in money; at least zero.
    pub regret: Money,
    /// By offer: the share of what was committed that was used; nothing committed is `None`.
    pub utilization: Vec<Option<Quantity>>,
    /// By decision. Without any for the clairvoyant, of whom the bound tells no purchases.
    pub over_time: Vec<Moment>,
}

/// How a policy stands just after a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// The decision, as an offset of hours.
    pub hour: usize,
    /// What was saved from the first decision until the next one or the end, as a share of the cost on demand.
    pub saving: Quantity,
    /// By offer: units committed.
    pub units: Vec<u64>,
    /// What they still cost by the hour to the ends of their terms; what was paid upfront is owed no more. `None` for a level
    /// that was chosen afterwards, which is no purchase of what is on sale.
    pub obligation: Option<Money>,
}

impl Standing {
    /// The most that was ever owed: between decisions it only falls.
    #[must_use]
    pub fn peak_obligation(&self) -> Option<Money> {
        self.over_time.iter().filter_map(|moment| moment.obligation).max()
    }
}

/// A back-test's result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// What it would have cost on demand.
    pub on_demand_cost: Money,
    /// `nothing`, the policies in the order given, then `hindsight-level` and `clairvoyant`.
    pub policies: Vec<Standing>,
}

/// Runs policies and compares them.
pub fn compare(backtest: &Backtest<'_>, policies: &mut [Box<dyn Policy>]) -> Comparison {
    let mut outcomes: Vec<Outcome> = vec![backtest.paid("nothing".to_owned(), Ledger::default())];
    outcomes.extend(policies.iter_mut().map(|policy| backtest.run(policy.as_mut())));
    let nothing = outcomes[0].bill.exact_cost(backtest.offers());
    let bound = least_cost(backtest);
    let mut standings: Vec<Standing> = outcomes.iter().map(|outcome| standing(backtest, outcome, nothing, bound)).collect();
    let mut level = standing(backtest, &hindsight(backtest), nothing, bound);
    level.over_time.iter_mut().for_each(|moment| moment.obligation = None);
    standings.push(level);
    let decimals = outcomes[0].bill.decimals;
    standings.push(Standing {
        name: "clairvoyant".to_owned(),
        cost: as_money(bound, decimals),
        saving: Quantity::from_units(share(nothing - bound, nothing)),
        regret: Money::ZERO,
        utilization: Vec::new(),
        over_time: Vec::new(),
    });
    Comparison { on_demand_cost: as_money(nothing, decimals), policies: standings }
}

fn standing(backtest: &Backtest<'_>, outcome: &Outcome, nothing: i128, bound: i128) -> Standing {
    let (bill, cost) = (&outcome.bill, outcome.bill.exact_cost(backtest.offers()));
    let utilization = bill.used.iter().zip(&bill.committed).map(|(used, committed)| {
        let whole = i128::try_from(*committed).expect("unit-hours fit 127 bits");
        (whole > 0).then(|| Quantity::from_units(share(i128::try_from(*used).expect("used is at most committed"), whole)))
    });
    Standing {
        name: outcome.name.clone(),
        cost: as_money(cost, bill.decimals),
        saving: Quantity::from_units(share(nothing - cost, nothing)),
        regret: as_money((cost - bound).max(0), bill.decimals),
        utilization: utilization.collect(),
        over_time: over_time(backtest, outcome),
    }
}

fn over_time(backtest: &Backtest<'_>, outcome: &Outcome) -> Vec<Moment> {
    let (ledger, offers) = (&outcome.ledger, backtest.offers());
    let (mut on_demand_cost, mut cost) = (0, 0);
    let ends = backtest.decisions().iter().skip(1).copied().chain([backtest.counted().end]);
    let moment = |(hour, end): (&usize, usize)| {
        let bill = pay(backtest.demand(), offers, backtest.pools(), ledger, *hour..end);
        on_demand_cost += bill.exact_on_demand_cost(offers);
        cost += bill.exact_cost(offers);
        let active = |offer: usize| ledger.active(offer, backtest.pools().names(offer).len(), *hour).iter().sum();
        Moment {
            hour: *hour,
            saving: Quantity::from_units(share(on_demand_cost - cost, on_demand_cost)),
            units: (0..offers.offers().len()).map(active).collect(),
            obligation: Some(as_money(ledger.exact_obligation(offers, *hour), bill.decimals)),
        }
    };
    backtest.decisions().iter().zip(ends).map(moment).collect()
}

/// One level per pool for all the counted hours, chosen afterwards; of several offers the one that does best alone.
fn hindsight(backtest: &Backtest<'_>) -> Outcome {
    let hours = known_hours(backtest);
    let alone = |(place, offer): (usize, &crate::Offer)| {
        let mut ledger = Ledger::default();
        for pool in 0..backtest.pools().names(place).len() {
            let mut values = total(backtest, place, pool, &hours);
            let units = level(&mut values, offer.hourly(), backtest.offers().on_demand());
            ledger.enter(Purchase { offer: place, pool, units }, backtest.counted().start, backtest.counted().len());
        }
        backtest.paid("hindsight-level".to_owned(), ledger)
    };
    let outcomes = backtest.offers().offers().iter().enumerate().map(alone);
    let best = outcomes.min_by_key(|outcome| outcome.bill.exact_cost(backtest.offers()));
    best.unwrap_or_else(|| backtest.paid("hindsight-level".to_owned(), Ledger::default()))
}
