//! How much of usage Savings Plans cover, and how much of plans is used (`aws-rules` §4).

use super::amounts::{money, percent};
use super::facts::{Row, View};
use super::filter::{By, Filter};
use super::span::{Granularity, Range};
use super::{invalid, page, paged, paging, unavailable};
use crate::cloud::Cloud;
use crate::cloud::ask::{Answered, Ask, Refusal};
use crate::commitment::{Plan, PlanType};
use crate::line::LineItemType;
use crate::price::Term;
use crate::region::REGIONS;
use crate::sku::{Kind, Sku};
use std::collections::BTreeMap;
use tenor_money::Money;
use tenor_wire::Value;

const PAGE: usize = 20;

/// What a plan held and what of it was used.
#[derive(Debug, Clone, Copy, Default)]
struct Use {
    commitment: Money,
    used: Money,
    /// What the covered usage would have cost.
    on_demand: Money,
    upfront: Money,
    recurring: Money,
}

impl Use {
    fn add(&mut self, other: &Self) {
        self.commitment += other.commitment;
        self.used += other.used;
        self.on_demand += other.on_demand;
        self.upfront += other.upfront;
        self.recurring += other.recurring;
    }

    fn parts(&self) -> [(&'static str, Value); 3] {
        let utilization = Value::of([
            ("TotalCommitment", money(self.commitment)),
            ("UsedCommitment", money(self.used)),
            ("UnusedCommitment", money(self.commitment - self.used)),
            ("UtilizationPercentage", percent(self.used.units(), self.commitment.units())),
        ]);
        let savings =
            Value::of([("NetSavings", money(self.on_demand - self.commitment)), ("OnDemandCostEquivalent", money(self.on_demand))]);
        let amortized = Value::of([
            ("AmortizedRecurringCommitment", money(self.recurring)),
            ("AmortizedUpfrontCommitment", money(self.upfront)),
            ("TotalAmortizedCommitment", money(self.recurring + self.upfront)),
        ]);
        [("Utilization", utilization), ("Savings", savings), ("AmortizedCommitment", amortized)]
    }
}

/// Only what exists at all can be told of: without a plan the data is unavailable.
struct Uses {
    view: View,
    filter: Filter,
}

impl Uses {
    fn read(cloud: &mut Cloud, ask: &Ask<'_>) -> Result<Self, Refusal> {
        let range = cloud.range(ask, "TimePeriod")?;
        let filter = Filter::read(ask)?;
        let uses = Self { view: cloud.view(ask, range), filter };
        if uses.by_plan(range).is_empty() { Err(unavailable("There are no Savings Plans in this period")) } else { Ok(uses) }
    }

    /// By ARN: the use of a time. A plan is its owner's, whoever its usage is.
    fn by_plan(&self, range: Range) -> BTreeMap<String, (Plan, Use)> {
        let mut found: BTreeMap<String, (Plan, Use)> = BTreeMap::new();
        for facts in self.view.months() {
            for row in facts.rows(range.within(self.view.range)) {
                let Some(plan) = row.label.plan.map(|index| &facts.world.plans[index as usize]) else { continue };
                if !self.view.shows(plan.owner) || !self.takes(&row, plan) {
                    continue;
                }
                let (_, uses) = found.entry(plan.arn.clone()).or_insert_with(|| (plan.clone(), Use::default()));
                match row.label.line_type {
                    LineItemType::SavingsPlanRecurringFee => {
                        uses.commitment += plan.commitment(row.cell.start);
                        uses.upfront += plan.amortized(row.cell.start);
                        uses.recurring += plan.recurring;
                    }
                    LineItemType::SavingsPlanCoveredUsage => {
                        uses.used += row.cell.totals.amortized;
                        uses.on_demand += row.cell.totals.public_on_demand;
                    }
                    _ => {}
                }
            }
        }
        found.retain(|_, (_, uses)| !uses.commitment.is_zero());
        found
    }

