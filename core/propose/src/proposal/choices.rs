//! What may be bought, for which usage and when: every offer of the inputs that the policy allows, and the problem the solver is given.

#![expect(clippy::disallowed_types, reason = "the solver works on floats; what it answers is priced again exactly")]

use super::inputs::{HeldReservation, Inputs, PlanRate, UsedSku, paid};
use super::pools::Pools;
use crate::solve::{Cap, Holding, Market, Offer, Pool, Risk, Table, Target};
use std::collections::BTreeMap;
use std::ops::Range;
use tenor_bill::{BillingPeriod, Hour};
use tenor_cover::PlanKind;
use tenor_money::{Money, Quantity, Rounding, SCALE, UnitPrice};
use tenor_price::{Payment, TermLength};

/// What ends so soon after the decision is replaced by this proposal, on the hour it ends; what ends later is the next proposal's to replace.
pub(crate) const REPLACED_WITHIN_HOURS: usize = 35 * 24;

/// Part of a plan that is paid at its start, in halves.
pub(crate) const fn upfront_halves(payment: Payment) -> i128 {
    match payment {
        Payment::NoUpfront => 0,
        Payment::PartialUpfront => 1,
        Payment::AllUpfront => 2,
    }
}

/// What is sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Goods {
    /// Index of a reservation on sale, and the pool it is for.
    Reservation { offer: usize, pool: usize },
    /// Index of a plan on sale.
    Plan { offer: usize },
}

/// When it is bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum When {
    /// With this proposal.
    Now,
    /// With this proposal, to begin when something held ends.
    AtAnEnd,
    /// By a later proposal, when what is bought now or held has ended; counted so that terms of one year and three compare, and so that nothing is
    /// bought long before what it would replace has ended.
    Later,
}

/// One thing that may be bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) goods: Goods,
    pub(crate) class: usize,
    pub(crate) when: When,
    /// Hours of the horizon it holds in, cut off at its end.
    pub(crate) hours: Range<usize>,
    pub(crate) term: TermLength,
    pub(crate) payment: Payment,
    /// What one costs for each hour, upfront fee spread and the cost of money added: one reservation, or a plan of 1 an hour.
    pub(crate) hourly: UnitPrice,
    /// The same without the cost of money.
    pub(crate) fee: UnitPrice,
    /// Cash at the start of one.
    pub(crate) upfront: Money,
    /// Units of its pool that one covers in thousandths; of a plan 1,000.
    pub(crate) thousandths: u32,
    /// What is paid of a plan's fee; it is taken off already of what one costs here, and of a reservation 1.
    pub(crate) paid: Quantity,
}

impl Choice {
    /// A reservation on sale for a class and a pool of checked inputs, whatever the policy says of it.
    pub(crate) fn reservation(inputs: &Inputs, offer: usize, (class, pool): (usize, usize), when: When, hours: Range<usize>) -> Self {
        let on_sale = &inputs.reserved[offer];
        let sku = &inputs.skus[on_sale.sku];
        let (term, payment) = on_sale.term().zip(on_sale.payment()).expect("checked inputs name terms and payments");
        let (fee, hourly) = spread(on_sale.hourly, on_sale.upfront, term, inputs);
        let goods = Goods::Reservation { offer, pool };
        let thousandths = if sku.families.is_empty() { 1_000 } else { sku.factor };
        Self { goods, class, when, hours, term, payment, hourly, fee, upfront: on_sale.upfront, thousandths, paid: Quantity::from_whole(1) }
    }

    /// A plan on sale for a class of checked inputs, whatever the policy says of it.
    pub(crate) fn plan(inputs: &Inputs, offer: usize, class: usize, when: When, hours: Range<usize>) -> Self {
        let on_sale = &inputs.plans[offer];
        let (term, payment) = on_sale.term().zip(on_sale.payment()).expect("checked inputs name terms and payments");
        let halves = upfront_halves(payment);
        let upfront = paid(Money::from_units(SCALE * i128::from(term.hours()) * halves / 2), on_sale.fee);
        let recurring = UnitPrice::from_units(paid(Money::from_units(SCALE * (2 - halves) / 2), on_sale.fee).units());
        let (fee, hourly) = spread(recurring, upfront, term, inputs);
        Self {
            goods: Goods::Plan { offer },
            class,
            when,
            hours,
            term,
            payment,
            hourly,
            fee,
            upfront,
            thousandths: 1_000,
            paid: on_sale.fee,
        }
    }

