//! Reservations that AWS recommends: of each kind that was used and not covered, as many as save the most (`aws-rules` §5.2).

use super::amounts::{money, percent, quantity};
use super::demand::share;
use super::facts::View;
use super::filter::Filter;
use super::nodes::{SERVICES, instance_details};
use super::plan_advice::{lookback, monthly, payment_name, scope, term_name};
use super::span::Range;
use super::{invalid, page, paging};
use crate::cloud::Cloud;
use crate::cloud::ask::{Answered, Ask, Refusal};
use crate::exact::{ONE, ratio};
use crate::line::LineItemType;
use crate::matching::is_size_flexible;
use crate::price::{OfferingClass, Payment, ReservedPrice, Term};
use crate::price_list::reserved_prices;
use crate::sku::{Kind, Sku, family_of};
use std::collections::BTreeMap;
use tenor_money::{Money, Quantity, SCALE};
use tenor_wire::Value;

/// Usage that one kind of reservation could cover.
struct Category {
    /// The smallest size in use.
    sku: Sku,
    flexible: bool,
    /// By hour: hours, or normalized units where sizes are flexible.
    hours: Vec<Quantity>,
}

impl Category {
    /// Units of one reservation.
    fn each(&self) -> Quantity {
        if self.flexible { self.sku.factor } else { ONE }
    }

    /// How many reservations save the most: another one is worth it for as long as what it covers would cost more on demand than it does.
    fn best(&self, hourly: Money) -> i128 {
        let each = self.each().units();
        let most = self.hours.iter().map(|units| units.units()).max().unwrap_or(0).div_euclid(each) + 1;
        // Both sides in units of an hour's price times a reservation's units.
        let cost = hourly.units() * each * self.hours.len() as i128;
        let covers = |number: i128| -> i128 { self.hours.iter().map(|units| (units.units() - number * each).clamp(0, each)).sum() };
        (0..most).take_while(|number| covers(*number) * self.sku.rate.units() > cost).count() as i128
    }

    /// Instances, or their parts, that units are.
    fn instances(&self, units: Quantity) -> Quantity {
        Quantity::from_units(ratio(units.units(), SCALE, self.each().units(), 10))
    }

    /// What units cost on demand, as the smallest size.
    fn cost(&self, units: Quantity) -> Money {
        Money::from_units(ratio(self.sku.rate.units(), units.units(), self.each().units(), 10))
    }
}

/// What is asked for.
struct Asked {
    code: &'static str,
    class: OfferingClass,
    term: Term,
    payment: Payment,
}

impl Asked {
    fn read(ask: &Ask<'_>) -> Result<Self, Refusal> {
        let service = ask.text("Service").unwrap_or_default();
        let found = SERVICES.iter().find(|(name, _)| *name == service);
        let (_, code) = found.ok_or_else(|| invalid(format!("`{service}` is no service with reservation recommendations")))?;
        let class = match ask.text("ServiceSpecification.EC2Specification.OfferingClass") {
            None | Some("STANDARD") => OfferingClass::Standard,
            Some("CONVERTIBLE") => OfferingClass::Convertible,
            Some(other) => return Err(invalid(format!("`{other}` is no offering class; there are STANDARD and CONVERTIBLE"))),
        };
        let term = match ask.text("TermInYears") {
            None | Some("ONE_YEAR") => Term::OneYear,
            Some("THREE_YEARS") => Term::ThreeYears,
            Some(other) => return Err(invalid(format!("`{other}` is no term; there are ONE_YEAR and THREE_YEARS"))),
        };
        let payment = match ask.text("PaymentOption") {
            None | Some("NO_UPFRONT") => Payment::Nothing,
            Some("PARTIAL_UPFRONT") => Payment::Half,
            Some("ALL_UPFRONT") => Payment::Everything,
            Some(other) => return Err(invalid(format!("`{other}` is no payment option here"))),
        };
        Ok(Self { code, class, term, payment })
    }

