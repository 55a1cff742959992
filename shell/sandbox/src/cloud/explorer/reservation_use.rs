//! How much of usage reservations cover, and how much of reservations is used (`aws-rules` §4).

use super::amounts::{money, percent, quantity};
use super::facts::{Facts, Row, View};
use super::filter::{By, Filter};
use super::label::COMPUTE;
use super::span::{Granularity, Range};
use super::{invalid, page, paging};
use crate::cloud::ask::{Answered, Ask, Refusal};
use crate::cloud::{Cloud, Moment};
use crate::commitment::Reservation;
use crate::exact::{charge, normalize, ratio};
use crate::line::LineItemType;
use crate::region::{REGIONS, zone_name};
use crate::sku::{Kind, instance_type_of};
use std::collections::BTreeMap;
use tenor_money::{Money, Quantity};
use tenor_wire::Value;

/// Hours that run, and those of them that a reservation covers.
#[derive(Debug, Clone, Copy, Default)]
struct Covered {
    hours: [Quantity; 2],
    units: [Quantity; 2],
    /// What those that are not covered cost on demand.
    cost: Money,
}

impl Covered {
    /// Usage that a plan covers counts as on demand here (UNVERIFIED): no reservation covers it.
    fn add(&mut self, row: &Row<'_>) {
        let is_reserved = row.label.line_type == LineItemType::DiscountedUsage;
        self.hours[usize::from(is_reserved)] += row.cell.usage;
        self.units[usize::from(is_reserved)] += row.cell.normalized;
        if !is_reserved {
            self.cost += row.cell.totals.public_on_demand;
        }
    }

    fn merge(&mut self, other: &Self) {
        for at in 0..2 {
            self.hours[at] += other.hours[at];
            self.units[at] += other.units[at];
        }
        self.cost += other.cost;
    }

    fn value(&self, metrics: &[&str]) -> Value {
        let wanted = |metric: &str| metrics.is_empty() || metrics.contains(&metric);
        let mut value = Value::of([]);
        let [on_demand, reserved] = self.hours;
        let total = on_demand + reserved;
        if wanted("Hour") {
            let hours = [
                ("OnDemandHours", quantity(on_demand)),
                ("ReservedHours", quantity(reserved)),
                ("TotalRunningHours", quantity(total)),
                ("CoverageHoursPercentage", percent(reserved.units(), total.units())),
            ];
            value.set("CoverageHours", Value::of(hours));
        }
        let [on_demand, reserved] = self.units;
        let total = on_demand + reserved;
        if wanted("Unit") {
            let units = [
                ("OnDemandNormalizedUnits", quantity(on_demand)),
                ("ReservedNormalizedUnits", quantity(reserved)),
                ("TotalRunningNormalizedUnits", quantity(total)),
                ("CoverageNormalizedUnitsPercentage", percent(reserved.units(), total.units())),
            ];
            value.set("CoverageNormalizedUnits", Value::of(units));
        }
        if wanted("Cost") {
            value.set("CoverageCost", Value::of([("OnDemandCost", money(self.cost))]));
        }
        value
    }
}

/// A question about reservations: of EC2's where it names no service ([BOTO:ce]; for coverage UNVERIFIED).
struct Asked {
    range: Range,
    filter: Filter,
    granularity: Granularity,
    groups: Vec<By>,
}

impl Asked {
    fn read(cloud: &Cloud, ask: &Ask<'_>) -> Result<Self, Refusal> {
        let range = cloud.range(ask, "TimePeriod")?;
        let (filter, groups) = (Filter::read(ask)?, By::read(ask)?);
        if !groups.is_empty() && ask.text("Granularity").is_some() {
            return Err(invalid("Granularity can't be set if GroupBy is set"));
        }
        let usual = if groups.is_empty() { Granularity::Daily } else { Granularity::Whole };
        let granularity = Granularity::read(ask, &[Granularity::Daily, Granularity::Monthly], usual)?;
        Ok(Self { range, filter, granularity, groups })
    }

    fn takes(&self, row: &Row<'_>) -> bool {
        (self.filter.names("SERVICE") || row.label.service == COMPUTE) && self.filter.takes(row)
    }
}