    /// Whether this proposal buys it.
    pub(crate) fn is_step(&self) -> bool {
        self.when != When::Later
    }

    /// All that is owed for one from the purchase to the end.
    pub(crate) fn obligation(&self) -> Money {
        Money::from_units(self.fee.units() * i128::from(self.term.hours()))
    }
}

/// All choices of some inputs.
pub(crate) fn choices(inputs: &Inputs, pools: &Pools, start: usize, horizon: usize) -> Vec<Choice> {
    let mut found = Vec::new();
    let ends = ends(inputs, start, horizon);
    for (pool, of_pool) in pools.pools[..pools.seen].iter().enumerate().filter(|(_, pool)| inputs.classes[pool.class].may_buy) {
        for (offer, term) in cheapest_reserved(inputs, pools, pool) {
            let sku = &inputs.skus[inputs.reserved[offer].sku];
            let starts = starts(term, 0, horizon, ends.iter().filter(|end| end.class == of_pool.class && end.is_of(sku)));
            found.extend(starts.into_iter().map(|(when, hours)| Choice::reservation(inputs, offer, (of_pool.class, pool), when, hours)));
        }
    }
    for (offer, on_sale) in inputs.plans.iter().enumerate() {
        let (Some(kind), Some(term), Some(payment)) = (on_sale.kind(), on_sale.term(), on_sale.payment()) else { continue };
        if !inputs.policy.allows_plan(kind, term, payment) {
            continue;
        }
        for class in (0..inputs.classes.len()).filter(|class| inputs.classes[*class].may_buy && uses(inputs, pools, *class, &on_sale.rates))
        {
            let same = |end: &&End| {
                end.class == class && matches!(&end.what, Ended::Plan(kind, skus) if *kind == on_sale.kind && shares(skus, &on_sale.rates))
            };
            let starts = starts(term, start, horizon, ends.iter().filter(same));
            found.extend(starts.into_iter().map(|(when, hours)| Choice::plan(inputs, offer, class, when, hours)));
        }
    }
    found
}

/// Whether a class uses anything that rates are for.
fn uses(inputs: &Inputs, pools: &Pools, class: usize, rates: &[PlanRate]) -> bool {
    let is_rated = |line: &usize| rates.binary_search_by_key(&inputs.lines[*line].sku, |rate| rate.sku).is_ok();
    pools.pools[..pools.seen].iter().any(|pool| pool.class == class && pool.lines.iter().any(is_rated))
}

/// Whether rates are for any of some SKUs.
fn shares(skus: &[usize], rates: &[PlanRate]) -> bool {
    rates.iter().any(|rate| skus.binary_search(&rate.sku).is_ok())
}

/// What one costs for each hour of its term: the fees alone, and with simple interest on what is paid ahead, which is half of the upfront fee on
/// average.
fn spread(hourly: UnitPrice, upfront: Money, term: TermLength, inputs: &Inputs) -> (UnitPrice, UnitPrice) {
    let hours = i128::from(term.hours());
    let fee = hourly + UnitPrice::from_units(upfront.share(1, hours, Rounding::Ceiling).units());
    let yearly = i128::from(inputs.policy.capital.yearly.millionths());
    let interest = upfront.share(yearly * i128::from(term.years()), 2_000_000 * hours, Rounding::Ceiling);
    (fee, fee + UnitPrice::from_units(interest.units()))
}

