//! What a reservation is still worth.

use super::MONTH;
use crate::cloud::books::HeldReservation;
use crate::cloud::moment::Moment;
use crate::exact::running_share;
use tenor_money::Money;

/// The months that remain until `end`, a begun one for a whole one.
pub(super) fn months_left(end: Moment, at: Moment) -> i64 {
    (end.0 - at.0 + MONTH - 1).div_euclid(MONTH).max(0)
}

/// All upfront money that its term has to bear.
pub(super) fn upfront(held: &HeldReservation) -> Money {
    Money::from_units(held.upfront.units() * i128::from(held.count)) + held.life.carried
}

/// The part of it that is for the time from `at` on, to the second (rounding rule 4.2).
pub(super) fn upfront_left(held: &HeldReservation, at: Moment) -> Money {
    let span = held.term_end().0 - held.start.0;
    let gone = (at.0 - held.start.0).clamp(0, span);
    running_share(upfront(held), i128::from(gone), i128::from(span), i128::from(span))
}
