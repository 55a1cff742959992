//! A proposal beside what AWS recommends, priced by the same simulator over the same futures (`docs/spec/recommendations.md`).
//!
//! Never part of a proposal: it computes nothing that is bought.

mod limits;
mod matching;
mod recommended;
#[cfg(test)]
mod tests;

pub use matching::NotMatched;
pub use recommended::{Recommended, RecommendedGoods, Reserved};

use super::choices::{Choice, When, moment};
use super::document::{Proposal, Spread, Step};
use super::figures::{amount, mean, millionths, share, spread};
use super::inputs::{Inputs, InputsError, PlanOffer, ReservedOffer};
use super::pools::{Outlook, Pools};
use super::price::{Holdings, Priced, Pricing, Purchase};
use super::steps::utilization;
use crate::forecast::{Ensemble, Forecast, Overlay};
use crate::past::Past;
use crate::solve::{Futures as _, Workers};
use matching::{Matched, matched};
use std::collections::{BTreeMap, BTreeSet};
use tenor_cover::Sizes;
use tenor_money::{Money, Rounding, SCALE};

/// What AWS says of sets for the same usage. Source: `aws-rules` §5.4.
const OVERLAP: &str =
    "AWS computes each of its sets as if nothing else were bought; these are for the same usage and not meant to be added up";

/// A hundredth is what AWS's rounding and fresher prices may make; more is told.
const CASH_TOLERANCE: i128 = 100;

/// Candidates side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// Buying nothing first, then the proposal, then what AWS recommends.
    pub candidates: Vec<Candidate>,
    /// What AWS recommends and no candidate has.
    pub left_out: Vec<LeftOut>,
    /// What holds for all of them, and what was assumed.
    pub notes: Vec<String>,
}

/// What some purchases come to. Amounts are decimals as text in the currency of the prices, as in a proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What it is.
    pub name: String,
    /// How many purchases it has.
    pub purchases: usize,
    /// How many more AWS recommends that could not be matched.
    pub left_out: usize,
    /// The mean over all futures of what on-demand usage and fees cost, beyond what is held.
    pub expected_cost: String,
    /// Against buying nothing, over the horizon.
    pub savings: Spread,
    /// Commitment per hour, upfront fees spread.
    pub commitment_per_hour: String,
    /// Cash on the days of purchase.
    pub upfront: String,
    /// All that is owed from the purchases to their ends.
    pub obligation: String,
    /// The share that is used, over all futures, of the purchase of which least is.
    pub lowest_utilization: Option<String>,
    /// What AWS says that it saves in a month; none where it does not say it of each.
    pub aws_monthly_savings: Option<String>,
    /// The owner's limits that it breaks.
    pub breaks: Vec<String>,
    /// What to know of it.
    pub notes: Vec<String>,
}

/// Something recommended that is in no candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Where it stands.
    pub source: String,
    /// What it is.
    pub what: String,
    /// Why.
    pub why: NotMatched,
}

/// Why nothing can be compared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompareError {
    /// The inputs.
    #[error(transparent)]
    Inputs(#[from] InputsError),
    /// A proposal of other inputs.
    #[error("step {0} of the proposal buys what its inputs do not offer")]
    Step(usize),
    /// A proposal of another policy.
    #[error("the proposal looks {0} hours ahead, less than its policy does")]
    Horizon(usize),
}