/// When a term may begin, and the hours of the horizon it has then.
fn starts<'a>(term: TermLength, start: usize, horizon: usize, ends: impl Iterator<Item = &'a End>) -> Vec<(When, Range<usize>)> {
    let hours = term.hours() as usize;
    let from = |first: usize| first..(first + hours).min(horizon);
    let mut starts = vec![(When::Now, from(start))];
    starts.extend((1..).map(|times| start + times * hours).take_while(|first| *first < horizon).map(|first| (When::Later, from(first))));
    let mut ends: Vec<(usize, bool)> = ends.map(|end| (end.hour, end.is_soon)).collect();
    ends.sort_unstable();
    ends.dedup();
    starts.extend(ends.iter().filter(|(_, is_soon)| *is_soon).map(|(first, _)| (When::AtAnEnd, from(*first))));
    // What ends within one of the coming months is replaced together, by the proposal of that month.
    let mut next = 0;
    for (first, _) in ends.into_iter().filter(|(first, is_soon)| !*is_soon && *first < horizon) {
        if first >= next {
            next = first + REPLACED_WITHIN_HOURS;
            let times = (0..).map(|times| first + times * hours).take_while(|first| *first < horizon);
            starts.extend(times.map(|first| (When::Later, from(first))));
        }
    }
    starts
}