    /// Filters are about the plan, not about what it covers: of a row, what it says of the plan and its owner.
    fn takes(&self, row: &Row<'_>, plan: &Plan) -> bool {
        let mut group = row.group.clone();
        group.account = plan.owner;
        let mut label = row.label.clone();
        (label.region, label.family) = match &plan.kind {
            PlanType::Ec2Instance { family, region } => (REGIONS[*region as usize].code, family.clone()),
            _ => ("", String::new()),
        };
        self.filter.takes(&Row { group: &group, label: &label, ..*row })
    }

    fn total(&self, range: Range) -> Use {
        let mut total = Use::default();
        self.by_plan(range).values().for_each(|(_, uses)| total.add(uses));
        total
    }
}

/// `GetSavingsPlansUtilization`: daily or monthly.
pub(super) fn utilization(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let granularity = Granularity::read(ask, &[Granularity::Daily, Granularity::Monthly], Granularity::Whole)?;
    let uses = Uses::read(cloud, ask)?;
    let time = |slice: Range| {
        let total = uses.total(slice);
        let mut value = Value::of(total.parts());
        value.set("TimePeriod", slice.value(granularity));
        (total.commitment, value)
    };
    let slices = if granularity == Granularity::Whole { Vec::new() } else { uses.view.range.slices(granularity) };
    let times = slices.into_iter().map(time).filter(|(commitment, _)| !commitment.is_zero()).map(|(_, value)| value);
    let mut answer = Value::of([("Total", Value::of(uses.total(uses.view.range).parts()))]);
    let times: Vec<Value> = times.collect();
    if !times.is_empty() {
        answer.set("SavingsPlansUtilizationsByTime", times.into());
    }
    Ok(answer)
}

/// `GetSavingsPlansUtilizationDetails`: plan by plan.
pub(super) fn details(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let uses = Uses::read(cloud, ask)?;
    let wanted = ask.texts("DataType");
    let detail = |(arn, (plan, uses)): (&String, &(Plan, Use))| {
        let mut value = Value::of([("SavingsPlanArn", arn.as_str().into())]);
        let parts = uses.parts().into_iter().zip(["UTILIZATION", "SAVINGS", "AMORTIZED_COMMITMENT"]);
        for ((member, part), data_type) in parts {
            if wanted.is_empty() || wanted.contains(&data_type) {
                value.set(member, part);
            }
        }
        if wanted.is_empty() || wanted.contains(&"ATTRIBUTES") {
            value.set("Attributes", attributes(cloud, plan));
        }
        value
    };
    let found: Vec<Value> = uses.by_plan(uses.view.range).iter().map(detail).collect();
    let mut answer = paged(cloud, ask, paging("MaxResults", "NextToken", PAGE), "SavingsPlansUtilizationDetails", found)?;
    answer.set("Total", Value::of(uses.total(uses.view.range).parts()));
    answer.set("TimePeriod", uses.view.range.value(Granularity::Daily));
    Ok(answer)
}

fn attributes(cloud: &Cloud, plan: &Plan) -> Value {
    let account = &cloud.accounts[plan.owner as usize];
    let (family, region) = match &plan.kind {
        PlanType::Ec2Instance { family, region } => (family.as_str(), REGIONS[*region as usize].code),
        _ => ("", ""),
    };
    let day = |second: i64| crate::cloud::Moment(second).text();
    let is_over = plan.span.end() <= cloud.books.now.0;
    let status = if plan.refunded.is_some() {
        "Returned"
    } else if is_over {
        "Retired"
    } else {
        "Active"
    };
    let hourly = plan.commitment(plan.span.start + 3600);
    let pairs = [
        ("AccountId", account.id.clone()),
        ("AccountName", account.name.clone()),
        ("SavingsPlansType", plan.kind.text().to_owned()),
        ("PaymentOption", plan.payment.text().to_owned()),
        ("PurchaseTerm", if plan.span.term == Term::OneYear { "1yr" } else { "3yr" }.to_owned()),
        ("StartDateTime", day(plan.span.start)),
        ("EndDateTime", day(plan.span.end() - 1)),
        ("HourlyCommitment", hourly.to_string()),
        ("UpfrontFee", plan.upfront.to_string()),
        ("RecurringHourlyFee", plan.recurring.to_string()),
        ("Region", region.to_owned()),
        ("InstanceFamily", family.to_owned()),
        ("Status", status.to_owned()),
    ];
    Value::Map(pairs.into_iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| (name.into(), text.into())).collect())
}