/// Prices a proposal and what AWS recommends, each by itself, over the futures of the proposal. Only what is bought now counts: nothing follows
/// what ends within the horizon.
///
/// Takes the inputs, since sizes that AWS names and nobody uses are added to them.
///
/// # Errors
/// When the proposal is none of these inputs.
pub fn compare(
    mut inputs: Inputs,
    proposal: &Proposal,
    recommended: &[Recommended],
    workers: &dyn Workers,
) -> Result<Compared, CompareError> {
    inputs.check()?;
    let horizon = proposal.outlook.horizon_hours;
    let start = horizon.checked_sub(inputs.policy.longest_hours()).ok_or(CompareError::Horizon(horizon))?;
    let found = sets(&mut inputs, recommended);
    let pools = Pools::of(&inputs);
    let demand = pools.demand(&inputs);
    let forecast = Forecast::new(Past::of(&demand, demand.hours()), Overlay::default(), inputs.seed);
    let pools = if inputs.lines.is_empty() { pools } else { pools.with_unseen(&inputs, forecast.groups()) };
    let ensemble = Ensemble::draw(&forecast, inputs.scenarios, horizon.div_ceil(168));
    let outlook = Outlook::new(&inputs, &pools, ensemble, horizon);
    let mut choices = Vec::new();
    let mut purchases = Vec::new();
    let mut buy = |choice: Choice, items: u32| {
        purchases.push(Purchase { choice: choices.len(), items });
        choices.push(choice);
    };
    for step in &proposal.steps {
        let (choice, items) = of_step(&inputs, step, horizon).ok_or(CompareError::Step(step.number))?;
        buy(choice, items);
    }
    for set in &found.sets {
        for one in &set.matched {
            // As the proposal's do: reservations now, plans when they can be returned.
            let start = if set.one.is_reservation() { 0 } else { start };
            buy(choice(&inputs, one.offer, one.class, set.one.is_reservation(), start, horizon), one.items);
        }
    }
    let pricing = Pricing { inputs: &inputs, held: Holdings::of(&inputs), pools: &pools, outlook: &outlook, choices: &choices, workers };
    pricing.check()?;
    let candidates = Candidates { pricing: &pricing, purchases: &purchases, steps: proposal.steps.len(), sets: &found.sets }.all()?;
    let horizon_note = format!(
        "every row is what is bought now, over the same {} futures of {} days: nothing follows what ends before, neither here nor there",
        inputs.scenarios,
        horizon / 24
    );
    let notes = std::iter::once(horizon_note).chain(found.notes).collect();
    Ok(Compared { candidates, left_out: found.left_out, notes })
}

/// What AWS computed together, as far as it could be matched.
struct Set<'a> {
    /// Any of it.
    one: &'a Recommended,
    matched: Vec<Matched>,
    left_out: usize,
    /// None when AWS leaves it out anywhere.
    monthly_savings: Option<Money>,
}

struct Sets<'a> {
    sets: Vec<Set<'a>>,
    left_out: Vec<LeftOut>,
    notes: Vec<String>,
}

/// Matches all that is recommended; plans first.
fn sets<'a>(inputs: &mut Inputs, recommended: &'a [Recommended]) -> Sets<'a> {
    let sizes = Sizes::published();
    let mut sets: BTreeMap<(bool, String), Set<'a>> = BTreeMap::new();
    let (mut left_out, mut notes) = (Vec::new(), Vec::new());
    for one in recommended {
        let empty = || Set { one, matched: Vec::new(), left_out: 0, monthly_savings: Some(Money::ZERO) };
        let set = sets.entry((one.is_reservation(), one.set())).or_insert_with(empty);
        match matched(inputs, one, &sizes) {
            Ok(matched) => {
                set.monthly_savings = set.monthly_savings.zip(one.monthly_savings).map(|(sum, more)| sum + more);
                let assumed = matched.assumed.iter().cloned().chain(differing_cash(inputs, one, &matched));
                notes.extend(assumed.map(|assumed| format!("{}: {one}: {assumed}", one.source)));
                set.matched.push(matched);
            }
            Err(why) => {
                set.left_out += 1;
                left_out.push(LeftOut { source: one.source.clone(), what: one.to_string(), why });
            }
        }
    }
    let sets: Vec<Set<'_>> = sets.into_values().collect();
    let empty = sets.iter().filter(|set| set.matched.is_empty());
    notes.extend(empty.map(|set| format!("nothing of AWS's {} could be matched; it has no row", set.one.set())));
    Sets { sets, left_out, notes }
}

