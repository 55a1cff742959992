//! Reserved Instances and Savings Plans as things with a term: what they cost and hold at any moment of it.

use crate::cloud::text;
use crate::exact::{self, COMMITMENT_DECIMALS, ONE};
use crate::price::{OfferingClass, Payment, ReservedPrice, Term};
use crate::sku::PlanScope;
use serde::{Deserialize, Serialize};
use tenor_money::{Money, Quantity};

/// From when to when something runs, in seconds of the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Span {
    /// The first second.
    pub(crate) start: i64,
    /// The term it was sold with.
    pub(crate) term: Term,
    /// What its upfront fee is amortized over, in seconds: the term, or what was left of it when it replaced another.
    length: i64,
    /// The first second after, where it was returned, modified, exchanged or sold before its time.
    cut: Option<i64>,
}

impl Span {
    /// A whole term from `start` on.
    pub(crate) fn new(start: i64, term: Term) -> Self {
        Self { start, term, length: term.seconds(), cut: None }
    }

    /// The rest of a term, until `end`.
    pub(crate) fn rest(start: i64, end: i64, term: Term) -> Self {
        Self { length: end - start, ..Self::new(start, term) }
    }

    /// The same, over before its time.
    pub(crate) fn cut_at(self, end: i64) -> Self {
        Self { cut: Some(end), ..self }
    }

    /// The same as whoever knows it before `moment`: what is to cut it then or later has not come to pass.
    pub(crate) fn known_before(self, moment: i64) -> Self {
        Self { cut: self.cut.filter(|cut| *cut < moment), ..self }
    }

    /// The first second after.
    pub(crate) fn end(self) -> i64 {
        let end = self.start + self.length;
        self.cut.map_or(end, |cut| cut.clamp(self.start, end))
    }

    /// Seconds of the term gone by at `moment` (rounding rule 4.1).
    pub(crate) fn elapsed(self, moment: i64) -> i64 {
        (moment - self.start).clamp(0, self.end() - self.start)
    }

    /// Whether it covers usage of the clock hour that begins at `hour`: the first one whole, a partial last one not at all (rounding rule 2.2).
    pub(crate) fn covers_hour(self, hour: i64) -> bool {
        let clock_hour = |second: i64| second.div_euclid(3600) * 3600;
        (clock_hour(self.start)..clock_hour(self.end())).contains(&hour)
    }
}

/// A Reserved Instance subscription: `count` alike.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Reservation {
    pub(crate) arn: String,
    pub(crate) subscription: String,
    /// Index of the account that bought it.
    pub(crate) owner: u32,
    pub(crate) span: Span,
    pub(crate) class: OfferingClass,
    pub(crate) payment: Payment,
    /// Index of the SKU it was bought for.
    pub(crate) sku: u32,
    pub(crate) count: u32,
    /// For a zonal one, the zone.
    pub(crate) zone: Option<u32>,
    /// Whether it covers every size of its family.
    pub(crate) flexible: bool,
    /// The normalization factor of what it was bought for.
    #[serde(with = "text")]
    pub(crate) factor: Quantity,
    pub(crate) price: ReservedPrice,
    /// What it carries on of the upfront fees of those that it replaced, for all its units.
    #[serde(with = "text")]
    pub(crate) carried: Money,
    /// What was paid at its start, for all its units.
    #[serde(with = "text")]
    pub(crate) paid: Money,
}

impl Reservation {
    /// What is amortized over it: what all its units cost at the start, and what it carries on.
    pub(crate) fn upfront(&self) -> Money {
        Money::from_units(self.price.upfront.units() * i128::from(self.count)) + self.carried
    }

    /// Units it can cover in a clock hour of its term (rule 2.2).
    pub(crate) fn hour_units(&self) -> Quantity {
        let each = if self.flexible { self.factor } else { ONE };
        Quantity::from_units(each.units() * i128::from(self.count))
    }

    /// The recurring fee between two moments (rule 4.2).
    pub(crate) fn recurring(&self, from: i64, to: i64) -> Money {
        let until = |moment| {
            let seconds = i128::from(self.span.elapsed(moment)) * i128::from(self.count);
            Money::from_units(exact::ratio(self.price.hourly.units(), seconds, 3600, COMMITMENT_DECIMALS))
        };
        until(to) - until(from)
    }

    /// The upfront fee amortized between two moments (rule 4.2).
    pub(crate) fn amortized(&self, from: i64, to: i64) -> Money {
        amortized(self.upfront(), self.span, from, to)
    }

    /// Reserved hours between two moments (rule 4.3).
    pub(crate) fn reserved_hours(&self, from: i64, to: i64) -> Quantity {
        exact::hours((self.span.elapsed(to) - self.span.elapsed(from)) * i64::from(self.count))
    }
}

