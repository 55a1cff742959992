//! What holds of every organization.

use crate::random::{Choices, HOURS, large_organization, organization, plan, reservation};
use proptest::prelude::*;
use tenor_bill::Hour;
use tenor_cover::{Commitment, Held, HeldHour, OnDemand, Organization, Parts, Piece, Simulator, Sink, Takes, Totals, Usage, UsageMatrix};
use tenor_money::{Money, Quantity};

/// Adds up what it is told, as totals; and checks each hour.
struct Sums<'a> {
    totals: Totals,
    parts: &'a Parts,
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
                assert_eq!(held.cost(), self.parts.plans[index].commitment(hour));
                self.totals.plans[index].recurring += held.recurring.0;
                self.totals.plans[index].amortized += held.amortized.0;
            }
        }
        self.hour_used.retain(|(by, ..)| *by != held.held);
    }
}

fn hours() -> std::ops::Range<Hour> {
    Hour::from_epoch_hours(0)..Hour::from_epoch_hours(HOURS)
}

fn run(parts: &Parts, usage: &UsageMatrix<u64>) -> Totals {
    Simulator::new(&Organization::new(parts.clone()).unwrap()).run(usage, hours(), &mut ())
}

/// A random order of so many things.
fn shuffled(choices: &mut Choices, count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    for place in (1..count).rev() {
        order.swap(place, choices.index(place + 1));
    }
    order
}

