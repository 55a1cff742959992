//! What holds of every organization.

use crate::case::random::{Dice, draw, draw_large};
use crate::case::{Case, FIRST_HOUR};
use tenor_bill::Hour;
use tenor_cover::{
    Commitment, Held, HeldHour, OnDemand, Organization, Parts, Piece, Settings, Simulator, Sink, Takes, Totals, UsageMatrix,
};
use tenor_money::{Money, Quantity};

/// Cases that each law is tried on.
const CASES: u64 = 2_000;

/// Adds up what it is told, as totals; and checks each hour.
struct Sums<'a> {
    totals: Totals,
    parts: &'a Parts,
    settings: Settings,
    hour_used: Vec<(Held, Quantity, Money)>,
}

impl Sink for Sums<'_> {
    fn piece(&mut self, _: Hour, piece: &Piece) {
        self.totals.series[piece.series].covered += piece.covered;
        self.totals.series[piece.series].usage += piece.covered;
        let units = match (piece.by, piece.takes) {
            (Held::Reservation(index), Takes::Units { units, recurring, amortized }) => {
                let sums = &mut self.totals.reservations[index];
                sums.used_recurring += recurring;
                sums.used_amortized += amortized;
                sums.used += units;
                sums.list_cost += piece.list_cost;
                units
            }
            (Held::Plan(index), Takes::Commitment { used, .. }) => {
                self.totals.plans[index].used += used;
                self.totals.plans[index].list_cost += piece.list_cost;
                Quantity::ZERO
            }
            _ => panic!("a reservation gives units, a plan commitment"),
        };
        assert!(piece.covered > Quantity::ZERO && piece.effective_cost() >= Money::ZERO, "a piece covers something");
        self.hour_used.push((piece.by, units, piece.effective_cost()));
    }

    fn on_demand(&mut self, _: Hour, rest: &OnDemand) {
        self.totals.series[rest.series].on_demand += rest.quantity;
        self.totals.series[rest.series].usage += rest.quantity;
        self.totals.series[rest.series].on_demand_cost += rest.cost;
    }

    fn held(&mut self, hour: Hour, held: &HeldHour) {
        let pieces = || self.hour_used.iter().filter(|(by, ..)| *by == held.held);
        let (units, cost) = (pieces().map(|piece| piece.1).sum::<Quantity>(), pieces().map(|piece| piece.2).sum::<Money>());
        assert_eq!((units, cost), (held.units.1, held.recurring.1 + held.amortized.1), "rows add up to the hour");
        assert!(held.units.1 <= held.units.0 && held.unused_cost() >= Money::ZERO, "used is at most held");
        match held.held {
            Held::Reservation(index) => {
                let sums = &mut self.totals.reservations[index];
                sums.held += held.units.0;
                sums.recurring += held.recurring.0;
                sums.amortized += held.amortized.0;
            }
            Held::Plan(index) => {
                assert_eq!(held.cost(), self.parts.plans[index].commitment(hour, self.settings));
                self.totals.plans[index].recurring += held.recurring.0;
                self.totals.plans[index].amortized += held.amortized.0;
            }
        }
        self.hour_used.retain(|(by, ..)| *by != held.held);
    }
}

fn usage(case: &Case) -> UsageMatrix<u64> {
    UsageMatrix::new(FIRST_HOUR, case.parts.series.len(), case.hours.concat())
}

fn run(case: &Case) -> Totals {
    let organization = Organization::new(case.parts.clone()).unwrap();
    Simulator::with_settings(&organization, case.settings).run(&usage(case), case.span(), &mut ())
}

/// A random order of so many things.
fn shuffled(dice: &mut Dice, count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    for place in (1..count).rev() {
        order.swap(place, dice.below(place + 1));
    }
    order
}

fn in_order<T: Clone>(of: &[T], order: &[usize]) -> Vec<T> {
    order.iter().map(|index| of[*index].clone()).collect()
}

#[test]
fn what_is_told_adds_up_to_the_totals() {
    for seed in 0..CASES {
        let case = draw(seed);
        let organization = Organization::new(case.parts.clone()).unwrap();
        let simulator = Simulator::with_settings(&organization, case.settings);
        let totals = run(&case);
        let mut empty = simulator.run(&usage(&case), FIRST_HOUR..FIRST_HOUR, &mut ());
        empty.hours = totals.hours;
        let mut sums = Sums { totals: empty, parts: organization.parts(), settings: case.settings, hour_used: Vec::new() };
        let told = simulator.run(&usage(&case), case.span(), &mut sums);
        assert_eq!(sums.totals, totals, "seed {seed}");
        assert_eq!(told, totals, "seed {seed}");
        assert!(totals.series.iter().all(|series| series.usage == series.covered + series.on_demand), "seed {seed}");
        assert_eq!(totals.total_cost(), totals.list_cost() - totals.savings() + totals.unused_cost(), "seed {seed}");
    }
}

