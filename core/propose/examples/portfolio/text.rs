//! A problem as text: JSON, as the judge of the solver's tests reads it.

use tenor_propose::solve::{Futures, Market, Target};

/// A problem with all its demand.
pub(crate) fn of(market: &Market, futures: &dyn Futures) -> String {
    let target = |target: Target| match target {
        Target::Pool(pool) => format!("[\"pool\",{pool}]"),
        Target::Table(table) => format!("[\"table\",{table}]"),
    };
    let list = |items: Vec<String>| format!("[{}]", items.join(","));
    let numbers = |numbers: &[f64]| list(numbers.iter().map(|number| format!("{number:?}")).collect());
    let offers = market.offers.iter().map(|offer| {
        let most = if offer.most.is_finite() { format!("{:?}", offer.most) } else { "null".to_owned() };
        let (start, end) = (offer.hours.start, offer.hours.end);
        format!(
            r#"{{"target":{},"hours":[{start},{end}],"cost":{:?},"step":{:?},"most":{most}}}"#,
            target(offer.target),
            offer.cost,
            offer.step
        )
    });
    let held = market.held.iter().map(|held| {
        format!(r#"{{"target":{},"hours":[{},{}],"units":{:?}}}"#, target(held.target), held.hours.start, held.hours.end, held.units)
    });
    let row = |scenario: usize, pool: usize| {
        let mut row = vec![0.0_f32; futures.hours()];
        futures.read(scenario, pool, 0, 1, &mut row);
        list(row.iter().map(|used| format!("{used:?}")).collect())
    };
    let demand = (0..futures.scenarios()).map(|scenario| list((0..market.pools.len()).map(|pool| row(scenario, pool)).collect()));
    let tables = market.tables.iter().map(|table| list(table.rates.iter().map(|(pool, rate)| format!("[{pool},{rate:?}]")).collect()));
    let caps = market.caps.iter().map(|cap| format!(r#"{{"weights":{},"most":{:?}}}"#, numbers(&cap.weights), cap.most));
    format!(
        r#"{{"pools":{},"tables":{},"offers":{},"held":{},"caps":{},"risk":[{:?},{:?}],"references":{},"demand":{}}}"#,
        numbers(&market.pools.iter().map(|pool| pool.on_demand).collect::<Vec<_>>()),
        list(tables.collect()),
        list(offers.collect()),
        list(held.collect()),
        list(caps.collect()),
        market.risk.weight,
        market.risk.tail,
        numbers(&market.references),
        list(demand.collect()),
    )
}
