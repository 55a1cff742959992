//! How two months differ, and what made them.

use super::amounts::money;
use super::cost::{Sum, check_metric, unit};
use super::filter::{By, Filter};
use super::span::Range;
use super::{invalid, page, paging};
use crate::cloud::ask::{Answered, Ask, Refusal};
use crate::cloud::{Cloud, Moment};
use crate::line::LineItemType;
use std::collections::BTreeMap;
use tenor_money::Money;
use tenor_wire::Value;

/// What is compared: a month before and a month after.
struct Compared {
    metric: &'static str,
    months: [Range; 2],
    filter: Filter,
    groups: Vec<By>,
}

/// A sum of each month.
type Pair = [Sum; 2];

impl Compared {
    /// Each must be exactly one month ([BOTO:ce] `BaselineTimePeriod`).
    fn read(cloud: &Cloud, ask: &Ask<'_>) -> Result<Self, Refusal> {
        cloud.check_view(ask)?;
        let month = |member: &str| {
            let range = cloud.range(ask, member)?;
            let date = Moment(range.start).timestamp().strftime("%dT%H").to_string();
            let is_month = date == "01T00" && Moment(range.start).month_end().0 == range.end;
            if is_month {
                Ok(range)
            } else {
                Err(invalid(format!("{member} must be exactly one month, from its first day to that of the next")))
            }
        };
        let months = [month("BaselineTimePeriod")?, month("ComparisonTimePeriod")?];
        let metric = check_metric(ask.text("MetricForComparison").unwrap_or_default())?;
        Ok(Self { metric, months, filter: Filter::read(ask)?, groups: By::read(ask)? })
    }

    /// The months' rows by what `more` adds to the groups.
    fn sums<K: Ord>(&self, cloud: &mut Cloud, ask: &Ask<'_>, key: impl Fn(&super::facts::Row<'_>) -> K) -> BTreeMap<K, Pair> {
        let mut sums: BTreeMap<K, Pair> = BTreeMap::new();
        for (at, month) in self.months.into_iter().enumerate() {
            let view = cloud.view(ask, month);
            for row in view.rows().filter(|row| self.filter.takes(row)) {
                sums.entry(key(&row)).or_default()[at].add(&row);
            }
        }
        sums
    }

    fn amounts(&self, [before, after]: &Pair) -> (Money, Money) {
        (before.metric(self.metric), after.metric(self.metric))
    }

    fn metrics(&self, pair: &Pair) -> Value {
        let (before, after) = self.amounts(pair);
        let change = Value::of([
            ("BaselineTimePeriodAmount", money(before)),
            ("ComparisonTimePeriodAmount", money(after)),
            ("Difference", money(after - before)),
            ("Unit", unit(self.metric).into()),
        ]);
        Value::of([(self.metric, change)])
    }

    /// How far the two are apart.
    fn distance(&self, pair: &Pair) -> Money {
        let (before, after) = self.amounts(pair);
        (after - before).abs()
    }
}

/// The expression of some groups' values; none for none.
fn selector(groups: &[By], keys: &[String]) -> Option<Value> {
    let mut each: Vec<Value> = groups.iter().zip(keys).map(|(by, value)| by.selector(value)).collect();
    if each.len() < 2 { each.pop() } else { Some(Value::of([("And", each.into())])) }
}

/// `GetCostAndUsageComparisons`: the largest differences first.
pub(super) fn comparisons(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let compared = Compared::read(cloud, ask)?;
    let groups = compared.groups.clone();
    let sums = compared.sums(cloud, ask, |row| groups.iter().map(|by| by.value(row)).collect::<Vec<String>>());
    let mut total = Pair::default();
    for [before, after] in sums.values() {
        for (sum, part) in total.iter_mut().zip([before, after]) {
            sum.merge(part);
        }
    }
    let mut found: Vec<(Vec<String>, Pair)> = sums.into_iter().collect();
    found.sort_by_key(|(_, pair)| std::cmp::Reverse(compared.distance(pair)));
    let value = |(keys, pair): (Vec<String>, Pair)| {
        let mut value = Value::of([("Metrics", compared.metrics(&pair))]);
        if let Some(selector) = selector(&groups, &keys) {
            value.set("CostAndUsageSelector", selector);
        }
        value
    };
    let found: Vec<Value> = found.into_iter().map(value).collect();
    let mut answer = super::paged(cloud, ask, paging("MaxResults", "NextPageToken", 10), "CostAndUsageComparisons", found)?;
    answer.set("TotalCostAndUsage", compared.metrics(&total));
    Ok(answer)
}

