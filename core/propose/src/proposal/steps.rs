//! What a proposal says of each thing to do, and why.

use super::alternatives::Alternative;
use super::choices::{Choice, Goods, When, moment};
use super::document::{Ending, Later, Step};
use super::figures::{amount, mean, share, spread, spread_of_shares};
use super::inputs::{Inputs, paid};
use super::price::{Priced, Pricing, Purchase, plan_fees};
use super::search::Found;
use jiff::Timestamp;
use tenor_bill::BillingPeriod;
use tenor_money::{Money, Quantity, Rounding, SCALE};

/// Seconds in which a plan may be returned. Source: `aws-rules` §2.4.
const RETURN_SECONDS: i64 = 7 * 86_400;

/// Hourly commitment up to which a plan may be returned. Source: `aws-rules` §2.4.
pub(crate) const RETURNABLE_MAX: Money = Money::from_whole(100);

/// What of a purchase is used in each scenario: `(used, held)`.
pub(crate) fn utilization(pricing: &Pricing<'_>, purchases: &[Purchase], priced: &Priced, place: usize) -> Vec<(i128, i128)> {
    let (is_plan, at) = place_of(pricing, purchases, priced, place);
    let used = |totals: &tenor_cover::Totals| match is_plan {
        true => (totals.plans[at].used.units(), totals.plans[at].cost().units()),
        false => (totals.reservations[at].used.units(), totals.reservations[at].held.units()),
    };
    priced.totals.iter().map(used).collect()
}

/// What a purchase costs in each scenario over the horizon, and what the usage it covered costs at list.
fn costs(pricing: &Pricing<'_>, found: &Found, place: usize) -> Vec<(Money, Money)> {
    let (is_plan, at) = place_of(pricing, &found.purchases, &found.priced, place);
    let cost = |totals: &tenor_cover::Totals| match is_plan {
        true => (found.priced.plan_cost(totals, at), totals.plans[at].list_cost),
        false => (totals.reservations[at].cost(), totals.reservations[at].list_cost),
    };
    found.priced.totals.iter().map(cost).collect()
}

/// What a purchase is expected to save.
pub(crate) fn saved(pricing: &Pricing<'_>, found: &Found, place: usize) -> Money {
    mean(&costs(pricing, found, place).iter().map(|(cost, list)| *list - *cost).collect::<Vec<_>>())
}

/// Whether a purchase is a plan, and its place among the totals.
fn place_of(pricing: &Pricing<'_>, purchases: &[Purchase], priced: &Priced, place: usize) -> (bool, usize) {
    let is_plan = |purchase: &Purchase| matches!(pricing.choices[purchase.choice].goods, Goods::Plan { .. });
    let plan = is_plan(&purchases[place]);
    let before = purchases[..place].iter().filter(|purchase| is_plan(purchase) == plan).count();
    (plan, before + if plan { priced.held.1 } else { priced.held.0 })
}

/// The steps of a portfolio: what begins first and saves most comes first.
pub(crate) fn steps(pricing: &Pricing<'_>, found: &Found, next: &[Option<Alternative>]) -> Vec<Step> {
    let mut order: Vec<usize> =
        (0..found.purchases.len()).filter(|place| pricing.choices[found.purchases[*place].choice].is_step()).collect();
    let saved =
        |place: usize| -> Money { mean(&costs(pricing, found, place).iter().map(|(cost, list)| *list - *cost).collect::<Vec<_>>()) };
    order.sort_by_key(|place| (pricing.choices[found.purchases[*place].choice].hours.start, std::cmp::Reverse(saved(*place)), *place));
    let mut steps = Vec::new();
    for (number, place) in (1..).zip(order) {
        let mut step = step(pricing, found, place, number);
        step.next_best = next[place].as_ref().map(|next| next.told.clone());
        step.reason = reason(pricing.inputs, &step);
        steps.push(step);
    }
    steps
}