#[test]
fn fees_are_charged_to_the_last_digit() {
    for seed in 0..CASES {
        let case = draw(seed);
        let totals = run(&case);
        let (start, end) = (case.span().start.start_second(), case.span().end.start_second());
        for (reservation, sums) in case.parts.reservations.iter().zip(&totals.reservations) {
            let fees = (reservation.recurring(start, end), reservation.amortized(start, end));
            assert_eq!((sums.recurring, sums.amortized), fees, "seed {seed}");
        }
        for (plan, sums) in case.parts.plans.iter().zip(&totals.plans) {
            assert_eq!(sums.amortized, plan.amortized(start, end), "seed {seed}");
        }
    }
}

#[test]
fn usage_is_what_was_given() {
    for seed in 0..CASES {
        let case = draw(seed);
        let mut sums = vec![Quantity::ZERO; case.parts.series.len()];
        for (_, used) in case.usage() {
            sums.iter_mut().zip(used).for_each(|(sum, used)| *sum += used);
        }
        assert_eq!(run(&case).series.iter().map(|series| series.usage).collect::<Vec<_>>(), sums, "seed {seed}");
    }
}

#[test]
fn hours_apart_merge_to_hours_together() {
    for seed in 0..CASES {
        let case = draw(seed);
        let organization = Organization::new(case.parts.clone()).unwrap();
        let simulator = Simulator::with_settings(&organization, case.settings);
        let middle = FIRST_HOUR.epoch_hours() + i64::try_from(Dice(seed).below(case.hours.len() + 1)).unwrap();
        let middle = Hour::from_epoch_hours(middle);
        let mut totals = simulator.run(&usage(&case), case.span().start..middle, &mut ());
        totals.merge(&simulator.run(&usage(&case), middle..case.span().end, &mut ()));
        assert_eq!(totals, run(&case), "seed {seed}");
    }
}

#[test]
fn the_order_of_rows_never_matters() {
    for seed in 0..CASES {
        let (case, dice) = (draw(seed), &mut Dice(seed));
        let parts = &case.parts;
        let [skus, series, reservations, plans, tables] =
            [parts.skus.len(), parts.series.len(), parts.reservations.len(), parts.plans.len(), parts.rate_tables.len()]
                .map(|count| shuffled(dice, count));
        let place = |order: &[usize], index: usize| order.iter().position(|other| *other == index).unwrap();
        let mut other = case.clone();
        other.parts.skus = in_order(&parts.skus, &skus);
        other.parts.rate_tables = in_order(&parts.rate_tables, &tables);
        other.parts.rate_tables.iter_mut().for_each(|table| table.rates = in_order(&table.rates, &skus));
        other.parts.series = in_order(&parts.series, &series);
        other.parts.series.iter_mut().for_each(|series| series.sku = place(&skus, series.sku));
        other.parts.reservations = in_order(&parts.reservations, &reservations);
        other.parts.plans = in_order(&parts.plans, &plans);
        other.parts.plans.iter_mut().for_each(|plan| plan.rate_table = place(&tables, plan.rate_table));
        other.hours.iter_mut().for_each(|cells| *cells = in_order(cells, &series));
        let (totals, shuffled) = (run(&case), run(&other));
        assert_eq!(in_order(&totals.series, &series), shuffled.series, "seed {seed}");
        assert_eq!(in_order(&totals.reservations, &reservations), shuffled.reservations, "seed {seed}");
        assert_eq!(in_order(&totals.plans, &plans), shuffled.plans, "seed {seed}");
    }
}

/// Tries every commitment of a case as the one that is added.
fn try_each_as_the_last(case: &Case, seed: u64) {
    let told_apart = |at: usize, reservation: bool| {
        let (mut fewer, mut last) = (case.clone(), case.clone());
        let more = if reservation {
            let more = fewer.parts.reservations.remove(at);
            last.parts.reservations = fewer.parts.reservations.iter().cloned().chain([more.clone()]).collect();
            Commitment::Reservation(more)
        } else {
            let more = fewer.parts.plans.remove(at);
            last.parts.plans = fewer.parts.plans.iter().cloned().chain([more.clone()]).collect();
            Commitment::Plan(more)
        };
        let before = Organization::new(fewer.parts.clone()).unwrap();
        let (simulator, usage) = (Simulator::with_settings(&before, case.settings), usage(case));
        let base = simulator.baseline(&usage, case.span());
        assert_eq!(base.totals(), &run(&fewer), "seed {seed}");
        assert_eq!(base.with(more).unwrap(), run(&last), "seed {seed}, number {at}");
    };
    (0..case.parts.reservations.len()).for_each(|at| told_apart(at, true));
    (0..case.parts.plans.len()).for_each(|at| told_apart(at, false));
}

#[test]
fn one_commitment_more_comes_to_what_a_simulation_from_scratch_says() {
    (0..CASES).for_each(|seed| try_each_as_the_last(&draw(seed), seed));
}

#[test]
fn one_commitment_more_is_exact_among_many_accounts() {
    (0..CASES / 10).for_each(|seed| try_each_as_the_last(&draw_large(seed), seed));
}