/// `GetReservationCoverage`.
pub(super) fn coverage(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let asked = Asked::read(cloud, ask)?;
    let metrics = ask.texts("Metrics");
    if let Some(wrong) = metrics.iter().find(|metric| !["Hour", "Unit", "Cost"].contains(metric)) {
        return Err(invalid(format!("`{wrong}` is no metric of coverage; there are Hour, Unit and Cost")));
    }
    let view = cloud.view(ask, asked.range);
    let slices = asked.range.slices(asked.granularity);
    let mut sums: Vec<BTreeMap<Vec<String>, Covered>> = vec![BTreeMap::new(); slices.len()];
    let mut total = Covered::default();
    for row in view.rows().filter(|row| can_be_reserved(row) && asked.takes(row)) {
        let slice = slices.partition_point(|slice| slice.end <= row.cell.start);
        let keys = asked.groups.iter().map(|by| by.value(&row)).collect();
        sums[slice].entry(keys).or_default().add(&row);
        total.add(&row);
    }
    let time = |(slice, sums): (&Range, BTreeMap<Vec<String>, Covered>)| {
        let mut all = Covered::default();
        sums.values().for_each(|covered| all.merge(covered));
        let group = |(keys, covered): (Vec<String>, Covered)| {
            let attributes = asked.groups.iter().zip(keys).map(|(by, value)| (by.attribute().into(), value.into())).collect();
            Value::of([("Attributes", Value::Map(attributes)), ("Coverage", covered.value(&metrics))])
        };
        let groups: Vec<Value> = if asked.groups.is_empty() { Vec::new() } else { sums.into_iter().map(group).collect() };
        Value::of([("TimePeriod", slice.value(Granularity::Daily)), ("Groups", groups.into()), ("Total", all.value(&metrics))])
    };
    let times: Vec<Value> = slices.iter().zip(sums).map(time).collect();
    let (page, next) = page(cloud, ask, paging("MaxResults", "NextPageToken", 400), times)?;
    let mut answer = Value::of([("CoveragesByTime", page.into()), ("Total", total.value(&metrics))]);
    if let Some(next) = next {
        answer.set("NextPageToken", next.into());
    }
    Ok(answer)
}

fn can_be_reserved(row: &Row<'_>) -> bool {
    let is_usage =
        matches!(row.label.line_type, LineItemType::Usage | LineItemType::DiscountedUsage | LineItemType::SavingsPlanCoveredUsage);
    let sold = |sku: u32| matches!(row.facts.world.fleet.skus[sku as usize].kind, Kind::Ec2 { .. } | Kind::Rds(_) | Kind::Node(_));
    is_usage && row.label.sku.is_some_and(sold)
}

/// What a reservation held and what of it was used.
#[derive(Debug, Clone, Copy, Default)]
struct Use {
    bought: Quantity,
    bought_units: Quantity,
    used: Quantity,
    used_units: Quantity,
    upfront: Money,
    recurring: Money,
    /// The part of both that used hours carry.
    used_fee: Money,
    /// What used hours would have cost, and what all would.
    on_demand: Money,
    on_demand_of_all: Money,
}

impl Use {
    fn add(&mut self, other: &Self) {
        self.bought += other.bought;
        self.bought_units += other.bought_units;
        self.used += other.used;
        self.used_units += other.used_units;
        self.upfront += other.upfront;
        self.recurring += other.recurring;
        self.used_fee += other.used_fee;
        self.on_demand += other.on_demand;
        self.on_demand_of_all += other.on_demand_of_all;
    }

    fn value(&self) -> Value {
        // The first clock hour is covered whole, whenever it was bought (rounding rule 2.2): no more is used than was bought.
        let (used, used_units) = (self.used.min(self.bought), self.used_units.min(self.bought_units));
        let fee = self.upfront + self.recurring;
        let (net, potential) = (self.on_demand - fee, self.on_demand_of_all - fee);
        Value::of([
            ("UtilizationPercentage", percent(used.units(), self.bought.units())),
            ("UtilizationPercentageInUnits", percent(used_units.units(), self.bought_units.units())),
            ("PurchasedHours", quantity(self.bought)),
            ("PurchasedUnits", quantity(self.bought_units)),
            ("TotalActualHours", quantity(used)),
            ("TotalActualUnits", quantity(used_units)),
            ("UnusedHours", quantity(self.bought - used)),
            ("UnusedUnits", quantity(self.bought_units - used_units)),
            ("OnDemandCostOfRIHoursUsed", money(self.on_demand)),
            ("NetRISavings", money(net)),
            ("TotalPotentialRISavings", money(potential)),
            ("AmortizedUpfrontFee", money(self.upfront)),
            ("AmortizedRecurringFee", money(self.recurring)),
            ("TotalAmortizedFee", money(fee)),
            ("RICostForUnusedHours", money(fee - self.used_fee)),
            ("RealizedSavings", money(net)),
            ("UnrealizedSavings", money(potential - net)),
        ])
    }
}

/// `GetReservationUtilization`: in all, or by subscription.
pub(super) fn utilization(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let asked = Asked::read(cloud, ask)?;
    let by_subscription = By::Dimension("SUBSCRIPTION_ID".to_owned());
    if asked.groups.iter().any(|by| *by != by_subscription) {
        return Err(invalid("Reservation utilization is grouped by SUBSCRIPTION_ID alone"));
    }
    let view = cloud.view(ask, asked.range);
    let mut total = Use::default();
    let mut times = Vec::new();
    for slice in asked.range.slices(asked.granularity) {
        let uses = uses(&view, slice, &asked);
        let mut all = Use::default();
        uses.values().for_each(|(_, uses)| all.add(uses));
        total.add(&all);
        let group = |(subscription, (attributes, uses)): (String, (Value, Use))| {
            Value::of([
                ("Key", "SUBSCRIPTION_ID".into()),
                ("Value", subscription.into()),
                ("Attributes", attributes),
                ("Utilization", uses.value()),
            ])
        };
        if uses.is_empty() {
            continue;
        }
        let groups: Vec<Value> = if asked.groups.is_empty() { Vec::new() } else { uses.into_iter().map(group).collect() };
        times.push(Value::of([("TimePeriod", slice.value(Granularity::Daily)), ("Groups", groups.into()), ("Total", all.value())]));
    }
    let (page, next) = page(cloud, ask, paging("MaxResults", "NextPageToken", 400), times)?;
    let mut answer = Value::of([("UtilizationsByTime", page.into()), ("Total", total.value())]);
    if let Some(next) = next {
        answer.set("NextPageToken", next.into());
    }
    Ok(answer)
}