fn in_order<T: Clone>(of: &[T], order: &[usize]) -> Vec<T> {
    order.iter().map(|index| of[*index].clone()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_is_told_adds_up_to_the_totals(seed in any::<u64>()) {
        let (parts, usage) = organization(&mut Choices(seed), 4);
        let organization = Organization::new(parts).unwrap();
        let simulator = Simulator::new(&organization);
        let totals = simulator.run(&usage, hours(), &mut ());
        let mut empty = simulator.run(&usage, hours().start..hours().start, &mut ());
        empty.hours = totals.hours;
        let mut sums = Sums { totals: empty, parts: organization.parts(), hour_used: Vec::new() };
        let told = simulator.run(&usage, hours(), &mut sums);
        prop_assert_eq!(&sums.totals, &totals);
        prop_assert_eq!(&told, &totals);
        for series in &totals.series {
            prop_assert_eq!(series.usage, series.covered + series.on_demand);
        }
        prop_assert_eq!(totals.total_cost(), totals.list_cost() - totals.savings() + totals.unused_cost());
    }

    #[test]
    fn fees_are_charged_to_the_last_digit(seed in any::<u64>()) {
        let (parts, usage) = organization(&mut Choices(seed), 4);
        let totals = run(&parts, &usage);
        let (start, end) = (hours().start.start_second(), hours().end.start_second());
        for (reservation, sums) in parts.reservations.iter().zip(&totals.reservations) {
            prop_assert_eq!(sums.recurring, reservation.recurring(start, end));
            prop_assert_eq!(sums.amortized, reservation.amortized(start, end));
        }
        for (plan, sums) in parts.plans.iter().zip(&totals.plans) {
            prop_assert_eq!(sums.amortized, plan.amortized(start, end));
        }
    }

    #[test]
    fn usage_is_what_was_given(seed in any::<u64>()) {
        let (parts, usage) = organization(&mut Choices(seed), 4);
        let totals = run(&parts, &usage);
        let mut cells = vec![0; parts.series.len()];
        let mut sums = vec![Quantity::ZERO; parts.series.len()];
        for hour in 0..HOURS {
            usage.read(Hour::from_epoch_hours(hour), &mut cells);
            for ((sum, cell), series) in sums.iter_mut().zip(&cells).zip(&parts.series) {
                *sum += Quantity::from_units(i128::from(*cell) * 10_i128.pow(12 - parts.skus[series.sku].decimals));
            }
        }
        prop_assert_eq!(totals.series.iter().map(|series| series.usage).collect::<Vec<_>>(), sums);
    }

    #[test]
    fn hours_apart_merge_to_hours_together(seed in any::<u64>(), at in 0..=HOURS) {
        let (parts, usage) = organization(&mut Choices(seed), 4);
        let organization = Organization::new(parts).unwrap();
        let simulator = Simulator::new(&organization);
        let middle = Hour::from_epoch_hours(at);
        let mut totals = simulator.run(&usage, hours().start..middle, &mut ());
        totals.merge(&simulator.run(&usage, middle..hours().end, &mut ()));
        prop_assert_eq!(totals, simulator.run(&usage, hours(), &mut ()));
    }

    #[test]
    fn the_order_of_rows_never_matters(seed in any::<u64>()) {
        let mut choices = Choices(seed);
        let (parts, usage) = organization(&mut choices, 4);
        let skus = shuffled(&mut choices, parts.skus.len());
        let series = shuffled(&mut choices, parts.series.len());
        let reservations = shuffled(&mut choices, parts.reservations.len());
        let plans = shuffled(&mut choices, parts.plans.len());
        let tables = shuffled(&mut choices, parts.rate_tables.len());
        let place = |order: &[usize], index: usize| order.iter().position(|other| *other == index).unwrap();
        let mut other = parts.clone();
        other.skus = in_order(&parts.skus, &skus);
        other.rate_tables = in_order(&parts.rate_tables, &tables);
        for table in &mut other.rate_tables {
            table.rates = in_order(&table.rates, &skus);
        }
        other.series = in_order(&parts.series, &series);
        for series in &mut other.series {
            series.sku = place(&skus, series.sku);
        }
        other.reservations = in_order(&parts.reservations, &reservations);
        other.plans = in_order(&parts.plans, &plans);
        for plan in &mut other.plans {
            plan.rate_table = place(&tables, plan.rate_table);
        }
        let mut cells = Vec::new();
        for hour in 0..HOURS {
            let mut of_hour = vec![0; parts.series.len()];
            usage.read(Hour::from_epoch_hours(hour), &mut of_hour);
            cells.extend(in_order(&of_hour, &series));
        }
        let (totals, shuffled) = (run(&parts, &usage), run(&other, &UsageMatrix::new(hours().start, parts.series.len(), cells)));
        prop_assert_eq!(in_order(&totals.series, &series), shuffled.series);
        prop_assert_eq!(in_order(&totals.reservations, &reservations), shuffled.reservations);
        prop_assert_eq!(in_order(&totals.plans, &plans), shuffled.plans);
    }

    #[test]
    fn one_commitment_more_comes_to_what_a_simulation_from_scratch_says(seed in any::<u64>()) {
        let mut choices = Choices(seed);
        let (mut parts, usage) = organization(&mut choices, 4);
        let (of_reservation, of_plan) = (reservation(&mut choices, 99, 4), plan(&mut choices, 99, 4, parts.rate_tables.len()));
        let before = Organization::new(parts.clone()).unwrap();
        let simulator = Simulator::new(&before);
        let base = simulator.baseline(&usage, hours());
        prop_assert_eq!(base.totals(), &run(&parts, &usage));
        let with_plan = base.with(Commitment::Plan(of_plan.clone())).unwrap();
        let with_reservation = base.with(Commitment::Reservation(of_reservation.clone())).unwrap();
        parts.plans.push(of_plan);
        prop_assert_eq!(with_plan, run(&parts, &usage));
        parts.plans.pop();
        parts.reservations.push(of_reservation);
        prop_assert_eq!(with_reservation, run(&parts, &usage));
    }

    /// Of one account: among several, a plan more may change the order of accounts (3.5) and so where others are spent.
    #[test]
    fn one_plan_more_never_raises_on_demand_cost_of_one_account(seed in any::<u64>()) {
        let mut choices = Choices(seed);
        let (mut parts, usage) = organization(&mut choices, 1);
        let before = run(&parts, &usage).on_demand_cost();
        let more = plan(&mut choices, 99, 1, parts.rate_tables.len());
        parts.plans.push(more);
        let after = run(&parts, &usage).on_demand_cost();
        prop_assert!(after <= before + crumbs(&parts), "{} became {}", before, after);
    }

    #[test]
    fn one_commitment_more_is_exact_among_many_accounts(seed in any::<u64>()) {
        let mut choices = Choices(seed);
        let (mut parts, usage) = large_organization(&mut choices);
        let (of_reservation, of_plan) = (reservation(&mut choices, 99, 12), plan(&mut choices, 99, 12, parts.rate_tables.len()));
        let before = Organization::new(parts.clone()).unwrap();
        let simulator = Simulator::new(&before);
        let base = simulator.baseline(&usage, hours());
        let with_plan = base.with(Commitment::Plan(of_plan.clone())).unwrap();
        let with_reservation = base.with(Commitment::Reservation(of_reservation.clone())).unwrap();
        parts.plans.push(of_plan);
        prop_assert_eq!(with_plan, run(&parts, &usage));
        parts.plans.pop();
        parts.reservations.push(of_reservation);
        prop_assert_eq!(with_reservation, run(&parts, &usage));
    }

    /// Of reservations alone. A reservation whose last instance is covered in part leaves less than a millionth of an hour of it (2.3).
    #[test]
    fn one_reservation_more_never_raises_on_demand_cost(seed in any::<u64>()) {
        let mut choices = Choices(seed);
        let (mut parts, usage) = organization(&mut choices, 4);
        parts.plans.clear();
        let before = run(&parts, &usage).on_demand_cost();
        let more = reservation(&mut choices, 99, 4);
        parts.reservations.push(more);
        let after = run(&parts, &usage).on_demand_cost();
        prop_assert!(after <= before + crumbs(&parts), "{} became {}", before, after);
    }
}

/// What rounding of partly covered usage may come to: a millionth of the dearest unit for each commitment and hour.
fn crumbs(parts: &Parts) -> Money {
    let dearest = parts.skus.iter().map(|sku| sku.on_demand.units()).max().unwrap_or(0);
    let commitments = parts.reservations.len() + parts.plans.len();
    Money::from_units(dearest / 1_000_000 * i128::from(HOURS) * i128::try_from(commitments).unwrap() + 1_000)
}