/// A difference, and the kinds of charges that made it.
#[derive(Default)]
struct Driven {
    total: Pair,
    drivers: Vec<(LineItemType, Pair)>,
}

/// `GetCostComparisonDrivers`: service and usage type join the groups ([BOTO:ce]), and each kind of charge is a driver.
pub(super) fn drivers(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let compared = Compared::read(cloud, ask)?;
    let mut groups = compared.groups.clone();
    for key in ["SERVICE", "USAGE_TYPE"] {
        let by = By::Dimension(key.to_owned());
        if !groups.contains(&by) {
            groups.push(by);
        }
    }
    let keys = |row: &super::facts::Row<'_>| groups.iter().map(|by| by.value(row)).collect::<Vec<String>>();
    let sums = compared.sums(cloud, ask, |row| (keys(row), row.label.line_type));
    let mut by_keys: BTreeMap<Vec<String>, Driven> = BTreeMap::new();
    for ((keys, line_type), pair) in sums {
        let Driven { total, drivers } = by_keys.entry(keys).or_default();
        for (sum, part) in total.iter_mut().zip(&pair) {
            sum.merge(part);
        }
        drivers.push((line_type, pair));
    }
    let mut found: Vec<_> = by_keys.into_iter().filter(|(_, driven)| !compared.distance(&driven.total).is_zero()).collect();
    found.sort_by_key(|(_, driven)| std::cmp::Reverse(compared.distance(&driven.total)));
    let value = |(keys, Driven { total, drivers }): (Vec<String>, Driven)| {
        let driver = |(line_type, pair): &(LineItemType, Pair)| {
            Value::of([("Type", driver_type(*line_type).into()), ("Name", line_type.text().into()), ("Metrics", compared.metrics(pair))])
        };
        let mut value =
            Value::of([("Metrics", compared.metrics(&total)), ("CostDrivers", Value::List(drivers.iter().map(driver).collect()))]);
        if let Some(selector) = selector(&groups, &keys) {
            value.set("CostSelector", selector);
        }
        value
    };
    let found: Vec<Value> = found.into_iter().map(value).collect();
    let (page, next) = page(cloud, ask, paging("MaxResults", "NextPageToken", 10), found)?;
    let mut answer = Value::of([("CostComparisonDrivers", page.into())]);
    if let Some(next) = next {
        answer.set("NextPageToken", next.into());
    }
    Ok(answer)
}

/// [BOTO:ce] `CostDriver.Type`.
fn driver_type(line_type: LineItemType) -> &'static str {
    match line_type {
        LineItemType::Usage => "USAGE_CHANGE",
        LineItemType::DiscountedUsage => "RESERVATION_USAGE",
        LineItemType::SavingsPlanCoveredUsage => "SAVINGS_PLAN_USAGE",
        LineItemType::SavingsPlanNegation => "SAVINGS_PLAN_NEGATION",
        LineItemType::SavingsPlanRecurringFee => "SAVINGS_PLAN_RECURRING_FEE",
        LineItemType::SavingsPlanUpfrontFee => "COMMITMENT",
        LineItemType::RiFee => "RECURRING_RESERVATION_FEE",
        LineItemType::Fee => "UPFRONT_RESERVATION_FEE",
        LineItemType::Credit => "CREDIT",
        LineItemType::Refund => "REFUND",
        LineItemType::EdpDiscount => "BUNDLE_DISCOUNT",
        LineItemType::Tax => "TAX",
    }
}
