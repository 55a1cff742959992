//! Sections 1, 4 and 5 of the rules as far as they say how a number is rounded.

use tenor_bill::Hour;
use tenor_cover::{Covers, Factor, Plan, Reservation, Sku, Term, Unit};
use tenor_money::{Money, Quantity, Rounding, UnitPrice, mul_div_round};

/// Units of a reservation (2.2), counted in 10⁻¹⁵: a quantity in 10⁻¹² times a factor in thousandths, exactly.
pub(crate) type Units = i128;

/// `Rn(a x b / c)`: amounts are in 10⁻¹², and so is the result.
pub(super) fn rounded(a: i128, b: i128, c: i128, decimals: u32) -> i128 {
    let step = 10_i128.pow(12 - decimals);
    mul_div_round(a, b, c * step, Rounding::HalfEven) * step
}

/// Rule 1.2: how many decimals a quantity has that a plan splits.
pub(super) fn split_decimals(sku: &Sku) -> u32 {
    match sku.unit {
        Unit::Hour => 8,
        Unit::Other => 6,
    }
}

/// Rule 1.3: `R10(public on-demand rate x usage amount)`.
pub(crate) fn on_demand_cost(sku: &Sku, quantity: Quantity) -> Money {
    Money::from_units(rounded(sku.on_demand.units(), quantity.units(), 10_i128.pow(12), 10))
}

/// Rules 2.2 and 2.3: the factor that counts for a reservation; 1 where it is not size-flexible.
pub(super) fn factor_for(reservation: &Reservation, factor: Factor) -> i128 {
    match reservation.covers {
        Covers::Family(_) => i128::from(factor.thousandths()),
        Covers::Exact(_) => 1000,
    }
}

/// Rule 2.2: the units a reservation holds in a clock hour: from the one its term starts in up to, but without, the one its term ends in.
pub(super) fn capacity(reservation: &Reservation, hour: Hour) -> Units {
    let (first, end) = (reservation.term.start.div_euclid(3600), last_moment(reservation.term).div_euclid(3600));
    if hour.epoch_hours() < first || hour.epoch_hours() >= end {
        return 0;
    }
    i128::from(reservation.count) * factor_for(reservation, reservation.factor) * 10_i128.pow(12)
}

/// Rules 4.1 and 4.9: seconds from the start to `moment`, clipped to the term, and stopped when it is retired.
pub(super) fn elapsed(term: Term, moment: i64) -> i128 {
    let last = last_moment(term);
    i128::from(moment.min(last) - term.start).max(0)
}

/// The first moment in which a commitment is held no more (4.9).
pub(super) fn last_moment(term: Term) -> i64 {
    let end = term.start + term.seconds;
    match term.retired {
        Some(retired) if retired < end => retired,
        _ => end,
    }
}

/// Whether a commitment is held for at least one second of a clock hour, which then has a part of its fees.
pub(super) fn is_held(term: Term, hour: Hour) -> bool {
    elapsed(term, hour.next().start_second()) > elapsed(term, hour.start_second())
}

/// Rule 4.1: the amortized part of an upfront fee until `moment`. Rule 5.1 says the same of plans.
pub(super) fn amortized_until(upfront: Money, term: Term, moment: i64) -> Money {
    Money::from_units(rounded(upfront.units(), elapsed(term, moment), i128::from(term.seconds), 8))
}

/// Rule 4.1: the recurring fee until `moment`.
fn recurring_until(reservation: &Reservation, moment: i64) -> Money {
    let instance_seconds = i128::from(reservation.count) * elapsed(reservation.term, moment);
    Money::from_units(rounded(reservation.hourly.units(), instance_seconds, 3600, 8))
}

/// Rule 4.2: an hour gets the difference of its ends. Recurring fee first, amortized upfront second.
pub(super) fn fees_of_hour(reservation: &Reservation, hour: Hour) -> (Money, Money) {
    let (start, end) = (hour.start_second(), hour.next().start_second());
    let amortized = |moment| amortized_until(reservation.upfront, reservation.term, moment);
    (recurring_until(reservation, end) - recurring_until(reservation, start), amortized(end) - amortized(start))
}

/// Rule 4.4: the shares of an hour's fee `fee` for rows that use `units` each, of a capacity of `capacity`.
pub(super) fn shares(fee: Money, capacity: Units, units: &[Units]) -> Vec<Money> {
    let mut shares = Vec::new();
    let mut running: Units = 0;
    for row in units {
        let before = rounded(fee.units(), running, capacity, 8);
        running += row;
        let after = rounded(fee.units(), running, capacity, 8);
        shares.push(Money::from_units(after - before));
    }
    shares
}

/// Rule 5.1: the part of a plan's upfront fee that its commitment of an hour has.
pub(super) fn upfront_of_hour(plan: &Plan, hour: Hour) -> Money {
    let until = |moment| amortized_until(plan.upfront, plan.term, moment);
    until(hour.next().start_second()) - until(hour.start_second())
}

/// Rule 5.2: what a plan covers of `quantity`, and what of its commitment that uses. None when nothing is covered.
pub(super) fn cover(sku: &Sku, rate: UnitPrice, quantity: Quantity, left: Money) -> Option<(Quantity, Money)> {
    if left.is_zero() || quantity.is_zero() {
        return None;
    }
    let whole = Money::from_units(rounded(rate.units(), quantity.units(), 10_i128.pow(12), 8));
    if whole <= left {
        return Some((quantity, whole));
    }
    let part = rounded(left.units(), 10_i128.pow(12), rate.units(), split_decimals(sku));
    let part = Quantity::from_units(part).min(quantity);
    if part.is_zero() { None } else { Some((part, left)) }
}
