//! A decision looked at again: the same usage, prices and futures under other limits and fears, for whoever wants to know what would change.
//!
//! It finds less than a proposal does: it draws fewer futures, looks less hard, and names neither reasons nor changes of what is held. It never
//! makes a proposal, and nothing is bought by it.

use super::choices::{Choice, choices, hour_of, moment};
use super::compare::{CompareError, of_step};
use super::decide::{Scene, first_purchase};
use super::document::Proposal;
use super::figures::{mean, quantile};
use super::inputs::{Inputs, InputsError};
use super::limits::keeps_limits;
use super::policy::{Limits, Policy};
use super::pools::{Outlook, Pools};
use super::price::{Holdings, Priced, Pricing, Purchase};
use super::search::Search;
use super::steps::words;
use crate::forecast::Ensemble;
use crate::solve::{Effort, Workers};
use jiff::Timestamp;
use std::ops::Range;
use tenor_bill::BillingPeriod;
use tenor_money::{Money, Rounding};

/// A person waits for the answer: a coarse look is enough to see which way it goes.
const EFFORT: Effort = Effort { cells: 1_000_000, rounds: 12 };

/// Limits of the efficient frontier, in hundredths of what the proposal obliges to.
const FRONTIER: [i128; 6] = [10, 25, 50, 75, 100, 150];

/// Inputs made ready to be decided on again and again.
#[derive(Debug)]
pub struct Study {
    inputs: Inputs,
    pools: Pools,
    ensemble: Ensemble,
    horizon: usize,
    months: Vec<(BillingPeriod, Range<usize>)>,
    /// By month: what each future costs beyond what is held when nothing is bought.
    nothing: Vec<Vec<Money>>,
    /// By month, with what is held alone.
    before: Vec<Standing>,
}

/// What some purchases come to. Amounts are means over the futures where nothing else is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What is bought, in words.
    pub bought: Vec<String>,
    /// Commitment per hour, upfront fees spread.
    pub commitment_per_hour: Money,
    /// Cash on the days of purchase.
    pub upfront: Money,
    /// All that is owed from the purchases to their ends.
    pub obligation: Money,
    /// By future, the least first: what is saved against buying nothing, over the horizon.
    pub savings: Vec<Money>,
    /// By month, from the first on: what is saved up to its end.
    pub courses: Vec<Course>,
    /// With what is held alone, over the first months.
    pub before: Standing,
    /// With what is bought, over the same.
    pub after: Standing,
    /// Hours of these months: the whole ones until something of what is bought ends. Behind that nothing says what would be bought then.
    pub standing_hours: usize,
}

/// What is saved up to the end of a month, over all futures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Course {
    /// The month.
    pub month: BillingPeriod,
    /// The mean.
    pub expected: Money,
    /// A tenth of futures are not above this.
    pub p10: Money,
    /// A quarter.
    pub p25: Money,
    /// Three quarters.
    pub p75: Money,
    /// Nine tenths.
    pub p90: Money,
}

/// How the usage that commitments may cover is paid for, over some months: an estimate, as the mean of the futures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// All that is paid: on demand, and fees, with what is paid ahead spread.
    pub spend: Money,
    /// What it would cost on demand.
    pub list: Money,
    /// What of that commitments cover.
    pub covered: Money,
    /// What commitments cost.
    pub committed: Money,
    /// What of that is for nothing.
    pub unused: Money,
}

impl Study {
    /// Of the inputs of a proposal, with as many of its futures at most.
    ///
    /// # Errors
    /// When the inputs do not fit together, have too little history, or are more than a simulation can count.
    pub fn new(mut inputs: Inputs, scenarios_max: u32, workers: &dyn Workers) -> Result<Self, InputsError> {
        inputs.scenarios = inputs.scenarios.min(scenarios_max.max(1));
        inputs.check()?;
        let Scene { pools, ensemble, choices, horizon } = Scene::of(&inputs);
        let months = months(&inputs, horizon);
        let spans: Vec<Range<usize>> = months.iter().map(|(_, hours)| hours.clone()).collect();
        let (nothing, before): (Vec<Vec<Money>>, Vec<Standing>) = {
            let (outlook, held) = (Outlook::new(&inputs, &pools, ensemble.clone(), horizon), Holdings::of(&inputs));
            let pricing = Pricing { inputs: &inputs, held, pools: &pools, outlook: &outlook, choices: &choices, workers };
            pricing.check()?;
            let priced = pricing.price_spans(&[], inputs.scenarios as usize, &spans)?;
            (priced.iter().map(Priced::costs).collect(), priced.iter().map(Standing::of).collect())
        };
        Ok(Self { pools, ensemble, horizon, months, nothing, before, inputs })
    }

