//! Costs and usage by time, and by anything.

use super::amounts::{money, quantity};
use super::facts::{Row, View};
use super::filter::{By, Filter};
use super::span::{Granularity, Range};
use super::{invalid, page_of_reports, paging};
use crate::cloud::Cloud;
use crate::cloud::ask::{Answered, Ask, Refusal};
use crate::truth::Totals;
use std::collections::{BTreeMap, BTreeSet};
use tenor_money::{Money, Quantity};
use tenor_wire::Value;

/// The metrics ([BOTO:ce] `GetCostAndUsage`). The organization has one rate for all, so the blended cost is the unblended one.
const METRICS: [&str; 7] =
    ["AmortizedCost", "BlendedCost", "NetAmortizedCost", "NetUnblendedCost", "NormalizedUsageAmount", "UnblendedCost", "UsageQuantity"];

/// Groups of a page are counted over all times.
const GROUPS_OF_A_PAGE: usize = 1_000;

/// What some rows add up to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sum {
    pub(super) totals: Totals,
    pub(super) usage: Quantity,
    pub(super) normalized: Quantity,
}

impl Sum {
    pub(super) fn add(&mut self, row: &Row<'_>) {
        self.totals.merge(&row.cell.totals);
        self.usage += row.cell.usage;
        self.normalized += row.cell.normalized;
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.totals.merge(&other.totals);
        self.usage += other.usage;
        self.normalized += other.normalized;
    }

    /// A metric by its name, as if it were money.
    pub(super) fn metric(&self, name: &str) -> Money {
        let as_money = |quantity: Quantity| Money::from_units(quantity.units());
        match name {
            "AmortizedCost" => self.totals.amortized,
            "NetAmortizedCost" => self.totals.net_amortized,
            "NetUnblendedCost" => self.totals.net_unblended,
            "NormalizedUsageAmount" => as_money(self.normalized),
            "UsageQuantity" => as_money(self.usage),
            _ => self.totals.unblended,
        }
    }

    fn values(&self, metrics: &[&str]) -> Value {
        let value = |name: &&str| {
            let amount = match *name {
                "NormalizedUsageAmount" => quantity(self.normalized),
                "UsageQuantity" => quantity(self.usage),
                _ => money(self.metric(name)),
            };
            ((*name).to_owned().into(), Value::of([("Amount", amount), ("Unit", unit(name).into())]))
        };
        Value::Map(metrics.iter().map(value).collect())
    }
}

/// Usage of several units adds up to nothing that has one.
pub(super) fn unit(metric: &str) -> &'static str {
    if metric.ends_with("Cost") { "USD" } else { "N/A" }
}

/// Whether there is such a metric; the console's spelling is taken too.
pub(super) fn check_metric(name: &str) -> Result<&'static str, Refusal> {
    let plain = |text: &str| text.replace(['_', ' '], "").to_lowercase();
    let found = METRICS.iter().find(|known| plain(known) == plain(name));
    found.copied().ok_or_else(|| invalid(format!("`{name}` is no metric; there are {}", METRICS.join(", "))))
}

/// `GetCostAndUsage`.
pub(super) fn costs(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    cloud.check_view(ask)?;
    let granularity = granularity(ask)?;
    let range = cloud.range(ask, "TimePeriod")?;
    if granularity == Granularity::Hourly {
        cloud.check_fine(range)?;
    }
    let asked = Asked::read(ask)?;
    let view = cloud.view(ask, range);
    asked.answer(cloud, ask, &view, range, granularity)
}

/// `GetCostAndUsageWithResources`: of the last 14 days, for EC2's instances, by or of a resource ([BOTO:ce]).
pub(super) fn costs_by_resource(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    cloud.check_view(ask)?;
    let granularity = granularity(ask)?;
    let range = cloud.range(ask, "TimePeriod")?;
    cloud.check_fine(range)?;
    let asked = Asked::read(ask)?;
    let by_resource = By::Dimension("RESOURCE_ID".to_owned());
    if !asked.filter.names("SERVICE") {
        return Err(invalid("The filter must say SERVICE = Amazon Elastic Compute Cloud - Compute"));
    }
    if !asked.groups.contains(&by_resource) && !asked.filter.names("RESOURCE_ID") {
        return Err(invalid("Group by or filter by RESOURCE_ID"));
    }
    let view = cloud.view_of_resources(ask, range);
    asked.answer(cloud, ask, &view, range, granularity)
}

