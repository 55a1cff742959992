//! What a reservation is still worth.

use super::records::Origin;
use super::{HOUR, MONTH};
use crate::cloud::books::HeldReservation;
use crate::cloud::moment::Moment;
use crate::exact::running_share;
use tenor_money::{Money, Quantity, Rounding, UnitPrice, div_round, mul_div_round};

/// Quotes show six decimals: a smaller difference is none.
const DIFFERENCE: i128 = 1_000_000;

/// What all of a reservation is worth for its remaining hours ([BOTO:ec2] `ReservationValue`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Worth {
    /// What is left of its upfront price.
    pub(super) upfront: Money,
    /// For each of them and hour, added up.
    pub(super) hourly: UnitPrice,
    /// The first, and the second for all hours that remain.
    pub(super) total: Money,
}

/// The months that remain until `end`, a begun one for a whole one.
pub(super) fn months_left(end: Moment, at: Moment) -> i64 {
    (end.0 - at.0 + MONTH - 1).div_euclid(MONTH).max(0)
}

/// All upfront money that its term has to bear.
pub(super) fn upfront(held: &HeldReservation) -> Money {
    Money::from_units(held.upfront.units() * i128::from(held.count)) + held.life.carried
}

/// The part of it that is for the time from `at` on, to the second (rounding rule 4.2).
pub(in crate::cloud) fn upfront_left(held: &HeldReservation, at: Moment) -> Money {
    let span = held.term_end().0 - held.start.0;
    let gone = (at.0 - held.start.0).clamp(0, span);
    running_share(upfront(held), i128::from(gone), i128::from(span), i128::from(span))
}

/// What it is worth at `now`, as quotes count.
pub(super) fn worth_of(held: &HeldReservation, now: Moment) -> Worth {
    let hours = (held.end.0 - now.0) / HOUR;
    let hourly = UnitPrice::from_units(held.hourly.units() * i128::from(held.count));
    let span = held.end.0 - held.start.0;
    // An exchange made it worth so many whole hours: the next one starts from the same.
    let span = if matches!(held.life.origin, Origin::Exchanged { .. }) { span - span % HOUR } else { span };
    worth(part(upfront(held), hours * HOUR, span), hourly, hours)
}

/// What so much is worth for so many hours.
pub(super) fn worth(upfront: Money, hourly: UnitPrice, hours: i64) -> Worth {
    Worth { upfront, hourly, total: upfront + hourly.charge(Quantity::from_whole(hours), Rounding::HalfEven) }
}

/// The part of an upfront price for whole hours of a term; awscli's example of a quote shows that the running hour does not count.
pub(super) fn part(upfront: Money, seconds: i64, of: i64) -> Money {
    Money::from_units(mul_div_round(upfront.units(), i128::from(seconds.min(of)), i128::from(of.max(1)), Rounding::HalfEven))
}

/// The fewest that are worth at least as much, upfront and in all ([EC2:ri-convertible-exchange]: 35 / 10 = 3.5 are 4).
pub(super) fn count_for(given: Worth, each: Worth) -> u32 {
    let fewest = |given: Money, each: Money| {
        if each.is_zero() { 1 } else { (given.units() - DIFFERENCE + each.units() - 1).div_euclid(each.units()) }
    };
    let count = fewest(given.upfront, each.upfront).max(fewest(given.total, each.total)).max(1);
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// What is to be paid: the new upfront value without the old one ([EC2:ri-convertible-exchange]: $600 - $500 = $100).
pub(super) fn due(old: Money, new: Money) -> Money {
    let shown = |amount: Money| amount.round_to(6, Rounding::HalfEven);
    (shown(new) - shown(old)).max(Money::ZERO)
}

/// An amount with six decimals, as quotes write them.
pub(super) fn six(units: i128) -> String {
    let millionths = div_round(units, 1_000_000, Rounding::HalfEven);
    format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::{count_for, due, part, six, worth};
    use crate::price::Term;
    use tenor_money::{Money, UnitPrice};

    fn money(text: &str) -> Money {
        text.parse().unwrap()
    }

    /// awscli's example: one reservation at 0.0278 an hour with 26,279 whole hours left of three years, for others at 85 upfront and 0.0032 an hour.
    #[test]
    fn the_values_are_those_of_the_documented_quote() {
        let hours = 26_279;
        let given = worth(Money::ZERO, "0.0278".parse().unwrap(), hours);
        let each = worth(part(money("85"), hours * 3600, Term::ThreeYears.seconds()), "0.0032".parse().unwrap(), hours);
        let count = i128::from(count_for(given, each));
        let [upfront, total] = [each.upfront, each.total].map(|amount| Money::from_units(amount.units() * count));
        let told =
            [six(given.total.units()), count.to_string(), six(upfront.units()), six(total.units()), six(due(Money::ZERO, upfront).units())];
        assert_eq!(told, ["730.556200", "5", "424.983828", "845.447828", "424.983828"]);
    }

    #[test]
    fn as_many_are_got_as_are_worth_no_less() {
        let of = |upfront: &str, total: &str| super::Worth { upfront: money(upfront), hourly: UnitPrice::ZERO, total: money(total) };
        let cases = [
            (of("35", "35"), of("10", "10"), 4),
            (of("30", "30"), of("10", "10"), 3),
            (of("30", "30"), of("10", "31"), 3),
            (of("10", "40"), of("10", "10"), 4),
            (of("0", "1"), of("0", "50"), 1),
            (of("20.00000001", "20.00000001"), of("10", "10"), 2),
            (of("20.00001", "20.00001"), of("10", "10"), 3),
        ];
        for (given, each, wanted) in cases {
            assert_eq!(count_for(given, each), wanted, "{given:?} {each:?}");
        }
        assert_eq!(due(money("500"), money("600")).to_string(), "100");
    }
}