    fn price(&self, sku: &Sku) -> Option<ReservedPrice> {
        let class = if self.code == "AmazonEC2" { self.class } else { OfferingClass::Standard };
        let is_it = |(of, term, payment, _): &(OfferingClass, Term, Payment, ReservedPrice)| {
            (*of, *term, *payment) == (class, self.term, self.payment)
        };
        reserved_prices(sku).into_iter().find(is_it).map(|(.., price)| price)
    }

    /// Uncovered usage by what could cover it, of an account or of all together.
    fn categories(&self, view: &View, account: Option<u32>) -> Vec<Category> {
        let first = view.months().next().map_or(view.range.start, |facts| facts.start);
        let range = Range { start: view.range.start.max(first), end: view.range.end };
        let count = usize::try_from((range.end - range.start) / 3600).unwrap_or(0);
        let mut found: BTreeMap<(u32, String, &'static str), Category> = BTreeMap::new();
        for row in view.rows_in(range).filter(|row| row.label.line_type == LineItemType::Usage) {
            let Some(sku) = row.label.sku.map(|sku| &row.facts.world.fleet.skus[sku as usize]) else { continue };
            let is_asked = sku.product_code == self.code && account.is_none_or(|account| account == row.group.account);
            if !is_asked || sku.unused_capacity || !matches!(sku.kind, Kind::Ec2 { .. } | Kind::Rds(_) | Kind::Node(_)) {
                continue;
            }
            let flexible = is_size_flexible(sku, false);
            let what = if flexible { family_of(sku).to_owned() } else { sku.usage_type.clone() };
            let fresh = || Category { sku: sku.clone(), flexible, hours: vec![Quantity::ZERO; count] };
            let category = found.entry((sku.region, what, sku.operation)).or_insert_with(fresh);
            if sku.factor < category.sku.factor {
                category.sku = sku.clone();
            }
            let hour = ((row.cell.start - range.start) / 3600) as usize;
            category.hours[hour] += if flexible { row.cell.normalized } else { row.cell.usage };
        }
        found.into_values().collect()
    }

    /// What to buy of a category; none where nothing saves.
    fn advice(&self, category: &Category, account: &str) -> Option<(Money, Money, Value)> {
        let price = self.price(&category.sku)?;
        let hours = i128::from(self.term.seconds() / 3600);
        let upfront_hourly = share(price.upfront, hours);
        let hourly = Money::from_units(price.hourly.units()) + upfront_hourly;
        let count = category.best(hourly);
        if count == 0 {
            return None;
        }
        let times = |amount: Money| Money::from_units(amount.units() * count);
        let reserved = Quantity::from_units(category.each().units() * count);
        let looked = category.hours.len() as i128;
        let covered: Quantity = category.hours.iter().map(|units| (*units).min(reserved)).sum();
        let used: Quantity = category.hours.iter().copied().sum();
        let average = |units: Quantity| Quantity::from_units(ratio(units.units(), 1, looked, 10));
        let [least, most] = [category.hours.iter().min(), category.hours.iter().max()].map(|units| units.copied().unwrap_or_default());
        let fee = Money::from_units(times(hourly).units() * looked);
        let per_month = |amount: Money| monthly(share(amount, looked));
        let (saved, on_demand) = (per_month(category.cost(covered) - fee), per_month(category.cost(used)));
        let recurring = monthly(times(Money::from_units(price.hourly.units())));
        // Cash payback (`aws-rules` §4): what is paid at the start over what is then saved each month.
        let payback = per_month(category.cost(covered)) - recurring;
        let break_even = if payback > Money::ZERO { ratio(times(price.upfront).units(), SCALE, payback.units(), 2) } else { 0 };
        let mut value = Value::of([
            ("AccountId", account.into()),
            ("InstanceDetails", instance_details(&category.sku, category.flexible)),
            ("RecommendedNumberOfInstancesToPurchase", count.to_string().into()),
            ("MinimumNumberOfInstancesUsedPerHour", quantity(category.instances(least))),
            ("MaximumNumberOfInstancesUsedPerHour", quantity(category.instances(most))),
            ("AverageNumberOfInstancesUsedPerHour", quantity(category.instances(average(used)))),
            ("AverageUtilization", percent(covered.units(), reserved.units() * looked)),
            ("EstimatedBreakEvenInMonths", money(Money::from_units(break_even))),
            ("CurrencyCode", "USD".into()),
            ("EstimatedMonthlySavingsAmount", money(saved)),
            ("EstimatedMonthlySavingsPercentage", percent(saved.units(), on_demand.units())),
            ("EstimatedMonthlyOnDemandCost", money(on_demand)),
            ("EstimatedReservationCostForLookbackPeriod", money(fee)),
            ("UpfrontCost", money(times(price.upfront))),
            ("RecurringStandardMonthlyCost", money(recurring)),
        ]);
        if category.flexible {
            value.set("RecommendedNormalizedUnitsToPurchase", quantity(reserved));
            value.set("MinimumNormalizedUnitsUsedPerHour", quantity(least));
            value.set("MaximumNormalizedUnitsUsedPerHour", quantity(most));
            value.set("AverageNormalizedUnitsUsedPerHour", quantity(average(used)));
        }
        Some((saved, on_demand, value))
    }
}

/// `GetReservationPurchaseRecommendation`: the largest savings first.
pub(super) fn recommendation(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let asked = Asked::read(ask)?;
    let (lookback, scope, filter) = (lookback(ask, "SEVEN_DAYS")?, scope(ask)?, Filter::read(ask)?);
    let view = cloud.view(ask, cloud.days_back(lookback.1));
    let mut found = Vec::new();
    for account in cloud.accounts_of(scope, ask.caller.account) {
        let id = cloud.account_id(account.unwrap_or(ask.caller.account));
        if account.is_some() && !filter.is_about(id) || ask.text("AccountId").is_some_and(|wanted| wanted != id) {
            continue;
        }
        found.extend(asked.categories(&view, account).iter().filter_map(|category| asked.advice(category, id)));
    }
    found.sort_by_key(|(saved, ..)| std::cmp::Reverse(*saved));
    let saved: Money = found.iter().map(|(saved, ..)| *saved).sum();
    let on_demand: Money = found.iter().map(|(_, on_demand, _)| *on_demand).sum();
    let details: Vec<Value> = found.into_iter().map(|(.., value)| value).collect();
    let (page, next) = page(cloud, ask, paging("PageSize", "NextPageToken", 100), details)?;
    let mut recommendations = Vec::new();
    if !page.is_empty() {
        let mut one = Value::of([
            ("AccountScope", scope.into()),
            ("LookbackPeriodInDays", lookback.0.into()),
            ("TermInYears", term_name(asked.term).into()),
            ("PaymentOption", payment_name(asked.payment).into()),
            ("RecommendationDetails", page.into()),
            (
                "RecommendationSummary",
                Value::of([
                    ("TotalEstimatedMonthlySavingsAmount", money(saved)),
                    ("TotalEstimatedMonthlySavingsPercentage", percent(saved.units(), on_demand.units())),
                    ("CurrencyCode", "USD".into()),
                ]),
            ),
        ]);
        if asked.code == "AmazonEC2" {
            let class = asked.class.text().to_uppercase();
            one.set("ServiceSpecification", Value::of([("EC2Specification", Value::of([("OfferingClass", class.into())]))]));
        }
        recommendations.push(one);
    }
    let mut answer = Value::of([("Metadata", cloud.standing_recommendation()), ("Recommendations", recommendations.into())]);
    if let Some(next) = next {
        answer.set("NextPageToken", next.into());
    }
    Ok(answer)
}
