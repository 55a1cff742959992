//! What a commitment costs from one moment to another (`docs/spec/rounding.md` 4.1, 4.2, 5.1).
//!
//! Each fee is a rounded function of time, and a span gets the difference of its ends: hours add up to periods and periods to the fee, to
//! the last digit.

use crate::commitment::{Plan, Reservation, Term};
use crate::settings::Settings;
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
    /// The recurring fee and the amortized part of the upfront fee until a moment.
    fn until(&self, moment: i64) -> (Money, Money) {
        let seconds = i128::from(self.term.elapsed(moment)) * i128::from(self.count);
        (round_share(self.hourly.units(), seconds, 3600), amortized_until(self.upfront, self.term, moment))
    }

    /// The recurring fee between two moments, in seconds of the Unix epoch.
    #[must_use]
    pub fn recurring(&self, from: i64, to: i64) -> Money {
        self.until(to).0 - self.until(from).0
    }

    /// The part of the upfront fee that falls between two moments.
    #[must_use]
    pub fn amortized(&self, from: i64, to: i64) -> Money {
        self.until(to).1 - self.until(from).1
    }
}

impl Plan {
    /// The part of the upfront fee that falls between two moments.
    #[must_use]
    pub fn amortized(&self, from: i64, to: i64) -> Money {
        amortized_until(self.upfront, self.term, to) - amortized_until(self.upfront, self.term, from)
    }

    /// What it costs in a clock hour: recurring and amortized; nothing when it does not run. In an hour that it holds in part and that counts
    /// for nothing by the settings it costs its amortized upfront fee, and covers nothing (`docs/spec/rounding.md` 5.1).
    #[must_use]
    pub fn commitment(&self, hour: Hour, settings: Settings) -> Money {
        if !self.term.touches(hour) {
            return Money::ZERO;
        }
        let counts = settings.plan_partial_hours.counts(self.term, hour);
        let recurring = if counts { self.recurring } else { Money::ZERO };
        recurring + self.amortized(hour.start_second(), hour.next().start_second())
    }
}

/// The part of `amount`, in units of 10⁻¹², that belongs to the first `part` of `whole` (`docs/spec/rounding.md` 4.4).
pub(crate) fn running_share(amount: Money, part: u128, whole: u128) -> Money {
    if part == whole || amount.is_zero() {
        return amount;
    }
    let count = |units: u128| i128::try_from(units).expect("an hour's units stay far below 10³⁸");
    round_share(amount.units(), count(part), count(whole))
}

/// Reads off the fees of hour after hour: the end of one is the start of the next, so each is computed once.
#[derive(Default)]
pub(crate) struct Meter {
    last: Option<(i64, (Money, Money))>,
}

impl Meter {
    fn advance(&mut self, hour: Hour, until: impl Fn(i64) -> (Money, Money)) -> (Money, Money) {
        let (start, end) = (hour.start_second(), hour.next().start_second());
        let before = match self.last {
            Some((moment, amounts)) if moment == start => amounts,
            _ => until(start),
        };
        let after = until(end);
        self.last = Some((end, after));
        (after.0 - before.0, after.1 - before.1)
    }

    /// An hour's recurring fee and amortized upfront fee.
    pub(crate) fn read_reservation(&mut self, reservation: &Reservation, hour: Hour) -> (Money, Money) {
        self.advance(hour, |moment| reservation.until(moment))
    }

    /// An hour's amortized upfront fee.
    pub(crate) fn read_plan(&mut self, plan: &Plan, hour: Hour) -> Money {
        if plan.upfront.is_zero() {
            return Money::ZERO;
        }
        self.advance(hour, |moment| (Money::ZERO, amortized_until(plan.upfront, plan.term, moment))).1
    }
}

#[cfg(test)]
mod tests {
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
}