fn granularity(ask: &Ask<'_>) -> Result<Granularity, Refusal> {
    Granularity::read(ask, &[Granularity::Hourly, Granularity::Daily, Granularity::Monthly], Granularity::Monthly)
}

struct Asked {
    metrics: Vec<&'static str>,
    filter: Filter,
    groups: Vec<By>,
}

impl Asked {
    fn read(ask: &Ask<'_>) -> Result<Self, Refusal> {
        let mut metrics: Vec<&'static str> = ask.texts("Metrics").into_iter().map(check_metric).collect::<Result<_, _>>()?;
        if metrics.is_empty() {
            metrics.push("UnblendedCost");
        }
        Ok(Self { metrics, filter: Filter::read(ask)?, groups: By::read(ask)? })
    }

    fn answer(&self, cloud: &Cloud, ask: &Ask<'_>, view: &View, range: Range, granularity: Granularity) -> Answered {
        let slices = range.slices(granularity);
        // By time and keys; without groups, one of no key for each time.
        let mut sums: BTreeMap<(usize, Vec<String>), Sum> = BTreeMap::new();
        if self.groups.is_empty() {
            sums.extend((0..slices.len()).map(|slice| ((slice, Vec::new()), Sum::default())));
        }
        for row in view.rows().filter(|row| self.filter.takes(row)) {
            let slice = slices.partition_point(|slice| slice.end <= row.cell.start);
            let keys = self.groups.iter().map(|by| by.key(&row)).collect();
            sums.entry((slice, keys)).or_default().add(&row);
        }
        let accounts = self.account_names(cloud, &sums);
        let paging = paging("", "NextPageToken", GROUPS_OF_A_PAGE);
        let (page, next) = page_of_reports(cloud, ask, paging, sums.into_iter().collect())?;
        let mut results: Vec<(usize, Value, Vec<Value>)> = Vec::new();
        let is_first = ask.text("NextPageToken").is_none();
        let shown: BTreeSet<usize> = page.iter().map(|((slice, _), _)| *slice).collect();
        let all = if is_first && next.is_none() { (0..slices.len()).collect() } else { shown };
        results.extend(all.into_iter().map(|slice| (slice, Value::Map(BTreeMap::default()), Vec::new())));
        for ((slice, keys), sum) in page {
            let Some(result) = results.iter_mut().find(|(at, ..)| *at == slice) else { continue };
            let values = sum.values(&self.metrics);
            if keys.is_empty() {
                result.1 = values;
            } else {
                result.2.push(Value::of([("Keys", keys.into()), ("Metrics", values)]));
            }
        }
        let open = cloud.books.now.timestamp();
        let open = tenor_bill::BillingPeriod::containing(open).start().as_second();
        let result = |(slice, total, groups): (usize, Value, Vec<Value>)| {
            let is_open = slices[slice].end > open;
            let period = slices[slice].value(granularity);
            Value::of([("TimePeriod", period), ("Total", total), ("Groups", groups.into()), ("Estimated", is_open.into())])
        };
        let results: Vec<Value> = results.into_iter().map(result).collect();
        let mut answer = Value::of([("ResultsByTime", results.into()), ("DimensionValueAttributes", accounts)]);
        if !self.groups.is_empty() {
            answer.set("GroupDefinitions", Value::List(self.groups.iter().map(By::definition).collect()));
        }
        if let Some(next) = next {
            answer.set("NextPageToken", next.into());
        }
        Ok(answer)
    }

    /// The names of the accounts that costs are told apart by.
    fn account_names(&self, cloud: &Cloud, sums: &BTreeMap<(usize, Vec<String>), Sum>) -> Value {
        let Some(at) = self.groups.iter().position(|by| *by == By::Dimension("LINKED_ACCOUNT".to_owned())) else {
            return Value::List(Vec::new());
        };
        let ids: BTreeSet<&str> = sums.keys().map(|(_, keys)| keys[at].as_str()).collect();
        Value::List(ids.into_iter().map(|id| named(cloud, id)).collect())
    }
}

/// A value of a dimension with what is said of it: an account's name.
pub(super) fn named(cloud: &Cloud, value: &str) -> Value {
    let account = cloud.accounts.iter().find(|account| account.id == value);
    let attributes = account.map(|account| ("description".into(), Value::from(account.name.as_str())));
    Value::of([("Value", value.into()), ("Attributes", Value::Map(attributes.into_iter().collect()))])
}