    /// How many futures it looks at.
    #[must_use]
    pub const fn scenarios(&self) -> u32 {
        self.inputs.scenarios
    }

    /// How many hours it looks ahead.
    #[must_use]
    pub const fn horizon_hours(&self) -> usize {
        self.horizon
    }

    /// What the steps of a proposal of these inputs come to.
    ///
    /// # Errors
    /// When the proposal is none of these inputs.
    pub fn of(&self, proposal: &Proposal, workers: &dyn Workers) -> Result<Outcome, CompareError> {
        let inputs = &self.inputs;
        let (mut bought, mut purchases) = (Vec::new(), Vec::new());
        for step in &proposal.steps {
            let (choice, items) = of_step(inputs, step, self.horizon).ok_or(CompareError::Step(step.number))?;
            purchases.push(Purchase { choice: bought.len(), items });
            bought.push(choice);
        }
        let outlook = Outlook::new(inputs, &self.pools, self.ensemble.clone(), self.horizon);
        let (pools, choices) = (&self.pools, bought.as_slice());
        let pricing = Pricing { inputs, held: Holdings::of(inputs), pools, outlook: &outlook, choices, workers };
        Ok(self.outcome(&pricing, &purchases)?)
    }

    /// What would be bought under another policy, in the same futures and as far ahead.
    ///
    /// # Errors
    /// When the policy contradicts itself, or allows longer terms than these inputs were looked at for.
    pub fn decide(&self, policy: &Policy, workers: &dyn Workers) -> Result<Outcome, CompareError> {
        policy.check().map_err(InputsError::from)?;
        let start = first_purchase(policy, moment(&self.inputs, 0).start_second());
        if start + policy.longest_hours() > self.horizon {
            return Err(CompareError::Horizon(self.horizon));
        }
        let inputs = Inputs { policy: policy.clone(), ..self.inputs.clone() };
        let choices = choices(&inputs, &self.pools, start, self.horizon);
        let outlook = Outlook::new(&inputs, &self.pools, self.ensemble.clone(), self.horizon);
        let held = Holdings::of(&inputs);
        let pricing = Pricing { inputs: &inputs, held, pools: &self.pools, outlook: &outlook, choices: &choices, workers };
        let nothing = sums(&self.nothing, self.inputs.scenarios as usize);
        let found = Search { pricing: &pricing, nothing, horizon: self.horizon, effort: EFFORT }.run()?;
        assert!(keeps_limits(&inputs, &choices, &found.purchases), "no purchase is made beyond the owner's limits");
        let steps: Vec<Purchase> = found.purchases.into_iter().filter(|purchase| choices[purchase.choice].is_step()).collect();
        Ok(self.outcome(&pricing, &steps)?)
    }

