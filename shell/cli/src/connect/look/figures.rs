//! Every figure that was told, one a row, as programs take them; and what is added up of them for people.

use super::ask::Look;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use tenor_aws::answer::Span;
use tenor_aws::reads::explorer::{Group, Metric, MetricName, SoldPlan, Totals};
use tenor_money::Money;

/// A figure.
pub(super) struct Figure {
    /// `service`, `account`, `hour`, `coverage`, `recommendation`.
    pub(super) section: &'static str,
    /// When the time begins that it is of.
    pub(super) time: Option<Timestamp>,
    /// Of what.
    pub(super) name: String,
    /// Which figure.
    pub(super) figure: &'static str,
    /// How much, exactly as AWS says it.
    pub(super) value: String,
    /// Of what unit.
    pub(super) unit: Option<String>,
}

/// All figures.
pub(super) fn figures(look: &Look) -> Vec<Figure> {
    let mut all = Vec::new();
    for (section, told) in [("service", &look.by_service), ("account", &look.by_account), ("hour", &look.by_hour)] {
        for slice in told.iter().flat_map(|totals| &totals.slices) {
            let whole = [Group { keys: vec!["all".to_owned()], metrics: slice.total.clone() }];
            let groups = if slice.groups.is_empty() { &whole[..] } else { &slice.groups[..] };
            for group in groups {
                for (figure, metric) in METRICS {
                    let Some(Metric { amount, unit }) = group.metrics.get(metric.as_str()) else { continue };
                    let (name, value) = (group.keys.join(", "), amount.to_string());
                    all.push(Figure { section, time: Some(slice.span.start), name, figure, value, unit: unit.clone() });
                }
            }
        }
    }
    coverage(look, &mut all);
    recommendations(look, &mut all);
    all
}

const METRICS: [(&str, MetricName); 2] = [("unblended_cost", MetricName::Unblended), ("amortized_cost", MetricName::Amortized)];

fn coverage(look: &Look, all: &mut Vec<Figure>) {
    let mut add = |span: Span, name: &str, figure, value: Option<String>, unit: &str| {
        let (name, unit) = (name.to_owned(), Some(unit.to_owned()));
        all.extend(value.map(|value| Figure { section: "coverage", time: Some(span.start), name, figure, value, unit }));
    };
    for one in look.plan_coverage.iter().flatten() {
        let coverage = &one.coverage;
        add(one.span, "Savings Plans", "covered", coverage.share.map(|share| share.0.to_string()), "percent");
        add(one.span, "Savings Plans", "on_demand_cost", Some(coverage.on_demand.to_string()), "USD");
    }
    for one in look.reservation_coverage.iter().flat_map(|coverages| &coverages.times) {
        let Some(total) = &one.total else { continue };
        let share = total.hours.as_ref().and_then(|hours| hours.share).map(|share| share.0.to_string());
        add(one.span, "reservations", "covered", share, "percent of hours");
        add(one.span, "reservations", "on_demand_cost", total.on_demand_cost.map(|cost| cost.to_string()), "USD");
    }
}

fn recommendations(look: &Look, all: &mut Vec<Figure>) {
    for recommended in recommended(look) {
        let mut add = |figure, value: Option<String>, unit: Option<String>| {
            let (section, name) = ("recommendation", recommended.name());
            all.extend(value.map(|value| Figure { section, time: None, name, figure, value, unit }));
        };
        let currency = recommended.currency.clone();
        let amount = |money: Option<Money>| money.map(|money| money.to_string());
        add("count", recommended.count.clone(), None);
        add("hourly_commitment", amount(recommended.commitment), currency.clone());
        add("upfront", amount(recommended.upfront), currency.clone());
        add("monthly_savings", amount(recommended.monthly_savings), currency);
    }
}

/// Something that AWS recommends.
pub(super) struct Recommended {
    pub(super) kind: String,
    pub(super) of: Option<String>,
    pub(super) region: Option<String>,
    pub(super) account: Option<String>,
    pub(super) count: Option<String>,
    pub(super) commitment: Option<Money>,
    pub(super) upfront: Option<Money>,
    pub(super) monthly_savings: Option<Money>,
    pub(super) currency: Option<String>,
}

impl Recommended {
    fn name(&self) -> String {
        let parts = [Some(&self.kind), self.of.as_ref(), self.region.as_ref(), self.account.as_ref()];
        parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(", ")
    }
}

