//! From inputs to a proposal: outlook, portfolio, exact price, certificate.

use super::alternatives::interest;
use super::choices::{Choice, base, choices};
use super::document::{Certificate, OutlookFacts, Proposal, Summary};
use super::figures::{amount, floor, mean, share, spread, worst};
use super::inputs::{Inputs, InputsError};
use super::limits::keeps_limits;
use super::policy::Policy;
use super::pools::{Outlook, Pools};
use super::price::{Holdings, Priced, Pricing};
use super::search::{EFFORT, Found, Search};
use super::{held, promises, steps};
use crate::forecast::{Ensemble, Forecast, Overlay};
use crate::past::Past;
use crate::solve::Workers;
use tenor_bill::BillingPeriod;
use tenor_money::{Money, Rounding, SCALE};

/// Days before the end of a month in which a plan bought could not be returned for a whole week.
const RETURN_HOURS: i64 = 7 * 24;

/// What the bound covers, as the certificate says it.
const COVERS: &str = "Purchases now, at the end of what is held, and when what is bought now ends, of the offers looked at (of a pool's reservations of one \
     class, term and payment the cheapest by unit, of several alike the smallest), under the limits of the policy and in the same futures. It leaves out the minimum utilization and promises of spend, which can only make portfolios \
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
    let Scene { pools, ensemble, choices, horizon } = Scene::of(inputs);
    let outlook = Outlook::new(inputs, &pools, ensemble, horizon);
    let pricing = Pricing { inputs, held: Holdings::of(inputs), pools: &pools, outlook: &outlook, choices: &choices, workers };
    pricing.check()?;
    let scenarios = inputs.scenarios as usize;
    let nothing = pricing.price(&[], scenarios)?;
    let search = Search { pricing: &pricing, nothing: nothing.costs(), horizon, effort: EFFORT };
    let (found, next) = search.improved(search.run()?)?;
    assert!(keeps_limits(inputs, &choices, &found.purchases), "no purchase is made beyond the owner's limits");
    let now = search.steps_alone(&found.purchases)?;
    let figures = Figures { inputs, nothing: &nothing, now: &now.priced, found: &found };
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
        limitations: inputs
            .limitations
            .iter()
            .cloned()
            .chain(changes.limitations)
            .chain(broken)
            .chain(promises::left_short(inputs, &promises::saved(&pricing, &now)))
            .collect(),
        policy: inputs.policy.clone(),
    };
    Ok(proposal.sealed())
}

/// What the proposal of some inputs would buy and how much of it, without looking for alternatives, reasons or what to change of what is held.
///
/// # Errors
/// When the inputs do not fit together, have too little history, or are more than a simulation can count.
pub(crate) fn decided(inputs: &Inputs, workers: &dyn Workers) -> Result<Vec<(Choice, u32)>, InputsError> {
    inputs.check()?;
    let Scene { pools, ensemble, choices, horizon } = Scene::of(inputs);
    let outlook = Outlook::new(inputs, &pools, ensemble, horizon);
    let pricing = Pricing { inputs, held: Holdings::of(inputs), pools: &pools, outlook: &outlook, choices: &choices, workers };
    pricing.check()?;
    let nothing = pricing.price(&[], inputs.scenarios as usize)?;
    let found = Search { pricing: &pricing, nothing: nothing.costs(), horizon, effort: EFFORT }.run()?;
    assert!(keeps_limits(inputs, &choices, &found.purchases), "no purchase is made beyond the owner's limits");
    let bought = found.purchases.iter().map(|purchase| (choices[purchase.choice].clone(), purchase.items));
    Ok(bought.filter(|(choice, _)| choice.is_step()).collect())
}

/// What checked inputs are looked at as: pools of usage, what they may become, and what may be bought, up to a horizon.
pub(crate) struct Scene {
    pub(crate) pools: Pools,
    pub(crate) ensemble: Ensemble,
    pub(crate) choices: Vec<Choice>,
    pub(crate) horizon: usize,
}

impl Scene {
    pub(crate) fn of(inputs: &Inputs) -> Self {
        let start = first_purchase(&inputs.policy, super::choices::moment(inputs, 0).start_second());
        let horizon = start + inputs.policy.longest_hours();
        let pools = Pools::of(inputs);
        let demand = pools.demand(inputs);
        let past = Past::of(&demand, demand.hours());
        let forecast = Forecast::new(past, Overlay::default(), inputs.seed);
        let pools = if inputs.lines.is_empty() { pools } else { pools.with_unseen(inputs, forecast.groups()) };
        let ensemble = Ensemble::draw(&forecast, inputs.scenarios, horizon.div_ceil(168));
        let choices = choices(inputs, &pools, start, horizon);
        Self { pools, ensemble, choices, horizon }
    }
}

/// The first hour of the horizon in which a plan is bought: in a month's last week the next month's first, since plans are returned in the
/// month they were bought in (`aws-rules` §2.4).
pub(crate) fn first_purchase(policy: &Policy, now: i64) -> usize {
    let month = jiff::Timestamp::from_second(now).ok().map(BillingPeriod::containing);
    let left = month.map_or(i64::MAX, |month| (month.end().as_second() - now) / 3_600);
    let rule = policy.purchase;
    let is_returnable = rule.returns_left > 0 && rule.slice <= steps::RETURNABLE_MAX;
    if rule.avoid_month_end && is_returnable && left < RETURN_HOURS { usize::try_from(left).unwrap_or(0) } else { 0 }
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
