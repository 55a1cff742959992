//! Convertible reservations of EC2 that cover more as another type (`aws-rules` §1.7).

use super::super::document::Becomes;
use super::super::figures::amount;
use super::super::inputs::{HeldReservation, ReservedOffer};
use super::scene::{Action, Active, Change, Scene};
use std::cmp::Reverse;
use tenor_cover::{Covers, Ec2Key};
use tenor_money::{Money, Rounding};
use tenor_price::{Payment, TermLength};

/// Pools that one reservation is tried for: those that pay most on demand.
const POOLS_MAX: usize = 2;

pub(super) fn candidates(scene: &Scene<'_>) -> Vec<Change> {
    if !scene.pricing.inputs.policy.held.exchange {
        return Vec::new();
    }
    let on_demand = on_demand(scene);
    let is_open = |one: &&Active<'_>| {
        one.held.is_convertible == Some(true) && one.is_idle() && one.end() - scene.now >= scene.rules.exchange_left_seconds_min
    };
    scene.active().iter().filter(is_open).flat_map(|one| of_one(scene, one, &on_demand)).collect()
}

/// By pool of what is seen: what futures leave on demand, on the mean.
fn on_demand(scene: &Scene<'_>) -> Vec<Money> {
    let pools = scene.pricing.pools;
    let mut sums = vec![Money::ZERO; pools.seen];
    for totals in &scene.found.priced.totals {
        for (pool, series) in pools.of_line.iter().zip(&totals.series) {
            sums[*pool] += series.on_demand_cost;
        }
    }
    let scenarios = scene.found.priced.totals.len().max(1) as i128;
    sums.into_iter().map(|sum| sum.share(1, scenarios, Rounding::HalfEven)).collect()
}

fn of_one(scene: &Scene<'_>, one: &Active<'_>, on_demand: &[Money]) -> Vec<Change> {
    let (inputs, pools) = (scene.pricing.inputs, scene.pricing.pools);
    // What was modified or exchanged before has no term that is sold, and its upfront fee reads 0: it has no value that could be told.
    let Some((term, payment)) = term(one.held).zip(payment(one.held)) else { return Vec::new() };
    let is_target = |pool: &usize| {
        let sku = &inputs.skus[pools.pools[*pool].sku];
        let matched = one.held.family.as_ref().is_some_and(|family| sku.families.contains(family)) || one.held.exact == sku.exact;
        let key = sku.exact.as_deref().and_then(Ec2Key::parse);
        pools.pools[*pool].class == one.held.class && !matched && key.is_some_and(|key| key.region == one.key.region)
    };
    let mut targets: Vec<usize> = (0..pools.seen).filter(is_target).filter(|pool| on_demand[*pool] > Money::ZERO).collect();
    targets.sort_by_key(|pool| (Reverse(on_demand[*pool]), *pool));
    let offers = targets.into_iter().filter_map(|pool| {
        let covers = inputs.skus[pools.pools[pool].sku].covers();
        let fits = |offer: &&ReservedOffer| {
            let same = offer.is_convertible && offer.term() == Some(term) && offer.payment() == Some(payment);
            let is_enough = payment != Payment::NoUpfront || offer.hourly >= one.held.hourly;
            same && is_enough && inputs.skus[offer.sku].covers() == covers && !inputs.skus[offer.sku].is_idle
        };
        let offer = inputs.reserved.iter().filter(fits).min_by_key(|offer| (offer.hourly, offer.upfront, offer.sku))?;
        Some((offer, on_demand[pool]))
    });
    let tried: Vec<_> = offers.take(POOLS_MAX).collect();
    let each = |count: u32| tried.iter().filter_map(move |(offer, hope)| change(scene, one, count, offer, term, *hope)).collect::<Vec<_>>();
    one.counts().into_iter().flat_map(each).collect()
}