/// Something held that ends.
#[derive(Debug, Clone, PartialEq, Eq)]
struct End {
    class: usize,
    hour: usize,
    /// Whether this proposal is the one to replace it.
    is_soon: bool,
    what: Ended,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Ended {
    Family(String),
    Exact(String),
    /// Its kind, and the SKUs it has rates for, ascending.
    Plan(String, Vec<usize>),
}

impl End {
    fn is_of(&self, sku: &super::inputs::UsedSku) -> bool {
        match &self.what {
            Ended::Family(family) => sku.families.contains(family),
            Ended::Exact(exact) => sku.exact.as_ref() == Some(exact),
            Ended::Plan(..) => false,
        }
    }
}

/// What is held and ends after the first purchase, within the horizon.
fn ends(inputs: &Inputs, start: usize, horizon: usize) -> Vec<End> {
    let within = start + 1..horizon;
    let end = |class: usize, second: i64, what: Ended| {
        let hour = hour_of(inputs, second, horizon);
        within.contains(&hour).then_some(End { class, hour, is_soon: hour < start + REPLACED_WITHIN_HOURS, what })
    };
    let reserved = inputs.held_reservations.iter().filter_map(|held| {
        let exact = || Ended::Exact(held.exact.clone().unwrap_or_default());
        end(held.class, held.start + held.seconds, held.family.clone().map_or_else(exact, Ended::Family))
    });
    let plans = inputs.held_plans.iter().filter_map(|held| {
        end(held.class, held.start + held.seconds, Ended::Plan(held.kind.clone(), held.rates.iter().map(|rate| rate.sku).collect()))
    });
    reserved.chain(plans).collect()
}

/// The hour of the horizon in which a moment lies, cut off at both ends.
pub(crate) fn hour_of(inputs: &Inputs, second: i64, horizon: usize) -> usize {
    let now = inputs.first + inputs.hours as i64;
    usize::try_from(second.div_euclid(3_600) - now).unwrap_or(0).min(horizon)
}

/// Of each class of reservation, term and payment that is allowed: the offer that is cheapest by unit of the pool; of two alike the smaller. Where a pool has usage that only some reservations cover (Redis OSS beside Valkey), those that cover all of it.
pub(crate) fn cheapest_reserved(inputs: &Inputs, pools: &Pools, pool: usize) -> Vec<(usize, TermLength)> {
    let largest = pools.pools[pool].sku;
    let used = |sku: usize| {
        let (one, other) = (&inputs.skus[sku], &inputs.skus[largest]);
        one.exact.is_some()
            && if other.families.is_empty() { one.exact == other.exact } else { one.families.first() == other.families.first() }
    };
    let is_widest = |sku: usize| inputs.skus[sku].families.len() <= 1;
    let is_mixed = pools.pools[pool].lines.iter().any(|line| is_widest(inputs.lines[*line].sku));
    let fits_all = |sku: usize| !is_mixed || is_widest(sku);
    let mut best: BTreeMap<(bool, TermLength, Payment), usize> = BTreeMap::new();
    for (place, offer) in inputs.reserved.iter().enumerate().filter(|(_, offer)| used(offer.sku) && fits_all(offer.sku)) {
        if inputs.skus[offer.sku].is_idle {
            continue;
        }
        let (Some(term), Some(payment)) = (offer.term(), offer.payment()) else { continue };
        if !inputs.policy.allows_reservation(&inputs.skus[offer.sku].service, offer.class(), term, payment) {
            continue;
        }
        let price = |place: usize| {
            let offer = &inputs.reserved[place];
            let (fee, _) = spread(offer.hourly, offer.upfront, term, inputs);
            // Compared by unit: cross-multiplied, so that nothing is rounded.
            (fee.units(), i128::from(inputs.skus[offer.sku].factor))
        };
        let kept = best.entry((offer.is_convertible, term, payment)).or_insert(place);
        let ((fee, units), (least, of)) = (price(place), price(*kept));
        let (one, other) = (fee * of, least * units);
        // What is sold in smaller parts can be had as it is needed.
        let part = |sku: usize| (inputs.skus[sku].factor, u8::from(sku != largest));
        if one < other || (one == other && part(offer.sku) < part(inputs.reserved[*kept].sku)) {
            *kept = place;
        }
    }
    best.into_iter().map(|((_, term, _), place)| (place, term)).collect()
}

/// The problem the solver is given: pools at the lowest rates of their lines, so that its bound holds for what is priced exactly.
pub(crate) fn market(inputs: &Inputs, pools: &Pools, choices: &[Choice], most: &[f64], horizon: usize, references: Vec<f64>) -> Market {
    let mut market = Market {
        pools: (0..pools.pools.len())
            .map(|pool| Pool { on_demand: per_unit(inputs, pools, pool, |sku| Some(inputs.skus[sku].on_demand)).unwrap_or(0.0) })
            .collect(),
        tables: Vec::new(),
        offers: Vec::new(),
        held: Vec::new(),
        caps: caps(inputs, choices),
        risk: Risk {
            weight: inputs.policy.risk.weight.units() as f64 / SCALE as f64,
            tail: f64::from(inputs.policy.risk.tail.millionths()) / 1e6,
        },
        hour_weight: 1.0,
        references,
    };
    let mut tables: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for (choice, most) in choices.iter().zip(most) {
        let target = match choice.goods {
            Goods::Reservation { pool, .. } => Target::Pool(pool),
            Goods::Plan { offer } => Target::Table(*tables.entry((offer, choice.class)).or_insert_with(|| {
                let on_sale = &inputs.plans[offer];
                let kind = on_sale.kind().unwrap_or(PlanKind::Compute);
                market.tables.push(table(inputs, pools, choice.class, kind, &on_sale.rates, on_sale.family.is_empty()));
                market.tables.len() - 1
            })),
        };
        let unit = f64::from(choice.thousandths) / 1_000.0;
        let step = if matches!(choice.goods, Goods::Plan { .. }) { 0.001 } else { unit };
        let cost = choice.hourly.units() as f64 / SCALE as f64 * choice.hours.len() as f64 / unit;
        market.offers.push(Offer { target, hours: choice.hours.clone(), cost, step, most: *most });
    }
    hold(inputs, pools, horizon, &mut market);
    market
}

/// What is held, as the solver takes it: for what it could cover at best.
fn hold(inputs: &Inputs, pools: &Pools, horizon: usize, market: &mut Market) {
    // An hour that a plan holds a part of counts whole.
    let hours = |start: i64, seconds: i64| hour_of(inputs, start, horizon)..hour_of(inputs, start + seconds + 3_599, horizon);
    for held in &inputs.held_reservations {
        let Some(pool) = pool_of_held(inputs, pools, held) else { continue };
        // A zonal one of a family that is flexible counts in the family's units.
        let is_flexible = !inputs.skus[pools.pools[pool].sku].families.is_empty();
        let units = f64::from(held.count) * if is_flexible { f64::from(held.factor) / 1_000.0 } else { 1.0 };
        market.held.push(Holding { target: Target::Pool(pool), hours: hours(held.start, held.seconds), units });
    }
    for held in &inputs.held_plans {
        let kind = PlanKind::ALL.into_iter().find(|kind| kind.as_str() == held.kind).unwrap_or(PlanKind::Compute);
        market.tables.push(table(inputs, pools, held.class, kind, &held.rates, kind != PlanKind::Ec2Instance));
        let upfront = held.upfront.units() as f64 / SCALE as f64 / (held.seconds as f64 / 3_600.0);
        let units = held.recurring.units() as f64 / SCALE as f64 + upfront;
        market.held.push(Holding { target: Target::Table(market.tables.len() - 1), hours: hours(held.start, held.seconds), units });
    }
}

/// The pool whose usage a reservation held covers; none where nothing of it is used.
pub(crate) fn pool_of_held(inputs: &Inputs, pools: &Pools, held: &HeldReservation) -> Option<usize> {
    let matches = |sku: usize| {
        let sku = &inputs.skus[sku];
        held.family.as_ref().is_some_and(|family| sku.families.contains(family)) || (held.exact.is_some() && held.exact == sku.exact)
    };
    (0..pools.seen).find(|pool| {
        let pool = &pools.pools[*pool];
        pool.class == held.class && pool.lines.iter().any(|line| matches(inputs.lines[*line].sku))
    })
}

fn table(inputs: &Inputs, pools: &Pools, class: usize, kind: PlanKind, rates: &[PlanRate], covers_unseen: bool) -> Table {
    let level = PlanKind::ALL.iter().position(|other| *other == kind).unwrap_or(0) as u8;
    let rate = |sku: usize| rates.binary_search_by_key(&sku, |rate| rate.sku).ok().map(|at| rates[at].rate);
    let of_class = (0..pools.pools.len()).filter(|pool| pools.pools[*pool].class == class && (*pool < pools.seen || covers_unseen));
    Table { level, rates: of_class.filter_map(|pool| Some((pool, per_unit(inputs, pools, pool, rate)?))).collect() }
}

/// The lowest price of a pool's SKUs by unit of the pool; none when none has one.
fn per_unit(inputs: &Inputs, pools: &Pools, pool: usize, price: impl Fn(usize) -> Option<UnitPrice>) -> Option<f64> {
    let one = |sku: usize| {
        let factor = if inputs.skus[sku].families.is_empty() { 1.0 } else { f64::from(inputs.skus[sku].factor) / 1_000.0 };
        Some(price(sku)?.units() as f64 / SCALE as f64 / factor)
    };
    let of_pool = &pools.pools[pool];
    if of_pool.lines.is_empty() {
        return one(of_pool.sku);
    }
    of_pool.lines.iter().filter_map(|line| one(inputs.lines[*line].sku)).reduce(f64::min)
}

/// The owner's limits, on what this proposal buys.
fn caps(inputs: &Inputs, choices: &[Choice]) -> Vec<Cap> {
    let limits = &inputs.policy.limits;
    let number = |amount: Money| amount.units() as f64 / SCALE as f64;
    let weights = |weight: &dyn Fn(&Choice) -> f64| -> Vec<f64> {
        let unit = |choice: &Choice| f64::from(choice.thousandths) / 1_000.0;
        choices.iter().map(|choice| if choice.is_step() { weight(choice) / unit(choice) } else { 0.0 }).collect()
    };
    let hourly = |choice: &Choice| choice.fee.units() as f64 / SCALE as f64;
    let mut caps = Vec::new();
    if let Some(most) = limits.hourly {
        caps.push(Cap { weights: weights(&hourly), most: number(most) });
    }
    if let Some(most) = limits.upfront {
        caps.push(Cap { weights: weights(&|choice| number(choice.upfront)), most: number(most) });
    }
    if let Some(most) = limits.obligation {
        caps.push(Cap { weights: weights(&|choice| number(choice.obligation())), most: number(most) });
    }
    let base = base(inputs);
    if let Some(step) = limits.step {
        caps.push(Cap { weights: weights(&hourly), most: number(step.of(base, Rounding::Floor)) });
    }
    if let Some(share) = limits.ending_in_a_month {
        let most = number(share.of(base, Rounding::Floor));
        for (month, held) in ending(inputs, choices) {
            let of_month = |choice: &Choice| if month_of_end(inputs, choice) == Some(month) { hourly(choice) } else { 0.0 };
            caps.push(Cap { weights: weights(&of_month), most: (most - number(held)).max(0.0) });
        }
    }
    caps
}

/// The months in which choices end, and the commitment per hour held that ends there, too.
pub(crate) fn ending(inputs: &Inputs, choices: &[Choice]) -> BTreeMap<BillingPeriod, Money> {
    let mut months: BTreeMap<BillingPeriod, Money> = choices
        .iter()
        .filter(|choice| choice.is_step())
        .filter_map(|choice| month_of_end(inputs, choice))
        .map(|month| (month, Money::ZERO))
        .collect();
    let reserved = inputs.held_reservations.iter().map(|held| {
        let recurring = Money::from_units(held.hourly.units() * i128::from(held.count));
        (held.start + held.seconds, recurring + per_hour(held.upfront, held.seconds))
    });
    let plans = inputs.held_plans.iter().map(|held| {
        let hourly = held.recurring + per_hour(held.upfront, held.seconds);
        (held.start + held.seconds, paid(hourly, held.fee))
    });
    for (end, hourly) in reserved.chain(plans) {
        if let Some(sum) = month_of(end - 1).and_then(|month| months.get_mut(&month)) {
            *sum += hourly;
        }
    }
    months
}

fn per_hour(upfront: Money, seconds: i64) -> Money {
    upfront.share(3_600, i128::from(seconds.max(1)), Rounding::HalfEven)
}

/// The month in which a choice ends.
pub(crate) fn month_of_end(inputs: &Inputs, choice: &Choice) -> Option<BillingPeriod> {
    let first = inputs.first + (inputs.hours + choice.hours.start) as i64;
    month_of((first + i64::from(choice.term.hours())) * 3_600 - 1)
}

fn month_of(second: i64) -> Option<BillingPeriod> {
    jiff::Timestamp::from_second(second).ok().map(BillingPeriod::containing)
}

/// What the usage that commitments may cover costs at list, by the hour: the mean of the last four weeks.
pub(crate) fn base(inputs: &Inputs) -> Money {
    inputs.lately(28 * 24, |_| true)
}

impl Inputs {
    /// What the usage of some SKUs cost at list by the hour: the mean over the known ones of the last so many hours.
    #[must_use]
    pub fn lately(&self, hours: usize, of: impl Fn(&UsedSku) -> bool) -> Money {
        let first = self.hours.saturating_sub(hours);
        let known = known_hours(self, first);
        let of_line = |line: &super::inputs::Line| {
            let sku = &self.skus[line.sku];
            let used: i128 = line.cells[first..].iter().map(|cell| i128::from(*cell)).sum();
            Money::from_units(sku.on_demand.units()).share(used, 10_i128.pow(sku.decimals) * known, Rounding::HalfEven)
        };
        self.lines.iter().filter(|line| of(&self.skus[line.sku])).map(of_line).sum()
    }
}

/// Known hours from one on, at least one.
fn known_hours(inputs: &Inputs, first: usize) -> i128 {
    let unknown: usize = inputs.unknown.iter().map(|(start, end)| end.saturating_sub((*start).max(first))).sum();
    (inputs.hours - first).saturating_sub(unknown).max(1) as i128
}

/// The moment of an hour of the horizon.
pub(crate) fn moment(inputs: &Inputs, hour: usize) -> Hour {
    Hour::from_epoch_hours(inputs.first + (inputs.hours + hour) as i64)
}
