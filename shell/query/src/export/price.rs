//! Quantities and unit prices that multiply to the cost, as FOCUS asks of every usage and purchase.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Decimal128Array};
use datafusion::arrow::datatypes::{DataType, Decimal128Type};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility};
use std::sync::Arc;
use tenor_money::{Rounding, mul_div_round};

/// Digits after the point of every amount.
const SCALE: i8 = 12;
/// One, at that scale.
const ONE: i128 = 1_000_000_000_000;
const AMOUNT: DataType = DataType::Decimal128(38, SCALE);
/// How far price times quantity may lie from the cost and still be it, in 10⁻¹²: AWS writes costs with ten decimals.
const SLACK_UNITS: i128 = 100;
/// No unit costs as much; a quantity that says so is the dust of a rounding.
const PRICE_MAX: i128 = 1_000_000_000_000;

/// The quantity a charge is priced by: as given, but with its costs' sign, since FOCUS allows no negative price; one, when a priced
/// charge gives none that could carry its cost.
pub(super) fn priced_quantity(is_priced: Expr, given: Expr, list_cost: Expr, contracted_cost: Expr) -> Expr {
    ScalarUDF::from(PricedQuantity(signature(true, 3))).call(vec![is_priced, given, list_cost, contracted_cost])
}

/// The price of one unit: as given where it makes the cost, else the cost by the quantity, half-even at 12 decimals.
pub(super) fn unit_price(given: Expr, cost: Expr, quantity: Expr) -> Expr {
    ScalarUDF::from(UnitPrice(signature(false, 3))).call(vec![given, cost, quantity])
}

fn signature(flag_first: bool, amounts: usize) -> Signature {
    let types = flag_first.then_some(DataType::Boolean).into_iter().chain(std::iter::repeat_n(AMOUNT, amounts));
    Signature::new(TypeSignature::Exact(types.collect()), Volatility::Immutable)
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct PricedQuantity(Signature);

#[derive(Debug, PartialEq, Eq, Hash)]
struct UnitPrice(Signature);

impl ScalarUDFImpl for PricedQuantity {
    fn name(&self) -> &'static str {
        "priced_quantity"
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(AMOUNT)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let [flags, given, list, contracted] = arrays.as_slice() else { return exec_err!("priced_quantity takes four columns") };
        let (flags, given, list, contracted) = (flags.as_boolean(), amounts(given), amounts(list), amounts(contracted));
        let is_priced = |flags: &BooleanArray, row| flags.is_valid(row) && flags.value(row);
        let quantity = |row| {
            let given = at(given, row);
            if is_priced(flags, row) {
                Some(quantity_for(given, at(list, row).unwrap_or(0), at(contracted, row).unwrap_or(0)))
            } else {
                given
            }
        };
        finished((0..args.number_rows).map(quantity).collect())
    }
}

impl ScalarUDFImpl for UnitPrice {
    fn name(&self) -> &'static str {
        "unit_price"
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(AMOUNT)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let [given, cost, quantity] = arrays.as_slice() else { return exec_err!("unit_price takes three columns") };
        let (given, cost, quantity) = (amounts(given), amounts(cost), amounts(quantity));
        let price = |row| price_for(at(given, row), at(cost, row)?, at(quantity, row)?);
        finished((0..args.number_rows).map(price).collect())
    }
}

fn amounts(array: &ArrayRef) -> &Decimal128Array {
    array.as_primitive::<Decimal128Type>()
}

fn at(array: &Decimal128Array, row: usize) -> Option<i128> {
    array.is_valid(row).then(|| array.value(row))
}

fn finished(values: Decimal128Array) -> Result<ColumnarValue> {
    Ok(ColumnarValue::Array(Arc::new(values.with_precision_and_scale(38, SCALE)?)))
}

/// See [`priced_quantity`]; everything in 10⁻¹².
fn quantity_for(given: Option<i128>, list: i128, contracted: i128) -> i128 {
    let sign = if list == 0 { contracted.signum() } else { list.signum() };
    let carries = |given: i128| list.abs().max(contracted.abs()) / PRICE_MAX < given.abs();
    match given {
        Some(given) if sign == 0 => given,
        Some(given) if carries(given) => given.abs() * sign,
        _ if sign < 0 => -ONE,
        _ => ONE,
    }
}

/// See [`unit_price`]; everything in 10⁻¹². A quantity of nothing has any price, so the given one stands, or none is asked.
fn price_for(given: Option<i128>, cost: i128, quantity: i128) -> Option<i128> {
    let given = given.filter(|price| *price >= 0);
    if quantity == 0 {
        return Some(given.unwrap_or(0)).filter(|_| cost == 0);
    }
    let makes_cost = |price: &i128| (mul_div_round(*price, quantity, ONE, Rounding::HalfEven) - cost).abs() <= SLACK_UNITS;
    given.filter(makes_cost).or_else(|| Some(mul_div_round(cost, ONE, quantity, Rounding::HalfEven)).filter(|price| *price >= 0))
}

#[cfg(test)]
mod tests {
    use super::{ONE, Rounding, mul_div_round, price_for, quantity_for};
    use proptest::prelude::*;

    #[test]
    fn a_quantity_takes_the_sign_of_its_cost_and_is_one_when_nothing_else_carries_it() {
        assert_eq!(quantity_for(Some(3 * ONE), 5, 0), 3 * ONE);
        assert_eq!(quantity_for(Some(3 * ONE), -5, 0), -3 * ONE);
        assert_eq!(quantity_for(Some(-3 * ONE), 0, 5), 3 * ONE);
        assert_eq!([quantity_for(Some(0), 0, 5), quantity_for(None, -5, 0), quantity_for(None, 0, 0)], [ONE, -ONE, ONE]);
        assert_eq!([quantity_for(Some(0), 0, 0), quantity_for(Some(7), 0, 0)], [0, 7]);
        assert_eq!(quantity_for(Some(1), i128::from(i64::MAX) * ONE, 0), ONE);
    }

    #[test]
    fn a_given_price_stands_only_if_it_makes_the_cost() {
        let half = ONE / 2;
        assert_eq!(price_for(Some(half), ONE, 2 * ONE), Some(half));
        assert_eq!(price_for(Some(half), 3 * ONE, 2 * ONE), Some(3 * half));
        assert_eq!(price_for(Some(-half), -ONE, 2 * ONE), None);
        assert_eq!([price_for(Some(half), 0, 0), price_for(None, 0, 0), price_for(None, 5, 0)], [Some(half), Some(0), None]);
    }

    proptest! {
        #[test]
        fn what_is_computed_multiplies_back_to_the_cost(
            given in proptest::option::of(prop_oneof![-1_000..1_000_i128, -1_000_000 * ONE..1_000_000 * ONE]),
            cost in prop_oneof![-1_000..1_000_i128, -1_000_000 * ONE..1_000_000 * ONE],
        ) {
            let quantity = quantity_for(given, cost, 0);
            let price = price_for(None, cost, quantity).unwrap();
            let error = (mul_div_round(price, quantity, ONE, Rounding::HalfEven) - cost).abs();
            // Half of the price's last digit for each unit of the quantity, and the rounding of the product.
            prop_assert!(error <= quantity.abs() / ONE / 2 + 1, "{price} x {quantity} is not {cost}, by {error}");
        }
    }
}