/// All that AWS recommends, plans first.
pub(super) fn recommended(look: &Look) -> Vec<Recommended> {
    let plans = look.plans.iter().filter_map(|(kind, told)| Some((kind, told.as_ref().ok()?)));
    let plans = plans.flat_map(|(kind, told)| told.plans.iter().map(move |plan| (kind, plan))).map(|(kind, plan)| Recommended {
        kind: format!("{} Savings Plan", sold(kind)),
        of: plan.family.clone(),
        region: plan.region.clone(),
        account: plan.account.as_ref().map(ToString::to_string),
        count: None,
        commitment: Some(plan.commitment),
        upfront: plan.upfront,
        monthly_savings: plan.monthly_savings,
        currency: plan.currency.clone(),
    });
    let reservations = look.reservations.iter().filter_map(|(service, told)| Some((service, told.as_ref().ok()?)));
    let reservations = reservations.flat_map(|(service, told)| told.reservations.iter().map(move |one| (service, one)));
    let reservations = reservations.map(|(service, one)| {
        let said = |name: &str| one.what.attributes.get(name).cloned();
        Recommended {
            kind: format!("reservation, {service}"),
            of: said("InstanceType")
                .or_else(|| said("NodeType"))
                .or_else(|| Some(format!("{}.{}", said("InstanceClass")?, said("InstanceSize")?))),
            region: said("Region"),
            account: one.account.as_ref().map(ToString::to_string),
            count: one.count.map(|count| count.to_string()),
            commitment: None,
            upfront: one.upfront,
            monthly_savings: one.monthly_savings,
            currency: one.currency.clone(),
        }
    });
    plans.chain(reservations).collect()
}

/// As people call it.
pub(super) fn sold(kind: &SoldPlan) -> &str {
    match kind {
        SoldPlan::Compute => "Compute",
        SoldPlan::Ec2Instance => "EC2 Instance",
        SoldPlan::SageMaker => "SageMaker",
        SoldPlan::Database => "Database",
        SoldPlan::Other(word) => word,
    }
}

/// What all money is told in; none where none is told.
///
/// # Errors
/// All of them, when there is more than one: such amounts are not added up.
pub(super) fn currency(look: &Look) -> Result<Option<String>, Vec<String>> {
    let totals = [&look.by_service, &look.by_account, &look.by_hour].into_iter().flatten();
    let slices = totals.flat_map(|totals| &totals.slices);
    let metrics = slices.flat_map(|slice| slice.groups.iter().map(|group| &group.metrics).chain([&slice.total]));
    let costs = metrics.flat_map(BTreeMap::values).filter_map(|metric| metric.unit.clone());
    let units: BTreeSet<String> = costs.chain(recommended(look).into_iter().filter_map(|one| one.currency)).collect();
    if units.len() > 1 { Err(units.into_iter().collect()) } else { Ok(units.into_iter().next()) }
}

/// What one service or account cost.
#[derive(Default)]
pub(super) struct Cost {
    /// In all.
    pub(super) total: Money,
    /// In the last whole month, as billed.
    pub(super) month: Money,
    /// In the last whole month, with upfront fees spread.
    pub(super) month_amortized: Money,
}

/// Costs by service or account; the last whole month is the one that begins at `month`.
pub(super) fn costs_of(totals: &Totals, month: Span) -> Vec<(String, Cost)> {
    let mut by_name: BTreeMap<String, Cost> = BTreeMap::new();
    for slice in &totals.slices {
        let is_in_month = month.start <= slice.span.start && slice.span.start < month.end;
        for group in &slice.groups {
            let amount = |metric: &MetricName| {
                group.metrics.get(metric.as_str()).map_or(Money::ZERO, |metric| Money::from_units(metric.amount.units()))
            };
            let cost = by_name.entry(group.keys.join(", ")).or_default();
            cost.total += amount(&MetricName::Unblended);
            if is_in_month {
                cost.month += amount(&MetricName::Unblended);
                cost.month_amortized += amount(&MetricName::Amortized);
            }
        }
    }
    let mut all: Vec<_> = by_name.into_iter().collect();
    all.sort_by(|a, b| b.1.total.cmp(&a.1.total).then_with(|| a.0.cmp(&b.0)));
    all
}

/// The least, the sum and the most of all hours, and how many there are.
pub(super) fn hours(totals: &Totals) -> Option<(Money, Money, Money, i64)> {
    let of = |metrics: &BTreeMap<String, Metric>| {
        metrics.get(MetricName::Unblended.as_str()).map(|metric| Money::from_units(metric.amount.units()))
    };
    let hours: Vec<Money> = totals.slices.iter().filter_map(|slice| of(&slice.total)).collect();
    let count = i64::try_from(hours.len()).ok()?;
    Some((*hours.iter().min()?, hours.iter().copied().sum(), *hours.iter().max()?, count))
}
