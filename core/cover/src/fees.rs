//! What a commitment costs from one moment to another (`docs/spec/rounding.md` 4.1, 4.2, 5.1).
//!
//! Each fee is a rounded function of time, and a span gets the difference of its ends: hours add up to periods and periods to the fee, to
//! the last digit.

use crate::commitment::{Plan, Reservation, Term};
use tenor_bill::Hour;
use tenor_money::{Money, Rounding, mul_div_round};

/// Units of 10⁻¹² in one of 10⁻⁸, the scale of commitments' money.
const STEP: i128 = 10_000;

/// `amount * numerator / denominator`, in units of 10⁻¹² rounded to 8 decimals.
fn round_share(amount: i128, numerator: i128, denominator: i128) -> Money {
    Money::from_units(mul_div_round(amount, numerator, denominator * STEP, Rounding::HalfEven) * STEP)
}

fn amortized_until(upfront: Money, term: Term, moment: i64) -> Money {
    round_share(upfront.units(), i128::from(term.elapsed(moment)), i128::from(term.seconds))
}

impl Reservation {
    /// The recurring fee between two moments, in seconds of the Unix epoch.
    #[must_use]
    pub fn recurring(&self, from: i64, to: i64) -> Money {
        let until = |moment| {
            let seconds = i128::from(self.term.elapsed(moment)) * i128::from(self.count);
            round_share(self.hourly.units(), seconds, 3600)
        };
        until(to) - until(from)
    }

    /// The part of the upfront fee that falls between two moments.
    #[must_use]
    pub fn amortized(&self, from: i64, to: i64) -> Money {
        amortized_until(self.upfront, self.term, to) - amortized_until(self.upfront, self.term, from)
    }
}

impl Plan {
    /// The part of the upfront fee that falls between two moments.
    #[must_use]
    pub fn amortized(&self, from: i64, to: i64) -> Money {
        amortized_until(self.upfront, self.term, to) - amortized_until(self.upfront, self.term, from)
    }

    /// What it commits to in a clock hour: recurring and amortized; nothing when it does not run.
    #[must_use]
    pub fn commitment(&self, hour: Hour) -> Money {
        if !self.term.touches(hour) {
            return Money::ZERO;
        }
        self.recurring + self.amortized(hour.start_second(), hour.next().start_second())
    }
}

/// `rate * quantity` where the quantity is a whole number of 10⁻ᵈᵉᶜⁱᵐᵃˡˢ, rounded to `places` decimals.
pub(crate) fn charge(rate: i128, quantity: u64, decimals: u32, places: u32) -> Money {
    let step = 10_i128.pow(12 - places);
    Money::from_units(mul_div_round(rate, i128::from(quantity), 10_i128.pow(decimals) * step, Rounding::HalfEven) * step)
}

#[cfg(test)]
mod tests {
    use super::charge;
    use crate::commitment::{CommitmentId, Covers, Reservation, Term};
    use crate::sku::{ExactKey, Factor};
    use tenor_money::Money;

    /// The reservation of the real bill: 0.0118 an hour from 2018-10-09 21:40:47.
    fn reservation() -> Reservation {
        Reservation {
            id: CommitmentId("arn".to_owned()),
            owner: "1".parse().unwrap(),
            term: Term { start: 1_539_121_247, seconds: 31_536_000, retired: None },
            covers: Covers::Exact(ExactKey("c4.large".to_owned())),
            zone: None,
            count: 1,
            factor: Factor::ONE,
            hourly: "0.0118".parse().unwrap(),
            upfront: Money::from_whole(100),
        }
    }

    #[test]
    fn a_fee_counts_from_the_second() {
        let november = 1_541_030_400;
        assert_eq!(reservation().recurring(0, november).to_string(), "6.25777928");
    }

    #[test]
    fn hours_add_up_to_the_fee() {
        let reservation = reservation();
        let hours = (0..8761).map(|hour| 1_539_118_800 + hour * 3600);
        let total: Money = hours.map(|start| reservation.amortized(start, start + 3600)).sum();
        assert_eq!(total, Money::from_whole(100));
    }

    #[test]
    fn a_retired_reservation_costs_until_then() {
        let mut reservation = reservation();
        reservation.term.retired = Some(reservation.term.start + 3600);
        assert_eq!(reservation.recurring(0, i64::from(u32::MAX)).to_string(), "0.0118");
    }

    #[test]
    fn a_charge_is_rounded_once() {
        assert_eq!(charge("0.0116".parse::<Money>().unwrap().units(), 257_778, 6, 10).to_string(), "0.0029902248");
        assert_eq!(charge(5_000, 1, 0, 8).to_string(), "0", "half to even");
        assert_eq!(charge(15_000, 1, 0, 8).to_string(), "0.00000002", "half to even");
    }
}
