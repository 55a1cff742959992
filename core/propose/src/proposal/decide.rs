//! From inputs to a proposal: outlook, portfolio, exact price, certificate.

#![expect(clippy::disallowed_types, reason = "the solver works on floats; what it answers is priced again exactly")]

use super::alternatives::{Alternative, alternatives, interest, replaced};
use super::choices::{Choice, Goods, base, choices, keeps_limits, market};
use super::document::{Certificate, OutlookFacts, Proposal, Summary};
use super::figures::{amount, floor, mean, share, spread, worst};
use super::inputs::{Inputs, InputsError, Promise};
use super::pools::{Outlook, Pools};
use super::price::{Holdings, Priced, Pricing, Purchase};
use super::usable::usable;
use super::{held, steps};
use crate::forecast::{Ensemble, Forecast, Overlay};
use crate::past::Past;
use crate::solve::{Effort, Workers, solve};
use tenor_bill::BillingPeriod;
use tenor_money::{Money, Rounding, SCALE};

/// How often less is bought of what would not be used enough, before it is left out altogether.
const UTILIZATION_ROUNDS: u32 = 10;

/// How often alternatives are looked for once more.
const IMPROVEMENT_ROUNDS: usize = 3;

/// How hard the solver looks: at all cells of a small organization, at a sample of this many of a large one; all are priced.
const EFFORT: Effort = Effort { cells: 20_000_000, rounds: 30 };

/// Days before the end of a month in which a plan bought could not be returned for a whole week.
const RETURN_HOURS: i64 = 7 * 24;

/// What the bound covers, as the certificate says it.
const COVERS: &str = "Purchases of the offers listed in the inputs, now, at the end of what is held, and when what is bought now ends, under the \
     limits of the policy and in the same futures. It leaves out the minimum utilization and the size of purchases, which can only make portfolios \
     dearer. What is held is counted as covering all it could. Changes of what is held are improvements on top, priced exactly and not covered by \
     the bound.";

/// What is said when the bound turns out to be none.
const BROKEN: &str =
    "the bound lies above what was found, so it is none here: this is a fault of the program, please report it with the inputs";

/// Computes the proposal of some inputs, whose file has a hash.
///
/// The same inputs give the same bytes, on one worker and on many.
///
/// # Errors
/// When the inputs do not fit together, have too little history, or are more than a simulation can count.
pub fn propose(inputs: &Inputs, inputs_hash: &str, workers: &dyn Workers) -> Result<Proposal, InputsError> {
    inputs.check()?;
    let start = first_purchase(inputs);
    let horizon = start + inputs.policy.longest_hours();
    let pools = Pools::of(inputs);
    let demand = pools.demand(inputs);
    let past = Past::of(&demand, demand.hours());
    let forecast = Forecast::new(past, Overlay::default(), inputs.seed);
    let pools = if inputs.lines.is_empty() { pools } else { pools.with_unseen(inputs, forecast.groups()) };
    let ensemble = Ensemble::draw(&forecast, inputs.scenarios, horizon.div_ceil(168));
    let outlook = Outlook::new(inputs, &pools, ensemble, horizon);
    let choices = choices(inputs, &pools, start, horizon);
    let pricing = Pricing { inputs, held: Holdings::of(inputs), pools: &pools, outlook: &outlook, choices: &choices, workers };
    pricing.check()?;
    let scenarios = inputs.scenarios as usize;
    let nothing = pricing.price(&[], scenarios)?;
    let search = Search { pricing: &pricing, nothing: nothing.costs(), horizon };
    let (found, next) = search.improved(search.run()?)?;
    assert!(keeps_limits(inputs, &choices, &found.purchases), "no purchase is made beyond the owner's limits");
    let now: Vec<Purchase> = found.purchases.iter().copied().filter(|purchase| choices[purchase.choice].is_step()).collect();
    let now = pricing.price(&now, scenarios)?;
    let figures = Figures { inputs, nothing: &nothing, now: &now, found: &found };
    let facts = OutlookFacts {
        history_hours: inputs.hours,
        horizon_hours: horizon,
        scenarios: inputs.scenarios,
        seed: inputs.seed,
        pools: pools.seen,
        choices: choices.len(),
    };
    let steps = steps::steps(&pricing, &found, &next);
    let changes = held::changes(&pricing, &found)?;
    let certificate = figures.certificate(&pricing, changes.saved);
    let broken = figures.is_broken(&pricing).then(|| BROKEN.to_owned());
    let proposal = Proposal {
        id: String::new(),
        format: 1,
        inputs: inputs_hash.to_owned(),
        as_of: super::choices::moment(inputs, 0).to_string(),
        outlook: facts,
        prices: inputs.prices.clone(),
        summary: figures.summary(&choices),
        certificate,
        ending: steps::ending(&pricing, &found, &steps),
        later: steps::later(&pricing, &found),
        steps,
        changes: changes.steps,
        limitations: inputs.limitations.iter().cloned().chain(changes.limitations).chain(broken).chain(figures.short(horizon)).collect(),
        policy: inputs.policy.clone(),
    };
    Ok(proposal.sealed())
}