/// What AWS asks at the start, where these prices ask clearly something else.
fn differing_cash(inputs: &Inputs, one: &Recommended, matched: &Matched) -> Option<String> {
    let choice = choice(inputs, matched.offer, matched.class, one.is_reservation(), 0, 1);
    let ours = Purchase { choice: 0, items: matched.items }.times(choice.upfront, &choice);
    let said = one.upfront?;
    let tolerance = said.share(1, CASH_TOLERANCE, Rounding::HalfEven);
    let note = format!("AWS says {} upfront, and the prices of the proposal come to {}", amount(said), amount(ours));
    ((ours - said).abs() > tolerance).then_some(note)
}

/// An offer that is bought in some hour.
fn choice(inputs: &Inputs, offer: usize, class: usize, is_reservation: bool, start: usize, horizon: usize) -> Choice {
    // A price asks for no pool.
    let of = |hours| match is_reservation {
        true => Choice::reservation(inputs, offer, (class, 0), When::Now, hours),
        false => Choice::plan(inputs, offer, class, When::Now, hours),
    };
    let hours = of(start..horizon).term.hours() as usize;
    of(start..(start + hours).min(horizon))
}

/// What a step buys, and how much of it; none when the inputs do not offer it.
pub(crate) fn of_step(inputs: &Inputs, step: &Step, horizon: usize) -> Option<(Choice, u32)> {
    let start = (0..horizon).find(|hour| moment(inputs, *hour).to_string() == step.starts)?;
    let class = inputs.classes.iter().position(|class| (&class.buyer, &class.name) == (&step.account, &step.group))?;
    let is_length = |years: u32| step.term == format!("{years}yr");
    let Some(commitment) = &step.commitment else {
        let is_it = |offer: &ReservedOffer| {
            let sku = &inputs.skus[offer.sku];
            (&sku.service, &sku.region, &sku.usage_type, &sku.operation) == (&step.service, &step.region, &step.usage_type, &step.operation)
                && step.kind == format!("{} reservation", offer.class().as_str())
                && offer.payment == step.payment
                && is_length(offer.years)
        };
        let offer = inputs.reserved.iter().position(is_it)?;
        return Some((choice(inputs, offer, class, true, start, horizon), step.count?));
    };
    let is_it = |offer: &PlanOffer| {
        (&offer.family, &offer.region) == (&step.instance_type, &step.region)
            && step.kind == format!("{} plan", offer.kind)
            && offer.payment == step.payment
            && is_length(offer.years)
    };
    let offer = inputs.plans.iter().position(is_it)?;
    let hourly: Money = commitment.parse().ok()?;
    Some((choice(inputs, offer, class, false, start, horizon), u32::try_from(hourly.units() / (SCALE / 1_000)).ok()?))
}

struct Candidates<'a> {
    pricing: &'a Pricing<'a>,
    /// Those of the steps, then those of each set.
    purchases: &'a [Purchase],
    steps: usize,
    sets: &'a [Set<'a>],
}