/// By subscription: what is said of it, and its use in a time. A reservation is its owner's, whoever its usage is.
fn uses(view: &View, slice: Range, asked: &Asked) -> BTreeMap<String, (Value, Use)> {
    let mut found: BTreeMap<String, (Value, Use)> = BTreeMap::new();
    for facts in view.months() {
        let hours = slice.within(view.range).within(Range { start: facts.start, end: facts.until });
        if hours.start >= hours.end {
            continue;
        }
        let mut by_reservation = vec![Use::default(); facts.world.reservations.len()];
        for row in facts.rows(hours).filter(|row| row.label.line_type == LineItemType::DiscountedUsage) {
            let Some(index) = row.label.reservation else { continue };
            let (reservation, uses) = (&facts.world.reservations[index as usize], &mut by_reservation[index as usize]);
            uses.used += if reservation.flexible {
                Quantity::from_units(ratio(row.cell.normalized.units(), tenor_money::SCALE, reservation.factor.units(), 6))
            } else {
                row.cell.usage
            };
            uses.used_units += row.cell.normalized;
            uses.used_fee += row.cell.totals.amortized;
            uses.on_demand += row.cell.totals.public_on_demand;
        }
        for (reservation, mut uses) in facts.world.reservations.iter().zip(by_reservation) {
            uses.bought = reservation.reserved_hours(hours.start, hours.end);
            let is_asked = view.shows(reservation.owner) && takes(asked, facts, reservation);
            if uses.bought.is_zero() || !is_asked {
                continue;
            }
            uses.bought_units = normalize(uses.bought, reservation.factor);
            uses.upfront = reservation.amortized(hours.start, hours.end);
            uses.recurring = reservation.recurring(hours.start, hours.end);
            uses.on_demand_of_all = charge(facts.world.fleet.skus[reservation.sku as usize].rate, uses.bought, 10);
            let entry = found.entry(reservation.subscription.clone()).or_insert_with(|| (attributes(facts, reservation), Use::default()));
            entry.1.add(&uses);
        }
    }
    found
}

/// Whether the question is about a reservation: as about its fee's row, which is its owner's.
fn takes(asked: &Asked, facts: &Facts, reservation: &Reservation) -> bool {
    let is_it = |label: &super::label::Label| {
        label.line_type == LineItemType::RiFee
            && label.reservation.is_some_and(|index| facts.world.reservations[index as usize].arn == reservation.arn)
    };
    let Some(label) = facts.labels.iter().find(|label| is_it(label)) else { return false };
    let zone = reservation.zone.map(zone_name).unwrap_or_default();
    let group = super::facts::Group { account: reservation.owner, zone, tagged: false, resource: String::new() };
    let cell = super::facts::Cell::default();
    asked.takes(&Row { facts, cell: &cell, label, group: &group })
}

fn attributes(facts: &Facts, reservation: &Reservation) -> Value {
    let sku = &facts.world.fleet.skus[reservation.sku as usize];
    let account = &facts.world.accounts[reservation.owner as usize];
    let pairs = [
        ("subscriptionId", reservation.subscription.clone()),
        ("subscriptionType", reservation.payment.text().to_owned()),
        ("leaseId", reservation.arn.rsplit([':', '/']).next().unwrap_or_default().to_owned()),
        ("reservationARN", reservation.arn.clone()),
        ("accountId", account.id.clone()),
        ("accountName", account.name.clone()),
        ("instanceType", instance_type_of(sku).to_owned()),
        ("region", REGIONS[sku.region as usize].code.to_owned()),
        ("availabilityZone", reservation.zone.map(zone_name).unwrap_or_default()),
        ("scope", if reservation.zone.is_some() { "Availability Zone" } else { "Region" }.to_owned()),
        ("offeringType", reservation.class.text().to_owned()),
        ("numberOfInstances", reservation.count.to_string()),
        ("sizeFlexibility", if reservation.flexible { "FlexRI" } else { "NonFlexRI" }.to_owned()),
        ("startDateTime", Moment(reservation.span.start).text()),
        ("endDateTime", Moment(reservation.span.end() - 1).text()),
        ("subscriptionStatus", if reservation.span.end() <= facts.until { "Expired" } else { "Active" }.to_owned()),
    ];
    Value::Map(pairs.into_iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| (name.into(), text.into())).collect())
}