fn step(pricing: &Pricing<'_>, found: &Found, place: usize, number: usize) -> Step {
    let (inputs, purchase) = (pricing.inputs, &found.purchases[place]);
    let choice = &pricing.choices[purchase.choice];
    let over = costs(pricing, found, place);
    let savings: Vec<Money> = over.iter().map(|(cost, list)| *list - *cost).collect();
    let (cost, list) = over.iter().fold((Money::ZERO, Money::ZERO), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    let shares = utilization(pricing, &found.purchases, &found.priced, place);
    let used: i128 = shares.iter().map(|(used, _)| used).sum();
    let held: i128 = shares.iter().map(|(_, held)| held).sum();
    // Full use would be worth list x held / used: the share of it that pays for all.
    let break_even = (list > Money::ZERO && held > 0).then(|| share(cost.share(used, held, Rounding::HalfEven).units(), list.units()));
    let hours = choice.hours.len() as i128;
    let payback = (list > cost).then(|| share(cost.units() * hours / 24, list.units()));
    let starts = moment(inputs, choice.hours.start);
    let goods = goods(inputs, choice, purchase);
    let slices = if goods.is_plan { slices(inputs, purchase) } else { Vec::new() };
    Step {
        number,
        action: action(choice, &goods).to_owned(),
        what: words(inputs, choice, purchase),
        kind: goods.kind,
        account: inputs.classes[choice.class].buyer.clone(),
        group: inputs.classes[choice.class].name.clone(),
        service: goods.service,
        region: goods.region,
        instance_type: goods.instance_type,
        usage_type: goods.usage_type,
        operation: goods.operation,
        count: (!goods.is_plan).then_some(purchase.items),
        commitment: goods.is_plan.then(|| purchase.commitment().to_string()),
        returnable_until: if slices.iter().any(|part| *part <= RETURNABLE_MAX) {
            returnable_until(inputs, starts.start_second())
        } else {
            None
        },
        slices: slices.iter().map(Money::to_string).collect(),
        term: choice.term.to_string(),
        payment: choice.payment.to_string(),
        starts: starts.to_string(),
        ceiling_hourly: goods.hourly.clone(),
        hourly: goods.hourly,
        upfront: goods.upfront,
        ceiling_upfront: purchase.times(choice.upfront, choice).to_string(),
        price_source: goods.source,
        cost_per_hour: amount(purchase.hourly(choice)),
        cash: amount(purchase.times(choice.upfront, choice)),
        obligation: amount(purchase.times(choice.obligation(), choice)),
        utilization: spread_of_shares(&shares),
        savings: spread(&savings),
        break_even_utilization: break_even,
        payback_days: payback,
        reason: String::new(),
        next_best: None,
    }
}

/// Only EC2 reservations and plans can be queued (`aws-rules` §1.9, §2.4); anything else that begins later is bought then.
fn action(choice: &Choice, goods: &GoodsFacts) -> &'static str {
    match (choice.hours.start, goods.is_plan || goods.service == "AmazonEC2") {
        (0, _) => "buy",
        (_, true) => "queue",
        (_, false) => "buy-then",
    }
}

/// What is sold, in the terms of a step.
struct GoodsFacts {
    is_plan: bool,
    kind: String,
    service: String,
    region: String,
    instance_type: String,
    usage_type: String,
    operation: String,
    hourly: String,
    upfront: String,
    source: String,
}

