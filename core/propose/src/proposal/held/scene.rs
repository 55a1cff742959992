//! What changes are looked for in: what is held, how much of it is used, and what AWS's rules are.

use super::super::choices::{hour_of, moment};
use super::super::document::Becomes;
use super::super::inputs::HeldReservation;
use super::super::price::Pricing;
use super::super::search::Found;
use tenor_cover::Ec2Key;
use tenor_cover::inventory::ExitRules;
use tenor_money::{Money, Rounding};

/// Seconds of a year, as interest counts them.
const YEAR_SECONDS: i128 = 31_536_000;

/// What to do with something held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Action {
    Modify,
    Return,
    Exchange,
    List,
}

impl Action {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Modify => "modify",
            Self::Return => "return",
            Self::Exchange => "exchange",
            Self::List => "list",
        }
    }
}

/// A change that the rules allow and that may pay.
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub(super) action: Action,
    /// The ARN of what is changed.
    pub(super) id: String,
    pub(super) what: String,
    /// How many reservations of it.
    pub(super) count: Option<u32>,
    /// Of how many that are held.
    pub(super) held: Option<u32>,
    pub(super) becomes: Becomes,
    pub(super) from: String,
    pub(super) to: String,
    /// The second until which it can be done.
    pub(super) deadline: Option<i64>,
    /// What is held instead: none of what is given up.
    pub(super) instead: Vec<HeldReservation>,
    /// Received now; negative where it is paid.
    pub(super) cash: Money,
    /// The part of it that is for the hours of the horizon.
    pub(super) cash_within: Money,
    /// Interest on what is paid.
    pub(super) interest: Money,
    /// What it might save; what promises most is tried.
    pub(super) hope: Money,
    pub(super) conditions: Vec<String>,
    pub(super) reason: String,
}

impl Change {
    /// What orders changes that promise the same.
    pub(super) fn place(&self) -> (&str, Action, Option<u32>) {
        (&self.id, self.action, self.count)
    }
}

/// A reservation of EC2 that is held and has begun.
#[derive(Debug, Clone, Copy)]
pub(super) struct Active<'a> {
    pub(super) held: &'a HeldReservation,
    pub(super) key: Ec2Key<'a>,
    /// Units that are used, over all futures.
    pub(super) used: i128,
    /// Units that are held, over all futures.
    pub(super) units: i128,
    /// What the usage it covers would cost on demand, as the mean over all futures.
    pub(super) list_cost: Money,
    /// Recurring fees still owed within the horizon.
    pub(super) recurring: Money,
}

impl Active<'_> {
    pub(super) fn is_idle(&self) -> bool {
        self.used < self.units
    }

    /// The second in which it ends.
    pub(super) fn end(&self) -> i64 {
        self.held.start + self.held.seconds
    }

    /// How many of it may be given away: all, and as many as are never needed on the mean.
    pub(super) fn counts(&self) -> Vec<u32> {
        let unused = i128::from(self.held.count) * (self.units - self.used) / self.units.max(1);
        let unused = u32::try_from(unused).unwrap_or(0);
        let parts = (unused > 0 && unused < self.held.count).then_some(unused);
        parts.into_iter().chain([self.held.count]).collect()
    }

    /// What was paid upfront for what is left of some of it, rounded down.
    pub(super) fn upfront_left(&self, count: u32, now: i64) -> Money {
        let of_some = self.held.upfront.share(i128::from(count), i128::from(self.held.count.max(1)), Rounding::Floor);
        of_some.share(i128::from(self.end() - now), i128::from(self.held.seconds.max(1)), Rounding::Floor)
    }

    /// What stays when some of it goes.
    pub(super) fn without(&self, count: u32) -> Option<HeldReservation> {
        let left = self.held.count - count;
        let upfront = self.held.upfront.share(i128::from(left), i128::from(self.held.count.max(1)), Rounding::HalfEven);
        (left > 0).then(|| HeldReservation { count: left, upfront, ..self.held.clone() })
    }

    /// `3 × m5.large standard reservation in us-east-1`.
    pub(super) fn words(&self, count: u32) -> String {
        let class = match self.held.is_convertible {
            Some(true) => "convertible ",
            Some(false) => "standard ",
            None => "",
        };
        let (units, rest) = (self.held.factor / 1_000, self.held.factor % 1_000);
        let decimals = format!("{rest:03}");
        let dot = if rest == 0 { "" } else { "." };
        let size = match self.held.family {
            Some(_) => format!(" of {units}{dot}{} normalized units each", decimals.trim_end_matches('0')),
            None => String::new(),
        };
        let platform = if self.key.operation == "RunInstances" { String::new() } else { format!(" for {}", self.key.operation) };
        format!("{count} × {} {class}reservation{size}{platform} in {}", self.key.name, self.key.region)
    }

    /// `Over 4 futures 25.0% of it is used`.
    pub(super) fn usage(&self, scenarios: u32) -> String {
        format!("Over {scenarios} futures {} of it is used", percent(self.used, self.units))
    }
}

