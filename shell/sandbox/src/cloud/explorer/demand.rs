//! What was used and not covered, hour by hour, as a plan of some kind would see it.

use super::amounts::{money, percent, percentage};
use super::facts::View;
use super::sizing::{Filled, Piece, by_discount, filled};
use super::span::Range;
use crate::cloud::Moment;
use crate::cloud::offers::PlanOffer;
use crate::exact::{charge, ratio};
use crate::line::LineItemType;
use crate::matching::offered_rate;
use crate::price::Payment;
use tenor_money::{Money, Rounding};
use tenor_wire::Value;

/// Hours of a month, as AWS counts them.
pub(super) const MONTH_HOURS: i128 = 730;

/// One hour.
#[derive(Debug, Clone, Default)]
struct Hour {
    /// What plans of the kind cover already, at its on-demand cost.
    covered: Money,
    /// What nothing covers.
    on_demand: Money,
}

/// The hours of a time.
pub(super) struct Demand<'a> {
    offer: &'a PlanOffer,
    range: Range,
    hours: Vec<Hour>,
    /// By hour, in the order in which the plan takes them.
    pub(super) pieces: Vec<Vec<Piece>>,
    /// What is committed to already, on the average.
    existing: Money,
}

impl<'a> Demand<'a> {
    /// The usage of an account, or of all that the viewer sees. What the plans of `without` cover counts as not covered.
    pub(super) fn new(view: &View, offer: &'a PlanOffer, account: Option<u32>, without: &[&str]) -> Self {
        let first = view.months().next().map_or(view.range.start, |facts| facts.start);
        let range = Range { start: view.range.start.max(first), end: view.range.end };
        let count = usize::try_from((range.end - range.start) / 3600).unwrap_or(0);
        let mut found = Self { offer, range, hours: vec![Hour::default(); count], pieces: vec![Vec::new(); count], existing: Money::ZERO };
        let mut committed = Money::ZERO;
        for row in view.rows_in(range).filter(|row| account.is_none_or(|account| account == row.group.account)) {
            let hour = ((row.cell.start - range.start) / 3600) as usize;
            let plan = row.label.plan.map(|index| &row.facts.world.plans[index as usize]);
            let is_gone = plan.is_some_and(|plan| without.iter().any(|gone| plan.arn == *gone || plan.arn.ends_with(&format!("/{gone}"))));
            if let (LineItemType::SavingsPlanRecurringFee, Some(plan), false) = (row.label.line_type, plan, is_gone) {
                committed += plan.commitment(row.cell.start);
            }
            let Some(sku) = row.label.sku.map(|sku| &row.facts.world.fleet.skus[sku as usize]) else { continue };
            let rate = offered_rate(&offer.kind, offer.term, offer.payment, sku).filter(|rate| *rate <= sku.rate && !rate.is_zero());
            let (Some(rate), public) = (rate, row.cell.totals.public_on_demand) else { continue };
            match row.label.line_type {
                LineItemType::SavingsPlanCoveredUsage if !is_gone => found.hours[hour].covered += public,
                LineItemType::Usage | LineItemType::SavingsPlanCoveredUsage => {
                    found.hours[hour].on_demand += public;
                    let piece = Piece { with_plan: charge(rate, row.cell.usage, 12), on_demand: public };
                    if !piece.with_plan.is_zero() {
                        found.pieces[hour].push(piece);
                    }
                }
                _ => {}
            }
        }
        found.pieces.iter_mut().for_each(|pieces| by_discount(pieces));
        found.existing = share(committed, count as i128);
        found
    }

    /// What nothing covers, in all.
    pub(super) fn on_demand(&self) -> Money {
        self.hours.iter().map(|hour| hour.on_demand).sum()
    }

    /// The same of an hour, on the average.
    pub(super) fn average(&self) -> Money {
        share(self.on_demand(), self.count())
    }

    /// The share of usage that would be covered, in percent.
    pub(super) fn coverage(&self, commitment: Money) -> Money {
        let (mut covered, mut total) = (Money::ZERO, Money::ZERO);
        for (hour, filled) in self.hours.iter().zip(self.filled(commitment)) {
            covered += hour.covered + filled.covered;
            total += hour.covered + hour.on_demand;
        }
        percentage(covered.units(), total.units())
    }

    fn count(&self) -> i128 {
        self.hours.len() as i128
    }

    fn filled(&self, commitment: Money) -> impl Iterator<Item = Filled> {
        self.pieces.iter().map(move |pieces| filled(pieces, commitment))
    }

    /// What is paid at the start for a commitment.
    fn upfront(&self, commitment: Money) -> Money {
        let whole = commitment.units() * i128::from(self.offer.term.seconds() / 3600);
        match self.offer.payment {
            Payment::Nothing => Money::ZERO,
            Payment::Half => Money::from_units(ratio(whole, 1, 2, 8)),
            Payment::Everything => Money::from_units(whole),
        }
    }

