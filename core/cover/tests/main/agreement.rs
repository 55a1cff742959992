//! The simulator and the naive implementation say the same, to the last digit.

use crate::case::{Case, FIRST_HOUR, random, shrink::shrink, text};
use crate::naive::{Covered, Tier, Units, cover_hour, on_demand_cost};
use std::collections::BTreeMap;
use tenor_bill::Hour;
use tenor_cover::{
    Commitment, CommitmentId, Held, HeldHour, OnDemand, Organization, Parts, Piece, PlanTotals, Reach, ReservationTotals, SeriesTotals,
    Simulator, Sink, Takes, Totals, UsageMatrix,
};
use tenor_money::{Money, Quantity};

const CASES: u64 = 10_000;

/// All that is said about the hours of a case, and what they come to.
#[derive(Debug, Default, PartialEq)]
struct Said {
    /// What covered each series, in the order of application.
    order: Vec<(Hour, usize, Held)>,
    pieces: Vec<(Hour, Piece)>,
    on_demand: Vec<(Hour, OnDemand)>,
    held: Vec<(Hour, HeldHour)>,
    totals: Option<Totals>,
}

impl Sink for Said {
    fn piece(&mut self, hour: Hour, piece: &Piece) {
        self.pieces.push((hour, *piece));
    }

    fn on_demand(&mut self, hour: Hour, rest: &OnDemand) {
        self.on_demand.push((hour, *rest));
    }

    fn held(&mut self, hour: Hour, held: &HeldHour) {
        self.held.push((hour, *held));
    }
}

/// What the simulator says.
fn simulate(case: &Case) -> Said {
    let organization = Organization::new(case.parts.clone()).unwrap();
    let usage = UsageMatrix::new(FIRST_HOUR, case.parts.series.len(), case.hours.concat());
    let mut said = Said::default();
    let simulator = Simulator::with_settings(&organization, case.settings);
    let hours = case.span();
    let mut totals = simulator.run(&usage, hours.start..hours.start.next(), &mut said);
    totals.merge(&simulator.run(&usage, hours.start.next()..hours.end, &mut said));
    said.totals = Some(totals);
    sort_pieces(&mut said);
    said.on_demand.sort_by_key(|(hour, rest)| (*hour, rest.series));
    said.held.sort_by_key(|(hour, held)| (*hour, held.held));
    said
}

/// What the simulator says of the totals when it is told the last reservation, or the last plan, only after all else.
fn add_last(case: &Case) -> Vec<Totals> {
    let (mut fewer_reservations, mut fewer_plans) = (case.parts.clone(), case.parts.clone());
    let reservation = fewer_reservations.reservations.pop().map(|last| (fewer_reservations, Commitment::Reservation(last)));
    let plan = fewer_plans.plans.pop().map(|last| (fewer_plans, Commitment::Plan(last)));
    let usage = UsageMatrix::new(FIRST_HOUR, case.parts.series.len(), case.hours.concat());
    let add = |(parts, last): (Parts, Commitment)| {
        let organization = Organization::new(parts).unwrap();
        let simulator = Simulator::with_settings(&organization, case.settings);
        simulator.baseline(&usage, case.span()).with(last).unwrap()
    };
    reservation.into_iter().chain(plan).map(add).collect()
}

/// What the naive implementation says, in the simulator's words.
fn say(case: &Case) -> Said {
    let parts = &case.parts;
    let mut said = Said::default();
    for (hour, usage) in case.usage() {
        let covered = cover_hour(parts, case.settings, hour, &usage);
        said.pieces.extend(pieces(parts, &covered).into_iter().map(|piece| (hour, piece)));
        for (series, rest) in covered.on_demand.iter().enumerate().filter(|(_, rest)| !rest.is_zero()) {
            let cost = on_demand_cost(&parts.skus[parts.series[series].sku], *rest);
            said.on_demand.push((hour, OnDemand { series, quantity: *rest, cost }));
        }
        said.held.extend(held(parts, &covered).into_iter().map(|held| (hour, held)));
    }
    said.totals = Some(add_up(case, &said));
    sort_pieces(&mut said);
    said
}

/// By commitment; those of a reservation stay in the order in which it covered them, which decides their shares (rule 4.4). The order of
/// those of a series is noted first.
fn sort_pieces(said: &mut Said) {
    said.order = said.pieces.iter().map(|(hour, piece)| (*hour, piece.series, piece.by)).collect();
    said.order.sort_by_key(|(hour, series, _)| (*hour, *series));
    said.pieces.sort_by_key(|(hour, piece)| {
        let series = match piece.by {
            Held::Reservation(_) => 0,
            Held::Plan(_) => piece.series,
        };
        (*hour, piece.by, series)
    });
}

fn reach(tier: Tier) -> Reach {
    match tier {
        Tier::Own => Reach::Own,
        Tier::Group => Reach::Group,
        Tier::Rest => Reach::Rest,
        Tier::Never => panic!("what never reaches never covers"),
    }
}

fn units(units: Units) -> Quantity {
    assert_eq!(units % 1000, 0, "units of usage with 9 decimals have at most 12");
    Quantity::from_units(units / 1000)
}

