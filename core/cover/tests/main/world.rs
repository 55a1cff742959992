//! A small organization written as text, and what a simulation of one hour finds, as text.

use tenor_bill::Hour;
use tenor_cover::{
    Capacity, CommitmentId, Covers, ExactKey, Factor, FamilyKey, Held, HeldHour, OnDemand, Organization, Parts, Piece, Plan, PlanKind,
    RateTable, Reservable, Reservation, Series, Simulator, Sink, Sku, Takes, Term, Unit, UsageMatrix,
};
use tenor_money::Money;

/// The year that terms run in these tests.
pub(crate) const TERM: Term = Term { start: 0, seconds: 31_536_000, retired: None };

/// Reads an organization and the usage of its hour.
///
/// ```text
/// sku NAME RATE [family KEY FACTOR] [per other] [unused] [csp RATE] [ec2 RATE]
/// ri NAME OWNER COUNT family|exact KEY [of FACTOR] [zone ZONE]
/// plan NAME OWNER csp|ec2 COMMITMENT
/// use ACCOUNT SKU AMOUNT [zone ZONE]
/// off ACCOUNT
/// ```
pub(crate) fn read(text: &str) -> (Parts, Vec<u64>) {
    let mut parts =
        Parts { rate_tables: ["csp", "ec2"].map(|name| RateTable { name: name.to_owned(), rates: Vec::new() }).into(), ..Parts::default() };
    let mut cells = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let after = |word: &str| words.iter().position(|w| *w == word).map(|at| words[at + 1]);
        match words[0] {
            "sku" => read_sku(&mut parts, &words, &after),
            "ri" => read_reservation(&mut parts, &words, &after),
            "plan" => parts.plans.push(Plan {
                id: CommitmentId(words[1].to_owned()),
                owner: words[2].parse().unwrap(),
                term: TERM,
                kind: if words[3] == "csp" { PlanKind::Compute } else { PlanKind::Ec2Instance },
                recurring: words[4].parse().unwrap(),
                upfront: Money::ZERO,
                rate_table: usize::from(words[3] != "csp"),
            }),
            "use" => {
                let sku = parts.skus.iter().position(|sku| sku.name == words[2]).unwrap();
                let zone = after("zone").map(str::to_owned);
                let resource = format!("r{}", parts.series.len());
                parts.series.push(Series { account: words[1].parse().unwrap(), resource, sku, zone });
                cells.push(words[3].parse::<u64>().unwrap());
            }
            "off" => drop(parts.sharing.off.insert(words[1].parse().unwrap())),
            other => panic!("no line begins with {other}"),
        }
    }
    (parts, cells)
}

fn read_sku<'a>(parts: &mut Parts, words: &[&str], after: &impl Fn(&str) -> Option<&'a str>) {
    let reservable = after("family").map(|family| {
        let factor: Money = words[words.iter().position(|w| *w == "family").unwrap() + 2].parse().unwrap();
        Reservable {
            families: vec![FamilyKey(family.to_owned())],
            exact: ExactKey(words[1].to_owned()),
            factor: Factor::from_thousandths(u32::try_from(factor.units() / 1_000_000_000).unwrap()).unwrap(),
        }
    });
    parts.skus.push(Sku {
        name: words[1].to_owned(),
        on_demand: words[2].parse().unwrap(),
        decimals: 0,
        unit: if after("per").is_some() { Unit::Other } else { Unit::Hour },
        capacity: if words.contains(&"unused") { Capacity::UnusedReservation } else { Capacity::Used },
        reservable,
    });
    for table in &mut parts.rate_tables {
        table.rates.push(after(&table.name).map(|rate| rate.parse().unwrap()));
    }
}

fn read_reservation<'a>(parts: &mut Parts, words: &[&str], after: &impl Fn(&str) -> Option<&'a str>) {
    let covers = match words[4] {
        "family" => Covers::Family(FamilyKey(words[5].to_owned())),
        _ => Covers::Exact(ExactKey(words[5].to_owned())),
    };
    let factor: Money = after("of").unwrap_or("1").parse().unwrap();
    parts.reservations.push(Reservation {
        id: CommitmentId(words[1].to_owned()),
        owner: words[2].parse().unwrap(),
        term: TERM,
        covers,
        zone: after("zone").map(str::to_owned),
        count: words[3].parse().unwrap(),
        factor: Factor::from_thousandths(u32::try_from(factor.units() / 1_000_000_000).unwrap()).unwrap(),
        hourly: "0.1".parse().unwrap(),
        upfront: Money::from_whole(100),
    });
}

/// Simulates the first hour and tells what it finds, a line each.
pub(crate) fn tell(text: &str) -> String {
    let (parts, cells) = read(text);
    let organization = Organization::new(parts).unwrap();
    let first = Hour::from_epoch_hours(0);
    let usage = UsageMatrix::new(first, cells.len(), cells);
    let mut told = Told { parts: organization.parts(), lines: Vec::new() };
    let totals = Simulator::new(&organization).run(&usage, usage.hours(), &mut told);
    let mut lines = told.lines;
    lines.push(format!("on demand {}, covered at list {}", totals.on_demand_cost(), totals.covered_list_cost()));
    lines.join("\n")
}

/// Explains an account's first hour.
pub(crate) fn explain(text: &str, account: &str) -> String {
    let (parts, cells) = read(text);
    let organization = Organization::new(parts).unwrap();
    let first = Hour::from_epoch_hours(0);
    let usage = UsageMatrix::new(first, cells.len(), cells);
    Simulator::new(&organization).explain(&usage, first, &account.parse().unwrap()).to_string()
}

struct Told<'a> {
    parts: &'a Parts,
    lines: Vec<String>,
}

impl Told<'_> {
    fn usage(&self, series: usize) -> String {
        let series = &self.parts.series[series];
        format!("{} {}", series.account, self.parts.skus[series.sku].name)
    }

    fn commitment(&self, held: Held) -> &CommitmentId {
        match held {
            Held::Reservation(index) => &self.parts.reservations[index].id,
            Held::Plan(index) => &self.parts.plans[index].id,
        }
    }
}

impl Sink for Told<'_> {
    fn piece(&mut self, _: Hour, piece: &Piece) {
        let (by, usage, reach) = (self.commitment(piece.by), self.usage(piece.series), piece.reach);
        let takes = match piece.takes {
            Takes::Units { units, recurring, amortized } => format!("{units} units, {recurring} + {amortized}"),
            Takes::Commitment { used, .. } => format!("for {used}"),
        };
        self.lines.push(format!("{by} covers {} of {usage} ({reach:?}): {takes}", piece.covered));
    }

    fn on_demand(&mut self, _: Hour, rest: &OnDemand) {
        self.lines.push(format!("{} of {} on demand: {}", rest.quantity, self.usage(rest.series), rest.cost));
    }

    fn held(&mut self, _: Hour, held: &HeldHour) {
        let id = self.commitment(held.held);
        self.lines.push(match held.held {
            Held::Reservation(_) => format!("{id} used {} of {} units", held.units.1, held.units.0),
            Held::Plan(_) => format!("{id} used {} of {}", held.recurring.1, held.cost()),
        });
    }
}