    /// What would be bought under lower and higher limits of what is owed, the lowest first; none where nothing is owed.
    ///
    /// # Errors
    /// As [`decide`](Self::decide).
    pub fn frontier(&self, policy: &Policy, obligation: Money, workers: &dyn Workers) -> Result<Vec<Outcome>, CompareError> {
        if obligation <= Money::ZERO {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for hundredths in FRONTIER {
            let most = obligation.share(hundredths, 100, Rounding::HalfEven);
            let limits = Limits { obligation: Some(most), ..policy.limits };
            found.push(self.decide(&Policy { limits, ..policy.clone() }, workers)?);
        }
        found.sort_by_key(|outcome| outcome.obligation);
        // Where another limit is lower, a higher one of this kind changes nothing.
        found.dedup_by_key(|outcome| outcome.obligation);
        Ok(found)
    }

    fn outcome(&self, pricing: &Pricing<'_>, purchases: &[Purchase]) -> Result<Outcome, InputsError> {
        let scenarios = self.inputs.scenarios as usize;
        let spans: Vec<Range<usize>> = self.months.iter().map(|(_, hours)| hours.clone()).collect();
        let priced = pricing.price_spans(purchases, scenarios, &spans)?;
        let mut saved = vec![Money::ZERO; scenarios];
        let mut courses = Vec::new();
        for (((month, _), priced), nothing) in self.months.iter().zip(&priced).zip(&self.nothing) {
            for ((saved, cost), nothing) in saved.iter_mut().zip(priced.costs()).zip(nothing) {
                *saved += *nothing - cost;
            }
            courses.push(Course::of(*month, &saved));
        }
        saved.sort_unstable();
        let ends = purchases.iter().map(|purchase| pricing.choices[purchase.choice].hours.end).min().unwrap_or(self.horizon);
        // What is bought lasts a year at least: there is a whole month before it ends.
        let count = self.months.iter().take_while(|(_, hours)| hours.end <= ends).count().max(1);
        let after: Vec<Standing> = priced[..count].iter().map(Standing::of).collect();
        let bought = || purchases.iter().map(|purchase| (purchase, &pricing.choices[purchase.choice]));
        let sum = |of: &dyn Fn(&Choice) -> Money| bought().map(|(purchase, choice)| purchase.times(of(choice), choice)).sum();
        Ok(Outcome {
            bought: bought().map(|(purchase, choice)| words(pricing.inputs, choice, purchase)).collect(),
            commitment_per_hour: bought().map(|(purchase, choice)| purchase.hourly(choice)).sum(),
            upfront: sum(&|choice| choice.upfront),
            obligation: sum(&Choice::obligation),
            savings: saved,
            courses,
            before: Standing::sum(&self.before[..count]),
            after: Standing::sum(&after),
            standing_hours: self.months[count - 1].1.end,
        })
    }
}

impl Outcome {
    /// What is saved as the mean of all futures.
    #[must_use]
    pub fn expected(&self) -> Money {
        mean(&self.savings)
    }

    /// What is saved at most in a tenth of them.
    #[must_use]
    pub fn p10(&self) -> Money {
        quantile(&self.savings, 100_000).unwrap_or_default()
    }

    /// What is saved at least in a tenth of them.
    #[must_use]
    pub fn p90(&self) -> Money {
        quantile(&self.savings, 900_000).unwrap_or_default()
    }
}

impl Course {
    fn of(month: BillingPeriod, saved: &[Money]) -> Self {
        let at = |millionths| quantile(saved, millionths).unwrap_or_default();
        Self { month, expected: mean(saved), p10: at(100_000), p25: at(250_000), p75: at(750_000), p90: at(900_000) }
    }
}

impl Standing {
    /// Of a month, as the mean of the futures.
    fn of(month: &Priced) -> Self {
        let mut sum = Self::default();
        for (scenario, totals) in month.totals.iter().enumerate() {
            sum.spend += month.spend(scenario);
            sum.list += totals.list_cost();
            sum.covered += totals.covered_list_cost();
            sum.committed += totals.commitment_cost();
            sum.unused += totals.unused_cost();
        }
        let scenarios = month.totals.len().max(1);
        let mean = |sum: Money| sum.share(1, scenarios as i128, Rounding::HalfEven);
        let Self { spend, list, covered, committed, unused } = sum;
        Self { spend: mean(spend), list: mean(list), covered: mean(covered), committed: mean(committed), unused: mean(unused) }
    }

    fn sum(months: &[Self]) -> Self {
        months.iter().fold(Self::default(), |sum, month| Self {
            spend: sum.spend + month.spend,
            list: sum.list + month.list,
            covered: sum.covered + month.covered,
            committed: sum.committed + month.committed,
            unused: sum.unused + month.unused,
        })
    }
}

/// By future: the sum of its months.
fn sums(months: &[Vec<Money>], scenarios: usize) -> Vec<Money> {
    (0..scenarios).map(|scenario| months.iter().map(|month| month[scenario]).sum()).collect()
}

/// The months of the horizon, the first and the last cut off.
fn months(inputs: &Inputs, horizon: usize) -> Vec<(BillingPeriod, Range<usize>)> {
    let mut months = Vec::new();
    let mut first = 0;
    while first < horizon {
        let start = Timestamp::from_second(moment(inputs, first).start_second());
        let month = BillingPeriod::containing(start.expect("checked inputs end in a calendar"));
        let end = hour_of(inputs, month.end().as_second(), horizon).max(first + 1);
        months.push((month, first..end));
        first = end;
    }
    months
}
