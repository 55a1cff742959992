//! Applies reservations to an hour's usage (`docs/spec/rounding.md` 2, 3.2 and 4.4).

use crate::exact::charge10;
use crate::fees::running_share;
use crate::items::{money10, signed};
use crate::reservation_lanes::ReservationRun;
use crate::sharing::Reach;
use crate::simulator::Simulator;
use crate::sink::{Held, Piece, Sink, Takes};
use crate::state::{State, units};
use tenor_bill::Hour;
use tenor_money::{Money, Quantity};

impl Simulator<'_> {
    /// The six passes of some of the reservations, given in their order: zonal before regional, own before group before rest.
    pub(crate) fn cover_with_reservations<S: Sink>(&self, runs: &[usize], hour: Hour, state: &mut State, sink: &mut S) {
        state.lane_starts.fill(0);
        for zonal in [true, false] {
            for pass in [Reach::Own, Reach::Group, Reach::Rest] {
                for run in runs.iter().map(|run| &self.reservations.runs[*run]).filter(|run| run.zonal == zonal) {
                    if let (Some(lane), true) = (run.passes[pass as usize], state.reservations[run.index].left > 0) {
                        self.go_along(run, lane, pass, hour, state, sink);
                    }
                }
            }
        }
    }

    fn go_along<S: Sink>(&self, run: &ReservationRun, lane: usize, pass: Reach, hour: Hour, state: &mut State, sink: &mut S) {
        let items = &self.reservations.lanes[lane];
        let mut start = state.lane_starts[lane];
        while start < items.len() && state.remaining[items[start] as usize] == 0 {
            start += 1;
        }
        state.lane_starts[lane] = start;
        for item in items[start..].iter().map(|item| *item as usize) {
            if state.remaining[item] == 0 || run.reach[self.items.account[item] as usize] != Some(pass) {
                continue;
            }
            let covered = self.cover_item(run, item, state, pass, hour, sink);
            state.remaining[item] -= covered;
            if state.reservations[run.index].left == 0 {
                return;
            }
        }
    }

    /// Covers what units are left for, and says how much that is.
    fn cover_item<S: Sink>(&self, run: &ReservationRun, item: usize, state: &mut State, pass: Reach, hour: Hour, sink: &mut S) -> u64 {
        let remaining = state.remaining[item];
        let facts = self.items.facts(item);
        let factor = self.factors[self.items.sku[item] as usize].expect("what a reservation matches is reservable");
        let thousandths = run.thousandths(factor);
        // Units, in 10⁻¹², that one part takes: there are at most 10⁹ parts in an hour of what can be reserved.
        let each = u128::from(thousandths) * u128::from(1_000_000_000 / facts.step);
        let reservation = &mut state.reservations[run.index];
        let wanted = u128::from(remaining) * each;
        let (covered, taken) = if wanted <= reservation.left {
            reservation.left -= wanted;
            (remaining, wanted)
        } else {
            // Six decimals of an hour, rounded down; what is left then stays unused in this hour (2.3).
            let millionths = reservation.left / (u128::from(thousandths) * 1_000);
            let covered = millionths * u128::from(facts.step / 1_000_000);
            reservation.left = 0;
            (u64::try_from(covered).expect("less than remains"), covered * each)
        };
        if covered == 0 {
            return 0;
        }
        let before = reservation.used;
        reservation.used += taken;
        let list10 = charge10(facts.rate, covered, facts.step);
        reservation.list10 += u128::from(list10);
        if S::WANTED {
            let used = reservation.used;
            let share = |fee: Money| running_share(fee, used, run.capacity) - running_share(fee, before, run.capacity);
            let takes = Takes::Units {
                units: Quantity::from_units(signed(taken)),
                recurring: share(reservation.fees.0),
                amortized: share(reservation.fees.1),
            };
            let piece = Piece {
                series: self.items.series[item] as usize,
                by: Held::Reservation(run.index),
                reach: pass,
                covered: facts.quantity(u128::from(covered)),
                list_cost: money10(u128::from(list10)),
                takes,
            };
            sink.piece(hour, &piece);
        }
        covered
    }

    /// Begins an hour of all reservations.
    pub(crate) fn open_reservations(&self, hour: Hour, state: &mut State) {
        let parts = self.organization.parts();
        for run in &self.reservations.runs {
            let (reservation, now) = (&parts.reservations[run.index], &mut state.reservations[run.index]);
            now.active = reservation.term.touches(hour);
            now.used = 0;
            now.left = if reservation.term.covers_hour(hour) { run.capacity } else { 0 };
            now.fees = if now.active { now.meter.read_reservation(reservation, hour) } else { (Money::ZERO, Money::ZERO) };
        }
    }

    /// Adds an hour of all reservations to their sums.
    pub(crate) fn close_reservations<S: Sink>(&self, hour: Hour, state: &mut State, sink: &mut S) {
        for run in &self.reservations.runs {
            let now = &mut state.reservations[run.index];
            if !now.active {
                continue;
            }
            let covers = self.organization.parts().reservations[run.index].term.covers_hour(hour);
            let held = if covers { units(run.capacity) } else { Quantity::ZERO };
            let used = (running_share(now.fees.0, now.used, run.capacity), running_share(now.fees.1, now.used, run.capacity));
            now.sums.held += held;
            now.sums.used += units(now.used);
            now.sums.recurring += now.fees.0;
            now.sums.amortized += now.fees.1;
            now.sums.used_recurring += used.0;
            now.sums.used_amortized += used.1;
            if S::WANTED {
                let told = crate::HeldHour {
                    held: Held::Reservation(run.index),
                    units: (held, units(now.used)),
                    recurring: (now.fees.0, used.0),
                    amortized: (now.fees.1, used.1),
                };
                sink.held(hour, &told);
            }
        }
    }
}