    /// What a commitment would have cost and saved, by the names of the answers ([BOTO:ce] `SavingsPlansPurchaseRecommendationDetail`).
    pub(super) fn outcome(&self, commitment: Money) -> Outcome {
        let spent = self.on_demand();
        let (mut used, mut covered) = (Money::ZERO, Money::ZERO);
        for filled in self.filled(commitment) {
            used += filled.used;
            covered += filled.covered;
        }
        let cost = Money::from_units(commitment.units() * self.count());
        let saved = covered - cost;
        Outcome {
            commitment,
            spent,
            rest: spent - covered,
            cost,
            used,
            saved,
            monthly: Money::from_units(ratio(saved.units(), MONTH_HOURS, self.count().max(1), 10)),
            upfront: self.upfront(commitment),
        }
    }

    /// What every answer about this commitment says.
    pub(super) fn members(&self, outcome: &Outcome) -> Vec<(&'static str, Value)> {
        let of_hours = |choose: fn(std::vec::IntoIter<Money>) -> Option<Money>| {
            choose(self.hours.iter().map(|hour| hour.on_demand).collect::<Vec<_>>().into_iter()).unwrap_or_default()
        };
        vec![
            ("UpfrontCost", money(outcome.upfront)),
            ("EstimatedROI", percent(outcome.saved.units(), outcome.cost.units())),
            ("CurrencyCode", "USD".into()),
            ("EstimatedOnDemandCost", money(outcome.rest)),
            ("EstimatedOnDemandCostWithCurrentCommitment", money(outcome.spent)),
            ("EstimatedSavingsAmount", money(outcome.saved)),
            ("EstimatedSavingsPercentage", percent(outcome.saved.units(), outcome.spent.units())),
            ("HourlyCommitmentToPurchase", money(outcome.commitment)),
            ("EstimatedAverageUtilization", percent(outcome.used.units(), outcome.cost.units())),
            ("EstimatedMonthlySavingsAmount", money(outcome.monthly)),
            ("CurrentMinimumHourlyOnDemandSpend", money(of_hours(Iterator::min))),
            ("CurrentMaximumHourlyOnDemandSpend", money(of_hours(Iterator::max))),
            ("CurrentAverageHourlyOnDemandSpend", money(self.average())),
        ]
    }

    /// What answers in detail say besides.
    pub(super) fn details(&self, commitment: Money) -> Vec<(&'static str, Value)> {
        let hour = |(at, (hour, filled)): (usize, (&Hour, Filled))| {
            let total = hour.covered + hour.on_demand;
            Value::of([
                ("StartTime", text(self.range.start + 3600 * at as i64).into()),
                ("EstimatedOnDemandCost", money(hour.on_demand - filled.covered)),
                ("CurrentCoverage", percent(hour.covered.units(), total.units())),
                ("EstimatedCoverage", percent((hour.covered + filled.covered).units(), total.units())),
                ("EstimatedNewCommitmentUtilization", percent(filled.used.units(), commitment.units())),
            ])
        };
        let hours: Vec<Value> = self.hours.iter().zip(self.filled(commitment)).enumerate().map(hour).collect();
        vec![
            ("LatestUsageTimestamp", text(self.range.end - 3600).into()),
            ("ExistingHourlyCommitment", money(self.existing)),
            ("CurrentAverageCoverage", money(self.coverage(Money::ZERO))),
            ("EstimatedAverageCoverage", money(self.coverage(commitment))),
            ("MetricsOverLookbackPeriod", hours.into()),
        ]
    }

    /// How many hours.
    pub(super) fn len(&self) -> usize {
        self.hours.len()
    }
}

/// What a commitment would have cost and saved.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Outcome {
    pub(super) commitment: Money,
    /// On demand, without it and with it.
    pub(super) spent: Money,
    pub(super) rest: Money,
    pub(super) cost: Money,
    pub(super) used: Money,
    pub(super) saved: Money,
    pub(super) monthly: Money,
    pub(super) upfront: Money,
}

/// `amount` over so many; nothing over none.
pub(super) fn share(amount: Money, count: i128) -> Money {
    if count == 0 { Money::ZERO } else { Money::from_units(ratio(amount.units(), 1, count, 10)) }
}

/// A moment as the answers write it.
pub(super) fn text(second: i64) -> String {
    Moment(second).timestamp().to_string()
}

/// A commitment as AWS recommends it: to a tenth of a cent, never more than what saves the most.
pub(super) fn sellable(commitment: Money) -> Money {
    commitment.round_to(3, Rounding::Floor)
}