/// Usage that a plan may cover: what it costs on demand, and the covered part.
///
/// AWS does not say at which rates it counts the covered part (U6 of `aws-rules`, UNVERIFIED): here, at those on demand, so that both parts can be added.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Covered {
    pub(super) covered: Money,
    pub(super) on_demand: Money,
}

impl Covered {
    pub(super) fn add(&mut self, row: &Row<'_>) {
        match row.label.line_type {
            LineItemType::SavingsPlanCoveredUsage => self.covered += row.cell.totals.public_on_demand,
            LineItemType::Usage if is_eligible(row) => self.on_demand += row.cell.totals.public_on_demand,
            _ => {}
        }
    }

    fn value(self) -> Value {
        let total = self.covered + self.on_demand;
        Value::of([
            ("SpendCoveredBySavingsPlans", money(self.covered)),
            ("OnDemandCost", money(self.on_demand)),
            ("TotalCost", money(total)),
            ("CoveragePercentage", percent(self.covered.units(), total.units())),
        ])
    }
}

fn is_eligible(row: &Row<'_>) -> bool {
    let covers = |sku: &Sku| matches!(sku.kind, Kind::Ec2 { .. }) || sku.plan.is_some_and(|(_, percent)| percent >= 0);
    row.label.sku.is_some_and(|sku| covers(&row.facts.world.fleet.skus[sku as usize]))
}

/// `GetSavingsPlansCoverage`: by day or month, or by group over all of the time.
pub(super) fn coverage(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let range = cloud.range(ask, "TimePeriod")?;
    let (filter, groups) = (Filter::read(ask)?, By::read(ask)?);
    if !groups.is_empty() && ask.text("Granularity").is_some() {
        return Err(invalid("Granularity can't be set if GroupBy is set"));
    }
    let known = ["INSTANCE_FAMILY", "REGION", "SERVICE"];
    if let Some(wrong) = groups.iter().find(|by| !matches!(by, By::Dimension(key) if known.contains(&key.as_str()))) {
        return Err(invalid(format!("Savings Plans coverage cannot be grouped by {wrong:?}; there are {}", known.join(", "))));
    }
    let granularity = Granularity::read(ask, &[Granularity::Daily, Granularity::Monthly], Granularity::Whole)?;
    let view = cloud.view(ask, range);
    let slices = range.slices(granularity);
    let mut sums: BTreeMap<(usize, Vec<String>), Covered> = BTreeMap::new();
    for row in view.rows().filter(|row| filter.takes(row)) {
        let slice = slices.partition_point(|slice| slice.end <= row.cell.start);
        let keys: Vec<String> = groups.iter().map(|by| by.value(&row)).collect();
        let mut sum = Covered::default();
        sum.add(&row);
        if !(sum.covered + sum.on_demand).is_zero() {
            sums.entry((slice, keys)).or_default().add(&row);
        }
    }
    let value = |((slice, keys), covered): ((usize, Vec<String>), Covered)| {
        let attributes = groups.iter().zip(keys).map(|(by, value)| (by.attribute().into(), value.into())).collect();
        Value::of([
            ("Attributes", Value::Map(attributes)),
            ("Coverage", covered.value()),
            ("TimePeriod", slices[slice].value(Granularity::Daily)),
        ])
    };
    let found: Vec<Value> = sums.into_iter().map(value).collect();
    let (page, next) = page(cloud, ask, paging("MaxResults", "NextToken", PAGE), found)?;
    let mut answer = Value::of([("SavingsPlansCoverages", page.into())]);
    if let Some(next) = next {
        answer.set("NextToken", next.into());
    }
    Ok(answer)
}
