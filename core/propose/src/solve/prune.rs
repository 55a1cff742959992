//! Leaves out offers that another one replaces at no higher cost, whatever is used.

use crate::solve::market::{Market, Offer, Target};

/// The places of offers worth looking at.
pub(crate) fn worthwhile(market: &Market) -> Vec<usize> {
    let mut kept: Vec<usize> = Vec::new();
    let mut order: Vec<usize> = (0..market.offers.len()).filter(|place| saves(market, &market.offers[*place])).collect();
    order.sort_by(|a, b| market.offers[*a].cost.total_cmp(&market.offers[*b].cost).then(a.cmp(b)));
    for place in order {
        if !kept.iter().any(|other| replaces(market, *other, place)) {
            kept.retain(|other| !replaces(market, place, *other));
            kept.push(place);
        }
    }
    kept.sort_unstable();
    kept
}

/// Whether an offer can be cheaper than on demand at all: used in every hour.
fn saves(market: &Market, offer: &Offer) -> bool {
    let hours = offer.hours.len() as f64;
    match offer.target {
        Target::Pool(pool) => offer.cost < market.pools[pool].on_demand * hours * market.hour_weight,
        Target::Table(table) => {
            let saves = |(pool, rate): &(usize, f64)| offer.cost * rate < market.pools[*pool].on_demand * hours * market.hour_weight;
            market.tables[table].rates.iter().any(saves)
        }
    }
}

/// Whether units of one offer do all that units of the other do, for no more money and no more of any limit.
fn replaces(market: &Market, better: usize, worse: usize) -> bool {
    let (a, b) = (&market.offers[better], &market.offers[worse]);
    if a.hours != b.hours || a.most.is_finite() || a.step > b.step {
        return false;
    }
    // How many units of the better offer stand in for one of the worse.
    let instead = match (a.target, b.target) {
        (Target::Pool(of_a), Target::Pool(of_b)) if of_a == of_b => 1.0,
        (Target::Table(of_a), Target::Table(of_b)) => match stands_in(market, of_a, of_b) {
            Some(instead) => instead,
            None => return false,
        },
        _ => return false,
    };
    a.cost * instead <= b.cost && market.caps.iter().all(|cap| cap.weights[better] * instead <= cap.weights[worse])
}

/// What an hourly commitment at the better table is needed for one of 1 at the worse; none where it covers less or comes later.
fn stands_in(market: &Market, better: usize, worse: usize) -> Option<f64> {
    let (a, b) = (&market.tables[better], &market.tables[worse]);
    if a.level > b.level {
        return None;
    }
    let rate = |pool: usize| a.rates.binary_search_by_key(&pool, |(of, _)| *of).ok().map(|place| a.rates[place].1);
    let mut instead: f64 = 0.0;
    for (pool, rate_of_worse) in &b.rates {
        instead = instead.max(rate(*pool)? / rate_of_worse.max(f64::MIN_POSITIVE));
    }
    // At another level the order of application differs: only the same level is compared.
    (a.level == b.level).then_some(instead)
}

/// The market of some offers alone.
pub(crate) fn pruned(market: &Market, kept: &[usize]) -> Market {
    let mut smaller = market.clone();
    smaller.offers = kept.iter().map(|place| market.offers[*place].clone()).collect();
    for cap in &mut smaller.caps {
        cap.weights = kept.iter().map(|place| cap.weights[*place]).collect();
    }
    // Tables that nothing uses any more cost time in every hour.
    let mut used = vec![false; market.tables.len()];
    let targets = smaller.offers.iter().map(|offer| offer.target).chain(smaller.held.iter().map(|held| held.target));
    targets.for_each(|target| {
        if let Target::Table(table) = target {
            used[table] = true;
        }
    });
    let place: Vec<usize> = used
        .iter()
        .scan(0, |next, used| {
            *next += usize::from(*used);
            Some(*next - usize::from(*used))
        })
        .collect();
    smaller.tables = market.tables.iter().zip(&used).filter(|(_, used)| **used).map(|(table, _)| table.clone()).collect();
    let targets = smaller.offers.iter_mut().map(|offer| &mut offer.target).chain(smaller.held.iter_mut().map(|held| &mut held.target));
    targets.for_each(|target| {
        if let Target::Table(table) = target {
            *table = place[*table];
        }
    });
    smaller
}
