//! Back-tests on a CSV table, without the lake: `backtest TABLE.csv OD NAME=PRICE@COLUMN+COLUMN... [--start-after-days N]
//! [--every-weeks N] [--only COLUMN=VALUES] [--without COLUMN=VALUES] [--first EPOCH_HOUR] [--mean-years X] [--shape X] [--weight X]
//! [--confirmed-weeks N] [--moved-one-in X]`; with `--calibrate groups` or `series` it prints how often the forecast's band held.
//!
//! The table has a column `hour` (hours since the first), label columns, and last a whole number `value`; what is absent is 0.

#![expect(clippy::disallowed_methods, clippy::disallowed_types, clippy::print_stdout, reason = "an example reads a file, sets and prints")]

use std::collections::BTreeMap;
use tenor_bill::Hour;
use tenor_propose::backtest::{Backtest, Policy, Quantile, Rule, Schedule, Settings, Tenor, compare};
use tenor_propose::forecast::{Wear, calibrate};
use tenor_propose::{Demand, DemandSeries, Offer, Offers};

/// 2021-02-01T00:00Z, where the public demand begins.
const FIRST: i64 = 447_816;

#[derive(Debug)]
struct Arguments {
    plain: Vec<String>,
    options: BTreeMap<String, String>,
}

impl Arguments {
    fn number(&self, name: &str, otherwise: f64) -> f64 {
        self.options.get(name).map_or(otherwise, |text| text.parse().expect("a number"))
    }
}

fn main() {
    let arguments = arguments();
    let demand = read(&arguments);
    let offers = arguments.plain[2..].iter().map(|text| offer(text)).collect();
    let offers = Offers::new(arguments.plain[1].parse().expect("a price"), offers).expect("offers that can be used");
    let start_after = arguments.number("start-after-days", 60.0) as usize * 24;
    let schedule = Schedule { start_after, every_weeks: arguments.number("every-weeks", 1.0) as usize };
    let backtest = Backtest::new(&demand, &offers, schedule).expect("offers that fit the demand");
    if let Some(what) = arguments.options.get("calibrate") {
        let origins: Vec<usize> = backtest.decisions().iter().copied().step_by(4).collect();
        for coverage in calibrate(&demand, &origins, &[1, 4, 13, 26, 52], what == "groups", 1) {
            println!("{coverage:?} within {}", coverage.within_thousandths());
        }
        return;
    }
    let mut policies: Vec<Box<dyn Policy>> = vec![
        Box::new(Tenor::default().assuming(settings(&arguments))),
        Box::new(Rule { days: 30 }),
        Box::new(Rule { days: 60 }),
        Box::new(Quantile),
    ];
    if arguments.options.contains_key("brief") {
        let saving = |policy: &mut Box<dyn Policy>| {
            let (outcome, nothing) = (backtest.run(policy.as_mut()), backtest.run(&mut Nothing));
            let share = 1.0 - outcome.bill.exact_cost(&offers) as f64 / nothing.bill.exact_cost(&offers) as f64;
            format!("{} {:.2}", outcome.name, share * 100.0)
        };
        let told: Vec<String> = policies.iter_mut().take(2).map(saving).collect();
        println!("{}", told.join("  "));
        return;
    }
    let comparison = compare(&backtest, &mut policies);
    println!("on demand {}", comparison.on_demand_cost);
    for standing in comparison.policies {
        let utilization: Vec<String> =
            standing.utilization.iter().map(|used| used.map_or("-".to_owned(), |used| used.to_string())).collect();
        println!("{:16} {:>10} regret {:>16} utilization {}", standing.name, standing.saving, standing.regret, utilization.join(" "));
    }
}

fn settings(arguments: &Arguments) -> Settings {
    let (plain, wear) = (Settings::default(), Wear::CONVENTION);
    Settings {
        confirmed_weeks: arguments.number("confirmed-weeks", plain.confirmed_weeks as f64) as usize,
        moved_one_in: arguments.number("moved-one-in", plain.moved_one_in),
        wear: Wear {
            mean_years: arguments.number("mean-years", wear.mean_years),
            shape: arguments.number("shape", wear.shape),
            weight: arguments.number("weight", wear.weight),
        },
    }
}

/// Buys nothing.
struct Nothing;

impl Policy for Nothing {
    fn name(&self) -> String {
        "nothing".to_owned()
    }

    fn decide(&mut self, _: &tenor_propose::backtest::Known<'_>) -> Vec<tenor_propose::backtest::Purchase> {
        Vec::new()
    }
}

fn arguments() -> Arguments {
    let mut arguments = Arguments { plain: Vec::new(), options: BTreeMap::new() };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.strip_prefix("--") {
            Some(name) => drop(arguments.options.insert(name.to_owned(), words.next().expect("a value"))),
            None => arguments.plain.push(word),
        }
    }
    arguments
}

/// `NAME=PRICE@COLUMN+COLUMN`, with a term of 8,760 hours unless `:HOURS` follows.
fn offer(text: &str) -> Offer {
    let (name, rest) = text.split_once('=').expect("NAME=PRICE@COLUMNS");
    let (price, columns) = rest.split_once('@').expect("PRICE@COLUMNS");
    let (columns, term) = columns.split_once(':').unwrap_or((columns, "8760"));
    Offer {
        name: name.to_owned(),
        price: price.parse().expect("a price"),
        upfront: tenor_money::UnitPrice::ZERO,
        pool: columns.split('+').map(str::to_owned).collect(),
        term_hours: term.parse().expect("hours"),
    }
}

fn read(arguments: &Arguments) -> Demand {
    let text = std::fs::read(&arguments.plain[0]).map(String::from_utf8).expect("a file").expect("text");
    let mut lines = text.lines();
    let columns: Vec<String> = lines.next().expect("a header").split(',').map(str::to_owned).collect();
    let columns = columns[1..columns.len() - 1].to_vec();
    let pair = |name: &str| arguments.options.get(name).map(|text| text.split_once('=').expect("COLUMN=VALUES"));
    let (only, without) = (pair("only"), pair("without"));
    let mut cells: BTreeMap<Vec<String>, Vec<(usize, u64)>> = BTreeMap::new();
    for line in lines {
        let fields: Vec<&str> = line.split(',').collect();
        let labels: Vec<String> = fields[1..fields.len() - 1].iter().map(|label| (*label).to_owned()).collect();
        let chosen = |(column, values): (&str, &str)| {
            columns.iter().zip(&labels).any(|(name, label)| name == column && values.contains(label.as_str()))
        };
        if only.is_none_or(chosen) && !without.is_some_and(chosen) {
            let cell = (fields[0].parse().expect("an hour"), fields[fields.len() - 1].parse().expect("a value"));
            cells.entry(labels).or_default().push(cell);
        }
    }
    let hours = cells.values().flatten().map(|(hour, _)| hour + 1).max().unwrap_or(0);
    let series = cells.into_iter().map(|(labels, found)| {
        let mut dense = vec![0; hours];
        found.into_iter().for_each(|(hour, value)| dense[hour] += value);
        DemandSeries { labels, decimals: 0, cells: dense }
    });
    let first = arguments.options.get("first").map_or(FIRST, |text| text.parse().expect("an hour"));
    Demand::new(Hour::from_epoch_hours(first), hours, columns, series.collect(), Vec::new()).expect("a demand")
}