fn pieces(parts: &Parts, covered: &Covered) -> Vec<Piece> {
    let reservations: BTreeMap<&CommitmentId, usize> = parts.reservations.iter().enumerate().map(|(index, r)| (&r.id, index)).collect();
    let plans: BTreeMap<&CommitmentId, usize> = parts.plans.iter().enumerate().map(|(index, p)| (&p.id, index)).collect();
    let list_cost = |series: usize, quantity| on_demand_cost(&parts.skus[parts.series[series].sku], quantity);
    let reserved = covered.reserved.iter().map(|row| Piece {
        series: row.series,
        by: Held::Reservation(reservations[&row.reservation]),
        reach: reach(row.tier),
        covered: row.quantity,
        list_cost: list_cost(row.series, row.quantity),
        takes: Takes::Units { units: units(row.units), recurring: row.recurring, amortized: row.amortized },
    });
    let planned = covered.planned.iter().map(|row| Piece {
        series: row.series,
        by: Held::Plan(plans[&row.plan]),
        reach: reach(row.tier),
        covered: row.quantity,
        list_cost: list_cost(row.series, row.quantity),
        takes: Takes::Commitment { used: row.used, rate: row.rate },
    });
    reserved.chain(planned).collect()
}

/// What became of each commitment: reservations first, each in the order of the parts.
fn held(parts: &Parts, covered: &Covered) -> Vec<HeldHour> {
    let reservations = parts.reservations.iter().enumerate().filter_map(|(index, reservation)| {
        let hour = covered.reservations.get(&reservation.id)?;
        Some(HeldHour {
            held: Held::Reservation(index),
            units: (units(hour.capacity), units(hour.capacity - hour.unused_units)),
            recurring: (hour.recurring, hour.recurring - hour.unused_recurring),
            amortized: (hour.amortized, hour.amortized - hour.unused_amortized),
        })
    });
    let plans = parts.plans.iter().enumerate().filter_map(|(index, plan)| {
        let hour = covered.plans.get(&plan.id)?;
        Some(HeldHour {
            held: Held::Plan(index),
            units: (Quantity::ZERO, Quantity::ZERO),
            recurring: (hour.recurring, hour.commitment() - hour.unused),
            amortized: (hour.amortized, Money::ZERO),
        })
    });
    reservations.chain(plans).collect()
}

/// The sums of all that was said.
fn add_up(case: &Case, said: &Said) -> Totals {
    let parts = &case.parts;
    let mut totals = Totals {
        hours: case.hours.len() as u64,
        series: vec![SeriesTotals::default(); parts.series.len()],
        reservations: vec![ReservationTotals::default(); parts.reservations.len()],
        plans: vec![PlanTotals::default(); parts.plans.len()],
    };
    for (_, usage) in case.usage() {
        totals.series.iter_mut().zip(usage).for_each(|(series, used)| series.usage += used);
    }
    for (_, piece) in &said.pieces {
        totals.series[piece.series].covered += piece.covered;
        match piece.by {
            Held::Reservation(index) => totals.reservations[index].list_cost += piece.list_cost,
            Held::Plan(index) => totals.plans[index].list_cost += piece.list_cost,
        }
    }
    for (_, rest) in &said.on_demand {
        totals.series[rest.series].on_demand += rest.quantity;
        totals.series[rest.series].on_demand_cost += rest.cost;
    }
    for (_, hour) in &said.held {
        match hour.held {
            Held::Reservation(index) => {
                let sum = &mut totals.reservations[index];
                sum.held += hour.units.0;
                sum.used += hour.units.1;
                sum.recurring += hour.recurring.0;
                sum.used_recurring += hour.recurring.1;
                sum.amortized += hour.amortized.0;
                sum.used_amortized += hour.amortized.1;
            }
            Held::Plan(index) => {
                let sum = &mut totals.plans[index];
                sum.recurring += hour.recurring.0;
                sum.used += hour.recurring.1;
                sum.amortized += hour.amortized.0;
            }
        }
    }
    totals
}

/// The first thing on which both differ.
fn compare(simulated: &Said, naive: &Said) -> Result<(), String> {
    first_difference("piece", &simulated.pieces, &naive.pieces)?;
    first_difference("order of application", &simulated.order, &naive.order)?;
    first_difference("on demand", &simulated.on_demand, &naive.on_demand)?;
    first_difference("commitment", &simulated.held, &naive.held)?;
    first_difference("totals", &[&simulated.totals], &[&naive.totals])
}

fn first_difference<T: std::fmt::Debug + PartialEq>(what: &str, simulated: &[T], naive: &[T]) -> Result<(), String> {
    for at in 0..simulated.len().max(naive.len()) {
        let (one, other) = (simulated.get(at), naive.get(at));
        if one != other {
            return Err(format!("{what} {at}\nsimulator: {one:?}\nnaive:     {other:?}"));
        }
    }
    Ok(())
}

/// Whether both say the same of a case; the first difference if not.
pub(crate) fn check(case: &Case) -> Result<(), String> {
    let simulated = simulate(case);
    let naive = say(case);
    compare(&simulated, &naive)?;
    for totals in add_last(case) {
        first_difference("totals with one commitment more", &[&Some(totals)], &[&naive.totals])?;
    }
    let totals = simulated.totals.unwrap();
    let closes = totals.total_cost() == totals.list_cost() - totals.savings() + totals.unused_cost();
    if closes { Ok(()) } else { Err("total = list - savings + unused".to_owned()) }
}

/// The same, where a panic is a difference too: the smallest case of it is worth as much.
fn check_without_panic(case: &Case) -> Result<(), String> {
    std::panic::catch_unwind(|| check(case)).unwrap_or_else(|_| Err("a panic".to_owned()))
}

#[test]
fn the_simulator_agrees_with_the_rules_written_down_naively() {
    for seed in 0..CASES {
        let case = random::draw(seed);
        if check_without_panic(&case).is_err() {
            let smallest = shrink(case, |case| check_without_panic(case).is_err());
            panic!("{}\n\nseed {seed}:\n{}", check_without_panic(&smallest).unwrap_err(), text::write(&smallest));
        }
    }
}