/// The first hour of the horizon in which a plan is bought: in a month's last week the next month's first, since plans are returned in the
/// month they were bought in (`aws-rules` §2.4).
fn first_purchase(inputs: &Inputs) -> usize {
    let now = super::choices::moment(inputs, 0).start_second();
    let month = jiff::Timestamp::from_second(now).ok().map(BillingPeriod::containing);
    let left = month.map_or(i64::MAX, |month| (month.end().as_second() - now) / 3_600);
    let rule = inputs.policy.purchase;
    let is_returnable = rule.returns_left > 0 && rule.slice <= steps::RETURNABLE_MAX;
    if rule.avoid_month_end && is_returnable && left < RETURN_HOURS { usize::try_from(left).unwrap_or(0) } else { 0 }
}

/// A portfolio with its exact price.
pub(crate) struct Found {
    pub(crate) purchases: Vec<Purchase>,
    pub(crate) priced: Priced,
    /// The solver's bound.
    pub(crate) bound: f64,
}

struct Search<'a> {
    pricing: &'a Pricing<'a>,
    nothing: Vec<Money>,
    horizon: usize,
}

impl Search<'_> {
    /// The cheapest portfolio found whose every part is used as much as the policy wants.
    fn run(&self) -> Result<Found, InputsError> {
        let (inputs, choices) = (self.pricing.inputs, self.pricing.choices);
        let references: Vec<f64> = self.nothing.iter().map(|cost| cost.units() as f64 / SCALE as f64).collect();
        let most = usable(inputs, self.pricing.pools, self.pricing.outlook, choices, self.pricing.workers);
        let market = market(inputs, self.pricing.pools, choices, &most, self.horizon, references);
        let portfolio = solve(&market, self.pricing.outlook, EFFORT, self.pricing.workers)?;
        let mut found = self.priced(purchases(choices, &portfolio.units), portfolio.bound)?;
        // By itself each choice could be used enough; beside the others some are not. Less of it is used more.
        for round in 0..UTILIZATION_ROUNDS {
            let idle = self.idle(&found.purchases, &found.priced);
            if idle.is_empty() {
                break;
            }
            let fewer = self.fewer(&found.purchases, &idle, round);
            found = self.priced(fewer, found.bound)?;
        }
        // What the solver cannot see, such as the order in which plans apply, may leave a portfolio that is worse than none.
        if !self.idle(&found.purchases, &found.priced).is_empty() || self.objective(&found) >= mean(&self.nothing) {
            return self.priced(Vec::new(), found.bound);
        }
        Ok(found)
    }

    /// The same with alternatives in place of what they are better than, as long as that lowers the objective in all futures; and what remains next
    /// best.
    fn improved(&self, mut found: Found) -> Result<(Found, Vec<Option<Alternative>>), InputsError> {
        let mut next = alternatives(self.pricing, &found)?;
        for _ in 0..IMPROVEMENT_ROUNDS {
            let better = next.iter().enumerate().filter_map(|(place, next)| Some((place, next.as_ref()?)));
            let better: Vec<_> = better.filter(|(_, next)| next.more < Money::ZERO).map(|(place, next)| (place, next.instead)).collect();
            if better.is_empty() {
                break;
            }
            let purchases = replaced(&found.purchases, &better);
            if !keeps_limits(self.pricing.inputs, self.pricing.choices, &purchases) {
                break;
            }
            let other = self.priced(purchases, found.bound)?;
            if !self.idle(&other.purchases, &other.priced).is_empty() || self.objective(&other) >= self.objective(&found) {
                break;
            }
            found = other;
            next = alternatives(self.pricing, &found)?;
        }
        Ok((found, next))
    }

    fn priced(&self, purchases: Vec<Purchase>, bound: f64) -> Result<Found, InputsError> {
        let priced = self.pricing.price(&purchases, self.pricing.inputs.scenarios as usize)?;
        Ok(Found { purchases, priced, bound })
    }

    fn objective(&self, found: &Found) -> Money {
        objective(self.pricing, &self.nothing, found).iter().copied().sum()
    }

    /// Places of purchases of this proposal that are not used enough in enough scenarios, each with how much is, in millionths.
    fn idle(&self, purchases: &[Purchase], priced: &Priced) -> Vec<(usize, i128)> {
        let rule = self.pricing.inputs.policy.utilization;
        let used = |place: usize| rule.reached(&steps::utilization(self.pricing, purchases, priced, place));
        let is_step = |place: &usize| self.pricing.choices[purchases[*place].choice].is_step();
        (0..purchases.len())
            .filter(is_step)
            .map(|place| (place, used(place)))
            .filter(|(_, used)| *used < i128::from(rule.at_least.millionths()))
            .collect()
    }

    /// Less of each idle purchase, and at last none.
    fn fewer(&self, purchases: &[Purchase], idle: &[(usize, i128)], round: u32) -> Vec<Purchase> {
        let at_least = i128::from(self.pricing.inputs.policy.utilization.at_least.millionths().max(1));
        let mut fewer = purchases.to_vec();
        for (place, used) in idle {
            let items = i128::from(fewer[*place].items);
            // What is least used goes first, so less by a few percent may change little: the cut doubles from round to round.
            let cut = (items * (at_least - used) / at_least).max(1) << round;
            let kept = if round + 1 == UTILIZATION_ROUNDS { 0 } else { (items - cut).max(0) };
            fewer[*place].items = u32::try_from(kept).unwrap_or(0);
        }
        fewer.retain(|purchase| purchase.items > 0);
        fewer
    }
}

