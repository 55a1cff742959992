//! Doubles of a source, read as the shortest decimal that stands for them.
//!
//! AWS computes with decimals and writes doubles; the shortest text that reads back to the same double is the decimal it meant, as long as
//! that has at most 15 digits, which the costs of a bill do.

use tenor_money::{Decimal, DecimalError, SCALE};

/// The decimal of a double.
///
/// # Errors
/// When it is not a finite number or too large for an amount.
pub(crate) fn decimal_of(value: f64) -> Result<Decimal, DecimalError> {
    // Most amounts have few digits: if some whole number of units below 2^50 divides back to exactly this double, then it has at most 15
    // digits and so is the only decimal of that length, hence the shortest.
    const EXACT: f64 = 1_000_000_000_000_000.0;
    let scaled = (value * SCALE as f64).round();
    if scaled.abs() < EXACT && scaled / SCALE as f64 == value {
        return Ok(Decimal { units: scaled as i128, residue: 0 });
    }
    if !value.is_finite() {
        return Err(DecimalError::Malformed);
    }
    Decimal::parse(format!("{value:e}").as_bytes())
}

/// The decimal of a single-precision number, by its own shortest text: as a double, 0.1 would be 0.10000000149.
///
/// # Errors
/// As [`decimal_of`].
pub(crate) fn decimal_of_single(value: f32) -> Result<Decimal, DecimalError> {
    if value.is_finite() { Decimal::parse(format!("{value:e}").as_bytes()) } else { Err(DecimalError::Malformed) }
}

#[cfg(test)]
mod tests {
    use super::{decimal_of, decimal_of_single};
    use proptest::prelude::*;
    use tenor_money::{Decimal, Money};

    #[test]
    fn doubles_become_the_decimals_they_were_written_from() {
        for (value, expected) in
            [(0.1, "0.1"), (0.0116, "0.0116"), (-7.0e-10, "-0.0000000007"), (1e15, "1000000000000000"), (4064.4831, "4064.4831")]
        {
            assert_eq!(Money::from_units(decimal_of(value).unwrap().units).to_string(), expected);
        }
        assert_eq!(Money::from_units(decimal_of_single(0.1).unwrap().units).to_string(), "0.1");
        assert!(decimal_of_single(f32::NAN).is_err() && decimal_of_single(1e30).is_err());
        assert!(decimal_of(f64::NAN).is_err() && decimal_of(f64::INFINITY).is_err() && decimal_of(1e30).is_err());
    }

    proptest! {
        #[test]
        fn the_fast_path_gives_the_shortest_text(units in -10_i64.pow(16)..10_i64.pow(16)) {
            let value: f64 = Money::from_units(i128::from(units)).to_string().parse().unwrap();
            prop_assert_eq!(decimal_of(value), Decimal::parse(format!("{value:e}").as_bytes()));
        }

        #[test]
        fn any_double_is_read_or_refused(bits: u64) {
            let value = f64::from_bits(bits);
            if let Ok(decimal) = decimal_of(value) {
                prop_assert_eq!(decimal, Decimal::parse(format!("{value:e}").as_bytes()).unwrap());
            }
        }
    }
}