/// What a plan may cover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum PlanType {
    /// One family in one Region (index).
    Ec2Instance { family: String, region: u32 },
    /// Any compute usage.
    Compute,
    /// Machine learning instances.
    SageMaker,
    /// Databases and caches of the latest generations, and serverless ones.
    Database,
}

impl PlanType {
    /// When plans of the kind take their turn (rounding rule 3.3).
    pub(crate) fn stage(&self) -> u8 {
        match self {
            Self::Ec2Instance { .. } => 0,
            Self::Compute => 1,
            Self::SageMaker => 2,
            Self::Database => 3,
        }
    }

    /// AWS's name of the offering.
    pub(crate) fn text(&self) -> &'static str {
        match self {
            Self::Ec2Instance { .. } => "EC2InstanceSavingsPlans",
            Self::Compute => "ComputeSavingsPlans",
            Self::SageMaker => "SageMakerSavingsPlans",
            Self::Database => "DatabaseSavingsPlans",
        }
    }

    /// The product code of its fees.
    pub(crate) fn product_code(&self) -> &'static str {
        match self {
            Self::Ec2Instance { .. } | Self::Compute => "ComputeSavingsPlans",
            Self::SageMaker => "MachineLearningSavingsPlans",
            Self::Database => "DatabaseSavingsPlans",
        }
    }

    /// Which usage other than instances it covers.
    pub(crate) fn scope(&self) -> Option<PlanScope> {
        match self {
            Self::Ec2Instance { .. } => None,
            Self::Compute => Some(PlanScope::Compute),
            Self::SageMaker => Some(PlanScope::SageMaker),
            Self::Database => Some(PlanScope::Database),
        }
    }
}

/// A Savings Plan.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Plan {
    pub(crate) arn: String,
    pub(crate) owner: u32,
    pub(crate) span: Span,
    pub(crate) payment: Payment,
    pub(crate) kind: PlanType,
    /// Paid at the start.
    #[serde(with = "text")]
    pub(crate) upfront: Money,
    /// Paid each hour.
    #[serde(with = "text")]
    pub(crate) recurring: Money,
    /// When its upfront fee was paid back.
    pub(crate) refunded: Option<i64>,
}

impl Plan {
    /// The upfront fee amortized in the clock hour that begins at `hour`.
    pub(crate) fn amortized(&self, hour: i64) -> Money {
        amortized(self.upfront, self.span, hour, hour + 3600)
    }

    /// What it commits to in that hour (rule 5.1).
    pub(crate) fn commitment(&self, hour: i64) -> Money {
        if self.span.covers_hour(hour) { self.recurring + self.amortized(hour) } else { Money::ZERO }
    }

    /// What it commits to over its whole term.
    pub(crate) fn whole_term(&self) -> Money {
        Money::from_units(self.upfront.units() + self.recurring.units() * i128::from(self.span.term.seconds() / 3600))
    }
}

fn amortized(upfront: Money, span: Span, from: i64, to: i64) -> Money {
    let until = |moment| {
        let elapsed = i128::from(span.elapsed(moment));
        Money::from_units(exact::ratio(upfront.units(), elapsed, i128::from(span.length), COMMITMENT_DECIMALS))
    };
    until(to) - until(from)
}

#[cfg(test)]
mod tests {
    use super::Span;
    use crate::price::Term;

    /// 2025-01-01 00:00 UTC.
    const MIDNIGHT: i64 = 1_735_689_600;

    #[test]
    fn a_term_has_as_many_clock_hours_as_hours_whenever_it_starts() {
        for start in [MIDNIGHT, MIDNIGHT + 3, MIDNIGHT + 3599] {
            let span = Span::new(start, Term::OneYear);
            let covered: Vec<i64> = (-2..8_763).map(|hour| MIDNIGHT + hour * 3600).filter(|hour| span.covers_hour(*hour)).collect();
            assert_eq!((covered.len(), covered[0], covered[8_759]), (8_760, MIDNIGHT, MIDNIGHT + 8_759 * 3600));
        }
    }

    #[test]
    fn a_fee_counts_from_second_to_second() {
        let span = Span::new(MIDNIGHT + 900, Term::OneYear);
        let within = |hour: i64| span.elapsed(hour + 3600) - span.elapsed(hour);
        assert_eq!([within(MIDNIGHT), within(MIDNIGHT + 3600), within(MIDNIGHT + 8_760 * 3600)], [2700, 3600, 900]);
        assert!(!span.covers_hour(MIDNIGHT + 8_760 * 3600), "the fee of a partial last hour is all unused");
    }
}