impl Candidates<'_> {
    fn all(&self) -> Result<Vec<Candidate>, InputsError> {
        let nothing = self.price(&[])?.costs();
        let mut all = vec![self.candidate("nothing".to_owned(), &[], &nothing)?];
        all.push(self.candidate("the proposal".to_owned(), &self.purchases[..self.steps], &nothing)?);
        let places: Vec<usize> = (0..self.sets.len()).collect();
        let is_matched = |place: &&usize| !self.sets[**place].matched.is_empty();
        for place in places.iter().filter(is_matched) {
            all.push(self.of_sets(&format!("AWS: {}", self.sets[*place].one.set()), &[*place], &nothing)?);
        }
        let (reservations, plans): (Vec<usize>, Vec<usize>) = places.iter().partition(|place| self.sets[**place].one.is_reservation());
        let matched = |places: &[usize]| places.iter().filter(is_matched).count();
        let several = [("AWS: all Savings Plans", &plans), ("AWS: all reservations", &reservations)];
        for (name, places) in several.into_iter().filter(|(_, places)| matched(places) > 1) {
            all.push(self.of_sets(name, places, &nothing)?);
        }
        if matched(&plans) > 0 && matched(&reservations) > 0 {
            all.push(self.of_sets("AWS: plans and reservations together", &places, &nothing)?);
        }
        Ok(all)
    }

    fn price(&self, purchases: &[Purchase]) -> Result<Priced, InputsError> {
        self.pricing.price(purchases, self.pricing.inputs.scenarios as usize)
    }

    /// Some of AWS's sets together.
    fn of_sets(&self, name: &str, places: &[usize], nothing: &[Money]) -> Result<Candidate, InputsError> {
        let sets: Vec<&Set<'_>> = places.iter().map(|place| &self.sets[*place]).collect();
        let mut purchases = Vec::new();
        for place in places {
            let first = self.steps + self.sets[..*place].iter().map(|set| set.matched.len()).sum::<usize>();
            purchases.extend_from_slice(&self.purchases[first..first + self.sets[*place].matched.len()]);
        }
        let mut candidate = self.candidate(name.to_owned(), &purchases, nothing)?;
        candidate.left_out = sets.iter().map(|set| set.left_out).sum();
        let accounts: BTreeSet<&str> = sets.iter().flat_map(|set| &set.matched).filter_map(|one| one.forbidden_buyer.as_deref()).collect();
        candidate.breaks.extend(accounts.into_iter().map(|account| format!("the policy does not let account {account} buy")));
        let sets: Vec<&Set<'_>> = sets.into_iter().filter(|set| !set.matched.is_empty()).collect();
        let overlap = (1..sets.len()).any(|at| sets[..at].iter().any(|before| before.one.overlaps(sets[at].one)));
        if overlap {
            candidate.notes.push(OVERLAP.to_owned());
        } else {
            let saved: Option<Money> = sets.iter().map(|set| set.monthly_savings).sum();
            candidate.aws_monthly_savings = saved.map(amount);
        }
        Ok(candidate)
    }

    fn candidate(&self, name: String, purchases: &[Purchase], nothing: &[Money]) -> Result<Candidate, InputsError> {
        let priced = self.price(purchases)?;
        let costs = priced.costs();
        let saved: Vec<Money> = nothing.iter().zip(&costs).map(|(nothing, cost)| *nothing - *cost).collect();
        let bought = || purchases.iter().map(|purchase| (purchase, &self.pricing.choices[purchase.choice]));
        let used = |place: usize| {
            let shares = utilization(self.pricing, purchases, &priced, place);
            shares.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
        };
        let lowest = (0..purchases.len()).map(used).min_by_key(|(used, held)| millionths(*used, *held));
        let horizon = self.pricing.outlook.hours();
        let longer = bought().filter(|(_, choice)| choice.hours.start + choice.term.hours() as usize > horizon).count();
        let note = format!(
            "{longer} of its purchases last longer than the {} days; their cost after that counts in the obligation alone",
            horizon / 24
        );
        Ok(Candidate {
            name,
            purchases: purchases.len(),
            left_out: 0,
            expected_cost: amount(mean(&costs)),
            savings: spread(&saved),
            commitment_per_hour: amount(bought().map(|(purchase, choice)| purchase.hourly(choice)).sum()),
            upfront: amount(bought().map(|(purchase, choice)| purchase.times(choice.upfront, choice)).sum()),
            obligation: amount(bought().map(|(purchase, choice)| purchase.times(choice.obligation(), choice)).sum()),
            lowest_utilization: lowest.map(|(used, held)| share(used, held)),
            aws_monthly_savings: None,
            breaks: limits::broken(self.pricing, purchases, &priced),
            notes: (longer > 0).then_some(note).into_iter().collect(),
        })
    }
}