/// What the solver answers, in what AWS sells: whole reservations, thousandths of a commitment.
fn purchases(choices: &[Choice], units: &[f64]) -> Vec<Purchase> {
    let items = |choice: &Choice, units: f64| {
        let parts = if matches!(choice.goods, Goods::Plan { .. }) { 1_000.0 } else { 1_000.0 / f64::from(choice.thousandths) };
        (units * parts).round() as u32
    };
    let all =
        choices.iter().zip(units).enumerate().map(|(place, (choice, units))| Purchase { choice: place, items: items(choice, *units) });
    all.filter(|purchase| purchase.items > 0).collect()
}

/// Expected cost, interest on what is paid ahead, and risk.
pub(crate) fn objective(pricing: &Pricing<'_>, nothing: &[Money], found: &Found) -> [Money; 3] {
    let costs = found.priced.costs();
    let capital = interest(pricing.choices, &found.purchases);
    let regrets: Vec<Money> = costs.iter().zip(nothing).map(|(cost, nothing)| *cost + capital - *nothing).collect();
    let rule = pricing.inputs.policy.risk;
    let risk = worst(&regrets, rule.tail.millionths()).share(rule.weight.units(), SCALE, Rounding::HalfEven);
    [mean(&costs), capital, risk]
}

struct Figures<'a> {
    inputs: &'a Inputs,
    nothing: &'a Priced,
    /// With the steps alone, without what later proposals are assumed to buy.
    now: &'a Priced,
    found: &'a Found,
}

impl Figures<'_> {
    fn summary(&self, choices: &[Choice]) -> Summary {
        let bought =
            || self.found.purchases.iter().map(|purchase| (purchase, &choices[purchase.choice])).filter(|(_, choice)| choice.is_step());
        let (nothing, costs) = (self.nothing.costs(), self.now.costs());
        let savings: Vec<Money> = nothing.iter().zip(&costs).map(|(nothing, cost)| *nothing - *cost).collect();
        Summary {
            list_cost_per_hour: amount(base(self.inputs)),
            commitment_per_hour: amount(bought().map(|(purchase, choice)| purchase.hourly(choice)).sum()),
            upfront: amount(bought().map(|(purchase, choice)| purchase.times(choice.upfront, choice)).sum()),
            obligation: amount(bought().map(|(purchase, choice)| purchase.times(choice.obligation(), choice)).sum()),
            savings: spread(&savings),
            savings_share: share(mean(&savings).units(), mean(&nothing).units()),
        }
    }

    /// Promises of spend that would be left short, in words. What is saved is taken to be saved evenly over the horizon.
    fn short(&self, horizon: usize) -> Vec<String> {
        let now = self.inputs.first + self.inputs.hours as i64;
        let saved = mean(&self.nothing.costs()) - mean(&self.now.costs());
        let told = |promise: &Promise| {
            let hours = i128::from(promise.until - now).clamp(0, horizon as i128);
            let spent = promise.expected - saved.share(hours, horizon as i128, Rounding::HalfEven);
            let until = tenor_bill::Hour::from_epoch_hours(promise.until);
            let (amount, short) = (promise.amount, amount(promise.amount - spent));
            (spent < promise.amount).then(|| {
                format!("of the {amount} promised until {until}, {short} would not be spent with these steps; what falls short is owed all the same")
            })
        };
        self.inputs.promises.iter().filter_map(told).collect()
    }

    /// Whether the bound lies above what was found, which it never should.
    fn is_broken(&self, pricing: &Pricing<'_>) -> bool {
        let objective: Money = objective(pricing, &self.nothing.costs(), self.found).iter().copied().sum();
        // What the single precision of the solver may make of it.
        floor(self.found.bound) > objective + objective.abs().share(1, 100_000, Rounding::Ceiling)
    }

    fn certificate(&self, pricing: &Pricing<'_>, changes: Money) -> Certificate {
        let nothing = self.nothing.costs();
        let [expected, capital, risk] = objective(pricing, &nothing, self.found);
        let objective = expected + capital + risk;
        let bound = floor(self.found.bound);
        let gap = share((objective - bound).units().max(0), mean(&nothing).units());
        Certificate {
            nothing: amount(mean(&nothing)),
            expected_cost: amount(expected),
            capital: amount(capital),
            risk: amount(risk),
            objective: amount(objective),
            bound: bound.round_to(4, Rounding::Floor).to_string(),
            gap,
            changes: amount(changes),
            covers: COVERS.to_owned(),
        }
    }
}
