//! Amounts as Cost Explorer prints them: texts with up to ten digits after the point.

use crate::exact::ratio;
use tenor_money::{Money, Quantity, Rounding};
use tenor_wire::Value;

const DIGITS: u32 = 10;

/// An amount of money.
pub(super) fn money(amount: Money) -> Value {
    amount.round_to(DIGITS, Rounding::HalfEven).to_string().into()
}

/// A quantity.
pub(super) fn quantity(quantity: Quantity) -> Value {
    money(Money::from_units(quantity.units()))
}

/// What share `part` is of `whole`, in percent; zero of nothing.
pub(super) fn percent(part: i128, whole: i128) -> Value {
    money(percentage(part, whole))
}

/// The same as a number.
pub(super) fn percentage(part: i128, whole: i128) -> Money {
    if whole == 0 { Money::ZERO } else { Money::from_units(ratio(part * 100, tenor_money::SCALE, whole, DIGITS)) }
}