fn goods(inputs: &Inputs, choice: &Choice, purchase: &Purchase) -> GoodsFacts {
    match choice.goods {
        Goods::Reservation { offer, .. } => {
            let on_sale = &inputs.reserved[offer];
            let sku = &inputs.skus[on_sale.sku];
            GoodsFacts {
                is_plan: false,
                kind: format!("{} reservation", on_sale.class().as_str()),
                service: sku.service.clone(),
                region: sku.region.clone(),
                instance_type: sku.instance_type.clone(),
                usage_type: sku.usage_type.clone(),
                operation: sku.operation.clone(),
                hourly: on_sale.hourly.to_string(),
                upfront: on_sale.upfront.to_string(),
                source: on_sale.source.clone(),
            }
        }
        Goods::Plan { offer } => {
            let on_sale = &inputs.plans[offer];
            let upfront = purchase.times(choice.upfront, choice);
            let (recurring, _) = plan_fees(purchase.items, choice);
            GoodsFacts {
                is_plan: true,
                kind: format!("{} plan", on_sale.kind),
                service: String::new(),
                region: on_sale.region.clone(),
                instance_type: on_sale.family.clone(),
                usage_type: String::new(),
                operation: String::new(),
                hourly: paid(recurring, choice.paid).to_string(),
                upfront: upfront.to_string(),
                source: match (on_sale.is_simulated, choice.paid == Quantity::from_whole(1)) {
                    (true, _) => "simulated",
                    (false, true) => "list",
                    (false, false) => "private",
                }
                .to_owned(),
            }
        }
    }
}

/// `12 × m5.large standard reservation 1yr No Upfront, us-east-1`; `Compute plan of 3.5 an hour, 1yr No Upfront`.
pub(crate) fn words(inputs: &Inputs, choice: &Choice, purchase: &Purchase) -> String {
    let (term, payment) = (choice.term, choice.payment);
    match choice.goods {
        Goods::Reservation { offer, .. } => {
            let on_sale = &inputs.reserved[offer];
            let sku = &inputs.skus[on_sale.sku];
            let class = if sku.service == "AmazonEC2" { format!("{} ", on_sale.class().as_str()) } else { String::new() };
            let name = if sku.instance_type.is_empty() { &sku.usage_type } else { &sku.instance_type };
            format!("{} × {name} {class}reservation, {term} {payment}, {}", purchase.items, sku.region)
        }
        Goods::Plan { offer } => {
            let on_sale = &inputs.plans[offer];
            let bound = [on_sale.family.as_str(), on_sale.region.as_str()].join(" ");
            let bound = if on_sale.family.is_empty() { String::new() } else { format!(" for {bound}") };
            format!("{} Savings Plan{bound} of {} an hour, {term} {payment}", on_sale.kind, purchase.commitment())
        }
    }
}

/// Parts that a plan is bought in.
fn slices(inputs: &Inputs, purchase: &Purchase) -> Vec<Money> {
    let most = inputs.policy.purchase.slice.units() / (SCALE / 1_000);
    let most = u32::try_from(most).unwrap_or(u32::MAX).max(1);
    let count = purchase.items.div_ceil(most);
    // As even as whole thousandths are.
    let part = |place: u32| {
        let until = |place: u32| u64::from(purchase.items) * u64::from(place) / u64::from(count);
        Money::from_units(SCALE / 1_000 * i128::from(until(place + 1) - until(place)))
    };
    (0..count).map(part).collect()
}

/// The end of the return window of a plan that begins at a moment: seven days, in the same month, while returns are left.
fn returnable_until(inputs: &Inputs, starts: i64) -> Option<String> {
    let rule = inputs.policy.purchase;
    if rule.returns_left == 0 {
        return None;
    }
    let month = BillingPeriod::containing(Timestamp::from_second(starts).ok()?);
    let end = (starts + RETURN_SECONDS).min(month.end().as_second());
    Some(Timestamp::from_second(end).ok()?.to_string())
}