/// What changes are looked for in.
pub(super) struct Scene<'a> {
    pub(super) pricing: &'a Pricing<'a>,
    pub(super) found: &'a Found,
    pub(super) rules: ExitRules,
    /// The second of the decision.
    pub(super) now: i64,
    /// The second in which the horizon ends.
    until: i64,
}

impl<'a> Scene<'a> {
    pub(super) fn of(pricing: &'a Pricing<'a>, found: &'a Found) -> Self {
        let horizon = crate::solve::Futures::hours(pricing.outlook);
        let (now, until) = (moment(pricing.inputs, 0).start_second(), moment(pricing.inputs, horizon).start_second());
        Self { pricing, found, rules: ExitRules::default(), now, until }
    }

    /// The part of an amount for all that is left of a term which is for the hours of the horizon.
    pub(super) fn within(&self, amount: Money, end: i64) -> Money {
        let left = (end - self.now).max(1);
        amount.share(i128::from((end.min(self.until) - self.now).max(0)), i128::from(left), Rounding::HalfEven)
    }

    /// Simple interest on what is paid for all that is left of a term, half of which is ahead on average.
    pub(super) fn interest(&self, paid: Money, end: i64) -> Money {
        let yearly = i128::from(self.pricing.inputs.policy.capital.yearly.millionths());
        self.within(paid.share(yearly * i128::from(end - self.now), 2_000_000 * YEAR_SECONDS, Rounding::Ceiling), end)
    }

    /// The reservations of EC2 that have begun.
    pub(super) fn active(&self) -> Vec<Active<'a>> {
        let all = &self.found.priced.totals;
        let one = |(place, held): (usize, &'a HeldReservation)| {
            let key = held.family.as_deref().or(held.exact.as_deref()).and_then(Ec2Key::parse)?;
            let totals = || all.iter().map(|totals| &totals.reservations[place]);
            let list_cost: Money = totals().map(|held| held.list_cost).sum();
            Some(Active {
                held,
                key,
                used: totals().map(|held| held.used.units()).sum(),
                units: totals().map(|held| held.held.units()).sum(),
                list_cost: list_cost.share(1, all.len().max(1) as i128, Rounding::HalfEven),
                recurring: totals().next().map_or(Money::ZERO, |held| held.recurring),
            })
        };
        let inputs = self.pricing.inputs;
        let begun = inputs.held_reservations.iter().enumerate().filter(|(_, held)| held.start <= self.now);
        begun.filter(|(_, held)| hour_of(inputs, held.start + held.seconds, usize::MAX) > 0).filter_map(one).collect()
    }

    /// What could not be looked at, where that could matter.
    pub(super) fn limitations(&self) -> Vec<String> {
        let rule = self.pricing.inputs.policy.held;
        let unknown = self.active().iter().filter(|one| one.is_idle() && one.held.is_convertible.is_none()).count();
        if unknown == 0 || !(rule.exchange || rule.resale.is_some()) {
            return Vec::new();
        }
        vec![format!(
            "EC2 reservations held that are not used fully and of which the bill does not say whether they are standard or convertible: {unknown}; to exchange \
             or to sell them was not considered"
        )]
    }
}

/// `12.5%`, rounded down.
pub(super) fn percent(part: i128, whole: i128) -> String {
    let thousandths = if whole == 0 { 0 } else { part.saturating_mul(1_000) / whole };
    format!("{}.{}%", thousandths / 10, thousandths % 10)
}