fn change(scene: &Scene<'_>, one: &Active<'_>, count: u32, offer: &ReservedOffer, term: TermLength, hope: Money) -> Option<Change> {
    let inputs = scene.pricing.inputs;
    let quote = quote(scene, one, count, offer, term)?;
    let sku = &inputs.skus[offer.sku];
    let (family, exact) = match sku.covers()? {
        Covers::Family(family) => (Some(family.0), None),
        Covers::Exact(exact) => (None, Some(exact.0)),
    };
    let got = HeldReservation {
        id: format!("{} exchanged", one.held.id),
        start: scene.now,
        seconds: one.end() - scene.now,
        family,
        exact,
        zone: None,
        count: quote.count,
        factor: sku.factor,
        hourly: offer.hourly,
        upfront: quote.upfront,
        ..one.held.clone()
    };
    let cash = Money::ZERO - quote.true_up;
    let split = if count < one.held.count { "; split off by a modification first" } else { "" };
    let ends = jiff::Timestamp::from_second(one.end()).ok()?;
    Some(Change {
        action: Action::Exchange,
        id: one.held.id.clone(),
        what: one.words(count),
        count: Some(count),
        held: Some(one.held.count),
        becomes: Becomes::Exchanged {
            instance_type: sku.instance_type.clone(),
            count: quote.count,
            due_max: amount(quote.true_up.round_to(2, Rounding::Ceiling)),
        },
        from: format!("{} held{split}", one.held.count),
        to: format!("{} × {} convertible reservation, {term} {}, in {} until {ends}", quote.count, sku.instance_type, offer.payment, sku.region),
        deadline: Some(one.end() - scene.rules.exchange_left_seconds_min),
        instead: one.without(count).into_iter().chain([got]).collect(),
        cash,
        cash_within: scene.within(cash, one.end()),
        interest: scene.interest(quote.true_up, one.end()),
        hope,
        conditions: vec![
            "active, no exchange pending, at least 24 hours left; a convertible offering of the same Region that AWS sells now".to_owned(),
            format!(
                "AWS counts: as many as are worth at least {}, the old ones' upfront fee and hourly prices for the hours left; ask for a quote, and accept only \
                 {} at a payment of at most {}",
                quote.value.round_to(2, Rounding::Ceiling),
                quote.count,
                quote.true_up.round_to(2, Rounding::Ceiling)
            ),
            "the end stays that of the old one; that AWS prorates the new upfront fee by the second is UNVERIFIED".to_owned(),
            "without upfront fees the new hourly price may not be below the old one; whether AWS compares one instance or all is UNVERIFIED, and one was compared"
                .to_owned(),
            "an exchange cannot be undone; another one can follow".to_owned(),
        ],
        reason: format!(
            "{}, and {} in {} pays on demand for what {} × {} would cover.",
            one.usage(inputs.scenarios),
            Ec2Key::parse(sku.exact.as_deref()?)?.family(),
            sku.region,
            quote.count,
            sku.instance_type
        ),
    })
}

/// What AWS would ask, computed from its rule.
struct Quote {
    count: u32,
    /// Of what is given.
    value: Money,
    /// The new upfront fees for what is left of the term.
    upfront: Money,
    true_up: Money,
}

/// The fewest that are worth as much in all, and in what is paid upfront.
fn quote(scene: &Scene<'_>, one: &Active<'_>, count: u32, offer: &ReservedOffer, term: TermLength) -> Option<Quote> {
    let left = i128::from(one.end() - scene.now);
    let hours = |hourly: tenor_money::UnitPrice| Money::from_units(hourly.units()).share(left, 3_600, Rounding::HalfEven);
    let given = one.upfront_left(count, scene.now);
    let value = given + Money::from_units(hours(one.held.hourly).units() * i128::from(count));
    let upfront = offer.upfront.share(left, i128::from(term.hours()) * 3_600, Rounding::HalfEven);
    let worth = upfront + hours(offer.hourly);
    let times = |all: Money, each: Money| if each > Money::ZERO { (all.units() + each.units() - 1) / each.units() } else { 0 };
    let needed = u32::try_from(times(value, worth).max(times(given, upfront))).ok()?;
    let upfront = Money::from_units(upfront.units() * i128::from(needed));
    let is_enough = needed > 0 && upfront >= given;
    is_enough.then(|| Quote { count: needed, value, upfront, true_up: upfront - given })
}

/// The term it was bought for; none where it was modified or exchanged since.
fn term(held: &HeldReservation) -> Option<TermLength> {
    TermLength::ALL.into_iter().find(|term| i64::from(term.hours()) * 3_600 == held.seconds)
}

/// How it is paid, by its fees; none where it has none.
fn payment(held: &HeldReservation) -> Option<Payment> {
    match (held.hourly > tenor_money::UnitPrice::ZERO, held.upfront > Money::ZERO) {
        (true, false) => Some(Payment::NoUpfront),
        (true, true) => Some(Payment::PartialUpfront),
        (false, true) => Some(Payment::AllUpfront),
        (false, false) => None,
    }
}