/// One sentence.
fn reason(inputs: &Inputs, step: &Step) -> String {
    let percent = |text: &str| {
        let millionths: i64 = text.parse::<Money>().map_or(0, |share| i64::try_from(share.units() / 1_000_000).unwrap_or(0));
        format!("{}.{}%", millionths / 10_000, millionths % 10_000 / 1_000)
    };
    let used = format!(
        "Over {} futures {} of it is used, and {} in the worst tenth",
        inputs.scenarios,
        percent(&step.utilization.expected),
        percent(&step.utilization.p10),
    );
    let pays = step.break_even_utilization.as_ref().map(|share| format!("; it pays from {} on", percent(share))).unwrap_or_default();
    let next = step.next_best.as_ref().map(|next| format!("; {} would cost {} more", next.what, next.costs_more)).unwrap_or_default();
    let quota = inputs.policy.purchase.reservations_in_a_month;
    // Source: `aws-rules` §1.2; other services have quotas of their own.
    let above = step.service == "AmazonEC2" && step.count.is_some_and(|count| count > quota);
    let quota = if above { format!(" AWS sells {quota} of these by Region and month unless the quota is raised.") } else { String::new() };
    format!("{used}{pays}{next}.{quota}")
}

/// What later proposals are assumed to buy.
pub(crate) fn later(pricing: &Pricing<'_>, found: &Found) -> Vec<Later> {
    let of_later = found.purchases.iter().map(|purchase| (purchase, &pricing.choices[purchase.choice]));
    of_later
        .filter(|(_, choice)| choice.when == When::Later)
        .map(|(purchase, choice)| Later {
            what: words(pricing.inputs, choice, purchase),
            starts: moment(pricing.inputs, choice.hours.start).to_string(),
            cost_per_hour: amount(purchase.hourly(choice)),
        })
        .collect()
}

/// What ends before the next proposal, and what takes its place.
pub(crate) fn ending(pricing: &Pricing<'_>, found: &Found, steps: &[Step]) -> Vec<Ending> {
    let inputs = pricing.inputs;
    let now = moment(inputs, 0).start_second();
    let soon = now..now + super::choices::REPLACED_WITHIN_HOURS as i64 * 3_600;
    let by = |starts: i64, matches: &dyn Fn(&Step) -> bool| {
        let begins = Timestamp::from_second(starts).ok().map(|moment| tenor_bill::Hour::containing(moment).to_string());
        steps.iter().filter(|step| Some(&step.starts) == begins.as_ref() && matches(step)).map(|step| step.number).collect::<Vec<_>>()
    };
    debug_assert!(found.purchases.len() >= steps.len(), "each step is a purchase");
    let mut ending = Vec::new();
    for held in &inputs.held_reservations {
        let end = held.start + held.seconds;
        if soon.contains(&end) {
            let hourly = Money::from_units(held.hourly.units() * i128::from(held.count));
            let per_hour = hourly + held.upfront.share(3_600, i128::from(held.seconds.max(1)), Rounding::HalfEven);
            let covers = |step: &Step| {
                let named = inputs.skus.iter().find(|sku| sku.usage_type == step.usage_type && sku.operation == step.operation);
                named.is_some_and(|sku| held.family.as_ref().map_or(sku.exact == held.exact, |family| sku.families.contains(family)))
            };
            ending.push(Ending {
                id: held.id.clone(),
                ends: end.to_string(),
                cost_per_hour: amount(per_hour),
                replaced_by: by(end, &covers),
            });
        }
    }
    for held in &inputs.held_plans {
        let end = held.start + held.seconds;
        if soon.contains(&end) {
            let per_hour = held.recurring + held.upfront.share(3_600, i128::from(held.seconds.max(1)), Rounding::HalfEven);
            let per_hour = paid(per_hour, held.fee);
            let covers = |step: &Step| step.kind == format!("{} plan", held.kind);
            ending.push(Ending {
                id: held.id.clone(),
                ends: end.to_string(),
                cost_per_hour: amount(per_hour),
                replaced_by: by(end, &covers),
            });
        }
    }
    for one in &mut ending {
        let moment = one.ends.parse().ok().and_then(|second| Timestamp::from_second(second).ok());
        one.ends = moment.map(|moment| moment.to_string()).unwrap_or_default();
    }
    ending.sort_by(|a, b| a.ends.cmp(&b.ends).then_with(|| a.id.cmp(&b.id)));
    ending
}
